// Drives one item from step to step.
#ifndef PAWL_RUNNER_ENGINE_JOB_DRIVER_HPP
#define PAWL_RUNNER_ENGINE_JOB_DRIVER_HPP

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <pawl/adapter/trouble.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/machine.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/runner/engine/job.hpp>
#include <pawl/runner/engine/retry.hpp>
#include <pawl/runner/engine/run_context.hpp>
#include <pawl/runner/engine/step_table.hpp>
#include <pawl/runner/engine/worker.hpp>
#include <pawl/runner/observer.hpp>
#include <pawl/runner/run_options.hpp>
#include <pawl/store/item.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// Stateless beside the run's: any number of workers use it at once.
template <class Queue> class job_driver {
  using L = typename Queue::lifecycle;
  using job_type = job<L>;

 public:
  using worker_type = typename step_table<Queue>::worker_type;

  explicit job_driver(run_context<Queue>& run) : run_(run) {}

  // Until the item leaves the hand.
  task<void> drive(worker_type& me, job_type& w) {
    take(me, w);
    auto where = recall_troubles(w);
    if (where == fate::running) where = admit(me, w);
    if (where == fate::running && run_.owner.knows_of_deaths()) {
      auto recovering = recover(me, w);
      where = co_await std::move(recovering);
    }
    if (where == fate::running && run_.closed()) where = fate::left;
    if (where == fate::running && w.record.recoveries > 1) where = take_turn(w);
    while (where == fate::running) {
      auto const state = w.item.state;
      auto const& entry = *run_.steps.of(state);
      if (entry.nature.calls && (!run_.gate.stands_open() || entry.nature.needs_mark())) {
        auto const now = run_.queue.loop().now(), turn = run_.gate.reserve(now);
        if (turn > now || entry.nature.needs_mark()) {
          auto preparing = prepare(entry.nature, turn, me, w);
          where = co_await std::move(preparing);
          if (where != fate::running) break;
        }
      }
      auto attempted = entry.attempt(run_, me, w);
      auto result = co_await std::move(attempted);
      run_.meter.note(state, w.duration, result);
      if (result == progress::troubled) where = judge(entry.nature, me, w);
      if (where == fate::failing) {
        auto fired = entry.fail(run_.queue, me.slot(), w);
        result = co_await std::move(fired);
        run_.sum.failures += static_cast<std::size_t>(result == progress::moved);
        if (result == progress::troubled) where = fate::parked;
      }
      if (result == progress::moved) {
        ++run_.sum.transitions;
        leave(state, w);
        end_turn(w);
        where = admit(me, w);
      } else if (result == progress::dropped) {
        where = fate::dropped;
      }
    }
    bool const stubborn = where == fate::dropped && was_lost_before(w);
    if (stubborn) {
      w.why = trouble::permanent("the store lists this row, but does not move it, although nobody else has");
      where = fate::parked;
    }
    bool kept = true;
    if (is_to_be_noted(where, w)) {
      auto noting = give_up_or_put_off(me, where, w);
      kept = co_await std::move(noting);
    }
    put_away(me, kept || stubborn ? where : fate::dropped, w, kept);
  }

 private:
  static constexpr std::size_t parked_told = 100;
  static constexpr bool watches_progress = requires(Queue & q, run_progress const& p) { q.observer().on_progress(p); };

  void take(worker_type& me, job_type& w) {
    me.take(&w);
    if constexpr (watches_progress) me.note_time();
    if constexpr (requires { run_.queue.observer().on_take(me.slot(), w.item, run_.queue.loop().now()); })
      run_.queue.observer().on_take(me.slot(), w.item, run_.queue.loop().now());
    if constexpr (requires { run_.queue.observer().on_phase(me.slot(), phase::hydrate, w.begun, w.begun); }) {
      auto const start = run_.queue.loop().now();
      w.fsm = *machine<L>::hydrate(w.item.state);
      run_.queue.observer().on_phase(me.slot(), phase::hydrate, start, run_.queue.loop().now() - start);
    } else {
      w.fsm = *machine<L>::hydrate(w.item.state);
    }
  }

  // What the store knows of its troubles, and whether they let it run.
  fate recall_troubles(job_type& w) {
    if (run_.shares() && run_.queue.base().changed_elsewhere()) run_.items.note_change();
    ++run_.sum.taken;
    if (!run_.queue.base().may_have_troubles()) return fate::running;
    auto record = run_.queue.base().trouble_of(w.item);
    if (!record) return fate::running;
    w.record = std::move(*record);
    bool const mine = w.record.run == run_.id;
    w.resumed = !mine;
    if (w.record.parked || (w.record.next_at && *w.record.next_at > run_.now())) return fate::passed;
    if (w.record.next_at && mine && run_.delayed > 0) {
      --run_.delayed;
      --run_.sum.taken;
    }
    w.record.next_at.reset();
    auto const* entry = run_.steps.of(w.item.state);
    if (!w.record.in_doubt || !entry || entry->nature.repeatable) return fate::running;
    if (run_.shares() && !mine) return fate::held;  // another run may be at it
    w.why = trouble::unknown_outcome("its step was begun, and nobody knows whether it was carried out");
    return fate::parked;
  }

  // The item is in a state that it has entered, or was found in.
  fate admit(worker_type& me, job_type& w) {
    if (!run_.steps.of(w.item.state)) return fate::arrived;
    if (run_.closed()) return fate::left;
    if (!run_.gauge.has_room(w.item.state)) return fate::put_back;
    run_.gauge.enter(w.item.state);
    w.inside = true;
    run_.owner.hold(me.slot(), w.item.row, w.item.version);
    return fate::running;
  }
  void leave(state_of<L> state, job_type& w) {
    if (!std::exchange(w.inside, false)) return;
    bool const was_full = !run_.gauge.has_room(state);
    run_.gauge.leave(state);
    if (was_full) run_.room.raise();
  }

  // An item in whose hands a process died may have killed it.
  task<fate> recover(worker_type& me, job_type& w) {
    if (!run_.owner.was_held(w.item.row, w.item.version)) co_return fate::running;
    ++run_.sum.recoveries;
    ++w.record.recoveries;  // the record stays an earlier run's: this one has tried nothing yet, and may put it back
    if (w.record.recoveries > run_.options.retry.recoveries) {
      w.why = trouble::permanent("the process died " + std::to_string(w.record.recoveries) +
                                 " times with this item in hand");
      co_return fate::parked;
    }
    auto noting = note(me, w);
    co_return (co_await std::move(noting)) ? fate::running : fate::dropped;
  }

  fate take_turn(job_type& w) {
    if (run_.suspect_in_hand) {
      run_.suspects.push_back(w.item);
      return fate::suspect;
    }
    run_.suspect_in_hand = w.alone = true;
    return fate::running;
  }
  void end_turn(job_type& w) {
    if (!std::exchange(w.alone, false)) return;
    run_.suspect_in_hand = false;
    for (auto const& waiting : run_.suspects) run_.items.put_back(waiting);
    run_.suspects.clear();
    run_.room.raise();
  }

  // ---- before a step that calls out ----

  task<fate> prepare(step_nature step, std::chrono::nanoseconds turn, worker_type& me, job_type& w) {
    auto passing = pass_gate(me, turn);
    co_await std::move(passing);
    if (run_.closed()) co_return fate::left;
    if (!step.needs_mark()) co_return fate::running;
    auto marking = mark(me, w);
    co_return co_await std::move(marking);
  }
  task<void> pass_gate(worker_type& me, std::chrono::nanoseconds turn) {
    auto& loop = run_.queue.loop();
    for (auto closings = run_.gate.closings(); turn > loop.now() && !run_.closed();) {
      if (!run_.gate.limited()) turn += run_.judgement.spread();
      me.begin_wait();
      try {
        co_await loop.sleep(turn - loop.now());
      } catch (boost::system::system_error const&) {  // cut off
      }
      if (me.close() != cut::none)
        co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
      // A turn that was taken before the gate was closed is worth nothing.
      if (closings == run_.gate.closings()) continue;
      closings = run_.gate.closings();
      turn = run_.gate.reserve(loop.now());
    }
  }
  // Makes it known that an unsafe step begins.
  task<fate> mark(worker_type& me, job_type& w) {
    w.record.in_doubt = true;
    w.record.run = run_.id;
    auto noting = note(me, w);
    w.marked = co_await std::move(noting);
    if (!w.marked) co_return fate::dropped;
    if (!run_.closed()) co_return fate::running;
    w.record.in_doubt = false;  // it has not begun after all
    co_return fate::left;
  }

  // ---- after it ----

  // What is to become of an item whose attempt ended in w.why.
  fate judge(step_nature step, worker_type& me, job_type& w) {
    if constexpr (requires { run_.queue.observer().on_trouble(me.slot(), w.item, w.why); })
      run_.queue.observer().on_trouble(me.slot(), w.item, w.why);
    w.record.run = run_.id;
    auto const decided = run_.judgement.decide(w.why, w.record, step, run_.wall.at(w.begun), run_.now());
    if (w.why.kind == trouble_kind::throttled)
      run_.gate.close_until(run_.queue.loop().now() + run_.judgement.asked_wait(w.why));
    if (w.why.kind == trouble_kind::quota_exhausted || w.why.kind == trouble_kind::auth) {
      if (!run_.sum.halted) run_.sum.halted = w.why;
    }
    return decided;
  }

  // ---- leaving the hand ----

  // Writes what the store is to know of it. False: the item is not where it was any more.
  task<bool> give_up_or_put_off(worker_type& me, fate where, job_type& w) {
    if (where == fate::parked) {
      w.record.parked = true;
      w.record.next_at.reset();
      w.record.run = run_.id;
      w.record.last_error = w.why.describe();
    }
    auto noting = note(me, w);
    co_return co_await std::move(noting);
  }
  void put_away(worker_type& me, fate where, job_type& w, bool kept) {
    leave(w.item.state, w);
    end_turn(w);
    run_.owner.let_go(me.slot());
    me.take(nullptr);
    if constexpr (requires { run_.queue.observer().on_leave(me.slot(), w.item, run_.queue.loop().now()); })
      run_.queue.observer().on_leave(me.slot(), w.item, run_.queue.loop().now());
    count(where, w);
    if (!kept && where == fate::parked) where = fate::held;         // what the store cannot keep parked, this run does
    if (where == fate::left && !run_.closed()) where = fate::held;  // left by its step: for a later run
    let_go(where, w.item);
  }
  bool is_to_be_noted(fate where, job_type const& w) const {
    if (run_.failure) return false;
    return where == fate::parked || where == fate::delayed || (where == fate::left && w.marked && !w.record.in_doubt);
  }
  // Was the item lost before as it is now? A version only grows: then nobody has moved it, and it would be lost for ever.
  bool was_lost_before(job_type const& w) {
    std::pair const is(w.item.version, w.item.state);
    auto const [before, first] = run_.lost.try_emplace(w.item.row, is);
    return !first && std::exchange(before->second, is) == is;
  }

  void count(fate where, job_type& w) {
    switch (where) {
      case fate::arrived:
        return void(++arrivals(role_of<L>(w.item.state)));
      case fate::dropped:
      case fate::passed:
      case fate::held:
        return void(++run_.sum.dropped);
      case fate::parked:
        ++run_.sum.parked;
        if (run_.sum.first_parked.size() < parked_told)
          run_.sum.first_parked.push_back(
              {w.item.key, state_name_of<L>(w.item.state), w.item.version, std::move(w.why)});
        return;
      case fate::delayed:
        ++run_.sum.retries;
        ++run_.delayed;
        return run_.items.note_delay(*w.record.next_at);
      case fate::put_back:
      case fate::suspect:
        return void(--run_.sum.taken);
      case fate::left:
      case fate::running:
      case fate::failing:
        return void(++run_.sum.left);
    }
  }
  std::size_t& arrivals(role r) {
    return r == role::goal ? run_.sum.finished : r == role::terminal ? run_.sum.ended : run_.sum.waiting;
  }
  void let_go(fate where, any_item<L> const& it) {
    if (where == fate::held || where == fate::suspect) return;  // this run does not take it again
    if (where == fate::put_back) return run_.items.put_back(it);
    if (where == fate::dropped) return run_.items.drop(it.row);
    run_.items.release(it.row);
  }

  // False: the item is not where it was any more.
  auto note(worker_type& me, job_type const& w) { return run_.queue.note(w.item, w.record, me.slot()); }

  run_context<Queue>& run_;
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
