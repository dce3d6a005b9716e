// The machinery of run(): slots, attempts, and the end of a run.
#ifndef PAWL_RUNNER_ENGINE_ENGINE_HPP
#define PAWL_RUNNER_ENGINE_ENGINE_HPP

#include <chrono>
#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/append.hpp>
#include <boost/asio/post.hpp>

#include <pawl/error.hpp>
#include <pawl/loop/spawn.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/loop/timer.hpp>
#include <pawl/runner/engine/job.hpp>
#include <pawl/runner/engine/job_driver.hpp>
#include <pawl/runner/engine/progress_watch.hpp>
#include <pawl/runner/engine/run_context.hpp>
#include <pawl/runner/engine/step_table.hpp>
#include <pawl/runner/engine/wall_time.hpp>
#include <pawl/runner/observer.hpp>
#include <pawl/runner/promises.hpp>
#include <pawl/runner/run_options.hpp>
#include <pawl/runner/summary.hpp>
#include <pawl/store/change_signal.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/transition_store.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

using end_handler = asio::any_completion_handler<void(std::exception_ptr, summary)>;

// One run. A worker is spawned where there is work and a free slot, and ends when there is none; an item that waits for
// another attempt waits in the store and holds no slot. All of it happens on the loop's thread.
template <class Queue> class engine : public std::enable_shared_from_this<engine<Queue>> {
  using L = typename Queue::lifecycle;
  static_assert(observer_is_right<typename Queue::observer_type, L>());
  using loop_type = typename Queue::loop_type;
  using job_type = job<L>;
  using worker_type = typename job_driver<Queue>::worker_type;
  using nanoseconds = std::chrono::nanoseconds;

 public:
  engine(Queue& queue, step_table<Queue> steps, run_options options)
      : run_(queue, std::move(steps), options), driver_(run_) {
    if (run_.options.concurrency == 0)
      throw error("run.concurrency", "pawl: run_options::concurrency must be at least 1");
    for (std::size_t slot = 0; slot < run_.options.concurrency; ++slot) workers_.emplace_back(queue.loop(), slot);
    for (auto worker = workers_.rbegin(); worker != workers_.rend(); ++worker) free_.push_back(&*worker);
  }

  // Begins, and completes the handler at the end. From then on the run is owned by what it has spawned; where that is
  // destroyed with the loop, the run and its waiter go too.
  void start(end_handler handler) {
    handler.swap(on_end_);  // Boost 1.81: its move assignment recurses for ever
    if (run_.options.stop)
      stopper_.emplace(run_.options.stop->get_token(), post_stop{run_.queue.loop(), this->weak_from_this()});
    become_owner(run_.queue.loop().now());
  }

 private:
  static constexpr bool watches_progress = requires(Queue & q, run_progress const& p) { q.observer().on_progress(p); };

  // A stop may be requested on any thread, and when the run is already gone.
  struct post_stop {
    loop_type& loop;
    std::weak_ptr<engine> run;
    void operator()() const {
      detail::post(loop.get_executor(), run, [](engine& self) { self.stop(); });
    }
  };

  // ---- the beginning ----

  void become_owner(nanoseconds asked) {
    if (run_.closed()) return end();
    try {
      if (run_.options.lock || run_.queue.base().acquire(run_.owner, run_.options.owner)) return begin();
      auto const now = run_.queue.loop().now();
      if (now - asked >= run_.options.wait_for_owner) throw error("run.owned", run_.owner.describe_holder());
      due_timer_.arm(run_.queue.loop(), look_for_owner_every,
                     [self = this->shared_from_this(), asked] { self->become_owner(asked); });
    } catch (...) {
      fail(std::current_exception());
      end();
    }
  }
  static constexpr nanoseconds look_for_owner_every = std::chrono::milliseconds(50);

  void begin() {
    auto& store = run_.queue.base();
    run_.wall = wall_time(store.now(), run_.queue.loop().now());
    begun_ = true;
    run_.owner.begin_journal(run_.options.concurrency);
    tell_promises();
    if (run_.shares()) warn_of_sharing();
    store.changed_elsewhere();  // from here on
    store.cut_delays(store.now() + run_.judgement.longest_wait());
    run_.sum.unrecognised = store.unrecognised();
    changes_.emplace(run_.queue.changes(), [this] { hear(); });
    room_.emplace(run_.room, [this] { wake(); });
    if constexpr (watches_progress) watch_progress();
    if (run_.options.until == until::stopped) watch_others();
    fill();
  }

  void tell_promises() {
    if constexpr (requires { run_.queue.observer().on_promise(std::string_view(), repetition::parked); })
      for (auto const& [state, how] : run_.steps.promises()) run_.queue.observer().on_promise(state, how);
  }
  // What the store knows against being run by several processes.
  void warn_of_sharing() {
    if constexpr (requires { run_.queue.base().warning_when_shared(); }) {
      std::string warning = run_.queue.base().warning_when_shared();
      if (warning.empty()) return;
      if constexpr (requires { run_.queue.observer().on_warning(std::string_view(warning)); })
        run_.queue.observer().on_warning(std::string_view(warning));
      run_.sum.warnings.push_back(std::move(warning));
    }
  }

  // ---- filling the slots ----

  // Puts a worker into each free slot for which there is work, and ends the run when nothing is left to wait for.
  void fill() {
    if (run_.ended || !begun_) return;
    do {
      while (!free_.empty()) {
        auto next = next_work();
        if (!next) break;
        spawn(std::move(*next));
      }
      if (free_.empty()) return;
      if (free_.size() < run_.options.concurrency) return watch_due();
    } while (!run_.closed() && run_.items.sweep_again());
    bool const more = is_something_to_come();
    if (run_.closed() || !more) end();
  }

  void spawn(job_type first) {
    auto const slot = std::make_shared<slot_in_use>(this->shared_from_this());
    auto& me = slot->worker();
    auto done = [self = this->shared_from_this(), slot](std::exception_ptr failure) {
      if (failure) self->fail(failure);
      slot->give_back();
      self->fill();
    };
    try {
      detail::spawn(run_.queue.loop().get_executor(), work_off(this->shared_from_this(), me, std::move(first)),
                    std::move(done), me.cancellation());
    } catch (...) {  // for want of memory, maybe in the midst of its first step: the slot is free soon
      fail(std::current_exception());
      wake();
    }
  }

  // A slot that is free no more. It is given back by who is told of the worker's end, or when nobody is to be told any more.
  class slot_in_use {
   public:
    explicit slot_in_use(std::shared_ptr<engine> of) : run_(std::move(of)), worker_(*run_->free_.back()) {
      run_->free_.pop_back();
    }
    slot_in_use(slot_in_use const&) = delete;
    slot_in_use& operator=(slot_in_use const&) = delete;
    ~slot_in_use() { give_back(); }

    worker_type& worker() const { return worker_; }
    void give_back() {
      auto const run = std::exchange(run_, nullptr);
      if (!run) return;
      worker_.close();
      worker_.take(nullptr);
      run->free_.push_back(&worker_);
    }

   private:
    std::shared_ptr<engine> run_;
    worker_type& worker_;
  };

  static task<void> work_off(std::shared_ptr<engine> self, worker_type& me, job_type first) {
    std::optional<job_type> next(std::move(first));
    for (int streak = 1; next; ++streak) {
      if (streak % 64 == 0)
        co_await self->run_.queue.loop().sleep({});  // steps that never wait must not starve the loop
      co_await self->driver_.drive(me, *next);
      next = self->next_work();
    }
  }

  std::optional<job_type> next_work() {
    if (run_.closed()) {
      close();
      return std::nullopt;
    }
    auto const has_room = [this](auto state) { return run_.gauge.has_room(state); };
    try {
      std::optional<any_item<L>> found;
      if (run_.items.may_have_due()) {
        auto const now = run_.now();
        run_.items.look_for_due(now);
        found = run_.items.next_due(now, has_room);
      }
      if (!found) found = run_.items.next(has_room);
      if (!found && run_.items.sweep_for_changes()) found = run_.items.next(has_room);
      if (!found) return std::nullopt;
      return job_type(std::move(*found));
    } catch (...) {
      fail(std::current_exception());
      return std::nullopt;
    }
  }

  // ---- what is to come ----

  // A retry, or, in a run without an end, anything at all.
  bool is_something_to_come() {
    watch_due();
    return due_timer_.armed() || run_.options.until == until::stopped || free_.size() < run_.options.concurrency;
  }
  void watch_due() {
    std::optional<stored_time> next;
    try {
      next = run_.items.next_due_time(run_.options.until == until::idle ? delayed_by::runs : delayed_by::anybody);
    } catch (...) {
      fail(std::current_exception());
    }
    if (!next || run_.closed()) return due_timer_.cancel();
    if (armed_for_ == *next && due_timer_.armed()) return;
    due_timer_.arm(run_.queue.loop(), run_.wall.of(*next) - run_.queue.loop().now(),
                   [self = this->shared_from_this()] { self->fill(); });
    armed_for_ = *next;
  }

  // Somebody in this process has changed the store. Called inside a commit: nothing may be asked of the store here.
  void hear() {
    run_.items.note_change();
    try {
      wake();
    } catch (std::bad_alloc const&) {  // it is seen when the next worker ends
    }
  }
  // Fills the slots soon, and once.
  void wake() {
    if (woken_) return;
    detail::post(run_.queue.loop().get_executor(), this->weak_from_this(), [](engine& self) {
      self.woken_ = false;
      self.fill();
    });
    woken_ = true;
  }
  void watch_others() {
    poll_timer_.arm(run_.queue.loop(), run_.options.poll, [self = this->shared_from_this()] {
      self->look_at_others();
      if (!self->run_.ended) self->watch_others();
    });
  }

  void look_at_others() {
    try {
      if (run_.queue.base().changed_elsewhere()) hear();
    } catch (...) {
      fail(std::current_exception());
      fill();
    }
  }

  // ---- progress ----

  void watch_progress() {
    progress_.start(run_.queue.base().count_items(), run_.queue.loop().now());
    tell_progress();
  }
  void tell_progress() {
    run_.queue.observer().on_progress(progress_.measure(run_.queue.loop().now(), run_.sum, run_.delayed, workers_));
    progress_timer_.arm(run_.queue.loop(), run_.options.progress_every,
                        [self = this->shared_from_this()] { self->tell_progress(); });
  }

  // ---- the end ----

  void stop() {
    if (run_.ended) return;
    close();
    if (!begun_) return end();
    fill();
  }
  void fail(std::exception_ptr failure) {
    if (!run_.failure) run_.failure = failure;
    close();
  }
  // No item is taken any more. Those in flight end; when somebody has asked for a stop, or the store is broken, they are
  // cut off once the grace period is over.
  void close() {
    due_timer_.cancel();
    for (auto& worker : workers_) worker.stop_waiting();
    if (run_.ended || grace_timer_.armed() || !(run_.stop_requested() || run_.failure)) return;
    grace_timer_.arm(run_.queue.loop(), run_.options.grace, [self = this->shared_from_this()] { self->cut_off_all(); });
  }
  void cut_off_all() {
    for (auto& worker : workers_) worker.stop();
  }
  void end() {
    if (std::exchange(run_.ended, true)) return;
    for (auto* timer : {&due_timer_, &poll_timer_, &progress_timer_, &grace_timer_}) timer->cancel();
    stopper_.reset();
    changes_.reset();
    run_.owner.end_journal();
    run_.own_lock.reset();
    run_.sum.stopped = run_.stop_requested();
    count_delayed();
    run_.sum.steps = run_.meter.summary();
    // What the timers have called off may still be posted, and looks at this.
    detail::keep_for_posted(run_.queue.loop().get_executor(), this->shared_from_this());
    end_handler resume;
    resume.swap(on_end_);
    asio::post(run_.queue.loop().get_executor(), asio::append(std::move(resume), run_.failure, std::move(run_.sum)));
  }
  void count_delayed() {
    bool const early = run_.failure || run_.sum.halted || run_.sum.stopped;
    (early ? run_.sum.left : run_.sum.dropped) += run_.delayed;  // when all is done, somebody else has taken them
  }

  run_context<Queue> run_;
  job_driver<Queue> driver_;
  std::deque<worker_type> workers_{};
  std::vector<worker_type*> free_{};
  stored_time armed_for_{};
  bool woken_ = false;

  progress_watch<L> progress_{};
  bool begun_ = false;
  timer<loop_type> due_timer_{}, poll_timer_{}, progress_timer_{}, grace_timer_{};
  std::optional<change_signal::listener> changes_{}, room_{};
  std::optional<std::stop_callback<post_stop>> stopper_{};
  end_handler on_end_{};
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
