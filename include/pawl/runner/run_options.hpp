// How a run is to go, and what it came to.
#ifndef PAWL_RUNNER_RUN_OPTIONS_HPP
#define PAWL_RUNNER_RUN_OPTIONS_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/adapter/trouble.hpp>
#include <pawl/runner/backoff.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

struct retry_policy {
  int attempts = 5;  // of one step, in this run; those answered with pending or throttled do not count
  backoff wait{};    // after transient and unknown_outcome
  std::chrono::nanoseconds poll = std::chrono::seconds(5);   // after pending and throttled that name no time
  std::chrono::nanoseconds longest = std::chrono::hours(1);  // what a remote may ask for at most
};

// Only plain values stand here, so that the options may be written inside a co_await expression (see pawl::task).
struct run_options {
  std::size_t concurrency = 1;  // so many items are in hand at once, at least 1
  retry_policy retry{};
  std::stop_source* stop = nullptr;  // a request stops the intake; steps in flight end, their results are written
  std::size_t page = 256;            // rows read from the store at a time
  std::uint64_t seed = 0;            // of the jitter
};

// An item that this run gave up, left in its state. The next run takes it again: before you start one, look at those
// that are in doubt (unknown_outcome).
struct parked_item {
  std::string key;
  std::string_view state;  // the state's stored name
  std::int64_t version = 0;
  trouble why;
};

struct summary {
  std::size_t taken = 0;            // items that came into hand; one that was dropped and found again counts twice
  std::size_t finished = 0;         // of these, arrived at a goal
  std::size_t ended = 0;            // arrived at a terminal state that is no goal
  std::size_t waiting = 0;          // arrived at a waiting state
  std::size_t dropped = 0;          // lost to somebody else by a conflict
  std::size_t left = 0;             // still under way when the run stopped, or cancelled
  std::size_t transitions = 0;      // committed
  std::size_t retries = 0;          // waits before another attempt
  std::size_t failures = 0;         // failure events fired
  std::size_t unrecognised = 0;     // rows in a state, or of a key or version, that no item can have; left alone
  bool stopped = false;             // by its stop source
  std::optional<trouble> halted{};  // quota_exhausted or auth: why the intake stopped
  std::vector<parked_item> parked{};
};

}  // namespace pawl::inline PAWL_ABI

#endif
