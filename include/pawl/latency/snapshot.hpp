// The state of a collector at one moment, as a plain value: for reports, and for comparing runs.
#ifndef PAWL_LATENCY_SNAPSHOT_HPP
#define PAWL_LATENCY_SNAPSHOT_HPP

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <ratio>
#include <span>
#include <string_view>
#include <vector>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// Nanoseconds with a fraction, for means and for sums that may be longer than 292 years.
using fractional_nanoseconds = std::chrono::duration<double, std::nano>;

// One quantile: `p` as it was asked for, in [0, 1], and the duration found there.
struct quantile_point {
  double p = 0;
  std::chrono::nanoseconds value{};
};

// Of the durations recorded, with negative ones counted as 0. If `count` is 0 every duration is 0.
struct latency_snapshot {
  std::uint64_t count = 0;
  // How many of `count` were beyond the collector's range. They are included in count, min, max, sum and mean; a
  // quantile among them is answered with `max`. Always 0 for an exact collector.
  std::uint64_t overflow = 0;
  std::chrono::nanoseconds min{};
  std::chrono::nanoseconds max{};
  fractional_nanoseconds mean{};
  fractional_nanoseconds sum{};
  // The name of the definition and of the approximation, if there is one: "floor_index", "floor_index_log_linear_7".
  // A literal: it outlives the collector.
  std::string_view method{};
  // One for each `p` that was asked for, in that order.
  std::vector<quantile_point> quantiles{};

  // The value at `p`; nullopt if that `p` was not asked for or nothing was recorded.
  std::optional<std::chrono::nanoseconds> quantile(double p) const noexcept {
    if (count == 0) return std::nullopt;
    for (auto const& point : quantiles)
      if (point.p == p) return point.value;
    return std::nullopt;
  }
};

namespace detail {

constexpr std::uint64_t not_negative(std::chrono::nanoseconds duration) noexcept {
  return duration.count() < 0 ? 0 : static_cast<std::uint64_t>(duration.count());
}

constexpr std::chrono::nanoseconds as_nanoseconds(std::uint64_t count) noexcept {
  return std::chrono::nanoseconds{static_cast<std::chrono::nanoseconds::rep>(count)};
}

// Count, sum and extremes of what was recorded. The sum has 128 bits: the turnaround times of a million items in a run
// of ten hours add up to more than 64 bits of nanoseconds hold.
class tally {
 public:
  constexpr tally() noexcept = default;
  // Adds what another one has counted: at least one duration, and a sum of `high` * 2^64 + `low`.
  constexpr tally(std::uint64_t count, std::uint64_t low, std::uint64_t high, std::uint64_t min,
                  std::uint64_t max) noexcept
      : count_{count}, sum_low_{low}, sum_high_{high}, min_{min}, max_{max} {}

  constexpr void add(std::uint64_t value) noexcept {
    ++count_;
    add_sum(value, 0);
    // Guarded branches, not std::min and std::max: they store on every call, and the next call waits for the store (4
    // ns instead of 1.5).
    if (value < min_) [[unlikely]]
      min_ = value;
    if (value > max_) [[unlikely]]
      max_ = value;
  }

  constexpr void merge(tally const& other) noexcept {
    count_ += other.count_;
    add_sum(other.sum_low_, other.sum_high_);
    if (other.min_ < min_) min_ = other.min_;
    if (other.max_ > max_) max_ = other.max_;
  }

  constexpr std::uint64_t count() const noexcept { return count_; }
  constexpr std::uint64_t smallest() const noexcept { return count_ == 0 ? 0 : min_; }
  constexpr std::uint64_t largest() const noexcept { return max_; }

  // A snapshot with all but the overflow and the values of the quantiles.
  latency_snapshot describe(std::string_view method, std::span<double const> ps) const {
    latency_snapshot result;
    result.count = count_;
    result.min = as_nanoseconds(smallest());
    result.max = as_nanoseconds(largest());
    result.sum = fractional_nanoseconds{static_cast<double>(sum_high_) * 0x1p64 + static_cast<double>(sum_low_)};
    if (count_ != 0) result.mean = result.sum / static_cast<double>(count_);
    result.method = method;
    result.quantiles.reserve(ps.size());
    for (double const p : ps) result.quantiles.push_back({p, {}});
    return result;
  }

 private:
  constexpr void add_sum(std::uint64_t low, std::uint64_t high) noexcept {
    sum_low_ += low;
    sum_high_ += high + static_cast<std::uint64_t>(sum_low_ < low);
  }

  std::uint64_t count_ = 0;
  std::uint64_t sum_low_ = 0;
  std::uint64_t sum_high_ = 0;
  std::uint64_t min_ = (std::numeric_limits<std::uint64_t>::max)();
  std::uint64_t max_ = 0;
};

}  // namespace detail

}  // namespace pawl::inline PAWL_ABI

#endif
