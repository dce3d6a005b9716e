// Spans in speedscope's file format, for www.speedscope.app: totals as a flame graph, and the spans of each lane over
// time.
#ifndef PAWL_REPORT_SPEEDSCOPE_HPP
#define PAWL_REPORT_SPEEDSCOPE_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <pawl/latency/span_recorder.hpp>
#include <pawl/report/folded_stacks.hpp>
#include <pawl/report/json.hpp>
#include <pawl/report/span_lanes.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// ```
// pawl::speedscope_file profile{"nightly import"};
// profile.add("import", spans);
// pawl::write_file("import.speedscope.json", profile.text());
// ```
// Each recorder becomes a "sampled" profile of its totals, which are exact. After all of these, each lane
// (span_lanes.hpp) becomes an "evented" profile of the spans kept. All values are nanoseconds; in a lane they count
// from the first span of its recorder.
class speedscope_file {
 public:
  explicit speedscope_file(std::string_view name) : name_{name} {}

  void add(std::string_view name, span_recorder const& recorder, slot_names const& names = {}) {
    totals_.push_back(dump(totals_of(name, recorder), -1));
    auto const lanes = span_lanes(recorder, names);
    extent const all = extent_of(lanes);
    for (auto const& lane : lanes)
      lanes_.push_back(dump(events_of(fmt::format("{}: {}", name, lane.name), lane, all, recorder), -1));
  }

  // The whole file, one profile per line.
  std::string text() const {
    report_json frames = report_json::array();
    for (auto const* const name : frames_in_order()) frames.push_back({{"name", *name}});
    std::string profiles;
    for (auto const* const group : {&totals_, &lanes_})
      for (auto const& profile : *group) profiles.append(profiles.empty() ? "\n" : ",\n").append(profile);
    return fmt::format(
        "{{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\"name\":{},\"exporter\":{},"
        "\"activeProfileIndex\":0,\"shared\":{{\"frames\":{}}},\"profiles\":[{}\n]}}\n",
        dump(name_, -1), dump("pawl " PAWL_VERSION_STRING, -1), dump(frames, -1), profiles);
  }

 private:
  struct extent {
    std::chrono::nanoseconds first{}, last{};
  };
  static extent extent_of(std::vector<span_lane> const& lanes) {
    if (lanes.empty()) return {};
    extent all{lanes.front().spans.front().start, detail::end_of(lanes.front().spans.front())};
    for (auto const& lane : lanes) {
      all.first = (std::min)(all.first, lane.spans.front().start);
      for (auto const& span : lane.spans) all.last = (std::max)(all.last, detail::end_of(span));
    }
    return all;
  }

  // Index of the name among the frames shared by all profiles.
  std::size_t frame(std::string_view name) {
    auto const known = frames_.find(name);
    return known != frames_.end() ? known->second : frames_.emplace(name, frames_.size()).first->second;
  }
  std::vector<std::string const*> frames_in_order() const {
    std::vector<std::string const*> names(frames_.size());
    for (auto const& [name, number] : frames_) names[number] = &name;
    return names;
  }

  report_json totals_of(std::string_view name, span_recorder const& recorder) {
    report_json samples = report_json::array(), weights = report_json::array();
    std::int64_t sum = 0;
    for (auto const& path : recorder.paths()) {
      if (path.self.count() == 0) continue;
      auto& sample = samples.emplace_back(report_json::array());
      for (auto const id : detail::stack_of(recorder, path.id)) sample.push_back(frame(recorder.name_of(id)));
      weights.push_back(path.self.count());
      sum += path.self.count();
    }
    return {{"type", "sampled"}, {"name", name},       {"unit", "nanoseconds"}, {"startValue", 0},
            {"endValue", sum},   {"samples", samples}, {"weights", weights}};
  }

  // An open and a close event for each span.
  report_json events_of(std::string_view name, span_lane const& lane, extent all, span_recorder const& recorder) {
    report_json events = report_json::array();
    auto const put = [&](char const* type, std::chrono::nanoseconds at, span_event const& span) {
      events.push_back({{"type", type}, {"frame", frame(recorder.name_of(span.id))}, {"at", (at - all.first).count()}});
    };
    detail::walk(
        lane, [&](span_event const& span) { put("O", span.start, span); },
        [&](span_event const& span) { put("C", detail::end_of(span), span); });
    return {{"type", "evented"},
            {"name", name},
            {"unit", "nanoseconds"},
            {"startValue", 0},
            {"endValue", (all.last - all.first).count()},
            {"events", std::move(events)}};
  }

  std::string name_;
  std::map<std::string, std::size_t, std::less<>> frames_{};
  std::vector<std::string> totals_{};  // each the text of one profile
  std::vector<std::string> lanes_{};
};

}  // namespace pawl::inline PAWL_ABI

#endif
