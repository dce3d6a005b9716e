// Implements exact_collector.hpp.
#ifndef PAWL_LATENCY_EXACT_COLLECTOR_IMPL_HPP
#define PAWL_LATENCY_EXACT_COLLECTOR_IMPL_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <pawl/latency/exact_collector.hpp>
#include <pawl/latency/order.hpp>
#include <pawl/latency/quantile.hpp>
#include <pawl/latency/snapshot.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

PAWL_INLINE void exact_collector::merge(exact_collector const& other) {
  auto const mine = samples_.size();
  auto const more = other.samples_.size();  // read before the resize: other may be this one
  samples_.resize(mine + more);
  for (std::size_t i = 0; i < more; ++i) samples_[mine + i] = other.samples_[i];
}
PAWL_INLINE std::uint64_t exact_collector::count_at_most(std::chrono::nanoseconds limit) const noexcept {
  std::uint64_t found = 0;
  for (auto const sample : samples_) found += static_cast<std::uint64_t>(sample <= limit);
  return found;
}
PAWL_INLINE std::optional<std::chrono::nanoseconds> exact_collector::quantile(double p) const {
  if (samples_.empty()) return std::nullopt;
  return in_order()[static_cast<std::size_t>(floor_index(p, count()))];
}
PAWL_INLINE latency_snapshot exact_collector::snapshot(std::span<double const> ps) const {
  detail::tally total;
  for (auto const sample : samples_) total.add(detail::not_negative(sample));
  auto result = total.describe(method, ps);
  if (samples_.empty()) return result;
  auto const ordered = in_order();
  for (auto& point : result.quantiles) point.value = ordered[static_cast<std::size_t>(floor_index(point.p, count()))];
  return result;
}
PAWL_INLINE std::vector<std::chrono::nanoseconds> exact_collector::in_order() const {
  auto ordered = samples_;
  detail::sort(ordered.data(), ordered.size(), [](auto a, auto b) { return a < b; });
  return ordered;
}

}  // namespace pawl::inline PAWL_ABI

#endif
