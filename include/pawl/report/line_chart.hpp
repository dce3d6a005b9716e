// Line charts as inline SVG; lines are told apart by dashes and markers as well as by colour.
#ifndef PAWL_REPORT_LINE_CHART_HPP
#define PAWL_REPORT_LINE_CHART_HPP

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <pawl/error.hpp>
#include <pawl/latency/quantile.hpp>
#include <pawl/latency/snapshot.hpp>
#include <pawl/latency/timeline.hpp>
#include <pawl/report/chart_axis.hpp>
#include <pawl/report/chart_style.hpp>
#include <pawl/report/markup.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

struct chart_point {
  double x = 0, y = 0;
};

// ```
// pawl::line_chart chart{"Time of a write",
//                        pawl::percentile_axis(),
//                        {.title = "time", .scale = pawl::axis_scale::logarithmic, .unit = pawl::axis_unit::duration}};
// chart.line("grouped", pawl::percentile_curve(writes.snapshot(pawl::curve_quantiles(writes.count()))));
// page.add(chart);
// ```
// The axes are as long as the points need. A chart without points says that there is no data.
class line_chart {
 public:
  line_chart(std::string_view title, chart_axis x, chart_axis y) : title_{title}, x_{std::move(x)}, y_{std::move(y)} {}

  // Adds a line through these points in their order; points that are not finite are left out. `look`, from 0 to
  // most_series - 1, sets its colour, dashes and marker, so that a series can look the same in several charts; by
  // default the line's number decides. Throws error "report.chart" for more than `most_series` lines.
  line_chart& line(std::string_view name, std::vector<chart_point> points, std::optional<std::size_t> look = {}) {
    if (lines_.size() == most_series)
      throw error{"report.chart",
                  fmt::format("a chart tells {} lines apart, and '{}' is one more", most_series, escaped(name))};
    std::erase_if(points, [](chart_point const& p) { return !std::isfinite(p.x) || !std::isfinite(p.y); });
    names_.push_back(markup_text(name));
    looks_.push_back(detail::look_of(look, looks_.size()));
    lines_.push_back(std::move(points));
    return *this;
  }

  // A shaded part of the x axis with a word on it, such as a pause.
  line_chart& band(double from, double to, std::string_view word) {
    bands_.push_back({from, to, markup_text(word)});
    return *this;
  }

  std::string const& title() const noexcept { return title_; }

  // For a page with chart_css() and chart_textures().
  std::string svg() const;

 private:
  struct shade {
    double from, to;
    std::string word;
  };
  struct frame {
    detail::axis_map x, y;
    double top;
    double left = 48, width = detail::chart_width - 48 - 20, height = 150;
    double at_x(double value) const { return left + width * x.place(value); }
    double at_y(double value) const { return top + height * (1 - y.place(value)); }
    double bottom() const { return top + height; }
  };

  detail::axis_map map_of(chart_axis const& axis, double chart_point::*part) const {
    bool any = false;
    double low = 0, high = 0;
    for (auto const& points : lines_)
      for (auto const& p : points) {
        low = any ? (std::min)(low, p.*part) : p.*part;
        high = any ? (std::max)(high, p.*part) : p.*part;
        any = true;
      }
    return {axis, low, high};
  }

  static std::string key(std::size_t look, double x, double y) {
    using detail::length;
    return fmt::format("<path class=\"l s{}\" d=\"M{} {}h26\"/><path class=\"m s{}\" d=\"{}\"/>", look, length(x),
                       length(y), look, detail::marker(look, x + 13, y));
  }

  std::string axes(frame const& in) const;
  std::string shades(frame const& in) const;
  static std::string curve(std::size_t look, std::vector<chart_point> const& points, frame const& in);

  std::string title_;
  chart_axis x_, y_;
  std::vector<std::string> names_{};  // escaped markup
  std::vector<std::size_t> looks_{};
  std::vector<std::vector<chart_point>> lines_{};
  std::vector<shade> bands_{};
};

inline std::string line_chart::svg() const {
  using detail::length;
  double top = 0;
  auto const keys = names_.size() > 1 ? names_ : std::vector<std::string>{};  // a single line is described by the title
  auto content = detail::legend(keys, top, [&](std::size_t i, double x, double y) { return key(looks_[i], x, y); });
  frame const in{map_of(x_, &chart_point::x), map_of(y_, &chart_point::y), top + (y_.title.empty() ? 8 : 20)};
  if (std::all_of(lines_.begin(), lines_.end(), [](auto const& points) { return points.empty(); })) {
    content += fmt::format("<text class=\"dim\" x=\"0\" y=\"{}\">nothing was measured</text>", length(top + 20));
    return detail::svg_of(title_, top + 30, content);
  }
  content += axes(in) + shades(in);
  for (std::size_t i = 0; i < lines_.size(); ++i) content += curve(looks_[i], lines_[i], in);
  return detail::svg_of(title_, in.bottom() + 34, content);
}

inline std::string line_chart::axes(frame const& in) const {
  using detail::length;
  std::string grid, at_y, at_x;
  auto const label = [](double x, double y, std::string_view text) {
    return fmt::format("<text x=\"{}\" y=\"{}\">{}</text>", length(x), length(y), text);
  };
  for (auto const& tick : in.y.ticks()) {
    auto const y = in.top + in.height * (1 - tick.place);
    grid += fmt::format("M{} {}h{}", length(in.left), length(y), length(in.width));
    at_y += label(in.left - 5, y + 4, tick.label);
  }
  for (auto const& tick : in.x.ticks()) {
    auto const x = in.left + in.width * tick.place;
    grid += fmt::format("M{} {}v4", length(x), length(in.bottom()));
    at_x += label(x, in.bottom() + 15, tick.label);
  }
  at_x += label(in.left + in.width / 2, in.bottom() + 29, markup_text(x_.title));
  if (!y_.title.empty())
    at_x += fmt::format("<text style=\"text-anchor:start\" x=\"0\" y=\"{}\">{}</text>", length(in.top - 8),
                        markup_text(y_.title));
  return fmt::format("<path class=\"grid\" d=\"{}\"/><g class=\"y\">{}</g><g class=\"x\">{}</g>", grid, at_y, at_x);
}

inline std::string line_chart::shades(frame const& in) const {
  using detail::length;
  std::string text;
  double y = in.top + 12;
  for (auto const& band : bands_) {
    auto const from = in.at_x(band.from), to = in.at_x(band.to);
    text += fmt::format("<rect class=\"band\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>", length(from),
                        length(in.top), length((std::max)(to - from, 1.0)), length(in.height));
    bool const to_the_left = from > in.left + in.width / 2;  // the side with more room for the word
    text += fmt::format("<text text-anchor=\"{}\" x=\"{}\" y=\"{}\">{}</text>", to_the_left ? "end" : "start",
                        length(to_the_left ? to - 2 : from + 2), length(y), band.word);
    y += 13;
  }
  return text;
}

inline std::string line_chart::curve(std::size_t look, std::vector<chart_point> const& points, frame const& in) {
  using detail::length;
  if (points.empty()) return {};
  constexpr std::size_t markers = 4;
  std::string path, marks;
  for (std::size_t i = 0; i < points.size(); ++i) {
    auto const level = [&](std::size_t other) { return points[other].y == points[i].y; };
    auto const x = in.at_x(points[i].x), y = in.at_y(points[i].y);
    bool const between = i > 0 && i + 1 < points.size() && level(i - 1) && level(i + 1);
    if (!between) path += fmt::format("{}{} {}", i == 0 ? 'M' : ' ', length(x), length(y));
    auto const stretch = [&](std::size_t at) { return (2 * at + 1) * markers / (2 * points.size()); };
    if (points.size() <= markers || stretch(i) != stretch(i + 1)) marks += detail::marker(look, x, y);
  }
  return fmt::format("<path class=\"l s{}\" d=\"{}\"/><path class=\"m s{}\" d=\"{}\"/>", look, path, look, marks);
}

// ---- curves of a run ----

inline chart_axis percentile_axis() { return {"percentile", axis_scale::percentile, axis_unit::number}; }

// Quantiles evenly spaced on a percentile axis, enough for a smooth curve, up to the last one that is meaningful for
// `count` samples.
inline std::vector<double> curve_quantiles(std::uint64_t count, std::size_t steps = 24) {
  std::vector<double> ps;
  double const end = count > 1 ? std::log10(static_cast<double>(count)) : 0;
  for (std::size_t i = 0; i <= steps; ++i)
    ps.push_back(1 - std::pow(10.0, -end * static_cast<double>(i) / static_cast<double>(steps)));
  return ps;
}

// (p, seconds) for each meaningful quantile of the snapshot.
inline std::vector<chart_point> percentile_curve(latency_snapshot const& times) {
  std::vector<chart_point> points;
  for (auto const& point : times.quantiles)
    if (meaningful(times.count, point.p))
      points.push_back({point.p, std::chrono::duration<double>(point.value).count()});
  return points;
}

// (seconds, number of events until then).
inline std::vector<chart_point> progress_curve(timeline const& events) {
  std::vector<chart_point> points;
  for (auto const& point : events.points())
    points.push_back({std::chrono::duration<double>(point.at).count(), static_cast<double>(point.count)});
  return points;
}

}  // namespace pawl::inline PAWL_ABI

#endif
