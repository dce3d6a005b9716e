// The times that a run waits for: the next retry, the next start of a delayed item, the next turn at a gate.
#ifndef PAWL_RUNNER_ENGINE_AWAITED_TIMES_HPP
#define PAWL_RUNNER_ENGINE_AWAITED_TIMES_HPP

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>

#include <pawl/loop/callback.hpp>
#include <pawl/loop/saturated.hpp>
#include <pawl/loop/timer.hpp>
#include <pawl/runner/engine/run_context.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

inline constexpr std::chrono::nanoseconds shortest_interval =
    std::chrono::milliseconds(1);  // of what is done again and again

// Calls `Come` of the run when one of them has come. Must not outlive the run's context.
template <class Run, void (Run::*Come)()> class awaited_times {
 public:
  explicit awaited_times(run_context& run) : run_(run) {}

  // A retry or a turn at a gate. An idle run does not wait for a start alone.
  bool are_near() const { return retry_.armed() || gate_.armed(); }
  // Throws what the store throws.
  void watch(std::shared_ptr<Run> const& run) {
    auto const retry = run_.items.next_retry();
    auto const start = run_.items.next_start();
    if (run_.intake_ended()) return stop();
    watch_retry(run, retry);
    watch_start(run, run_.options.until == until::idle ? std::nullopt : start);
    watch_gates(run, run_.gates.next_turn());
  }
  void stop() {
    retry_.cancel();
    start_.cancel();
    gate_.cancel();
  }

 private:
  using nanoseconds = std::chrono::nanoseconds;

  static constexpr nanoseconds look_at_clock_every = std::chrono::seconds(1);

  void watch_retry(std::shared_ptr<Run> const& run, std::optional<stored_time> next) {
    if (!next) return retry_.cancel();
    if (retry_awaited_ == *next && retry_.armed()) return;
    arm(retry_, saturated_difference(run_.wall.of(*next), run_.parts.loop.now()), run);
    retry_awaited_ = *next;
  }
  // The store's clock may be set, or stand still while the loop's goes on: it is read again after a second at most. Where
  // it did not reach the time as expected, not before a millisecond.
  void watch_start(std::shared_ptr<Run> const& run, std::optional<stored_time> next) {
    if (!next) return start_.cancel();
    bool const again = start_awaited_ == *next;
    if (again && start_.armed()) return;
    auto const left = saturated_difference(*next, run_.parts.store->now());
    auto wait = /*mutant start_clock_is_read_again: OFF ? left :*/ (std::min)(left, look_at_clock_every);
    if (again && start_is_near_) wait = (std::max)(wait, shortest_interval);
    arm(start_, wait, run);
    start_awaited_ = *next;
    start_is_near_ = left <= look_at_clock_every;
  }
  void watch_gates(std::shared_ptr<Run> const& run, std::optional<nanoseconds> turn) {
    if (!turn) return gate_.cancel();
    if (gate_awaited_ == *turn && gate_.armed()) return;
    arm(gate_, saturated_difference(*turn, run_.parts.loop.now()), run);
    gate_awaited_ = *turn;
  }
  void arm(timer& of, nanoseconds wait, std::shared_ptr<Run> const& run) {
    of.arm(run_.parts.loop, wait, keeping_call::to<Come>(run));
  }

  run_context& run_;
  stored_time retry_awaited_{}, start_awaited_{};
  nanoseconds gate_awaited_{};
  bool start_is_near_ = false;
  timer retry_{}, start_{}, gate_{};
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
