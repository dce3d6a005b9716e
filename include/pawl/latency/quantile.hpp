// The definition of a quantile of n samples, and how many samples it needs to be meaningful.
#ifndef PAWL_LATENCY_QUANTILE_HPP
#define PAWL_LATENCY_QUANTILE_HPP

#include <array>
#include <cfloat>
#include <cstdint>
#include <type_traits>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

namespace detail {

// Rounded to a double also where a processor calculates with more digits, as the x87 does.
constexpr double product(double a, double b) noexcept {
  if constexpr (FLT_EVAL_METHOD != 0) {
    if (!std::is_constant_evaluated()) {
      double const volatile rounded = a * b;
      return rounded;
    }
  }
  return a * b;
}

}  // namespace detail

// The quantiles that a report shows by default.
inline constexpr std::array usual_quantiles{0.5, 0.95, 0.99};

// The definition of every quantile in pawl, "floor_index": of `count` samples in ascending order, the one at the
// zero-based index `min(int(p * count), count - 1)`. The product is one of doubles, as in Python, so that `p = 0.29`
// of 100 samples is index 28 there and here. This is not the textbook's nearest rank, which is one index lower where
// `p * count` is integral: the median of 818 samples is at index 409, not 408. A `p` below 0, or NaN, counts as 0; a
// `p` above 1 counts as 1. `count` is at least 1.
constexpr std::uint64_t floor_index(double p, std::uint64_t count) noexcept {
  if (!(p > 0)) return 0;
  if (p >= 1) return count - 1;
  return static_cast<std::uint64_t>(
      detail::product(p, static_cast<double>(count)));  // for p < 1 no rounding makes it count
}

// Whether at least one of `count` samples is expected above the quantile `p`, that is `count * (1 - p) >= 1`. If not,
// the quantile is merely the maximum, and tables print `-` for it.
constexpr bool meaningful(std::uint64_t count, double p) noexcept {
  constexpr double rounding = 1e-9;  // 10 * (1 - 0.9) is 0.9999999999999998 in doubles, and is meant to be 1
  return static_cast<double>(count) * (1 - p) >= 1 - rounding;
}

}  // namespace pawl::inline PAWL_ABI

#endif
