// Prints the results as text for people and as JSON for programs.
#ifndef BATCH_BENCHMARK_REPORT_HPP
#define BATCH_BENCHMARK_REPORT_HPP

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <pawl/report/json.hpp>
#include <pawl/report/text_table.hpp>

#include "results.hpp"

namespace batch_benchmark {

// The keys of the original where it had them, and new ones beside them. Durations are unrounded milliseconds.
pawl::report_json to_json(benchmark_result const& result);

// versions(), and that of the server where there was one.
std::vector<std::pair<std::string, std::string>> versions_of(benchmark_result const& result);

struct page {
  std::size_t width = pawl::any_width;  // where a table is wider it is split in two
  bool colour = false;
};
// As it fits standard output: a terminal's width, or that of COLUMNS; colour on a terminal alone, and not with
// NO_COLOR.
page fit_for_stdout();

// The parts of the text that are tables. There is at least one design.
pawl::text_table mode_table(mode_result const& m, clock_kind clock);
pawl::text_table designs_table(std::vector<design> const& designs);

std::string to_text(benchmark_result const& result, page const& fit);
// The 20 spans with the largest totals: of all of it, then of each mode.
std::string profile_text(benchmark_result const& result, page const& fit);
std::string profile_summary(benchmark_result const& result, page const& fit);  // the first of them
pawl::report_json profile_json(benchmark_result const& result);

// One page with charts, which needs nothing else.
std::string to_html(benchmark_result const& result);

// The spans of each configuration of each mode, as files for Perfetto, flamegraph.pl and speedscope.
std::string chrome_trace(benchmark_result const& result);
std::string folded_stacks(benchmark_result const& result);
std::string speedscope(benchmark_result const& result);

}  // namespace batch_benchmark

#endif
