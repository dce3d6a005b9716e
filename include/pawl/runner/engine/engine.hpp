// The engine behind run(): start, worker slots, waiting, and end.
#ifndef PAWL_RUNNER_ENGINE_ENGINE_HPP
#define PAWL_RUNNER_ENGINE_ENGINE_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <pawl/error.hpp>
#include <pawl/loop/callback.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/saturated.hpp>
#include <pawl/loop/scoped_executor.hpp>
#include <pawl/loop/spawn.hpp>
#include <pawl/loop/stop.hpp>
#include <pawl/loop/timer.hpp>
#include <pawl/queue/outside_requests.hpp>
#include <pawl/runner/engine/awaited_times.hpp>
#include <pawl/runner/engine/job.hpp>
#include <pawl/runner/engine/job_driver.hpp>
#include <pawl/runner/engine/option_check.hpp>
#include <pawl/runner/engine/run_context.hpp>
#include <pawl/runner/engine/run_parts.hpp>
#include <pawl/runner/engine/slot_work.hpp>
#include <pawl/runner/engine/store_link.hpp>
#include <pawl/runner/engine/worker.hpp>
#include <pawl/runner/engine/worker_slots.hpp>
#include <pawl/runner/promises.hpp>
#include <pawl/runner/run_control.hpp>
#include <pawl/runner/run_options.hpp>
#include <pawl/runner/summary.hpp>
#include <pawl/store/change_signal.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// One run. A worker is spawned when there is work and a free slot, and ends when no work is left. An item that waits
// for another attempt waits in the store and occupies no slot. Everything runs on the loop's thread.
class engine : public std::enable_shared_from_this<engine> {
  using nanoseconds = std::chrono::nanoseconds;

 public:
  engine(run_parts parts, run_options const& options)
      : run_(checked(std::move(parts), options), options), driver_(run_) {}

  // Starts the run; `on_end` is called at the end. From then on the run is owned by the work it has spawned; if that is
  // destroyed with the loop, so are the run and its callback.
  void start(run_end on_end) {
    on_end_ = std::move(on_end);
    run_.parts.store->run = this->weak_from_this();
    run_.parts.store->on_answer = keeping_call::to<&engine::hear_answer>(this);
    if (run_.options.stop)
      stopper_.emplace(run_.options.stop->get_token(), post_stop{loop(), this->weak_from_this(), *run_.pooled});
    requests_->begin_run();
    if (run_.options.control) control_.emplace(run_.options.control->board(), loop(), this->weak_from_this());
    end_if_it_fails([this] {
      store().verify();
      become_owner(loop().now());
    });
  }

  // The coroutine that awaits the run was cancelled, which asks the run to stop.
  void cancel() {
    run_.cancelled = true;
    stop();
  }
  // What run_options::control or the store says of its pace has changed.
  void hear_of_control() {
    if (control_) control_->heard();
    if (begun_ && !run_.ended)
      end_if_it_fails([this] {
        run_.change_pace();
        wake();
      });
  }
  loop_executor executor() { return loop().get_executor(); }

  // ---- for slot_work.hpp ----

  event_loop& loop() { return run_.parts.loop; }
  job_driver& driver() { return driver_; }
  // The slot's next item; false if it is to be free.
  bool next_item(worker& me) {
    found_item next;
    if (slots_.busy() > run_.pace.concurrency() || !next_item(next)) return false;
    me.take(std::move(next));
    return true;
  }

 private:
  // A stop may be requested from any thread, even after the run is gone.
  struct post_stop {
    event_loop& on;
    std::weak_ptr<engine> run;
    call_scope& pooled;  // the loop's
    void operator()() const {
      pooled.withdraw_all();  // before a thread of a pool comes to the next one
      detail::post(on.get_executor(), run, [](engine& self) { self.stop(); });
    }
  };

  static run_parts checked(run_parts parts, run_options const& options) {
    check_options(options, parts.lifecycle);
    return parts;
  }
  store_link& store() { return *run_.parts.store; }

  // ---- start: owner, opening, first items ----

  void become_owner(nanoseconds asked) {
    if (run_.intake_ended()) return end();
    owner_asked_ = asked;
    end_if_it_fails([&] {
      if (run_.options.lock) return open_store();
      acquiring_.ask([&](auto& to) { store().acquire(run_.owner, run_.options.owner, to); });
      if (acquiring_.is_answered()) hear_of_owner();
    });
  }
  void hear_of_owner() {
    end_if_it_fails([&] {
      bool const acquired = acquiring_.receive();
      if (run_.intake_ended()) return end();
      if (acquired) return open_store();
      if (loop().now() - owner_asked_ >= run_.options.wait_for_owner)
        throw error("run.owned", run_.owner.describe_holder());
      if (!tells_of_waiting_) report_waiting();
      owner_timer_.arm(loop(), look_for_owner_every,
                       keeping_call::to<&engine::ask_again_for_owner>(this->shared_from_this()));
    });
  }
  void ask_again_for_owner() { become_owner(owner_asked_); }
  // Another run owns the store: nothing is counted yet.
  void report_waiting() {
    tells_of_waiting_ = true;
    if (!run_.parts.hooks.progress) return;
    run_progress waiting;
    waiting.elapsed = loop().now() - owner_asked_;
    waiting.locked_for = waiting.elapsed;
    run_.parts.hooks.progress(waiting);
    arm_progress(keeping_call::to<&engine::report_waiting>(this->shared_from_this()));
  }
  static constexpr nanoseconds look_for_owner_every = std::chrono::milliseconds(50);

  void open_store() {
    progress_timer_.cancel();
    auto const now = run_.begin();
    for (auto const& [state, how] : run_.parts.steps.promises()) run_.parts.hooks.promise(state, how);
    if (run_.recovering.is_shared()) warn(store().warning_when_shared());
    if (has_keyed_step()) warn(store().warning_when_keyed());
    opening_.ask([&](auto& to) {
      store().open(now, saturated_sum(now, run_.retrying.longest_wait()), static_cast<bool>(run_.parts.hooks.progress),
                   to);
    });
    if (opening_.is_answered()) begin_work();
  }
  void begin_work() {
    end_if_it_fails([&] {
      auto const found = opening_.receive();
      begun_ = true;
      run_.key_root = found.identity + "/";
      run_.counts.sum.unrecognised = found.unrecognised;
      changes_.emplace(run_.parts.writer.changes(), [this] { hear_change(); });
      room_.emplace(run_.room, [this] { wake(); });
      if (run_.parts.hooks.progress) {
        run_.counts.start_progress(found, loop().now());
        report_progress();
      }
      run_.pace.hear_of_store(found.paused);
      run_.change_pace();
      if (looks_around()) watch_others();
      fill();
    });
  }
  // An exception ends the run.
  template <class Do> void end_if_it_fails(Do what) {
    try {
      what();
    } catch (...) {
      break_off(std::current_exception());
      if (!has_work()) end();  // else the last worker ends it
    }
  }
  bool has_keyed_step() const {
    for (auto const& [state, how] : run_.parts.steps.promises())
      if (how == repetition::recognised) return true;
    return false;
  }
  // Passes the store's warning, if it has one, to the observer and into the summary.
  void warn(std::string warning) {
    if (warning.empty()) return;
    run_.parts.hooks.warning(warning);
    run_.counts.sum.warnings.push_back(std::move(warning));
  }

  // Called when a store that answers later has answered.
  void hear_answer() {
    auto const self = this->shared_from_this();
    if (run_.ended) return finish();
    if (acquiring_.is_answered()) return hear_of_owner();
    if (opening_.is_answered()) return begin_work();
    if (looking_.is_answered()) hear_of_others();
    if (counting_.is_answered()) report_progress();
    try {
      run_.items.receive_answers();
    } catch (...) {
      break_off(std::current_exception());
    }
    fill();
  }

  // ---- filling the slots ----

  // Puts a worker into each free slot for which there is work; ends the run when there is nothing left to wait for.
  void fill() {
    if (run_.ended || !begun_) return;
    do {
      while (has_free_slot()) {
        found_item next;
        if (!next_item(next)) break;
        spawn(std::move(next));
      }
      if (!has_free_slot()) return;
      if (has_work()) return watch_due();
      if (run_.items.is_waiting()) return;
      if (run_.gates.is_shut()) break;  // its sweeps are not at their end
    } while (!run_.intake_ended() && run_.items.sweep_again());
    bool const more = is_something_to_come();
    if (run_.intake_ended() || !more) end();
  }

  bool has_free_slot() const { return slots_.busy() < run_.pace.concurrency(); }
  bool has_work() const { return slots_.busy() > 0; }
  void spawn(found_item first) {
    try {
      auto& me = slots_.occupy(loop(), run_.parts.make_events);
      me.take(std::move(first));
      // An occupied slot. Released by end_work(), or when the worker's coroutine is destroyed.
      std::shared_ptr<worker> const slot(&me, slot_release{this->shared_from_this()});
      detail::spawn(home_, work_in_slot(this->shared_from_this(), me), {&end_work, slot, me.cancellation()});
    } catch (...) {  // out of memory, possibly during its first step; the slot is released soon
      break_off(std::current_exception());
      wake();
    }
  }
  struct slot_release {
    std::shared_ptr<engine> run;
    void operator()(worker* of) const { run->slots_.release(*of); }
  };
  static void end_work(std::shared_ptr<void>& slot, std::exception_ptr failure) {
    auto const self = std::get_deleter<slot_release>(slot)->run;
    if (failure) self->break_off(std::move(failure));
    slot.reset();
    self->fill();
  }

  bool next_item(found_item& into) {
    if (run_.intake_ended()) {
      close_intake();
      return false;
    }
    try {
      if (run_.gates.has_waiting() && run_.gates.take(loop().now(), into)) {
        if (!run_.gates.has_waiting()) run_.items.hear_of_find();
        return true;
      }
      auto const now = run_.items.may_have_due() ? run_.times() : run_times();
      return run_.items.next(now, run_.gauge, into) || run_.gates.next_look(into);
    } catch (...) {
      break_off(std::current_exception());
      return false;
    }
  }

  // ---- what to wait for ----

  // A retry, a turn at a gate, an answer of the store, the death of another run, or, with until::stopped, anything at all.
  bool is_something_to_come() {
    watch_due();
    return times_.are_near() || run_.items.is_waiting() || run_.options.until == until::stopped || has_work() ||
           is_paused() || is_waiting_for_others();
  }
  // Whoever has paused a state will resume it.
  bool is_paused() {
    if (run_.pace.paused() == 0 /*mutant paused_run_waits: || OFF*/) return false;
    keep_alive();
    return true;
  }
  // What they have claimed is this run's to do if they die, which the store tells by changes().
  bool is_waiting_for_others() {
    if (!store().others_at_work()) return false;
    keep_alive();
    return true;
  }
  void watch_due() {
    if (run_.intake_ended()) return times_.stop();
    try {
      times_.watch(this->shared_from_this());
    } catch (...) {
      break_off(std::current_exception());
    }
  }

  // The store was changed in this process. Called inside a commit: the store must not be used here.
  void hear_change() {
    run_.hear_of_change();
    try {
      wake();
    } catch (std::bad_alloc const&) {  // the next worker to end will notice the change
    }
  }
  // Fills the slots soon; repeated calls are merged.
  void wake() {
    if (woken_) return;
    detail::post(loop().get_executor(), this->weak_from_this(), [](engine& self) {
      self.woken_ = false;
      self.fill();
    });
    woken_ = true;
  }
  // A run that waits sees what others do; any run, on a real clock, what they pause.
  bool looks_around() {
    return run_.options.until == until::stopped ||
           (run_.options.poll.count() > 0 && store().keeps_pauses() && loop().is_real());
  }
  void watch_others() {
    if (run_.options.poll.count() == 0) return keep_alive();
    poll_timer_.arm(loop(), (std::max)(run_.options.poll, shortest_interval),
                    keeping_call::to<&engine::poll>(this->shared_from_this()));
  }
  // While the run waits for nothing but a call.
  void keep_alive() {
    if (!poll_timer_.armed())
      poll_timer_.arm(loop(), (nanoseconds::max)(), keeping_call::to<&engine::wake>(this->shared_from_this()));
  }
  void poll() {
    if (run_.intake_ended()) return keep_alive();
    look_at_others();
    if (!run_.ended) watch_others();
  }
  void look_at_others() {
    if (looking_.is_pending()) return;
    end_if_it_fails([&] {
      looking_.ask([&](auto& to) { store().look_around(run_.options.until == until::stopped, to); });
      if (looking_.is_answered()) hear_of_others();
    });
  }
  void hear_of_others() {
    end_if_it_fails([&] {
      auto const found = looking_.receive();
      if (run_.pace.hear_of_store(found.paused)) hear_of_control();
      if (found.changed) hear_change();
    });
  }

  // Where others have changed the store, its items are counted first.
  void report_progress() {
    try {
      if (!counting_.is_answered() && !run_.intake_ended() && run_.counts.begin_count())
        counting_.ask([&](auto& to) { store().count(store().now(), delayed_by::program, to); });
      if (counting_.is_pending()) return;
      if (counting_.is_answered()) run_.counts.end_count(counting_.receive());
    } catch (...) {
      break_off(std::current_exception());
      if (run_.failure) return fill();
    }
    tell_progress();
    arm_progress(keeping_call::to<&engine::report_progress>(this->shared_from_this()));
  }
  void tell_progress() {
    auto measured = run_.counts.measure_progress(loop().now(), slots_.all());
    measured.locked_for = run_.parts.writer.locked_for();
    run_.parts.hooks.progress(measured);
  }
  void arm_progress(keeping_call report) {
    if (run_.options.progress_every.count() == 0) return;
    progress_timer_.arm(loop(), (std::max)(run_.options.progress_every, shortest_interval), std::move(report));
  }

  // ---- the end ----

  void stop() {
    if (run_.ended) return;
    close_intake();
    if (!begun_) return end();
    fill();
  }
  void break_off(std::exception_ptr failure) {
    if (!run_.failure && (!is_given_up(failure) /*mutant stop_is_no_failure: || OFF*/)) run_.failure = failure;
    close_intake();
  }
  // A store out of reach would keep a run that is stopped: what waits for it is given up, and so is what waits a second later.
  void give_up_questions() {
    gave_up_ = true;
    /*mutant stop_gives_up_questions: if (!OFF)*/ store().give_up_questions();
    limit_questions();
  }
  void limit_questions() {
    if (is_asking() && !asking_timer_.armed())
      asking_timer_.arm(loop(), longest_asking, keeping_call::to<&engine::give_up_questions>(this->shared_from_this()));
  }
  static constexpr nanoseconds longest_asking = std::chrono::seconds(1);
  bool is_given_up(std::exception_ptr const& failure) const {
    try {
      std::rethrow_exception(failure);
    } catch (boost::system::system_error const& e) {
      return gave_up_ && e.code() == asio::error::operation_aborted;
    } catch (...) {
      return false;
    }
  }
  // Ends the intake. Steps in flight finish, except that calls which wait for a pool are withdrawn; after a stop request,
  // or if the store is broken, they are cancelled when the grace period expires.
  void close_intake() {
    times_.stop();
    store().end_intake();
    if (run_.ended) return;
    if (run_.stop_requested()) limit_questions();
    if (grace_timer_.armed() || !(run_.stop_requested() || run_.failure)) return;
    run_.pooled->withdraw_all();
    grace_timer_.arm(loop(), run_.options.grace, keeping_call::to<&engine::stop_steps>(this->shared_from_this()));
  }
  void stop_steps() {
    for (auto& worker : slots_.all()) worker->stop();
  }
  // A call that the store has not answered may still write under this run's claim, so the run may not end yet;
  // hear_answer() ends it.
  bool is_asking() const {
    return acquiring_.is_pending() || opening_.is_pending() || looking_.is_pending() || counting_.is_pending() ||
           run_.items.is_waiting();
  }
  void end() {
    if (is_asking() /*mutant ends_when_answered: && !OFF*/ || std::exchange(run_.ended, true)) return;
    times_.stop();
    for (auto* timer : {&owner_timer_, &poll_timer_, &progress_timer_, &grace_timer_, &asking_timer_}) timer->cancel();
    leaving_.ask([&](auto& to) { store().leave(to); });
    finish();
  }
  // Once the store has answered that the run's claim is given up; where it cannot, that ends as a killed run's.
  void finish() {
    if (!leaving_.is_answered()) return;
    try {
      static_cast<void>(leaving_.receive());
    } catch (error const&) {}
    if (begun_ && !run_.failure /*mutant verified_at_end: && !OFF*/) run_.failure = store().why_unreliable();
    stopper_.reset();
    control_.reset();
    changes_.reset();
    run_.end();
    requests_->end_run();
    if (begun_ && run_.parts.hooks.progress) tell_progress();
    auto& sum = run_.counts.sum;
    sum.stopped = run_.stop_requested();
    run_.counts.count_delayed(run_.failure || sum.halted || sum.stopped);
    run_.counts.summarise_steps();
    detail::post(loop().get_executor(), std::weak_ptr(this->shared_from_this()),
                 [](engine& self) { self.call_back(); });
    // Cancelled timers and the completion may still be posted and use this object.
    detail::keep_for_posted(loop().get_executor(), this->shared_from_this());
  }
  void call_back() {
    auto const end = std::exchange(on_end_, {});
    end.call(end.to.get(), run_.failure, std::move(run_.counts.sum));
  }

  run_context run_;
  job_driver driver_;
  asio::any_io_executor const home_{scoped_executor(loop().get_executor(), *run_.pooled)};
  std::shared_ptr<outside_requests> const requests_{run_.parts.writer.requests()};
  worker_slots slots_{};
  bool woken_ = false;
  bool begun_ = false, gave_up_ = false;
  bool tells_of_waiting_ = false;
  nanoseconds owner_asked_{};
  question<bool> acquiring_{};
  question<opening> opening_{}, counting_{};
  question<surroundings> looking_{};
  question<bool> leaving_{};
  awaited_times<engine, &engine::fill> times_{run_};
  timer owner_timer_{}, poll_timer_{}, progress_timer_{}, grace_timer_{}, asking_timer_{};
  std::optional<change_signal::listener> changes_{}, room_{};
  std::optional<stop_callback<post_stop>> stopper_{};
  std::optional<control_board::listener> control_{};
  run_end on_end_{};
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
