// The style of all charts: colours for light and dark pages, and dashes, markers and textures that work without colour.
#ifndef PAWL_REPORT_CHART_STYLE_HPP
#define PAWL_REPORT_CHART_STYLE_HPP

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <pawl/report/markup.hpp>
#include <pawl/report/utf8.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// Number of lines, or parts of a bar, that can be told apart even in black and white.
inline constexpr std::size_t most_series = 6;

// CSS that a page with charts includes once in its <style>. The colours are Okabe and Ito's, made for all kinds of
// colour vision, with lighter variants of the same hues for dark pages.
constexpr std::string_view chart_css() noexcept {
  return R"(:root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#57606a;--line:#d0d7de;--card:#f6f8fa;--good:#116329;--bad:#b3261e;
--c0:#d55e00;--c1:#0072b2;--c2:#007a5a;--c3:#a3487a;--c4:#8a6100;--c5:#4a4f57}
@media(prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;--dim:#9da7b3;--line:#3a424c;--card:#161b22;--good:#56d364;--bad:#ff938a;
--c0:#ff9a57;--c1:#58b4f5;--c2:#3fd6a6;--c3:#eaa0cb;--c4:#f0cf4a;--c5:#c3cad3}}
svg.chart{display:block;width:100%;height:auto;font:11px system-ui,sans-serif;fill:var(--fg)}
.chart .grid{stroke:var(--line);fill:none}.chart .x,.chart .y,.chart .dim{fill:var(--dim)}.chart .x{text-anchor:middle}.chart .y{text-anchor:end}.chart .band{fill:var(--fg);opacity:.13}
.chart .l{fill:none;stroke-width:2;stroke-linejoin:round}
.chart .s0{stroke:var(--c0)}.chart .s1{stroke:var(--c1);stroke-dasharray:7 3}.chart .s2{stroke:var(--c2);stroke-dasharray:2 3}
.chart .s3{stroke:var(--c3);stroke-dasharray:9 3 2 3}.chart .s4{stroke:var(--c4);stroke-dasharray:1 4}
.chart .s5{stroke:var(--c5);stroke-dasharray:14 4}.chart .m{stroke-dasharray:none;stroke-width:1.5;fill:var(--bg)}
.chart .b{stroke:var(--fg);stroke-width:.7}.chart .f0{fill:var(--c0)}.chart .f1{fill:url(#pawl-t1)}.chart .f2{fill:url(#pawl-t2)}
.chart .f3{fill:url(#pawl-t3)}.chart .f4{fill:url(#pawl-t4)}.chart .f5{fill:url(#pawl-t5)}
#pawl-t1{color:var(--c1)}#pawl-t2{color:var(--c2)}#pawl-t3{color:var(--c3)}#pawl-t4{color:var(--c4)}#pawl-t5{color:var(--c5)}
pattern rect{fill:currentColor;opacity:.25}pattern path{stroke:currentColor;fill:none;stroke-width:2}
)";
}

// The textures of bars; a page with charts includes them once at the start of its body.
constexpr std::string_view chart_textures() noexcept {
  return R"(<svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs>
<pattern id="pawl-t1" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6"/><path d="M-1 7 7-1M-1 1 1-1M5 7 7 5"/></pattern>
<pattern id="pawl-t2" width="5" height="5" patternUnits="userSpaceOnUse"><rect width="5" height="5"/><path d="M0 2.5H5"/></pattern>
<pattern id="pawl-t3" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6"/><path d="M2 3h2"/></pattern>
<pattern id="pawl-t4" width="5" height="5" patternUnits="userSpaceOnUse"><rect width="5" height="5"/><path d="M2.5 0V5"/></pattern>
<pattern id="pawl-t5" width="7" height="7" patternUnits="userSpaceOnUse"><rect width="7" height="7"/><path d="M0 0 7 7M7 0 0 7"/></pattern>
</defs></svg>
)";
}

namespace detail {

inline constexpr double chart_width = 360;  // width of every chart in its own units: that of a phone

// A length with at most one decimal.
inline std::string length(double value) {
  double const rounded = std::round(value * 10) / 10;
  return fmt::format("{}", rounded == 0 ? 0.0 : rounded);
}

// The marker of a series at a point: circle, square, triangle, diamond, plus, cross.
inline std::string marker(std::size_t series, double x, double y) {
  constexpr std::array<std::string_view, most_series> shapes{"m-3 0a3 3 0 1 0 0-.1z", "m-3-3h6v6h-6z",
                                                             "m0-4 4 7h-8z",          "m0-4 4 4-4 4-4-4z",
                                                             "m-4 0h8m-4-4v8",        "m-3-3 6 6m0-6-6 6"};
  return fmt::format("M{} {}{}", length(x), length(y), shapes[series]);
}

// The requested look, or the one for the series' number, modulo the number of looks.
inline std::size_t look_of(std::optional<std::size_t> asked, std::size_t number) {
  return asked.value_or(number) % most_series;
}

// The chart's legend, in as many rows as needed; `draw(number, x, y)` draws each sample.
template <class Draw> std::string legend(std::vector<std::string> const& names, double& y, Draw draw) {
  constexpr double row = 16, sample = 30, character = 6, gap = 8;
  std::string text;
  double x = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    auto const width = sample + character * static_cast<double>(display_columns(names[i])) + gap;
    if (x > 0 && x + width - gap > chart_width) {
      x = 0;
      y += row;
    }
    text += draw(i, x, y + row / 2);
    text += fmt::format("<text x=\"{}\" y=\"{}\">{}</text>", length(x + sample), length(y + 12), names[i]);
    x += width;
  }
  if (!names.empty()) y += row;
  return text;
}

// A part of a bar, or its sample in the legend.
inline std::string bar_part(std::size_t look, double x, double y, double width, double height) {
  return fmt::format("<path class=\"b f{}\" d=\"M{} {}h{}v{}h-{}z\"/>", look, length(x), length(y), length(width),
                     length(height), length(width));
}

inline std::string svg_of(std::string_view title, double height, std::string_view content) {
  return fmt::format(
      "<svg class=\"chart\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" "
      "role=\"img\"><title>{}</title>{}</svg>\n",
      length(chart_width), length(height), markup_text(title), content);
}

}  // namespace detail

}  // namespace pawl::inline PAWL_ABI

#endif
