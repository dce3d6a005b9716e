// State shared by the parts of one run.
#ifndef PAWL_RUNNER_ENGINE_RUN_CONTEXT_HPP
#define PAWL_RUNNER_ENGINE_RUN_CONTEXT_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <utility>

#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/pooled_call.hpp>
#include <pawl/runner/engine/backlog.hpp>
#include <pawl/runner/engine/gatekeeper.hpp>
#include <pawl/runner/engine/recovery.hpp>
#include <pawl/runner/engine/retry.hpp>
#include <pawl/runner/engine/run_parts.hpp>
#include <pawl/runner/engine/state_gauge.hpp>
#include <pawl/runner/engine/tally.hpp>
#include <pawl/runner/engine/throttle.hpp>
#include <pawl/runner/engine/wall_time.hpp>
#include <pawl/runner/run_options.hpp>
#include <pawl/store/change_signal.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/system/random_number.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// Unique among the runs of all processes; never 0.
inline std::int64_t new_run_id() { return static_cast<std::int64_t>(random_number() >> 1 | 1); }

// Processes that failed together must not wait alike; on a virtual clock a run is repeatable.
inline std::uint64_t seed_of(run_options const& options, event_loop const& loop) {
  return options.seed == 0 && loop.is_real() ? random_number() : options.seed;
}

struct run_context {
  run_context(run_parts p, run_options const& o)
      : parts(std::move(p)),
        options(o),
        own_claim(o.lock ? nullptr : parts.store->make_owner()),
        lent_claim(o.lock ? new store_lock::use(*o.lock) : nullptr),
        owner(o.lock ? o.lock->owner() : *own_claim),
        recovering(owner, o.retry.recoveries, id),
        items(*parts.store, parts.lifecycle, o.page, o.concurrency),
        gauge(parts.lifecycle, o.limits),
        pace(parts.lifecycle, options, gauge),
        retrying(o.retry, o.item_deadline, seed_of(o, parts.loop)),
        gates(parts.lifecycle, parts.steps, options, gauge, retrying, room),
        counts(parts.lifecycle),
        pooled(parts.loop.lend_scope()) {}
  run_context(run_context const&) = delete;
  run_context& operator=(run_context const&) = delete;

  // From now on it owns the store; returns the store's time.
  stored_time begin() {
    auto const begun = parts.store->now();
    wall = wall_time(begun, parts.loop.now());
    pace.apply();
    recovering.begin_journal(pace.concurrency());
    journal_slots_ = pace.concurrency();
    parts.store->set_run(id);
    writes_ = true;
    return begun;
  }
  // What the control and the store say counts from now on, as far as the journal has room for it.
  void change_pace() {
    pace.apply();
    try {
      recovering.grow_journal(pace.concurrency());
      journal_slots_ = (std::max)(journal_slots_, pace.concurrency());
    } catch (error const& e) {  // the disk is full, say
      pace.bound(journal_slots_);
      parts.hooks.warning(e.what());
      counts.sum.warnings.emplace_back(e.what());
    }
    items.set_concurrency(pace.concurrency());
    room.raise();
  }
  void end() {
    if (writes_) parts.store->set_run(0);
    recovering.end_journal();
    own_claim.reset();
    lent_claim.reset();
  }

  // True once no item is taken and no step is started any more.
  bool intake_ended() const { return ended || failure || counts.sum.halted || stop_requested(); }
  bool stop_requested() const { return cancelled || (options.stop && options.stop->stop_requested()); }
  // Somebody else has changed the store.
  void hear_of_change() {
    items.hear_of_change();
    gates.hear_of_change();
    counts.hear_of_change();
  }
  // In the record of an item that this run has found in its state, and whose step it has not called.
  std::int64_t id_before_call() const { return -id; }
  stored_time now() { return wall.at(parts.loop.now()); }
  run_times times() { return {now(), /*mutant starts_by_the_stores_clock: OFF ? now() :*/ parts.store->now()}; }
  // True if the record's time has come, on the clock of who wrote it.
  bool is_over(trouble_record const& record) {
    return !record.next_at || *record.next_at <= (record.run != 0 ? now() : parts.store->now());
  }

  run_parts parts;
  run_options options;
  std::int64_t const id = new_run_id();
  wall_time wall{};
  std::string key_root{};                       // begins its items' idempotency keys: the identity of the store's data
  std::unique_ptr<run_owner> own_claim;         // null: the program itself has locked the store
  std::unique_ptr<store_lock::use> lent_claim;  // of that lock; null without one
  run_owner& owner;
  recovery recovering;
  backlog items;
  state_gauge gauge;
  throttle pace;
  retry_rules retrying;
  change_signal room{};  // raised when there may be more to do: a full state has room again, an item its turn at a gate
  gatekeeper gates;
  run_tally counts;
  std::shared_ptr<call_scope> pooled;  // calls handed to pools
  std::exception_ptr failure{};        // ends the run
  bool cancelled = false;              // by who awaits the run
  bool ended = false;

 private:
  bool writes_ = false;  // what the store writes is this run's
  std::size_t journal_slots_ = 0;
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
