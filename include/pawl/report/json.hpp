// Figures as JSON: durations in unrounded milliseconds, keys in the order of the report.
#ifndef PAWL_REPORT_JSON_HPP
#define PAWL_REPORT_JSON_HPP

#include <algorithm>
#include <filesystem>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <pawl/latency/snapshot.hpp>
#include <pawl/report/write_file.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// The JSON of every report here. Its objects keep their keys in the order in which they were added.
using report_json = nlohmann::ordered_json;

// 1500 ns is 0.0015: nothing is rounded.
constexpr double in_milliseconds(fractional_nanoseconds duration) noexcept { return duration.count() / 1e6; }

// The key of a quantile: "p50", "p95", "p999" for 0.999.
inline std::string quantile_key(double p) {
  auto key = fmt::format("p{:g}", p * 100);
  key.erase(std::remove(key.begin(), key.end(), '.'), key.end());
  return key;
}

// `{"p50": .., "p95": .., "p99": .., "mean": .., "min": .., "max": .., "count": ..}`, the quantiles being those of the
// snapshot, all durations in milliseconds; null where nothing was recorded. "overflow" is added where it is not 0. The
// name of the definition, `snapshot.method`, belongs once into the head of a report, as "percentile_method".
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

// The text of it. Bytes that are no UTF-8 become U+FFFD: never an exception for a strange name. `indent` < 0 is one
// line.
inline std::string dump(report_json const& value, int indent = 2) {
  return value.dump(indent, ' ', false, report_json::error_handler_t::replace);
}

// Writes the text of it and a newline as `write_file` does. Throws error "report.write".
inline void write_json(std::filesystem::path const& path, report_json const& value) {
  write_file(path, dump(value) + '\n');
}

}  // namespace pawl::inline PAWL_ABI

#endif
