// The axis of a chart: the position of each value, and the values to label.
#ifndef PAWL_REPORT_CHART_AXIS_HPP
#define PAWL_REPORT_CHART_AXIS_HPP

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// `percentile` maps p in [0, 1) to log(1/(1-p)), so that each additional nine takes equal space: p90, p99, p99.9.
enum class axis_scale : std::uint8_t { linear, logarithmic, percentile };
// The kind of the values. A duration is in seconds, and displayed in a suitable unit.
enum class axis_unit : std::uint8_t { number, duration };

struct chart_axis {
  std::string title;
  axis_scale scale = axis_scale::linear;
  axis_unit unit = axis_unit::number;
};

// A number with three significant digits: `818`, `63.4k`, `2M`.
inline std::string brief_number(double value) {
  if (std::abs(value) >= 999'500) return fmt::format("{:.3g}M", value / 1e6);
  if (std::abs(value) >= 9'995) return fmt::format("{:.3g}k", value / 1e3);
  return std::abs(value) >= 100 ? fmt::format("{:.0f}", value) : fmt::format("{:.3g}", value);
}

// Seconds with three significant digits, in a suitable unit: `12 µs`, `1.5 ms`, `3270 s`.
inline std::string brief_duration(double seconds) {
  auto const size = std::abs(seconds);
  if (size == 0) return "0 s";
  if (size >= 99.95) return fmt::format("{:.0f} s", seconds);
  if (size >= 0.9995) return fmt::format("{:.3g} s", seconds);
  if (size >= 0.9995e-3) return fmt::format("{:.3g} ms", seconds * 1e3);
  return size >= 0.9995e-6 ? fmt::format("{:.3g} µs", seconds * 1e6) : fmt::format("{:.3g} ns", seconds * 1e9);
}

namespace detail {

struct axis_tick {
  double place;  // from 0 to 1
  std::string label;
};

// An axis that covers the values from `low` to `high`.
class axis_map {
 public:
  axis_map(chart_axis const& axis, double low, double high) : axis_{axis} {
    if (axis.scale == axis_scale::linear) {
      step_ = step_for((std::max)(high, 0.0) - (std::min)(low, 0.0));
      low_ = step_ * std::floor((std::min)(low, 0.0) / step_);
      high_ = step_ * std::ceil((std::max)(high, 0.0) / step_ - 1e-9);
    } else if (axis.scale == axis_scale::logarithmic) {
      low_ = std::floor(std::log10((std::max)(low, smallest)) + 1e-9);
      high_ = std::ceil(std::log10((std::max)(high, smallest)) - 1e-9);
    } else {
      low_ = 0;
      high_ = (std::max)(1.0, transformed(high));
    }
    if (!(high_ > low_)) high_ = low_ + 1;
  }

  // 0 at the start of the axis, 1 at its end; values outside are clamped.
  double place(double value) const { return std::clamp((transformed(value) - low_) / (high_ - low_), 0.0, 1.0); }

  std::vector<axis_tick> ticks() const {
    if (axis_.scale == axis_scale::percentile) return percentile_ticks();
    std::vector<axis_tick> result;
    bool const logarithmic = axis_.scale == axis_scale::logarithmic;
    double const step = logarithmic ? std::ceil((high_ - low_) / most_ticks) : step_;
    auto const count = static_cast<int>((high_ - low_) / step + 1e-6);
    for (int i = 0; i <= count; ++i) {
      double const at = low_ + i * step;
      result.push_back({(at - low_) / (high_ - low_), label(logarithmic ? std::pow(10.0, at) : at)});
    }
    return result;
  }

 private:
  static constexpr double smallest = 1e-9;
  static constexpr double most_ticks = 5;

  // 1, 2 or 5 times a power of ten, such that few steps cover the range.
  static double step_for(double range) {
    if (!(range > 0)) return 1;
    double const rough = range / most_ticks, power = std::pow(10.0, std::floor(std::log10(rough)));
    for (double const step : {1.0, 2.0, 5.0})
      if (step * power >= rough * (1 - 1e-9)) return step * power;
    return 10 * power;
  }

  double transformed(double value) const {
    if (axis_.scale == axis_scale::linear) return value;
    if (axis_.scale == axis_scale::logarithmic) return std::log10((std::max)(value, smallest));
    return -std::log10(1 - std::clamp(value, 0.0, 1 - smallest));
  }

  std::string label(double value) const {
    return axis_.unit == axis_unit::duration ? brief_duration(value) : brief_number(value);
  }

  std::vector<axis_tick> percentile_ticks() const {
    std::vector<axis_tick> result;
    for (double const percent : {50.0, 90.0, 99.0, 99.9, 99.99, 99.999, 99.9999})
      if (auto const at = transformed(percent / 100); at <= high_ + 1e-9)
        result.push_back({at / high_, fmt::format("p{}", percent)});
    return result;
  }

  chart_axis axis_;
  double low_ = 0, high_ = 1;  // after the scale's transformation
  double step_ = 1;            // for a linear axis
};

}  // namespace detail

}  // namespace pawl::inline PAWL_ABI

#endif
