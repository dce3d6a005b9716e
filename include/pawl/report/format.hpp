// Durations as text for a table: one unit and number of decimals per column, and `-` for missing values.
#ifndef PAWL_REPORT_FORMAT_HPP
#define PAWL_REPORT_FORMAT_HPP

#include <chrono>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include <pawl/latency/quantile.hpp>
#include <pawl/latency/snapshot.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// The unit of a column of durations.
enum class time_unit : std::uint8_t { microseconds, milliseconds, seconds };

// `µs`, `ms` or `s`.
constexpr std::string_view unit_name(time_unit unit) noexcept {
  switch (unit) {
    case time_unit::microseconds:
      return "µs";
    case time_unit::milliseconds:
      return "ms";
    case time_unit::seconds:
      break;
  }
  return "s";
}

// The duration as a number in that unit, rounded to `decimals`: `1.50`. `decimals` >= 0.
inline std::string in_unit(fractional_nanoseconds duration, time_unit unit, int decimals = 2) {
  double const divisor = unit == time_unit::microseconds ? 1e3 : unit == time_unit::milliseconds ? 1e6 : 1e9;
  return fmt::format("{:.{}f}", duration.count() / divisor, decimals);
}

// The unit for a column of durations: milliseconds, or microseconds if a non-zero duration would print as 0.00.
inline time_unit choose_unit(std::span<fractional_nanoseconds const> durations, int decimals = 2) {
  double const shown = 0.5e6 * std::pow(10.0, -decimals);
  for (auto const duration : durations)
    if (duration.count() > 0 && duration.count() < shown) return time_unit::microseconds;
  return time_unit::milliseconds;
}

// The unit for a column with the meaningful quantiles of all these snapshots.
inline time_unit choose_unit(std::span<latency_snapshot const> column, int decimals = 2) {
  for (auto const& snapshot : column) {
    for (auto const& point : snapshot.quantiles) {
      fractional_nanoseconds const value = point.value;
      bool const shown = meaningful(snapshot.count, point.p);
      if (shown && choose_unit({&value, 1}, decimals) == time_unit::microseconds) return time_unit::microseconds;
    }
  }
  return time_unit::milliseconds;
}

// The quantile as a number in that unit; `-` if the snapshot has none at `p`, or too few samples for it to be
// meaningful.
inline std::string quantile_in_unit(latency_snapshot const& snapshot, double p, time_unit unit, int decimals = 2) {
  auto const value = snapshot.quantile(p);
  return value && meaningful(snapshot.count, p) ? in_unit(*value, unit, decimals) : "-";
}

// All quantiles of the snapshot in one cell: `0.02/0.03/0.11`.
inline std::string quantiles_in_unit(latency_snapshot const& snapshot, time_unit unit, int decimals = 2) {
  std::string result;
  for (auto const& point : snapshot.quantiles) {
    if (!result.empty()) result += '/';
    result += quantile_in_unit(snapshot, point.p, unit, decimals);
  }
  return result;
}

}  // namespace pawl::inline PAWL_ABI

#endif
