// Results as JSON: durations in unrounded milliseconds, keys in the order of the report.
#ifndef PAWL_REPORT_JSON_HPP
#define PAWL_REPORT_JSON_HPP

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <pawl/latency/snapshot.hpp>
#include <pawl/report/write_file.hpp>
#include <pawl/store/seen_children.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// The JSON type of all reports. Objects keep their keys in insertion order.
using report_json = nlohmann::ordered_json;

// Nothing is rounded: 1500 ns is 0.0015.
constexpr double in_milliseconds(fractional_nanoseconds duration) noexcept { return duration.count() / 1e6; }

// The key of a quantile: "p50", "p95", "p999" for 0.999.
inline std::string quantile_key(double p) {
  auto key = fmt::format("p{:g}", p * 100);
  key.erase(std::remove(key.begin(), key.end(), '.'), key.end());
  return key;
}

// An array, an object for each table.
inline report_json to_json(std::vector<seen_children> const& children) {
  auto all = report_json::array();
  for (auto const& some : children)
    all.push_back({{"table", some.table},
                   {"arrived", some.arrived},
                   {"failed", some.failed},
                   {"missing", some.missing},
                   {"parked", some.parked},
                   {"parked_keys", some.parked_keys}});
  return all;
}
inline report_json to_json(std::vector<seen_parent> const& parents) {
  auto all = report_json::array();
  for (auto const& parent : parents) all.push_back({{"table", parent.table}, {"key", parent.key}});
  return all;
}

// `{"p50": .., "p95": .., "p99": .., "mean": .., "min": .., "max": .., "count": ..}` with the snapshot's quantiles and
// all durations in milliseconds; null if nothing was recorded. "overflow" is added if it is not 0. A report should
// state `snapshot.method`, the definition of the quantiles, once in its head as "percentile_method".
inline report_json to_json(latency_snapshot const& snapshot) {
  report_json result = report_json::object();
  auto const put = [&](std::string const& key, fractional_nanoseconds duration) {
    result[key] = snapshot.count == 0 ? report_json(nullptr) : report_json(in_milliseconds(duration));
  };
  for (auto const& point : snapshot.quantiles) put(quantile_key(point.p), point.value);
  put("mean", snapshot.mean);
  put("min", snapshot.min);
  put("max", snapshot.max);
  result["count"] = snapshot.count;
  if (snapshot.overflow != 0) result["overflow"] = snapshot.overflow;
  return result;
}

// JSON text. Bytes that are not UTF-8 become U+FFFD, so odd names never cause an exception. `indent` < 0 gives one
// line.
inline std::string dump(report_json const& value, int indent = 2) {
  return value.dump(indent, ' ', false, report_json::error_handler_t::replace);
}

// Writes the JSON text and a newline with write_file(). Throws error "report.write".
inline void write_json(std::filesystem::path const& path, report_json const& value) {
  write_file(path, dump(value) + '\n');
}

}  // namespace pawl::inline PAWL_ABI

#endif
