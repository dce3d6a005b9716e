// Charts as SVG: the positions of values, and what tells lines and bars apart.
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include <pawl/latency/exact_collector.hpp>
#include <pawl/report/bar_chart.hpp>
#include <pawl/report/line_chart.hpp>

#include "catch.hpp"
#include "markup_rules.hpp"

namespace chart_test {

using namespace std::chrono_literals;

static std::string labels_of(pawl::detail::axis_map const& axis) {
  std::string text;
  for (auto const& tick : axis.ticks()) text += tick.label + " ";
  return text;
}
static std::size_t parts_in(std::string const& text, std::string const& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++n;
  return n;
}
template <class Action> static std::string chart_refusal(Action action) {
  try {
    action();
  } catch (pawl::error const& e) {
    CHECK(std::string{e.id()} == "report.chart");
    return e.what();
  }
  return "nothing was refused";
}

TEST_CASE("figures are short, and durations have the unit that suits them", "[report]") {
  CHECK(pawl::brief_number(0) == "0");
  CHECK(pawl::brief_number(0.125) == "0.125");
  CHECK(pawl::brief_number(818) == "818");
  CHECK(pawl::brief_number(4274) == "4274");
  CHECK(pawl::brief_number(63'413) == "63.4k");
  CHECK(pawl::brief_number(999'999) == "1M");
  CHECK(pawl::brief_duration(0) == "0 s");
  CHECK(pawl::brief_duration(80e-9) == "80 ns");
  CHECK(pawl::brief_duration(12.34e-6) == "12.3 µs");
  CHECK(pawl::brief_duration(0.0015) == "1.5 ms");
  CHECK(pawl::brief_duration(0.99999) == "1 s");
  CHECK(pawl::brief_duration(3272.85) == "3273 s");
}

TEST_CASE("a linear axis begins at 0 and has round steps", "[report]") {
  pawl::detail::axis_map const axis{{}, 100, 818};
  CHECK(labels_of(axis) == "0 200 400 600 800 1000 ");
  CHECK(axis.place(0) == 0);
  CHECK(axis.place(500) == Approx(0.5));
  CHECK(labels_of({{}, 0, 1000}) == "0 200 400 600 800 1000 ");
  CHECK(labels_of({{}, -3, 3}) == "-4 -2 0 2 4 ");
  CHECK(labels_of({{}, 0, 0}) == "0 1 ");
}

TEST_CASE("a logarithmic axis has the powers of ten around its values", "[report]") {
  pawl::chart_axis const time{"", pawl::axis_scale::logarithmic, pawl::axis_unit::duration};
  pawl::detail::axis_map const axis{time, 3e-5, 0.02};
  CHECK(labels_of(axis) == "10 µs 100 µs 1 ms 10 ms 100 ms ");
  CHECK(axis.place(1e-3) == Approx(0.5));
  CHECK(axis.place(0) == 0);
  CHECK(labels_of({time, 1e-9, 1}).size() < 50);  // decades are left out where there are many
}

TEST_CASE("on a percentile axis each nine takes the same room", "[report]") {
  pawl::detail::axis_map const axis{pawl::percentile_axis(), 0, 0.999};
  CHECK(labels_of(axis) == "p50 p90 p99 p99.9 ");
  CHECK(axis.place(0) == 0);
  CHECK(axis.place(0.9) == Approx(1.0 / 3));
  CHECK(axis.place(0.99) == Approx(2.0 / 3));
  CHECK(axis.place(0.999) == Approx(1));
  CHECK(axis.place(1) == 1);
}

TEST_CASE("the quantiles of a curve stand evenly on its axis, and all are meaningful", "[report]") {
  auto const ps = pawl::curve_quantiles(1000, 3);
  REQUIRE(ps.size() == 4);
  CHECK(ps[0] == 0);
  CHECK(ps[1] == Approx(0.9));
  CHECK(ps[3] == Approx(0.999));
  for (std::uint64_t const count : {0u, 1u, 2u, 10u, 818u, 1'000'000u})
    for (auto const p : pawl::curve_quantiles(count)) CHECK((count == 0 || pawl::meaningful(count, p)));
  pawl::exact_collector times;
  for (int i = 1; i <= 10; ++i) times.record(i * 1ms);
  auto const curve = pawl::percentile_curve(times.snapshot(std::vector{0.5, 0.9, 0.99}));
  REQUIRE(curve.size() == 2);  // of ten samples none is above p99
  CHECK(curve[1].x == 0.9);
  CHECK(curve[1].y == Approx(0.010));
}

TEST_CASE("a run's progress is a curve of seconds and events", "[report]") {
  pawl::timeline events;
  events.record(1s);
  events.record(2s);
  auto const curve = pawl::progress_curve(events);
  CHECK(curve.front().y == 0);
  CHECK(curve.back().x == 2);
  CHECK(curve.back().y == 2);
}

TEST_CASE("lines differ in dashes and markers, and stand in a legend", "[report]") {
  pawl::line_chart chart{"Writes", {"time"}, {"files"}};
  chart.line("per-file", {{0, 0}, {1, 10}, {2, 20}}).line("grouped", {{0, 0}, {1, 20}});
  chart.band(0.5, 1.5, "stall");
  auto const svg = chart.svg();
  CHECK(markup_rules::broken_in_markup(svg) == "");
  CHECK(parts_in(svg, "class=\"l s0\"") == 2);  // the line and its key
  CHECK(parts_in(svg, "class=\"l s1\"") == 2);
  CHECK(parts_in(svg, "a3 3 0") == 4);    // circles: three and a key
  CHECK(parts_in(svg, "h6v6h-6z") == 3);  // squares: two and a key
  for (auto const* word : {">per-file<", ">grouped<", ">time<", ">files<", ">stall<", "<title>Writes<"})
    CHECK(svg.find(word) != std::string::npos);
  // Of 20 files at 150 units a unit of the axis is 7.5, and the first point is in the corner.
  CHECK(svg.find("d=\"M48 186 194 111 340 36\"") != std::string::npos);
}

TEST_CASE("the style knows the looks of all lines and bars, in light and dark, and no two have the same dashes",
          "[report]") {
  std::string const css{pawl::chart_css()}, textures{pawl::chart_textures()};
  CHECK(css.find("prefers-color-scheme:dark") != std::string::npos);
  std::set<std::string> dashes;
  for (std::size_t i = 0; i < pawl::most_series; ++i) {
    auto const n = std::to_string(i);
    CHECK(parts_in(css, "--c" + n + ":#") == 2);
    auto const rule = css.find(".chart .s" + n + "{");
    REQUIRE(rule != std::string::npos);
    auto const body = css.substr(rule, css.find('}', rule) - rule);
    auto const dash = body.find("stroke-dasharray");
    dashes.insert(dash == std::string::npos ? "" : body.substr(dash));
    CHECK(css.find(".chart .f" + n + "{") != std::string::npos);
    CHECK((i == 0 || textures.find("id=\"pawl-t" + n + "\"") != std::string::npos));
  }
  CHECK(dashes.size() == pawl::most_series);
  CHECK(markup_rules::broken_in_markup(textures) == "");
}

TEST_CASE("a line keeps the look it is given, and a level piece only its ends", "[report]") {
  pawl::line_chart chart{"Writes", {}, {}};
  chart.line("grouped", {{0, 1}, {1, 1}, {2, 1}, {3, 1}}, 4);
  auto const svg = chart.svg();
  CHECK(svg.find("class=\"l s4\" d=\"M48 8 340 8\"") != std::string::npos);
  CHECK(svg.find(">grouped<") == std::string::npos);  // one line needs no legend
}

TEST_CASE("points that are no numbers are left out, and a chart of none says so", "[report]") {
  constexpr auto nan = std::numeric_limits<double>::quiet_NaN();
  pawl::line_chart chart{"Writes", {}, {}};
  chart.line("a", {{nan, 1}, {1, INFINITY}});
  CHECK(chart.svg().find("nothing was measured") != std::string::npos);
  chart.line("b", {{1, nan}, {1, 2}});
  CHECK(markup_rules::broken_in_markup(chart.svg()) == "");
  CHECK(chart.svg().find("nan") == std::string::npos);
  CHECK(chart.svg().find("inf") == std::string::npos);
}

TEST_CASE("one line more than can be told apart is refused", "[report]") {
  pawl::line_chart chart{"Writes", {}, {}};
  for (std::size_t i = 0; i < pawl::most_series; ++i) chart.line("x", {{0, 0}});
  CHECK(chart_refusal([&] { chart.line("y\n", {}); }) == "a chart tells 6 lines apart, and 'y\\n' is one more");
}

TEST_CASE("the longest bar fills the width, and the others stand against it", "[report]") {
  pawl::bar_chart chart{"Rate"};
  chart.bar("fast", {100}, "100/s", 1).bar("slow", {25}, "25/s").bar("none", {-1}, "0/s");
  auto const svg = chart.svg();
  CHECK(markup_rules::broken_in_markup(svg) == "");
  CHECK(svg.find("class=\"b f1\" d=\"M1 19h358v13h-358z\"") != std::string::npos);
  CHECK(svg.find("class=\"b f0\" d=\"M1 57h89.5v13h-89.5z\"") != std::string::npos);
  CHECK(parts_in(svg, "class=\"b ") == 2);
  for (auto const* word : {">fast<", ">100/s<", ">none<"}) CHECK(svg.find(word) != std::string::npos);
}

TEST_CASE("parts of bars have textures and a legend, and shares fill the width", "[report]") {
  pawl::bar_chart chart{"Breakdown", {"queue", "update", "commit"}, pawl::bar_length::share};
  chart.bar("a", {1, 1, 2}, "4 ms").bar("b", {0, 0, 0}, "0 ms");
  auto const svg = chart.svg();
  CHECK(markup_rules::broken_in_markup(svg) == "");
  CHECK(svg.find("class=\"b f2\" d=\"M180 35h179v13h-179z\"") != std::string::npos);
  CHECK(parts_in(svg, "class=\"b f1\"") == 2);
  for (auto const* word : {">queue<", ">update<", ">commit<"}) CHECK(svg.find(word) != std::string::npos);
  CHECK(chart_refusal([&] { chart.bar("c", {1}, ""); }) == "the bar 'c' has 1 parts, and its chart 3");
  CHECK(chart_refusal([&] {
          pawl::bar_chart{"", std::vector<std::string>(7, "x")};
        }) == "the 7 parts of a bar are more than the 6 that can be told apart");
}

}  // namespace chart_test
