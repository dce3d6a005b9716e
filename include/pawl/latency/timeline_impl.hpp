// Implements timeline.hpp.
#ifndef PAWL_LATENCY_TIMELINE_IMPL_HPP
#define PAWL_LATENCY_TIMELINE_IMPL_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <pawl/latency/order.hpp>
#include <pawl/latency/timeline.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

PAWL_INLINE std::vector<timeline::point> timeline::points() const {
  std::vector<point> result{{}};
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] == 0) continue;
    auto const before = result.back().count;
    auto const begin = width_ * static_cast<std::int64_t>(i);
    if (result.back().at < begin) result.push_back({begin, before});
    result.push_back({detail::lesser<std::chrono::nanoseconds>(begin + width_, latest_), before + counts_[i]});
  }
  return result;
}
PAWL_INLINE void timeline::join_neighbours() noexcept {
  auto const half = counts_.size() / 2;
  for (std::size_t i = 0; i < half; ++i) counts_[i] = counts_[2 * i] + counts_[2 * i + 1];
  for (std::size_t i = half; i < counts_.size(); ++i) counts_[i] = 0;
  width_ *= 2;
}

}  // namespace pawl::inline PAWL_ABI

#endif
