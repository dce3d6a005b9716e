// The counters of a run: its steps with their durations, the outcomes of its items, and its pace.
#ifndef PAWL_RUNNER_ENGINE_TALLY_HPP
#define PAWL_RUNNER_ENGINE_TALLY_HPP

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/latency/log_linear_collector.hpp>
#include <pawl/runner/engine/job.hpp>
#include <pawl/runner/engine/store_link.hpp>
#include <pawl/runner/engine/worker.hpp>
#include <pawl/runner/summary.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/store/utf8.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// The result of an attempt.
enum class attempt_result : std::uint8_t { moved, dropped, troubled };

// A moving average of arrivals with a time constant of ten seconds, corrected for the short history after the start.
class pace_meter {
 public:
  void start(std::chrono::nanoseconds now) { last_ = now; }
  // `arrived`: total since the start.
  double per_second(std::chrono::nanoseconds now, std::size_t arrived) {
    double const passed = std::chrono::duration<double>(now - last_).count();
    if (passed > 0) {
      double const fade = std::exp(-passed / 10.0);
      weighted_ = weighted_ * fade + static_cast<double>(arrived - arrived_) / passed * (1 - fade);
      seen_ = seen_ * fade + (1 - fade);  // corrects for the time before the start
      last_ = now;
      arrived_ = arrived;
    }
    return seen_ > 0 ? weighted_ / seen_ : 0;
  }

 private:
  std::chrono::nanoseconds last_{};
  std::size_t arrived_ = 0;
  double weighted_ = 0, seen_ = 0;
};

class run_tally {
 public:
  explicit run_tally(lifecycle_view const& lifecycle)
      : lifecycle_(lifecycle), steps_(new std::unique_ptr<step_count>[lifecycle.state_count()]) {}

  summary sum{};
  std::size_t delayed = 0;  // by this run, and not taken again
  std::size_t gated = 0;    // wait before a gate, in memory

  // ---- attempts: a state whose step is never called costs nothing ----

  void count_attempt(std::size_t state, std::chrono::nanoseconds duration, attempt_result result) {
    auto& of = steps_[state];
    if (!of) of = std::make_unique<step_count>();
    ++of->attempts;
    of->moved += static_cast<std::size_t>(result == attempt_result::moved);
    of->troubles += static_cast<std::size_t>(result == attempt_result::troubled);
    of->durations.record(duration);
  }

  // ---- items ----

  void count_leaving(job& j) {
    switch (*j.leaves) {
      case leaving::arrived:
        return void(++arrivals(lifecycle_.roles[j.item.state]));
      case leaving::dropped:
      case leaving::passed:
      case leaving::with_other_run:
        is_stale_ = true;
        return void(++sum.dropped);
      case leaving::parked:
        ++sum.parked;
        if (sum.first_parked.size() >= most_listed) return;
        j.why.detail = shortened(std::move(j.why.detail), trouble_record::longest_error);
        sum.first_parked.push_back(
            {j.item.key, lifecycle_.state_names[j.item.state], j.item.version, std::move(j.why)});
        return;
      case leaving::delayed:
        ++sum.retries;
        return void(++delayed);
      case leaving::sent_off:
        return void(++delayed);
      case leaving::gated:
        return void(++gated);
      case leaving::no_room:
      case leaving::suspect:
        return void(--sum.taken);
      case leaving::run_ended:
        return void(++sum.left);
    }
  }
  // It was counted before, and comes back.
  void count_return(std::size_t& from) {
    --from;
    --sum.taken;
  }
  // It was moved by another writer while it waited before a gate.
  void count_gone() {
    --gated;
    ++sum.dropped;
    is_stale_ = true;
  }
  // At the end: items delayed by this run are left to a later run or, if everything is done, were taken by other
  // writers.
  void count_delayed(bool ended_early) { (ended_early ? sum.left : sum.dropped) += delayed + gated; }

  // ---- gates ----

  // A gate that was closed several times is listed once, with the end of its last closing and their number.
  closed_gate count_closing(gate_kind kind, std::string_view name, stored_time until) {
    for (auto& one : sum.closed_gates)
      if (one.kind == kind && one.name == name) {
        one.until = until;
        ++one.closings;
        return one;
      }
    closed_gate first{kind, std::string(name), until, 1};
    if (sum.closed_gates.size() < most_listed) sum.closed_gates.push_back(first);
    return first;
  }
  void summarise_steps() {
    for (std::size_t state = 0; state < lifecycle_.state_count(); ++state) {
      if (!steps_[state]) continue;
      auto const& of = *steps_[state];
      sum.steps.push_back({lifecycle_.state_names[state], of.attempts, of.moved, of.troubles, of.durations.snapshot()});
    }
  }

  // ---- progress ----

  void start_progress(opening const& found, std::chrono::nanoseconds now) {
    to_do_ = runnable_of(found);
    due_counted_ = found.due;
    start_ = now;
    pace_.start(now);
  }
  // The store was changed by others: there may be more to do, or less.
  void hear_of_change() { is_stale_ = true; }
  // True if the store is to be counted again, now.
  bool begin_count() {
    over_then_ = over();
    return std::exchange(is_stale_, false) /*mutant counted_again: && !OFF*/;
  }
  // `found` counts as due what the program has delayed: what this run has is known.
  void end_count(opening const& found) {
    to_do_ = runnable_of(found) + delayed + over_then_;
    due_counted_ = found.due;
    is_stale_ = is_stale_ || over() != over_then_;  // of one moment only in part
  }
  // An item that was delayed before this run has come due.
  void count_due() {
    if (due_counted_ > 0)
      --due_counted_;
    else
      ++to_do_;
  }
  template <class Workers> run_progress measure_progress(std::chrono::nanoseconds now, Workers const& workers) {
    run_progress p;
    p.elapsed = now - start_;
    p.arrived = arrived();
    p.retrying = delayed;
    p.at_gates = gated;
    p.parked = sum.parked;
    for (auto const& worker : workers) {
      auto const* const j = worker->current_job();
      if (!j) continue;
      ++p.in_flight;
      if (!p.oldest_key.empty() && now - worker->since() <= p.oldest_age) continue;
      p.oldest_age = now - worker->since();
      p.oldest_key = j->item.key;
      p.oldest_state = lifecycle_.state_names[j->item.state];
    }
    p.remaining = (std::max)(to_do_ - (std::min)(to_do_, over()), p.in_flight + p.retrying + p.at_gates);
    p.per_second = pace_.per_second(now, p.arrived);
    if (p.per_second > 0) p.eta = seconds(static_cast<double>(p.remaining) / p.per_second);
    return p;
  }

 private:
  static constexpr std::size_t most_listed = 100;

  struct step_count {
    std::size_t attempts = 0, moved = 0, troubles = 0;
    log_linear_collector<> durations{};
  };

  std::size_t arrived() const { return sum.finished + sum.ended + sum.waiting; }
  // What was to be done and is not any more.
  std::size_t over() const { return arrived() + sum.parked + sum.dropped; }
  std::size_t runnable_of(opening const& found) const {
    std::size_t count = 0;
    for (std::size_t state = 0; state < found.items.size(); ++state)
      if (lifecycle_.roles[state] == role::step) count += found.items[state];
    return count - (std::min)(count, found.troubles.parked + found.troubles.delayed) + found.due;
  }
  std::size_t& arrivals(role r) {
    return r == role::goal ? sum.finished : r == role::terminal ? sum.ended : sum.waiting;
  }
  static std::chrono::nanoseconds seconds(double count) {
    constexpr double longest = 1e9;  // about thirty years
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::duration<double>((std::min)(count, longest)));
  }

  lifecycle_view const& lifecycle_;
  std::unique_ptr<std::unique_ptr<step_count>[]> steps_;
  std::size_t to_do_ = 0;        // since the run began
  std::size_t due_counted_ = 0;  // of these, were due when they were counted and have not been taken
  std::size_t over_then_ = 0;    // when the store was asked to count again
  bool is_stale_ = false;        // others have changed the store since it was counted
  std::chrono::nanoseconds start_{};
  pace_meter pace_{};
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
