// What a run came to, and how far it is.
#ifndef PAWL_RUNNER_SUMMARY_HPP
#define PAWL_RUNNER_SUMMARY_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/adapter/trouble.hpp>
#include <pawl/latency/snapshot.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// An item that this run gave up. It stays in its state, and no run takes it until it is released or moved; what the
// store keeps of it is in `parked(store)`.
struct parked_item {
  std::string key;
  std::string_view state;  // the state's stored name
  std::int64_t version = 0;
  trouble why;
};

// The step of one state, in this run.
struct step_summary {
  std::string_view state;     // the state's stored name
  std::size_t attempts = 0;   // begun
  std::size_t moved = 0;      // brought an event, which was committed
  std::size_t troubles = 0;   // brought none
  latency_snapshot duration;  // of an attempt, from the call to its answer, by the loop's clock
};

struct summary {
  std::size_t taken = 0;            // items that came into hand; one that was dropped and found again counts twice
  std::size_t finished = 0;         // of these, arrived at a goal
  std::size_t ended = 0;            // arrived at a terminal state that is no goal
  std::size_t waiting = 0;          // arrived at a waiting state
  std::size_t dropped = 0;          // lost to somebody else by a conflict
  std::size_t parked = 0;           // given up
  std::size_t left = 0;             // still under way when the run stopped, or cancelled
  std::size_t transitions = 0;      // committed
  std::size_t retries = 0;          // waits before another attempt
  std::size_t failures = 0;         // failure events fired
  std::size_t recoveries = 0;       // items that a process had in hand when it died
  std::size_t unrecognised = 0;     // rows in a state, or of a key or version, that no item can have; left alone
  bool stopped = false;             // by its stop source
  std::optional<trouble> halted{};  // quota_exhausted or auth: why the intake stopped
  std::vector<parked_item> first_parked{};  // at most 100 of them
  std::vector<step_summary> steps{};        // of each state with a step that was called
  std::vector<std::string> warnings{};      // what may go wrong in a run like this one: one sentence each
};

// A run as it is under way.
struct run_progress {
  std::chrono::nanoseconds elapsed{};
  std::size_t arrived = 0;    // at a goal, a terminal or a waiting state, in this run
  std::size_t in_flight = 0;  // in hand
  std::size_t retrying = 0;   // put off by this run
  std::size_t parked = 0;     // by this run
  std::size_t remaining =
      0;  // runnable when the run began and not yet arrived, parked or dropped; at least what is in hand
  double per_second = 0;  // arrivals: a moving average of this run, whatever earlier ones have done
  std::optional<std::chrono::nanoseconds> eta{};  // nothing: nothing has arrived yet
  // The item that has been in hand for the longest time; empty: none is.
  std::string_view oldest_key{};
  std::string_view oldest_state{};
  std::chrono::nanoseconds oldest_age{};
};

}  // namespace pawl::inline PAWL_ABI

#endif
