// How far a run is and how fast it goes.
#ifndef PAWL_RUNNER_ENGINE_PROGRESS_WATCH_HPP
#define PAWL_RUNNER_ENGINE_PROGRESS_WATCH_HPP

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/runner/engine/backlog.hpp>
#include <pawl/runner/summary.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// A moving average of arrivals that forgets with a time constant of ten seconds, and begins with what it has seen.
class pace_meter {
 public:
  void start(std::chrono::nanoseconds now) { last_ = now; }
  // `arrived`: in all, since the start.
  double per_second(std::chrono::nanoseconds now, std::size_t arrived) {
    double const passed = std::chrono::duration<double>(now - last_).count();
    if (passed > 0) {
      double const fade = std::exp(-passed / 10.0);
      weighted_ = weighted_ * fade + static_cast<double>(arrived - arrived_) / passed * (1 - fade);
      seen_ = seen_ * fade + (1 - fade);  // makes up for the time before the start
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

template <class L> class progress_watch {
 public:
  void start(std::array<std::size_t, state_count<L>> const& items, std::chrono::nanoseconds now) {
    for (auto state : step_states<L>) to_do_ += items[state_index<L>(state)];
    start_ = now;
    pace_.start(now);
  }

  template <class Workers>
  run_progress measure(std::chrono::nanoseconds now, summary const& so_far, std::size_t delayed,
                       Workers const& workers) {
    run_progress p;
    p.elapsed = now - start_;
    p.arrived = so_far.finished + so_far.ended + so_far.waiting;
    p.retrying = delayed;
    p.parked = so_far.parked;
    for (auto const& worker : workers) {
      if (!worker.in_hand()) continue;
      ++p.in_flight;
      if (!p.oldest_key.empty() && now - worker.since() <= p.oldest_age) continue;
      p.oldest_age = now - worker.since();
      p.oldest_key = worker.in_hand()->item.key;
      p.oldest_state = state_name_of<L>(worker.in_hand()->item.state);
    }
    auto const over = p.arrived + so_far.parked + so_far.dropped;
    p.remaining = (std::max)(to_do_ - (std::min)(to_do_, over), p.in_flight + p.retrying);
    p.per_second = pace_.per_second(now, p.arrived);
    if (p.per_second > 0) p.eta = seconds(static_cast<double>(p.remaining) / p.per_second);
    return p;
  }

 private:
  static std::chrono::nanoseconds seconds(double count) {
    constexpr double longest = 1e9;  // some thirty years
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::duration<double>((std::min)(count, longest)));
  }

  std::size_t to_do_ = 0;
  std::chrono::nanoseconds start_{};
  pace_meter pace_{};
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
