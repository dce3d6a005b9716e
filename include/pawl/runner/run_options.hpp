// Options of a run.
#ifndef PAWL_RUNNER_RUN_OPTIONS_HPP
#define PAWL_RUNNER_RUN_OPTIONS_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <type_traits>

#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/loop/backoff.hpp>
#include <pawl/loop/stop.hpp>
#include <pawl/runner/gate_options.hpp>
#include <pawl/runner/rate_gate.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

class run_control;

// All counters persist across restarts: attempts are kept in the store.
struct retry_policy {
  // Attempts per step, at least 1. Those answered with throttled do not count, and pending begins to count anew: the
  // remote is up and at work
  int attempts = 5;
  int recoveries = 10;  // deaths of a process while working on the item, after which it is parked; 0: at the first
  backoff wait{};       // after transient and unknown_outcome; 0: repeated at once, unless the remote names a wait
  // After pending and throttled without a time; more than 0
  std::chrono::nanoseconds poll = std::chrono::seconds(5);
  // Upper bound for the wait that a remote asks for; more than 0. nanoseconds::max(): as long as it asks
  std::chrono::nanoseconds longest = std::chrono::hours(1);
};

// At most this many items at once in the step of a state.
struct state_limit {
  template <class State>
    requires std::is_enum_v<State>
  constexpr state_limit(State state, std::size_t most)
      : code(static_cast<std::int64_t>(state)), at_most(most), state_type(&detail::identity_of_type<State>) {}
  constexpr state_limit() = default;

  std::int64_t code = 0;
  std::size_t at_most = 0;
  void const* state_type = nullptr;  // which enum
};

// `.limits = {{state::uploading, 4}, {state::processing, 20}}`
class state_limits : public detail::state_entries<state_limit> {
 public:
  constexpr state_limits() = default;
  // Throws error "run.limits" for a limit of 0.
  constexpr state_limits(std::initializer_list<state_limit> limits) {
    for (auto const& one : limits)
      if (one.at_most == 0 || !add(one))
        throw error("run.limits",
                    "pawl: run_options::limits must name each state at most once, with a limit of at least 1");
  }
};

// When a run ends by itself.
enum class until : std::uint8_t {
  // When nothing is runnable and no retry is due later; items with a start time in the future are left to a later run. Where
  // several runs lease the items of one store, when the others have none in hand either: if they die, these are this run's
  idle,
  // Only when its stop source is triggered; until then it waits for new items, changes and due times
  stopped
};

// Plain values only, so that options may be written inside a co_await expression (see pawl::task).
//
// Every member is checked when a run starts; one that is out of range throws error "run.options" (or "run.concurrency",
// "run.limits") with its name. No duration may be negative. nanoseconds::max() means "without end" for each of them.
struct run_options {
  static constexpr std::size_t most = 1'000'000;

  // Items in progress at once; 1 to a million. A worker is made when there is an item for it, so a high limit with few
  // items costs only its slots in the store's lock file, 16 bytes each.
  std::size_t concurrency = 1;
  state_limits limits{};
  retry_policy retry{};
  // The gate of all calls: of the attempts of steps that are coroutines; a probe and the call after it count once. Runs
  // that call the same remote may share one. Must outlive the run. Null: there is none, and an item that the remote asks
  // to wait waits alone, unless its call has another gate.
  rate_gate* gate = nullptr;
  gate_options gates{};  // those of states and of names

  std::chrono::nanoseconds attempt_deadline{};  // cancels a step that takes longer; 0: no deadline
  // For all attempts of a step including the waits between them; 0: no deadline
  std::chrono::nanoseconds item_deadline{};

  enum until until = until::idle;
  // How often to check for changes by other processes, at most every millisecond: with until::stopped for all of them, else for
  // states that are paused in the store, on a real clock alone. 0: never
  std::chrono::nanoseconds poll = std::chrono::seconds(1);
  // Pauses states and sets limits while the run works; must outlive it. Null: nobody does
  run_control* control = nullptr;
  // A stop request ends the intake; steps in flight finish and their results are written
  stop_source* stop = nullptr;
  // Time after a stop request until steps in flight are cancelled; 0: at once
  std::chrono::nanoseconds grace = std::chrono::seconds(30);

  ownership owner = ownership::sole;
  // Already owns the store and must outlive the run; null: the run acquires its own lock
  store_lock* lock = nullptr;
  std::chrono::nanoseconds wait_for_owner{};  // how long to wait for another owner to finish; 0: refuse at once

  // If the observer has on_progress: how often it is called, at most every millisecond. 0: only at the beginning and the
  // end
  std::chrono::nanoseconds progress_every = std::chrono::seconds(1);
  std::size_t page = 256;  // rows read from the store at a time; 1 to a million
  // Seeds the jitter; 0: a seed of its own for each run, except on a clock that is not real
  std::uint64_t seed = 0;
};

}  // namespace pawl::inline PAWL_ABI

#endif
