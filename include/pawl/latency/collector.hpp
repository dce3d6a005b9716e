// What every latency collector promises, and the one that collects nothing.
#ifndef PAWL_LATENCY_COLLECTOR_HPP
#define PAWL_LATENCY_COLLECTOR_HPP

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <pawl/latency/quantile.hpp>
#include <pawl/latency/snapshot.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// Records durations one by one and reports their distribution.
//
// - `record(d)` counts `d`, whatever it is: a negative duration counts as 0, one beyond the collector's range as an
//   overflow; none is dropped. A collector that cannot fail here says so with `noexcept`. If it throws, nothing has
//   changed.
// - `merge(other)` leaves the collector as if it had recorded what `other` recorded too, also when `other` is itself.
//   Combine two distributions only in this way: the mean of two percentiles is not a percentile.
// - `count()` is the number of durations recorded and merged.
// - `quantile(p)` is the duration at `floor_index(p, count())`, as exactly as the collector documents; nullopt when
//   empty. The first index answers the smallest duration recorded and the last index the greatest one, exactly.
// - `snapshot(ps)` is all of it as a value, with a quantile for each `p`; `snapshot()` is that of `usual_quantiles`.
//
// A collector has one writer at a time; several threads may read it while none writes.
template <class Collector>
concept latency_collector = std::copyable<Collector> && std::default_initializable<Collector> &&
    requires(Collector& collector, Collector const& other, std::chrono::nanoseconds duration, double p,
             std::span<double const> ps) {
  collector.record(duration);
  collector.merge(other);
  { other.count() }
  noexcept->std::same_as<std::uint64_t>;
  { other.quantile(p) } -> std::same_as<std::optional<std::chrono::nanoseconds>>;
  { other.snapshot() } -> std::same_as<latency_snapshot>;
  { other.snapshot(ps) } -> std::same_as<latency_snapshot>;
};

// Discards every duration: an empty class, for code whose measurement can be switched off at compile time.
class null_collector {
 public:
  static constexpr std::string_view method = "none";

  constexpr void record(std::chrono::nanoseconds) noexcept {}
  constexpr void merge(null_collector const&) noexcept {}
  constexpr std::uint64_t count() const noexcept { return 0; }
  constexpr std::optional<std::chrono::nanoseconds> quantile(double) const noexcept { return std::nullopt; }
  latency_snapshot snapshot(std::span<double const> ps = usual_quantiles) const {
    return detail::tally{}.describe(method, ps);
  }
};
static_assert(latency_collector<null_collector>);

}  // namespace pawl::inline PAWL_ABI

#endif
