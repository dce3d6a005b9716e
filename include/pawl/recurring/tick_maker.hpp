// Makes the ticks of schedules on a loop, for as long as it is wanted.
#ifndef PAWL_RECURRING_TICK_MAKER_HPP
#define PAWL_RECURRING_TICK_MAKER_HPP

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/loop/callback.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/saturated.hpp>
#include <pawl/loop/spawn.hpp>
#include <pawl/loop/stop.hpp>
#include <pawl/loop/suspend.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/loop/timer.hpp>
#include <pawl/queue/store_writer.hpp>
#include <pawl/queue/write_port.hpp>
#include <pawl/recurring/recurring.hpp>
#include <pawl/recurring/schedule_step.hpp>
#include <pawl/store/tick_store.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/store/utf8.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// A schedule without its store's type.
class tick_source {
 public:
  tick_source() = default;
  tick_source(tick_source const&) = delete;
  tick_source& operator=(tick_source const&) = delete;
  virtual ~tick_source() = default;

  // Makes what is due, until the stop. While another process holds the lock of the database it waits; longer than the bound
  // is store_error (busy).
  virtual task<void> make_due(std::chrono::nanoseconds busy_bound) = 0;
  // How long until there is something to do: a tick, or a clock that was set back.
  virtual std::chrono::nanoseconds left() = 0;
};

// What makers do while they are at work.
struct tick_work {
  event_loop& loop;
  stop_token stop;
};

template <class Store> class store_ticks final : public tick_source {
 public:
  store_ticks(recurring<Store> of, tick_work work) : of_(std::move(of)), work_(std::move(work)) {}

  task<void> make_due([[maybe_unused]] std::chrono::nanoseconds busy_bound) override {
    auto& store = of_.store();
    if constexpr (answers_later<Store>) {
      while (!work_.stop.stop_requested()) {
        auto asking = last_tick(store);
        auto const last = co_await std::move(asking);
        auto const step = look(last);
        if (!step) co_return;
        auto advancing = advance_ticks(store, step->of(of_.name()));
        co_await std::move(advancing);
      }
    } else {
      auto step = look(store.last_tick(of_.name()));
      while (step && !work_.stop.stop_requested() /*mutant backlog_is_stopped: || (OFF && step)*/) {
        auto const asked = work_.loop.now();
        while (!store.try_begin()) {
          if (work_.stop.stop_requested() /*mutant first_ticks_are_stopped: && !OFF*/) co_return;
          if (work_.loop.now() - asked >= busy_bound)
            throw store_error(store_failure::busy, busy_sentence(store_writer<Store>(store)));
          co_await work_.loop.sleep(between_attempts);
        }
        take(*step);
        step = look(store.last_tick(of_.name()));
        if (step) co_await work_.loop.sleep({});  // others have their turn between two pages
      }
    }
  }
  std::chrono::nanoseconds left() override {
    auto const left = left_at(of_.store().now());
    if (left.count() > 0) looked_ = work_.loop.now();
    return left;
  }

 private:
  static constexpr std::chrono::milliseconds between_attempts{20};

  // What a run makes is not the program's to roll back.
  auto last_tick(Store& store) const {
    if constexpr (requires { store.last_tick_alone(of_.name()); })
      return store.last_tick_alone(of_.name());
    else
      return store.last_tick(of_.name());
  }
  static auto advance_ticks(Store& store, tick_advance const& step) {
    if constexpr (requires { store.advance_ticks_alone(step); })
      return store.advance_ticks_alone(step);
    else
      return store.advance_ticks(step);
  }

  std::chrono::nanoseconds left_at(stored_time now) const {
    if (now < seen_) return {};
    auto const next = of_.next(seen_);
    return next ? saturated_difference(*next, now) : (std::chrono::nanoseconds::max)();
  }
  // What comes after the moment at which it looked is still to come, however long it takes to write; and what has come since
  // then is not missed, however long the loop was kept from looking. The loop's clock stands while the machine is suspended.
  std::optional<schedule_step> look(std::optional<stored_time> last) {
    auto const now = work_.loop.now();
    std::chrono::nanoseconds const there_for = now - looked_.value_or(now);
    looked_ = now;
    seen_ = of_.store().now();
    return of_.step_after(last, seen_, there_for);
  }
  void take(schedule_step const& step) {
    auto& store = of_.store();
    try {
      if (store.advance_ticks(step.of(of_.name())))
        store.commit();
      else
        store.rollback();  // another process was faster
    } catch (...) {
      store.rollback();
      throw;
    }
  }

  recurring<Store> of_;
  tick_work work_;
  stored_time seen_{};
  std::optional<std::chrono::nanoseconds> looked_{};  // on the loop's clock, when nothing more was due
};

// Sleeps until the next tick, and looks at the store's clock in between, which may be set, or go on while the machine is
// suspended and the loop's clock stands. Use it on the loop's thread. `end_run` requests the stop that is the work's: it is
// called if a store throws. Nothing is made after that stop.
class tick_maker : public std::enable_shared_from_this<tick_maker> {
  using nanoseconds = std::chrono::nanoseconds;

 public:
  // Throws error "recurring.name" if two schedules of one store have one name.
  template <class... Store>
  static std::shared_ptr<tick_maker> of(tick_work work, keeping_call end_run, recurring<Store>... schedules) {
    check_apart({{&schedules.store(), schedules.name()}...});
    std::shared_ptr<tick_maker> const made(new tick_maker(work.loop, std::move(end_run)));
    (made->sources_.push_back(std::make_unique<store_ticks<Store>>(std::move(schedules), work)), ...);
    return made;
  }
  tick_maker(tick_maker const&) = delete;
  tick_maker& operator=(tick_maker const&) = delete;

  // Makes what is due now; then, from begin() on, each tick when its time has come.
  static task<void> make_due(std::shared_ptr<tick_maker> self, nanoseconds busy_bound) {
    for (auto& source : self->sources_) {
      auto making = source->make_due(busy_bound);
      co_await std::move(making);
    }
  }
  void begin() { wait_for_next(); }
  // Ends it and the run, once what is being written is written. What a store has thrown, or null.
  static task<std::exception_ptr> end(std::shared_ptr<tick_maker> self) {
    self->ended_ = true;
    self->end_run_();
    self->timer_.cancel();
    if (self->making_) co_await suspend({&tick_maker::begin_waiting, self.get()});
    co_return self->failure_;
  }

 private:
  // An idle process wakes that often for its schedules. A clock that jumps by itself is not set.
  static constexpr nanoseconds look_at_clock_every = std::chrono::seconds(10),
                               look_at_jumping_clock_every = std::chrono::hours(1);
  static constexpr nanoseconds shortest_wait = std::chrono::milliseconds(1);

  tick_maker(event_loop& loop, keeping_call end_run) : loop_(loop), end_run_(std::move(end_run)) {}

  static void check_apart(std::vector<std::pair<void const*, std::string_view>> all) {
    std::sort(all.begin(), all.end());
    auto const twice = std::adjacent_find(all.begin(), all.end());
    if (twice != all.end())
      throw error("recurring.name",
                  "pawl: two schedules of this run are '" + shortened(visible_text(twice->second), 100) +
                      "' of one store, so that their ticks would be taken for one schedule's; give each "
                      "a name of its own");
  }

  nanoseconds left() const {
    auto least = (nanoseconds::max)();
    for (auto const& source : sources_) least = (std::min)(least, source->left());
    return least;
  }
  void wait_for_next() {
    auto const longest = loop_.is_real() ? look_at_clock_every : look_at_jumping_clock_every;
    timer_.arm(loop_, (std::max)((std::min)(left(), longest), shortest_wait),
               keeping_call::to<&tick_maker::look>(shared_from_this()));
  }
  void look() {
    if (left().count() > 0) return wait_for_next();
    making_ = true;
    spawn(loop_.get_executor(), make_due(shared_from_this(), (nanoseconds::max)()), {&end_making, shared_from_this()});
  }
  static void end_making(std::shared_ptr<void>& kept, std::exception_ptr failure) {
    auto& self = *static_cast<tick_maker*>(kept.get());
    self.making_ = false;
    self.failure_ = std::move(failure);
    if (self.waiting_) {
      auto waiting = std::exchange(self.waiting_, nullptr);
      return waiting->resume({}, self.loop_.get_executor());
    }
    if (self.failure_) return self.end_run_();
    if (!self.ended_) self.wait_for_next();
  }
  static void begin_waiting(void* self, nanoseconds, waker resume) {
    static_cast<tick_maker*>(self)->waiting_ = std::make_unique<waker>(std::move(resume));
  }

  event_loop& loop_;
  keeping_call end_run_;
  std::vector<std::unique_ptr<tick_source>> sources_{};
  timer timer_{};
  bool making_ = false, ended_ = false;
  std::unique_ptr<waker> waiting_{};
  std::exception_ptr failure_{};
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
