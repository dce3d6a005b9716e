// How a run is to go.
#ifndef PAWL_RUNNER_RUN_OPTIONS_HPP
#define PAWL_RUNNER_RUN_OPTIONS_HPP

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <stop_token>
#include <type_traits>

#include <pawl/error.hpp>
#include <pawl/loop/backoff.hpp>
#include <pawl/runner/rate_gate.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// All of it counts over restarts: attempts stand in the store.
struct retry_policy {
  int attempts = 5;     // of one step; those answered with pending or throttled do not count
  int recoveries = 10;  // how often a process may die with the item in hand before it is parked
  backoff wait{};       // after transient and unknown_outcome
  std::chrono::nanoseconds poll = std::chrono::seconds(5);   // after pending and throttled that name no time
  std::chrono::nanoseconds longest = std::chrono::hours(1);  // what a remote may ask for at most
};

// At most so many items in the step of a state at once.
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
        throw error("run.limits", "pawl: run_options::limits names a state at most once, with a limit of at least 1");
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
  idle,    // nothing is runnable, and no retry is to come; items that may not begin yet are left to a later run
  stopped  // its stop source says so: until then it waits for new items, for changes and for what comes due
};

// Only plain values stand here, so that the options may be written inside a co_await expression (see pawl::task).
struct run_options {
  std::size_t concurrency = 1;  // so many items are in hand at once, at least 1
  state_limits limits{};
  retry_policy retry{};
  // Before every attempt of a step that is a coroutine; a probe and the call that follows it are one. Must outlive the run.
  // None: no limit.
  rate_gate* gate = nullptr;

  std::chrono::nanoseconds attempt_deadline{};  // a step that takes longer is cancelled; 0: none
  std::chrono::nanoseconds item_deadline{};     // for all attempts of a step, with the waits between them; 0: none

  enum until until = until::idle;
  std::chrono::nanoseconds poll = std::chrono::seconds(1);  // looks for changes by other processes; until::stopped only
  std::stop_source* stop = nullptr;  // a request stops the intake; steps in flight end, and their results are written
  std::chrono::nanoseconds grace = std::chrono::seconds(30);  // after a stop; then the steps in flight are cancelled

  ownership owner = ownership::sole;
  store_lock* lock = nullptr;  // owns the store already; must outlive the run. None: the run locks it for itself
  std::chrono::nanoseconds wait_for_owner{};  // how long to wait for another sole owner to end; 0: refused at once

  std::chrono::nanoseconds progress_every = std::chrono::seconds(1);  // where the observer has on_progress
  std::size_t page = 256;                                             // rows read from the store at a time
  std::uint64_t seed = 0;                                             // of the jitter
};

}  // namespace pawl::inline PAWL_ABI

#endif
