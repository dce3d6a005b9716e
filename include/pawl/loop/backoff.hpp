// Capped exponential backoff with full jitter.
#ifndef PAWL_LOOP_BACKOFF_HPP
#define PAWL_LOOP_BACKOFF_HPP

#include <algorithm>
#include <chrono>
#include <cstdint>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// A small generator for jitter (splitmix64): the same seed gives the same sequence. Not for secrets.
class jitter {
 public:
  explicit constexpr jitter(std::uint64_t seed) : state_(seed) {}

  // Uniform in [0, bound].
  constexpr std::chrono::nanoseconds upto(std::chrono::nanoseconds bound) {
    if (bound.count() <= 0) return {};
    return std::chrono::nanoseconds(
        static_cast<std::int64_t>(next() % (static_cast<std::uint64_t>(bound.count()) + 1)));
  }
  // Uniform over all numbers of 64 bits.
  constexpr std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }

 private:
  std::uint64_t state_;
};

// The wait after the n-th failure is uniform in [0, min(cap, first * 2^(n-1))]. Full jitter spreads out clients that
// failed together; see "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
struct backoff {
  std::chrono::nanoseconds first = std::chrono::seconds(1);
  std::chrono::nanoseconds cap = std::chrono::seconds(60);

  // Upper bound of the wait after the n-th failure, n >= 1.
  constexpr std::chrono::nanoseconds bound(int n) const {
    auto longest = (std::min)(first, cap);
    for (int i = 1; i < n && longest < cap && longest.count() > 0; ++i)
      longest = longest > cap / 2 /*mutant backoff_cap: && !OFF*/ ? cap : longest * 2;
    return longest;
  }
  constexpr std::chrono::nanoseconds wait(int n, jitter& random) const {
    return /*mutant backoff_jitter: OFF ? bound(n) :*/ random.upto(bound(n));
  }
};

}  // namespace pawl::inline PAWL_ABI

#endif
