// A rate limit shared by all callers of one remote: at most N calls per second, and none while the remote has asked to
// wait.
#ifndef PAWL_RUNNER_RATE_GATE_HPP
#define PAWL_RUNNER_RATE_GATE_HPP

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include <pawl/error.hpp>
#include <pawl/loop/saturated.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

struct rate {
  double per_second = 0;  // 0: unlimited; above a billion it counts as a billion
  std::size_t burst = 1;  // calls that may start at once after a pause; at least 1
};

// A token bucket, stored as the time when the next token is due (GCRA; see ITU-T I.371). Runs that call the same remote
// share one through run_options::gate, on one loop. Use it on the loop's thread only.
class rate_gate {
 public:
  using duration = std::chrono::nanoseconds;

  // Throws error "rate_gate.rate" for a rate that is negative or not a number, and for a burst of 0.
  explicit rate_gate(rate allowed = {})
      : interval_(interval_of(allowed)), lead_(detail::saturated_product(interval_, allowed.burst - 1)) {}

  // Takes a token and returns when its call may start: `now` or later. First come, first served.
  duration reserve(duration now) {
    auto const full = (std::max)(next_, now);
    auto const begin = (std::max)({now, detail::saturated_difference(full, lead_), closed_until_});
    next_ = /*mutant gate_limits: OFF ? next_ :*/ detail::saturated_sum((std::max)(full, begin), interval_);
    return begin;
  }
  // No call starts before `time`, not even one that has taken a token: it must reserve again. Afterwards calls start
  // one by one, without a burst.
  void close_until(duration time) {
    if (time <= closed_until_) return;
    closed_until_ = time;
    next_ = detail::saturated_sum(time, lead_);
    ++closings_;
  }
  duration closed_until() const { return closed_until_; }
  // How often it was closed. Tokens taken before a closing are void.
  std::uint64_t closings() const { return closings_; }
  bool limited() const { return interval_.count() > 0; }
  // The pause between two calls; 0: no limit.
  duration interval() const { return interval_; }
  // True if a new gate of this rate would do the same from now on.
  bool is_idle(duration now) const { return next_ <= now && closed_until_ <= now; }

 private:
  static duration interval_of(rate allowed) {
    if (!(allowed.per_second >= 0) || std::isinf(allowed.per_second))
      throw error("rate_gate.rate",
                  "pawl: a rate must be a finite number of calls per second, at least 0 (0: no limit)");
    if (allowed.burst == 0) throw error("rate_gate.rate", "pawl: rate::burst is 0, it must be at least 1");
    if (allowed.per_second == 0) return {};
    double const nanoseconds = 1e9 / allowed.per_second;
    if (!(nanoseconds < 9e18)) return (duration::max)();
    return duration((std::max)(std::int64_t{1}, static_cast<std::int64_t>(std::llround(nanoseconds))));
  }

  duration interval_;
  duration lead_;    // how far ahead of its bucket a burst may run
  duration next_{};  // when the bucket is full again
  duration closed_until_{};
  std::uint64_t closings_ = 0;
};

}  // namespace pawl::inline PAWL_ABI

#endif
