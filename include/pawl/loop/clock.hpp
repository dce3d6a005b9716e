// The three clocks that a loop can run on.
#ifndef PAWL_LOOP_CLOCK_HPP
#define PAWL_LOOP_CLOCK_HPP

#include <chrono>
#include <concepts>

#include <pawl/loop/saturated.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// now() never goes back. A clock that jumps has jump_to(t), after which now() >= t, and jumped(), the sum of all jumps.
// `real` is true if time also passes by itself.
template <class Clock>
concept loop_clock = requires(Clock clock, Clock const& c, std::chrono::nanoseconds t) {
  { c.now() } -> std::same_as<std::chrono::nanoseconds>;
  { Clock::real } -> std::convertible_to<bool>;
};
template <class Clock>
concept jumping_clock = loop_clock<Clock> && requires(Clock clock, Clock const& c, std::chrono::nanoseconds t) {
  clock.jump_to(t);
  { c.jumped() } -> std::same_as<std::chrono::nanoseconds>;
};

// Real time: every wait takes its full duration.
class steady_clock {
 public:
  static constexpr bool real = true;
  std::chrono::nanoseconds now() const { return std::chrono::steady_clock::now().time_since_epoch(); }
};

// Real time plus the idle waits that were skipped: work takes real time, sleeping takes none.
class warp_clock {
 public:
  static constexpr bool real = true;
  std::chrono::nanoseconds now() const {
    return detail::saturated_sum(std::chrono::steady_clock::now().time_since_epoch(), jumped_);
  }
  void jump_to(std::chrono::nanoseconds t) {
    if (auto const present = now(); t > present) jumped_ += t - present;
  }
  std::chrono::nanoseconds jumped() const { return jumped_; }

 private:
  std::chrono::nanoseconds jumped_{};
};

// Advances only by jumps, starting at zero: repeating a run gives the same times, to the nanosecond.
class virtual_clock {
 public:
  static constexpr bool real = false;
  std::chrono::nanoseconds now() const { return now_; }
  void jump_to(std::chrono::nanoseconds t) {
    if (t > now_) now_ = t;
  }
  std::chrono::nanoseconds jumped() const { return now_; }

 private:
  std::chrono::nanoseconds now_{};
};

static_assert(loop_clock<steady_clock> && !jumping_clock<steady_clock>);
static_assert(jumping_clock<warp_clock> && jumping_clock<virtual_clock>);

}  // namespace pawl::inline PAWL_ABI

#endif
