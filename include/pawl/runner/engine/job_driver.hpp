// Drives one item from step to step until the run is done with it.
#ifndef PAWL_RUNNER_ENGINE_JOB_DRIVER_HPP
#define PAWL_RUNNER_ENGINE_JOB_DRIVER_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <pawl/adapter/trouble.hpp>
#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/loop/saturated.hpp>
#include <pawl/loop/suspend.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/runner/engine/gatekeeper.hpp>
#include <pawl/runner/engine/job.hpp>
#include <pawl/runner/engine/job_write.hpp>
#include <pawl/runner/engine/refused_rows.hpp>
#include <pawl/runner/engine/retry.hpp>
#include <pawl/runner/engine/run_context.hpp>
#include <pawl/runner/engine/step_table.hpp>
#include <pawl/runner/engine/step_trouble.hpp>
#include <pawl/runner/engine/worker.hpp>
#include <pawl/runner/observer.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// Shared by any number of workers; everything it knows about an item is in the job. An item is taken, for each step prepared,
// called and settled, and finished at the end (slot_work.hpp). What these return is awaited, unless it is empty because there
// is nothing to wait for.
class job_driver {
 public:
  explicit job_driver(run_context& run) : run_(run) {}

  // Finds out what has become of the item since it was found, and whether it may be worked on.
  task<void> take(worker& me, job& j) {
    pick_up(me, j);
    if (run_.parts.store->answers_later()) return take_later(me, j);
    return take_with(me, j, run_.parts.store->news_of(j.item, look{run_.recovering.is_shared(), j.gates.waited}));
  }
  // All that comes before the call of a step.
  task<void> prepare(worker& me, job& j) {
    auto const& step = *run_.parts.steps.of_state(j.item.state);
    j.may_call = !step.nature.calls || !run_.gates.exist() || pass_gates(j);
    if (!j.in_progress()) return {};
    bool const marks = j.may_call && step.nature.needs_mark() /*mutant mark_before_call: && !OFF*/;
    if (marks || run_.parts.store->leases() || step.recall_later) return prepare_later(me, j, step, marks);
    begin_attempt(j, step);
    return {};
  }
  // Calls the step. What it throws is for the caller to catch, and to give to catch_from_step().
  task<void> call(worker& me, job& j) {
    if (!j.may_call) return {};
    auto const& step = *run_.parts.steps.of_state(j.item.state);
    if (step.call) {
      me.begin_step(/*mutant attempt_deadline: OFF ? std::chrono::nanoseconds{} :*/ run_.options.attempt_deadline);
      return step.call(run_.parts.steps.steps(), j);
    }
    step.compute(run_.parts.steps.steps(), j);
    return {};
  }
  // Within a handler of the exception.
  void catch_from_step(job& j) const {
    j.set_trouble(trouble_of_thrown_step(run_.parts.steps.of_state(j.item.state)->nature));
  }
  // Writes the transition that the step has asked for, or decides about its trouble.
  task<void> settle(worker& me, job& j) {
    auto const from = j.item.state;
    auto const& step = *run_.parts.steps.of_state(from);
    if (j.may_call) {
      // An adapter's coroutine may have finished on a thread of its own.
      if (step.call && !run_.parts.loop.get_executor().running_in_this_thread()) co_await return_to(run_.parts.loop);
      if (end_call(me, j, step))
        co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    }
    auto result = attempt_result::troubled;
    if (j.transition != job::no_transition) co_await write(me, j, result);
    run_.counts.count_attempt(from, j.duration, result);
    if (result == attempt_result::troubled && judge(me, j, step) == verdict::failing)
      co_await fire_failure(me, j, step, result);
    end_attempt(me, j, from, result);
  }
  // The run is done with the item.
  task<void> finish(worker& me, job& j) {
    if (must_be_noted(j)) return finish_later(me, j);
    put_away(me, j, true);
    return {};
  }
  // Looks up an item that waits before a gate. One that has moved waits no more; what it is now is found like any other.
  task<void> look_up(stored_item const& it) {
    look const also{false, true};
    item_news news;
    if (run_.parts.store->answers_later())
      co_await run_.parts.store->news_of_later(it, also, news);
    else
      news = run_.parts.store->news_of(it, also);
    if (!news.has_moved || !run_.gates.forget(it, run_.parts.loop.now())) co_return;
    run_.counts.count_gone();
    run_.items.release_moved(it.row);
  }

 private:
  // ---- taking an item ----

  void pick_up(worker& me, job& j) {
    j.events = me.events();
    run_.parts.forget_events(j);
    bool const timed = run_.parts.hooks.progress || run_.parts.hooks.take || run_.parts.hooks.phase_end;
    auto const now = timed ? run_.parts.loop.now() : std::chrono::nanoseconds();
    me.begin_work(now);
    run_.parts.hooks.take(me.slot(), j.item, now);
    if (run_.parts.hooks.phase_end) {
      auto const start = run_.parts.loop.now();
      run_.parts.hydrate(j.item.state);
      run_.parts.hooks.phase_end(me.slot(), phase::hydrate, start, run_.parts.loop.now() - start);
    }
    ++run_.counts.sum.taken;
    if (j.gates.waited) run_.counts.count_return(run_.counts.gated);
  }
  task<void> take_later(worker& me, job& j) {
    item_news news;
    co_await ask_store_later(j, news);
    auto taking = take_with(me, j, std::move(news));
    if (taking.valid()) co_await std::move(taking);
  }
  // With what the store tells of it.
  task<void> take_with(worker& me, job& j, item_news news) {
    recall_troubles(j, std::move(news));
    if (j.in_progress()) enter_state(me, j);
    if (j.in_progress() && run_.recovering.knows_of_deaths()) return count_death(me, j);
    begin_turn(j);
    return {};
  }
  // Its last hurdles before its first step.
  void begin_turn(job& j) {
    if (j.in_progress() && run_.parts.store->leases() && run_.recovering.was_fatal_too_often(j))
      j.leave(leaving::parked);
    if (j.in_progress() && run_.intake_ended()) j.leave(leaving::run_ended);
    if (j.in_progress() && !run_.recovering.take_turn(j)) j.leave(leaving::suspect);
  }
  // Asks the store about its troubles.
  task<void> ask_store_later(job& j, item_news& news) {
    look const also{run_.recovering.is_shared(), j.gates.waited};
    if (j.known && !also.around)
      news.record = std::move(j.known->record);
    else
      co_await run_.parts.store->news_of_later(j.item, also, news);
  }
  // Decides whether its trouble record lets it run.
  void recall_troubles(job& j, item_news news) {
    if (news.changed_elsewhere) run_.hear_of_change();
    j.key_root = run_.key_root;
    j.former = news.former;
    if (news.has_moved /*mutant looked_up_again: && !OFF*/) return j.leave(leaving::dropped);
    auto& record = news.record;
    if (!record) return;
    j.record = std::move(*record);
    j.found_record = digest(j.record);
    bool const mine = j.record.run == run_.id || j.record.run == run_.id_before_call();
    j.resumed = j.record.run != run_.id;
    if (j.record.parked) return j.leave(leaving::passed);
    if (!run_.is_over(j.record)) {
      run_.items.forget_due();  // the store's clock may have been set back since it was found
      return j.leave(leaving::passed);
    }
    if (j.gates.waited || !j.record.next_at)
      ;  // nothing was counted, or it was before
    else if (mine && run_.counts.delayed > 0)
      run_.counts.count_return(run_.counts.delayed);
    else
      run_.counts.count_due();
    j.record.next_at.reset();
    auto const* step = run_.parts.steps.of_state(j.item.state);
    if (!step || !run_.recovering.is_in_doubt(j, step->nature)) return;
    if (run_.recovering.may_be_alive(j)) return j.leave(leaving::with_other_run);
    j.set_trouble(trouble::unknown_outcome("its step was started, and it is unknown whether it was carried out"));
    j.leave(leaving::parked);
  }

  // The item has entered its state, or was found in it.
  void enter_state(worker& me, job& j) {
    if (!run_.parts.steps.of_state(j.item.state)) return j.leave(leaving::arrived);
    if (run_.intake_ended()) return j.leave(leaving::run_ended);
    if (!has_room(j) /*mutant state_limit: && !OFF*/) return j.leave(leaving::no_room);
    run_.gauge.enter(j.item.state);
    j.in_state = true;
    run_.recovering.hold(me.slot(), j);
  }
  // An item that has had its turn at a gate enters its state although later items may have filled the line again: only
  // the limit of the state itself counts for it.
  bool has_room(job const& j) const {
    return j.gates.waited ? run_.gauge.is_below_limit(j.item.state) : run_.gauge.has_room(j.item.state);
  }
  void leave_state(std::size_t state, job& j) {
    if (!std::exchange(j.in_state, false)) return;
    bool const was_full = !run_.gauge.has_room(state);
    run_.gauge.leave(state);
    if (was_full) run_.room.raise();
  }
  void end_turn(job& j) {
    bool const was_alone = j.lone_suspect;
    for (auto const& waiting : run_.recovering.free_suspects(j)) run_.items.put_back(waiting.item);
    if (was_alone) run_.room.raise();
  }

  // An item in progress when a process died may have caused the death.
  task<void> count_death(worker& me, job& j) {
    auto const found = run_.recovering.count_death(j);
    if (found != recovery::death::none) ++run_.counts.sum.recoveries;
    if (found == recovery::death::too_many) j.leave(leaving::parked);
    if (found == recovery::death::counted) {
      bool noted = false;
      co_await note(me, j, noted);
      if (!noted) leave_dropped(j);
    }
    begin_turn(j);
  }

  // ---- before a remote call ----

  // Passes the gates of its step, or waits before one of them without a slot. False if the steps failed to name its
  // gate: then the step is not called.
  bool pass_gates(job& j) {
    auto const& step = *run_.parts.steps.of_state(j.item.state);
    auto const now = run_.parts.loop.now();
    if (step.gate_of && !j.gates.is_named) {
      try {
        run_.gates.name(j, step.gate_of(run_.parts.steps.steps(), j), now);
      } catch (std::exception const& e) {
        j.set_trouble(trouble::transient("its gate could not be named: " + std::string(e.what())));
        return false;
      } catch (...) {
        j.set_trouble(trouble::transient("its gate could not be named: an exception of an unknown type"));
        return false;
      }
    }
    std::chrono::nanoseconds turn{};
    auto const answer = run_.gates.admit(j, now, turn);
    if (answer == gatekeeper::entry::wait) j.leave(leaving::gated);
    if (answer == gatekeeper::entry::wait_in_store) send_off(j, turn);
    return true;
  }
  // Too many wait in memory: it comes back about when it may go.
  void send_off(job& j, std::chrono::nanoseconds turn) {
    j.record.next_at = run_.wall.at(turn);
    // Found in its state and not called by this run: so it is found again.
    j.record.run = j.resumed ? run_.id_before_call() : run_.id;
    if (j.record.last_error.empty())
      j.record.last_error = "waits before the gate '" + std::string(j.gates.named->name()) + "'";
    j.leave(leaving::sent_off);
  }
  // The store knows that this run works on it, or that another one does.
  task<void> begin(job& j) {
    bool ours = false;
    co_await run_.parts.store->begin_item(j.item, ours);
    if (!ours) co_return j.leave(leaving::dropped);
    if (run_.intake_ended()) j.leave(leaving::run_ended);
  }
  // Records in the store that an unsafe step is about to start.
  task<void> mark(worker& me, job& j) {
    run_.recovering.mark(j);
    co_await note(me, j, j.marked);
    if (!j.marked) co_return leave_dropped(j);
    if (!run_.intake_ended()) co_return;
    recovery::take_back_mark(j);
    j.leave(leaving::run_ended);
  }

  task<void> prepare_later(worker& me, job& j, step_entry const& step, bool marks) {
    if (run_.parts.store->leases()) co_await begin(j);
    if (marks && j.in_progress()) co_await mark(me, j);
    if (!j.in_progress()) co_return;
    begin_attempt(j, step);
    if (j.may_call && step.recall_later) co_await step.recall_later(run_.parts.store->store(), j, j.may_call);
  }
  // Where the step is not called, j.why says why not.
  void begin_attempt(job& j, step_entry const& step) const {
    j.transition = job::no_transition;
    j.duration = {};
    j.begun = run_.parts.loop.now();
    if (j.may_call && step.recall) j.may_call = step.recall(run_.parts.store->store(), j);
  }

  // ---- the step ----

  // True if it was cancelled.
  bool end_call(worker& me, job& j, step_entry const& step) {
    j.duration = run_.parts.loop.now() - j.begun;
    run_.parts.hooks.phase_end(me.slot(), phase::step, j.begun, j.duration);
    auto const why = step.call ? me.end_step() : cut::none;
    if (why != cut::none && j.transition == job::no_transition) j.why = trouble_of_cut(std::move(j.why), why);
    return why != cut::none;
  }
  void end_attempt(worker& me, job& j, std::size_t from, attempt_result result) {
    if (run_.gates.exist()) run_.gates.finish(j, from, run_.parts.loop.now(), j.may_call);
    if (result == attempt_result::dropped) leave_dropped(j);
    if (result == attempt_result::moved) {
      ++run_.counts.sum.transitions;
      leave_state(from, j);
      end_turn(j);
      enter_state(me, j);
    }
  }
  // Fires the lifecycle's failure event.
  task<void> fire_failure(worker& me, job& j, step_entry const& step, attempt_result& result) {
    try {
      step.ask_for_failure(j);
    } catch (std::exception const& e) {
      j.set_trouble(trouble::permanent("its failure event could not be built: " + std::string(e.what()) +
                                       "; it was to tell: " + j.why.describe()));
      co_return j.leave(leaving::parked);
    }
    if (run_.parts.store->keeps_history() /*mutant failure_has_all_attempts: && !OFF*/) {
      trouble_record const failed = as_history_tells(j);
      failure_note noting(*run_.parts.store, j.item, failed);
      co_await write(me, j, result, &noting);
    } else {
      co_await write(me, j, result);
    }
    if (result == attempt_result::moved) ++run_.counts.sum.failures;
    if (result == attempt_result::troubled) j.leave(leaving::parked);
  }

  // The attempts and the error that the event is told. If the process dies before the transition, the item is due at once.
  trouble_record as_history_tells(job const& j) const {
    trouble_record failed = j.record;
    failed.attempts = failed_attempts(j.why, j.record);
    failed.next_at = run_.now();
    return failed;
  }

  // Commits the transition that the job asks for, and before it what was noted.
  task<void> write(worker& me, job& j, attempt_result& result, failure_note* noted = nullptr) {
    auto const row = j.transition;
    check_with_machine(me, j);
    auto const& entry = run_.parts.steps.of_row(row);
    result = attempt_result::troubled;
    try {
      transition_write writing(run_.parts.writer, me.slot(), entry, j);
      if (noted != nullptr) writing.comes_after(*noted);
      co_await writing.commit();
      auto const answer = writing.result();
      if (answer.moved) {
        result = attempt_result::moved;
        if (entry.keep_event) entry.keep_event(j);
        j.enter(run_.parts.lifecycle.rows[row].to, answer);
      } else {
        if (entry.throw_undone) entry.throw_undone(j);
        result = attempt_result::dropped;
      }
    } catch (store_error const& e) {
      if (e.what_failed() != store_failure::rejected) throw;
      /*mutant recorded_or_not: if (OFF && entry.keep_event) entry.keep_event(j);*/
      j.set_trouble(trouble::permanent(e.what()));
    } catch (std::bad_alloc const&) {  // the queue has discarded this write and committed the others
      j.set_trouble(trouble::permanent("out of memory while writing its transition"));
    }
  }
  // The machine takes the event and finds the next state.
  void check_with_machine(worker& me, job const& j) {
    bool const timed = static_cast<bool>(run_.parts.hooks.phase_end);
    auto const start = timed ? run_.parts.loop.now() : std::chrono::nanoseconds();
    if (!run_.parts.fire(j.item.state, j.transition))
      throw error("run.machine", "pawl: the machine refused an event that its table accepts");
    if (timed) run_.parts.hooks.phase_end(me.slot(), phase::dispatch, start, run_.parts.loop.now() - start);
  }

  // Decides what becomes of an item whose attempt ended in j.why.
  verdict judge(worker& me, job& j, step_entry const& step) {
    run_.parts.hooks.trouble_met(me.slot(), j.item, j.why);
    j.record.run = run_.id;
    auto const decided = run_.retrying.decide(j.why, j.record, step.nature, run_.wall.at(j.begun), run_.now());
    if (run_.gates.exist() && step.nature.calls /*mutant throttled_closes_gate: && !OFF*/) close_gate(j);
    if (j.why.kind == trouble_kind::quota_exhausted || j.why.kind == trouble_kind::auth) {
      if (!run_.counts.sum.halted /*mutant quota_halts: && !OFF*/) run_.counts.sum.halted = j.why;
    }
    if (decided == verdict::delayed) j.leave(leaving::delayed);
    if (decided == verdict::parked) j.leave(leaving::parked);
    if (decided == verdict::run_ended) j.leave(leaving::run_ended);
    return decided;
  }

  // The remote wants no more calls like this one for a while.
  void close_gate(job const& j) {
    auto const wait = run_.retrying.closing_wait(j.why);
    if (wait.count() <= 0) return;
    auto const* closed = run_.gates.close(j, j.item.state, saturated_sum(run_.parts.loop.now(), wait));
    if (!closed) return;
    auto const until = run_.wall.at(closed->gate().closed_until());
    run_.parts.hooks.gate(run_.counts.count_closing(closed->kind(), closed->name(), until));
  }

  // ---- done with an item ----

  // The store refused a write because the item is no longer where it was found. If it finds the item there again, with
  // the same record, no other writer has touched it, and it would be taken and dropped forever: it is parked.
  void leave_dropped(job& j) {
    row_memo const found{j.item.version, j.item.life, j.item.state, j.found_record};
    bool const again = refused_.refuse(j.item.row, found, run_.items.sweep_count());
    if (!again /*mutant stubborn_rows: || OFF*/) return j.leave(leaving::dropped);
    j.set_trouble(trouble::permanent(
        "the store lists this row as runnable but will not move it, and no other writer has changed it"));
    j.leave(leaving::parked);
    j.stubborn = true;
  }
  bool must_be_noted(job const& j) const {
    if (run_.failure) return false;
    return j.leaves == leaving::parked || j.leaves == leaving::delayed || j.leaves == leaving::sent_off ||
           (j.leaves == leaving::run_ended && j.marked && !j.record.in_doubt);
  }
  // Writes its trouble record first.
  task<void> finish_later(worker& me, job& j) {
    if (j.leaves == leaving::parked) {
      j.record.parked = true;
      j.record.next_at.reset();
      j.record.run = run_.id;
      j.record.last_error = kept_error(j.why);
    }
    bool kept = true;  // false if the item has moved in the meantime
    co_await note(me, j, kept);
    put_away(me, j, kept);
  }
  void put_away(worker& me, job& j, bool kept) {
    if (run_.gates.exist()) run_.gates.finish(j, j.item.state, run_.parts.loop.now(), false);
    leave_state(j.item.state, j);
    end_turn(j);
    run_.recovering.let_go(me.slot());
    run_.parts.store->set_aside(j.item.row);
    me.end_work();
    if (run_.parts.hooks.leave) run_.parts.hooks.leave(me.slot(), j.item, run_.parts.loop.now());
    if (!kept && !j.stubborn) j.leaves = leaving::dropped;
    run_.counts.count_leaving(j);
    give_back(j, kept);
  }
  // Tells the backlog when the item may be taken again.
  void give_back(job const& j, bool kept) {
    switch (*j.leaves) {
      case leaving::suspect:
      case leaving::gated:
        return;  // until free_suspects(), or its turn at the gate
      case leaving::with_other_run:
        return run_.items.leave_to_other_run(j.item.row);
      case leaving::no_room:
        return run_.items.put_back(j.item);
      case leaving::dropped:
        return run_.items.release_moved(j.item.row);
      case leaving::delayed:
      case leaving::sent_off:
        run_.items.hear_of_delay(*j.record.next_at);
        return run_.items.release(j.item.row);
      case leaving::parked:
        if (!kept) return run_.items.pass_on(j.item.row);  // the store cannot keep it parked, so this run does
        return run_.items.release(j.item.row);
      case leaving::run_ended:
        if (!run_.intake_ended()) return run_.items.pass_on(j.item.row);  // its step gave up: left to a later run
        return run_.items.release(j.item.row);
      case leaving::arrived:
      case leaving::passed:
        return run_.items.release(j.item.row);
    }
  }

  // `noted` is false if the item has moved in the meantime.
  task<void> note(worker& me, job const& j, bool& noted) {
    note_write writing(run_.parts.writer, me.slot(), *run_.parts.store, j);
    co_await writing.commit();
    noted = writing.result();
  }

  run_context& run_;
  refused_rows refused_{};
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
