// The machinery of run(): slots, attempts, delays and the end of a run.
#ifndef PAWL_RUNNER_RUNNER_HPP
#define PAWL_RUNNER_RUNNER_HPP

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <list>
#include <memory>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/append.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/error_code.hpp>

#include <pawl/adapter/trouble.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/machine.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/runner/asio.hpp>
#include <pawl/runner/backoff.hpp>
#include <pawl/runner/intake.hpp>
#include <pawl/runner/observer.hpp>
#include <pawl/runner/run_options.hpp>
#include <pawl/runner/step_runner.hpp>
#include <pawl/runner/work.hpp>
#include <pawl/store/error.hpp>
#include <pawl/store/item.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// One run. Workers are spawned while there is work and a free slot, and end when there is none; an item that waits for
// another attempt holds no slot. All of it happens on the loop's thread.
template <class Queue, class Steps> class runner : public std::enable_shared_from_this<runner<Queue, Steps>> {
  using L = typename Queue::lifecycle;
  using item_work = work<L>;
  using stepper = step_runner<Queue, Steps>;

 public:
  runner(Queue& queue, Steps steps, run_options options)
      : queue_(queue),
        steps_(std::move(steps)),
        options_(options),
        intake_(queue.base(), options.page),
        random_(options.seed) {
    if (options_.concurrency == 0) throw error("run.concurrency", "pawl: run_options::concurrency must be at least 1");
    for (std::size_t slot = options_.concurrency; slot > 0; --slot) free_slots_.push_back(slot - 1);
  }

  // Begins, and completes the handler, void(std::exception_ptr, summary), at the end. From then on the run is owned by what it
  // has spawned; where that is destroyed with the loop, the run and its waiter go too.
  template <class Handler> void start(Handler handler) {
    end_handler(std::move(handler)).swap(on_end_);  // Boost 1.81: its move assignment recurses for ever
    try {
      sum_.unrecognised = queue_.base().unrecognised();
      if (options_.stop) stopper_.emplace(options_.stop->get_token(), post_stop{queue_.loop(), this->weak_from_this()});
    } catch (...) {
      fail(std::current_exception());
    }
    fill();
  }

 private:
  using end_handler = asio::any_completion_handler<void(std::exception_ptr, summary)>;

  // A stop may be requested on any thread, and when the run is already gone.
  struct post_stop {
    typename Queue::loop_type& loop;
    std::weak_ptr<runner> run;
    void operator()() const {
      asio::post(loop.get_executor(), [weak = run] {
        if (auto const self = weak.lock()) self->stop();
      });
    }
  };

  struct delayed_work {
    explicit delayed_work(item_work w) : work(std::move(w)) {}
    item_work work;
    asio::cancellation_signal cancel{};
  };

  bool closed() const { return ended_ || failure_ || sum_.halted || stop_requested(); }
  bool stop_requested() const { return options_.stop && options_.stop->stop_requested(); }

  // Puts a worker into each free slot for which there is work, and ends the run when nothing is left to wait for.
  void fill() {
    do {
      while (!free_slots_.empty()) {
        auto next = next_work();
        if (!next) break;
        spawn(std::move(*next));
      }
      if (free_slots_.size() < options_.concurrency) return;
    } while (!closed() && delayed_.empty() && intake_.sweep_again());
    if (delayed_.empty()) end();
  }

  void spawn(item_work first) {
    auto const slot = free_slots_.back();
    free_slots_.pop_back();
    asio::co_spawn(queue_.loop().get_executor(), work_off(this->shared_from_this(), slot, std::move(first)),
                   [self = this->shared_from_this(), slot](std::exception_ptr failure) {
                     self->free_slots_.push_back(slot);
                     if (failure) self->fail(failure);
                     self->fill();
                   });
  }

  static task<void> work_off(std::shared_ptr<runner> self, std::size_t slot, item_work first) {
    std::optional<item_work> next(std::move(first));
    for (int streak = 1; next; ++streak) {
      if (streak % 64 == 0) co_await self->queue_.loop().sleep({});  // steps that never wait must not starve the loop
      co_await self->drive(slot, *next);
      next = self->next_work();
    }
  }

  std::optional<item_work> next_work() {
    if (closed()) return std::nullopt;
    if (!due_.empty()) {
      std::optional<item_work> next(std::move(due_.front()));
      due_.pop_front();
      return next;
    }
    try {
      auto found = intake_.next();
      if (!found && intake_.sweep_for_dropped()) found = intake_.next();
      if (!found) return std::nullopt;
      ++sum_.taken;
      return item_work(std::move(*found));
    } catch (...) {
      fail(std::current_exception());
      return std::nullopt;
    }
  }

  // From step to step until the item leaves the hand.
  task<void> drive(std::size_t slot, item_work& w) {
    take(slot, w);
    auto where = before_step(w);
    while (where == fate::running) {
      auto const& entry = *stepper::entry_of(w.item.state);
      auto attempted = entry.step(queue_, steps_, slot, w);
      auto result = co_await std::move(attempted);
      if (result == progress::troubled) where = judge(entry, slot, w);
      if (where == fate::failing) {
        auto fired = entry.fail(queue_, slot, w);
        result = co_await std::move(fired);
        if (result == progress::moved) ++sum_.failures;
        if (result == progress::troubled) where = fate::parked;
      }
      if (result == progress::moved) {
        ++sum_.transitions;
        where = before_step(w);
      } else if (result == progress::dropped) {
        where = fate::dropped;
      }
    }
    if constexpr (requires { queue_.observer().on_leave(slot, w.item, queue_.loop().now()); })
      queue_.observer().on_leave(slot, w.item, queue_.loop().now());
    put_away(where, w);
  }

  void take(std::size_t slot, item_work& w) {
    if constexpr (requires { queue_.observer().on_take(slot, w.item, queue_.loop().now()); })
      queue_.observer().on_take(slot, w.item, queue_.loop().now());
    if constexpr (requires { queue_.observer().on_phase(slot, phase::hydrate, w.wait, w.wait); }) {
      auto const start = queue_.loop().now();
      w.fsm = *machine<L>::hydrate(w.item.state);
      queue_.observer().on_phase(slot, phase::hydrate, start, queue_.loop().now() - start);
    } else {
      w.fsm = *machine<L>::hydrate(w.item.state);
    }
  }

  fate before_step(item_work const& w) const {
    if (!stepper::entry_of(w.item.state)) return fate::arrived;
    return closed() ? fate::left : fate::running;
  }

  // What is to become of an item whose attempt ended in w.why.
  fate judge(typename stepper::entry const& entry, std::size_t slot, item_work& w) {
    if constexpr (requires { queue_.observer().on_trouble(slot, w.item, w.why); })
      queue_.observer().on_trouble(slot, w.item, w.why);
    w.in_doubt = w.in_doubt || w.why.kind == trouble_kind::unknown_outcome;
    switch (w.why.kind) {
      case trouble_kind::quota_exhausted:
      case trouble_kind::auth:
        if (!sum_.halted) sum_.halted = w.why;
        close();
        return fate::left;
      case trouble_kind::cancelled:
        return fate::left;
      case trouble_kind::pending:
        w.attempt = 1;  // the remote is there and at work: what failed before has passed
        [[fallthrough]];
      case trouble_kind::throttled:
        w.wait = asked_wait(w.why);
        return fate::delayed;
      case trouble_kind::transient:
      case trouble_kind::unknown_outcome:
        if (w.in_doubt && !entry.repeatable) return fate::parked;
        if (w.attempt < options_.retry.attempts) {
          w.wait = options_.retry.wait.wait(w.attempt++, random_);
          return fate::delayed;
        }
        break;
      case trouble_kind::not_found:
      case trouble_kind::conflict:
      case trouble_kind::permanent:
        break;
    }
    return entry.fail ? fate::failing : fate::parked;
  }

  // As long as the remote asked, within bounds; those whom it sends away together come back spread over the backoff's
  // first step.
  std::chrono::nanoseconds asked_wait(trouble const& why) {
    auto const& retry = options_.retry;
    auto const asked = why.after.count() > 0 ? (std::min)(why.after, retry.longest) : retry.poll;
    return why.kind == trouble_kind::throttled ? asked + random_.upto(retry.wait.first) : asked;
  }

  void put_away(fate where, item_work& w) {
    auto const row = w.item.row;
    switch (where) {
      case fate::arrived:
        ++arrivals(role_of<L>(w.item.state));
        return intake_.release(row);
      case fate::dropped:
        ++sum_.dropped;
        if (!lost_again(w)) return intake_.drop(row);
        w.why = trouble::permanent("the store lists this row, but does not move it, although nobody else has");
        [[fallthrough]];
      case fate::parked:  // the row stays held: this run does not take it again
        return sum_.parked.push_back({w.item.key, state_name_of<L>(w.item.state), w.item.version, std::move(w.why)});
      case fate::delayed:
        return delay(std::move(w));
      case fate::left:
      case fate::running:
      case fate::failing:
        ++sum_.left;
    }
  }
  // Was the item lost before as it is now? A version only grows: then nobody has moved it, and it would be lost for ever.
  bool lost_again(item_work const& w) {
    std::pair const now(w.item.version, w.item.state);
    auto const [before, first] = lost_.try_emplace(w.item.row, now);
    return !first && std::exchange(before->second, now) == now;
  }
  std::size_t& arrivals(role r) {
    return r == role::goal ? sum_.finished : r == role::terminal ? sum_.ended : sum_.waiting;
  }

  void delay(item_work w) {
    if (closed()) {
      ++sum_.left;
      return;
    }
    ++sum_.retries;
    auto const wait = w.wait;
    auto const place = delayed_.emplace(delayed_.end(), std::move(w));
    queue_.loop().sleep(wait, asio::bind_cancellation_slot(place->cancel.slot(),
                                                           [self = this->shared_from_this(),
                                                            place](boost::system::error_code) { self->wake(place); }));
  }
  void wake(typename std::list<delayed_work>::iterator place) {
    due_.push_back(std::move(place->work));
    delayed_.erase(place);
    fill();
  }

  void stop() {
    if (ended_) return;
    close();
    fill();
  }
  void fail(std::exception_ptr failure) {
    if (!failure_) failure_ = failure;
    close();
  }
  // No item is taken any more; those that wait are woken, and left as they are.
  void close() {
    for (auto& waiting : delayed_) waiting.cancel.emit(asio::cancellation_type::terminal);
  }
  void end() {
    if (std::exchange(ended_, true)) return;
    stopper_.reset();
    sum_.left += due_.size();
    sum_.stopped = stop_requested();
    end_handler resume;
    resume.swap(on_end_);
    asio::post(queue_.loop().get_executor(), asio::append(std::move(resume), failure_, std::move(sum_)));
  }

  Queue& queue_;
  Steps steps_;
  run_options options_;
  intake<typename Queue::store_type> intake_;
  jitter random_;
  summary sum_{};
  std::vector<std::size_t> free_slots_{};
  std::deque<item_work> due_{};                                                    // waited long enough
  std::list<delayed_work> delayed_{};                                              // asleep
  std::unordered_map<std::int64_t, std::pair<std::int64_t, state_of<L>>> lost_{};  // dropped rows as they were then
  std::exception_ptr failure_{};                                                   // ends the run
  bool ended_ = false;
  std::optional<std::stop_callback<post_stop>> stopper_{};
  end_handler on_end_{};
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
