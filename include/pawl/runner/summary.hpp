// The result of a run, and its progress.
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
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// An item that this run gave up. It stays in its state, and no run takes it until it is released or moved. The record
// kept in the store is available from `parked(store)`.
struct parked_item {
  std::string key;
  std::string_view state;  // the state's stored name
  std::int64_t version = 0;
  trouble why;  // of its text at most trouble_record::longest_error bytes
};

// Statistics of one state's step in this run.
struct step_summary {
  std::string_view state;     // the state's stored name
  std::size_t attempts = 0;   // started
  std::size_t moved = 0;      // returned an event that was committed
  std::size_t troubles = 0;   // ended without an event
  latency_snapshot duration;  // per attempt, from the call to its return, on the loop's clock
};

// In the order in which a call passes them.
enum class gate_kind : std::uint8_t {
  named,  // that of a name which the steps' gate_of() gave
  state,  // one of run_options::gates.states
  run     // run_options::gate
};

// A gate that a remote has closed.
struct closed_gate {
  gate_kind kind = gate_kind::run;
  std::string name;          // that of its calls, or its state's stored name; empty for the run's
  stored_time until{};       // no call starts before then; on the store's clock when the run began
  std::size_t closings = 0;  // by answers to this run, so far
};

struct summary {
  std::size_t taken = 0;                    // items taken; one that was dropped and found again counts twice
  std::size_t finished = 0;                 // of these, reached a goal
  std::size_t ended = 0;                    // reached a terminal state that is not a goal
  std::size_t waiting = 0;                  // reached a waiting state
  std::size_t dropped = 0;                  // lost to another writer by a conflict
  std::size_t parked = 0;                   // given up
  std::size_t left = 0;                     // still under way, or waiting, when the run stopped; or cancelled
  std::size_t transitions = 0;              // committed
  std::size_t retries = 0;                  // waits before another attempt
  std::size_t failures = 0;                 // failure events fired
  std::size_t recoveries = 0;               // items that a process was working on when it died
  std::size_t unrecognised = 0;             // rows with an invalid state, key or version; left alone
  bool stopped = false;                     // by its stop source
  std::optional<trouble> halted{};          // quota_exhausted or auth: why the intake stopped
  std::vector<parked_item> first_parked{};  // at most 100
  std::vector<step_summary> steps{};        // one per state whose step was called
  std::vector<closed_gate> closed_gates{};  // at most 100: the first that were closed, each as it was closed last
  std::vector<std::string> warnings{};      // known risks of running this way, one sentence each
};

// Progress of a run under way.
struct run_progress {
  std::chrono::nanoseconds elapsed{};
  std::size_t arrived = 0;    // reached a goal, terminal or waiting state in this run
  std::size_t in_flight = 0;  // in progress now
  std::size_t retrying = 0;   // delayed by this run
  std::size_t at_gates = 0;   // wait in memory for their turn at a gate
  std::size_t parked = 0;     // by this run
  // Runnable and not yet arrived, parked or dropped; at least in_flight, retrying and at_gates. Items that were parked
  // when the run began do not count, and delayed ones count once their time has come. Counted again where others have
  // changed the store meanwhile.
  std::size_t remaining = 0;
  double per_second = 0;                          // arrivals per second: a moving average over this run only
  std::optional<std::chrono::nanoseconds> eta{};  // empty until the first arrival
  // How long somebody else has held the lock that this run waits for: another process the write lock that the next
  // commit needs, or, before the first item is taken, another run the store (run_options::wait_for_owner). Empty: the
  // run does not wait for a lock.
  std::optional<std::chrono::nanoseconds> locked_for{};
  // The item that has been in progress longest; empty if there is none.
  std::string_view oldest_key{};
  std::string_view oldest_state{};
  std::chrono::nanoseconds oldest_age{};
};

}  // namespace pawl::inline PAWL_ABI

#endif
