// Individual spans in Chrome's trace event format, for ui.perfetto.dev and chrome://tracing.
#ifndef PAWL_REPORT_CHROME_TRACE_HPP
#define PAWL_REPORT_CHROME_TRACE_HPP

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <pawl/latency/span_recorder.hpp>
#include <pawl/report/json.hpp>
#include <pawl/report/span_lanes.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// ```
// pawl::chrome_trace trace;
// trace.add("import", spans, {{0, "first worker"}});
// pawl::write_file("import.trace.json", trace.text());
// ```
// Each recorder becomes a process, and each of its lanes (span_lanes.hpp) a thread in it. Real threads would not do:
// coroutines overlap on them, which viewers reject. Contains the spans that the recorder has kept; the number it
// dropped is in the process's label and, summed up, in "otherData". Times are microseconds since the first span of the
// recorder added first. A span is a begin and an end, together about 160 bytes. Where one span begins at the nanosecond
// in which another one ends, or ends where it begins, the later of both events is put off by 1/16 ns: viewers sort
// events by their times, and would not know which comes first.
class chrome_trace {
 public:
  // Adds a process with everything that the recorder has kept.
  void add(std::string_view process, span_recorder const& recorder, slot_names const& names = {}) {
    auto const lanes = span_lanes(recorder, names);
    ++processes_;
    describe("process_name", 0, "name", process);
    describe("process_sort_index", 0, "sort_index", processes_);
    if (recorder.dropped() > 0)
      describe("process_labels", 0, "labels", fmt::format("{} earlier spans dropped", recorder.dropped()));
    dropped_ += recorder.dropped();
    if (!zero_) zero_ = first_start(lanes);
    for (auto const& lane : lanes) {
      describe("thread_name", ++threads_, "name", lane.name);
      describe("thread_sort_index", threads_, "sort_index", threads_);
      lane_writer to{*this, recorder};
      kept_ += lane.spans.size();
      detail::walk(
          lane, [&](span_event const& span) { to.event("B", span.start, span.id); },
          [&](span_event const& span) { to.event("E", detail::end_of(span), span.id); });
    }
  }

  // The whole file, one event per line.
  std::string text() const {
    report_json const other{{"kept_spans", kept_}, {"dropped_spans", dropped_}};
    return fmt::format("{{\"displayTimeUnit\":\"ns\",\"otherData\":{},\"traceEvents\":[{}\n]}}\n", dump(other, -1),
                       events_);
  }

 private:
  static std::optional<std::chrono::nanoseconds> first_start(std::vector<span_lane> const& lanes) {
    std::optional<std::chrono::nanoseconds> first;
    for (auto const& lane : lanes)
      if (!first || lane.spans.front().start < *first) first = lane.spans.front().start;
    return first;
  }

  void describe(std::string_view what, std::uint64_t thread, std::string_view key, report_json value) {
    write({{"ph", "M"}, {"name", what}, {"pid", processes_}, {"tid", thread}, {"args", {{key, std::move(value)}}}});
  }

  // Writes the events of a lane in their order, none before the one before it and none of another kind with it: as
  // doubles, which is how viewers read them.
  struct lane_writer {
    chrome_trace& to;
    span_recorder const& recorder;
    double last = -1;
    char const* last_kind = "B";

    void event(char const* kind, std::chrono::nanoseconds time, span_id id) {
      double microseconds = static_cast<double>((time - *to.zero_).count()) / 1e3;
      bool const other = std::string_view{kind} != last_kind;
      if (other && microseconds <= last)
        microseconds = (std::max)(last + step, std::nextafter(last, std::numeric_limits<double>::infinity()));
      last = (std::max)(last, microseconds);
      last_kind = kind;
      to.write({{"ph", kind},
                {"name", recorder.name_of(id)},
                {"cat", "span"},
                {"pid", to.processes_},
                {"tid", to.threads_},
                {"ts", last}});
    }

    static constexpr double step = 1e-3 / 16;
  };

  void write(report_json const& event) {
    events_ += events_.empty() ? "\n" : ",\n";
    events_ += dump(event, -1);
  }

  std::string events_;
  std::optional<std::chrono::nanoseconds> zero_;
  std::uint64_t processes_ = 0;
  std::uint64_t threads_ = 0;  // numbered across all processes: Perfetto requires unique thread numbers
  std::uint64_t kept_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace pawl::inline PAWL_ABI

#endif
