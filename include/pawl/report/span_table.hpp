// The profile of a run by wall-clock time: the spans with the largest totals, as a table and as JSON.
#ifndef PAWL_REPORT_SPAN_TABLE_HPP
#define PAWL_REPORT_SPAN_TABLE_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <pawl/latency/span.hpp>
#include <pawl/report/format.hpp>
#include <pawl/report/json.hpp>
#include <pawl/report/text_table.hpp>
#include <pawl/report/utf8.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// The first `limit` of these rows, already sorted by `span_recorder::top()`. Each column of times is in milliseconds,
// or in microseconds if a non-zero time would print as 0.00.
inline text_table span_table(std::span<span_totals const> rows, std::size_t limit = 20,
                             std::string_view title = "Wall-clock profile") {
  rows = rows.first((std::min)(limit, rows.size()));
  std::vector<fractional_nanoseconds> self, total, mean, max;
  for (auto const& row : rows) {
    self.push_back(row.self);
    total.push_back(row.total);
    mean.push_back(row.mean);
    max.push_back(row.max);
  }
  auto const units = std::array{choose_unit(self), choose_unit(total), choose_unit(mean), choose_unit(max)};
  text_table table{title};
  table.column("span", "", text_align::left).column("calls");
  table.column("self", unit_name(units[0])).column("total", unit_name(units[1]));
  table.column("mean", unit_name(units[2])).column("max", unit_name(units[3]));
  for (auto const& row : rows)
    table.row({row.name, fmt::format("{}", row.calls), in_unit(row.self, units[0]), in_unit(row.total, units[1]),
               in_unit(row.mean, units[2]), in_unit(row.max, units[3])});
  return table;
}

// `[{"name": .., "calls": .., "self_ms": .., "total_ms": .., "mean_ms": .., "max_ms": ..}, ..]`, unrounded. Bytes
// of a name that are not UTF-8 are U+FFFD.
inline report_json to_json(std::span<span_totals const> rows) {
  report_json result = report_json::array();
  for (auto const& row : rows) {
    report_json entry = report_json::object();
    entry["name"] = detail::as_utf8(row.name);
    entry["calls"] = row.calls;
    entry["self_ms"] = in_milliseconds(row.self);
    entry["total_ms"] = in_milliseconds(row.total);
    entry["mean_ms"] = in_milliseconds(row.mean);
    entry["max_ms"] = in_milliseconds(row.max);
    result.push_back(std::move(entry));
  }
  return result;
}

}  // namespace pawl::inline PAWL_ABI

#endif
