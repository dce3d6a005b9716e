// A latency collector that keeps every sample: exact quantiles, 8 bytes a sample.
#ifndef PAWL_LATENCY_EXACT_COLLECTOR_HPP
#define PAWL_LATENCY_EXACT_COLLECTOR_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <pawl/latency/collector.hpp>
#include <pawl/latency/order.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// Every quantile is a duration that was recorded, at exactly the index that `floor_index` names. For runs of thousands
// of items; from about 5000 samples on `log_linear_collector` is smaller.
//
// Nothing is sorted in place: a quantile works on a copy, in time linear in the number of samples, and a snapshot
// sorts one copy for all of its quantiles.
class exact_collector {
 public:
  static constexpr std::string_view method = "floor_index";

  // Makes room, so that `record` neither allocates nor throws until `samples` are recorded.
  void reserve(std::size_t samples) { samples_.reserve(samples); }

  // Throws std::bad_alloc when there is no room left and no memory for more; nothing has changed then.
  void record(std::chrono::nanoseconds duration) {
    samples_.push_back(duration.count() < 0 ? std::chrono::nanoseconds::zero() : duration);
  }

  void merge(exact_collector const& other);

  std::uint64_t count() const noexcept { return samples_.size(); }

  // In the order in which they were recorded; valid until the collector changes.
  std::span<std::chrono::nanoseconds const> samples() const noexcept { return {samples_.data(), samples_.size()}; }

  // How many of them are at most `limit`.
  std::uint64_t count_at_most(std::chrono::nanoseconds limit) const noexcept;

  std::optional<std::chrono::nanoseconds> quantile(double p) const;

  latency_snapshot snapshot(std::span<double const> ps = usual_quantiles) const;

 private:
  std::vector<std::chrono::nanoseconds> in_order() const;

  std::vector<std::chrono::nanoseconds> samples_{};
};
static_assert(latency_collector<exact_collector>);

}  // namespace pawl::inline PAWL_ABI

#ifndef PAWL_COMPILED
#include <pawl/latency/exact_collector_impl.hpp>
#endif

#endif
