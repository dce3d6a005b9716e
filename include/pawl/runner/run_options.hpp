// Options of a run.
#ifndef PAWL_RUNNER_RUN_OPTIONS_HPP
#define PAWL_RUNNER_RUN_OPTIONS_HPP

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <type_traits>

#include <pawl/error.hpp>
#include <pawl/loop/backoff.hpp>
#include <pawl/loop/stop.hpp>
#include <pawl/runner/rate_gate.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// All counters persist across restarts: attempts are kept in the store.
struct retry_policy {
  int attempts = 5;     // attempts per step; those answered with pending or throttled do not count
  int recoveries = 10;  // deaths of a process while working on the item, after which it is parked
  backoff wait{};       // after transient and unknown_outcome
  std::chrono::nanoseconds poll = std::chrono::seconds(5);   // after pending and throttled without a time
  std::chrono::nanoseconds longest = std::chrono::hours(1);  // upper bound for the wait that a remote asks for
};

// At most this many items at once in the step of a state.
struct state_limit {
  template <class State>
    requires std::is_enum_v<State>
  constexpr state_limit(State state, std::size_t most) : code(static_cast<std::int64_t>(state)), at_most(most) {}
  constexpr state_limit() = default;

  std::int64_t code = 0;
  std::size_t at_most = 0;
};

// `.limits = {{state::uploading, 4}, {state::processing, 20}}`
class state_limits {
 public:
  constexpr state_limits() = default;
  // Throws error "run.limits" for a limit of 0.
  constexpr state_limits(std::initializer_list<state_limit> limits) {
    for (auto const& one : limits) {
      if (one.at_most == 0 || size_ == all_.size() ||
          std::any_of(begin(), end(), [&one](auto const& other) { return other.code == one.code; }))
        throw error("run.limits",
                    "pawl: run_options::limits must name each state at most once, with a limit of at least 1");
      all_[size_++] = one;
    }
  }
  constexpr state_limit const* begin() const { return all_.data(); }
  constexpr state_limit const* end() const { return all_.data() + size_; }

 private:
  std::array<state_limit, 64> all_{};
  std::size_t size_ = 0;
};

// When a run ends by itself.
enum class until : std::uint8_t {
  // When nothing is runnable and no retry is due later; items with a start time in the future are left to a later run
  idle,
  // Only when its stop source is triggered; until then it waits for new items, changes and due times
  stopped
};

// Plain values only, so that options may be written inside a co_await expression (see pawl::task).
struct run_options {
  std::size_t concurrency = 1;  // items in progress at once; at least 1
  state_limits limits{};
  retry_policy retry{};
  // Limits the rate of attempts of coroutine steps; a probe and the call after it count once. Must outlive the run.
  // Null: no limit.
  rate_gate* gate = nullptr;

  std::chrono::nanoseconds attempt_deadline{};  // cancels a step that takes longer; 0: no deadline
  // For all attempts of a step including the waits between them; 0: no deadline
  std::chrono::nanoseconds item_deadline{};

  enum until until = until::idle;
  // How often to check for changes by other processes; until::stopped only
  std::chrono::nanoseconds poll = std::chrono::seconds(1);
  // A stop request ends the intake; steps in flight finish and their results are written
  stop_source* stop = nullptr;
  // Time after a stop request until steps in flight are cancelled
  std::chrono::nanoseconds grace = std::chrono::seconds(30);

  ownership owner = ownership::sole;
  // Already owns the store and must outlive the run; null: the run acquires its own lock
  store_lock* lock = nullptr;
  std::chrono::nanoseconds wait_for_owner{};  // how long to wait for another owner to finish; 0: refuse at once

  std::chrono::nanoseconds progress_every = std::chrono::seconds(1);  // if the observer has on_progress
  std::size_t page = 256;                                             // rows read from the store at a time
  // Seeds the jitter; 0: a seed of its own for each run, except on a clock that is not real
  std::uint64_t seed = 0;
};

}  // namespace pawl::inline PAWL_ABI

#endif
