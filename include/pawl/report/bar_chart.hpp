// Horizontal bars as inline SVG, whole or in parts: a label and figure above each bar, a texture for each part.
#ifndef PAWL_REPORT_BAR_CHART_HPP
#define PAWL_REPORT_BAR_CHART_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <pawl/error.hpp>
#include <pawl/report/chart_style.hpp>
#include <pawl/report/markup.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// amount: the longest bar fills the width and the others are to scale. share: every bar fills the width, so that its
// parts are shares.
enum class bar_length : std::uint8_t { amount, share };

// ```
// pawl::bar_chart chart{"Transitions per second"};
// chart.bar("grouped, 10 in flight", {63'413}, "63413/s");
// ```
class bar_chart {
 public:
  // A bar has one part for each of these names, or a single part if there are none. Throws error "report.chart" for
  // more than `most_series` names.
  explicit bar_chart(std::string_view title, std::vector<std::string> const& parts = {},
                     bar_length length = bar_length::amount)
      : title_{title}, length_{length} {
    if (parts.size() > most_series)
      throw error{"report.chart", fmt::format("the {} parts of a bar are more than the {} that can be told apart",
                                              parts.size(), most_series)};
    for (auto const& part : parts) parts_.push_back(markup_text(part));
  }

  // Adds a bar, with its figure as displayed. A part that is negative or not finite counts as 0. `look`, from 0 to
  // most_series - 1, is the colour and texture of the first part; the other parts use the following ones. Throws error
  // "report.chart" unless the number of parts is the chart's.
  bar_chart& bar(std::string_view label, std::vector<double> parts, std::string_view figure, std::size_t look = 0) {
    auto const expected = (std::max)(std::size_t{1}, parts_.size());
    if (parts.size() != expected)
      throw error{"report.chart",
                  fmt::format("the bar '{}' has {} parts, and its chart {}", escaped(label), parts.size(), expected)};
    for (auto& part : parts) part = std::isfinite(part) && part > 0 ? part : 0;
    bars_.push_back({markup_text(label), markup_text(figure), std::move(parts), look});
    return *this;
  }

  std::string const& title() const noexcept { return title_; }

  // For a page with chart_css() and chart_textures().
  std::string svg() const {
    using detail::length;
    double longest = 0, y = 0;
    for (auto const& bar : bars_) longest = (std::max)(longest, bar.sum());
    auto content = detail::legend(parts_, y, [](std::size_t part, double x, double middle) {
      return detail::bar_part(part, x + 1, middle - 5, 24, 10);
    });
    for (auto const& bar : bars_) {
      content += fmt::format("<text x=\"0\" y=\"{}\">{}</text><text text-anchor=\"end\" x=\"{}\" y=\"{}\">{}</text>",
                             length(y + 14), bar.label, length(detail::chart_width), length(y + 14), bar.figure);
      content += drawn(bar, y + 19, length_ == bar_length::share ? bar.sum() : longest);
      y += 38;
    }
    return detail::svg_of(title_, (std::max)(y, 1.0), content);
  }

 private:
  struct one_bar {
    std::string label, figure;  // escaped markup
    std::vector<double> parts;
    std::size_t look;
    double sum() const { return std::accumulate(parts.begin(), parts.end(), 0.0); }
  };

  static std::string drawn(one_bar const& bar, double y, double whole) {
    constexpr double room = detail::chart_width - 2;
    std::string text;
    double x = 1;
    for (std::size_t i = 0; i < bar.parts.size(); ++i) {
      double const width = whole > 0 ? room * bar.parts[i] / whole : 0;
      if (width >= 0.1) text += detail::bar_part(detail::look_of(bar.look + i, i), x, y, width, 13);
      x += width;
    }
    return text;
  }

  std::string title_;
  bar_length length_;
  std::vector<std::string> parts_{};  // escaped markup
  std::vector<one_bar> bars_{};
};

}  // namespace pawl::inline PAWL_ABI

#endif
