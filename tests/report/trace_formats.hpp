// The rules of the viewers' file formats, as documented. Each function returns the first rule broken, or nothing.
#ifndef PAWL_TESTS_REPORT_TRACE_FORMATS_HPP
#define PAWL_TESTS_REPORT_TRACE_FORMATS_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <pawl/report/json.hpp>

namespace trace_formats {

using pawl::report_json;
using broken_rule = std::string;

inline bool is_text(report_json const& object, char const* key) {
  return object.contains(key) && object[key].is_string();
}
inline bool is_number(report_json const& object, char const* key) {
  return object.contains(key) && object[key].is_number();
}
inline bool is_whole(report_json const& object, char const* key) {
  return object.contains(key) && object[key].is_number_integer();
}

// ---- the trace event format of Chrome (catapult): an object with traceEvents: begin, end and metadata events ----

struct trace_event {
  bool begins;
  std::string name;
  double time;
};

// The spans of a thread in the order in which they begin, each as its depth and name, as Speedscope 1.25 reads them: it
// counts times from the first, has begins and ends in queues of their own, in the order of the file where times are
// equal, and takes the earlier of both heads; of equal times the end, unless both have one name. Perfetto takes them in
// the order of the file. `error` is the first end that does not end the innermost span.
inline std::vector<std::pair<std::size_t, std::string>> nesting_of(std::vector<trace_event> const& events,
                                                                   broken_rule& error) {
  double zero = std::numeric_limits<double>::infinity();
  for (auto const& event : events) zero = (std::min)(zero, event.time);
  std::vector<trace_event> begins, ends;
  for (auto event : events) {
    event.time -= zero;
    (event.begins ? begins : ends).push_back(event);
  }
  auto const earlier = [](trace_event const& a, trace_event const& b) { return a.time < b.time; };
  std::stable_sort(begins.begin(), begins.end(), earlier);
  std::stable_sort(ends.begin(), ends.end(), earlier);
  std::vector<std::pair<std::size_t, std::string>> spans;
  std::vector<std::string> open;
  auto begin = begins.begin();
  auto end = ends.begin();
  while (begin != begins.end() || end != ends.end()) {
    bool const begins_next =
        end == ends.end() ||
        (begin != begins.end() && (begin->time < end->time || (begin->time == end->time && begin->name == end->name)));
    if (begins_next) {
      spans.emplace_back(open.size(), begin->name);
      open.push_back(begin++->name);
    } else if (open.empty() || open.back() != end->name) {
      error = "ends what is not the innermost span: " + end->name;
      return spans;
    } else {
      open.pop_back();
      ++end;
    }
  }
  if (!open.empty()) error = "a span stays open: " + open.back();
  return spans;
}

using thread_number = std::pair<std::int64_t, std::int64_t>;  // of the process, and of the thread

// A complete event, `X`, is a begin and an end at the sum of its start and duration.
inline std::map<thread_number, std::vector<trace_event>> events_of_threads(report_json const& file) {
  std::map<thread_number, std::vector<trace_event>> threads;
  for (auto const& event : file["traceEvents"]) {
    auto const kind = event["ph"].get<std::string>();
    if (kind == "M") continue;
    auto& thread = threads[{event["pid"].get<std::int64_t>(), event["tid"].get<std::int64_t>()}];
    auto const name = event["name"].get<std::string>();
    auto const time = event["ts"].get<double>();
    thread.push_back({kind != "E", name, time});
    if (kind == "X") thread.push_back({false, name, time + event["dur"].get<double>()});
  }
  return threads;
}

inline broken_rule metadata_rule(report_json const& event) {
  static std::map<std::string, std::string> const key_of{{"process_name", "name"},
                                                         {"process_labels", "labels"},
                                                         {"process_sort_index", "sort_index"},
                                                         {"thread_name", "name"},
                                                         {"thread_sort_index", "sort_index"}};
  auto const known = key_of.find(event["name"].get<std::string>());
  if (known == key_of.end()) return "an unknown kind of metadata: " + event.dump();
  bool const index = known->second == "sort_index";
  auto const& args = event["args"];
  if (index ? !is_whole(args, "sort_index") : !is_text(args, known->second.c_str()))
    return "metadata without its argument: " + event.dump();
  return {};
}

inline broken_rule broken_in_chrome_trace(std::string const& text) {
  auto const file = report_json::parse(text, nullptr, false);
  if (!file.is_object() || !file.contains("traceEvents") || !file["traceEvents"].is_array())
    return "no JSON object with traceEvents";
  if (file["displayTimeUnit"] != "ms" && file["displayTimeUnit"] != "ns") return "displayTimeUnit is ms or ns";
  std::set<thread_number> named;
  std::map<thread_number, double> last;
  for (auto const& event : file["traceEvents"]) {
    if (!is_text(event, "name") || !is_text(event, "ph") || !is_whole(event, "pid") || !is_whole(event, "tid"))
      return "an event without name, ph, pid and tid: " + event.dump();
    thread_number const thread{event["pid"].get<std::int64_t>(), event["tid"].get<std::int64_t>()};
    if (event["ph"] == "M") {
      if (auto broken = metadata_rule(event); !broken.empty()) return broken;
      if (event["name"] == "thread_name") named.insert(thread);
    } else if (event["ph"] == "B" || event["ph"] == "E") {
      if (!is_text(event, "cat") || !is_number(event, "ts")) return "an event without cat and ts: " + event.dump();
      auto const time = event["ts"].get<double>();
      if (last.contains(thread) && time < last[thread]) return "before the event before it: " + event.dump();
      last[thread] = time;
    } else {
      return "an event of another kind: " + event.dump();
    }
  }
  for (auto const& [thread, events] : events_of_threads(file)) {
    if (!named.contains(thread)) return "a thread without a name";
    broken_rule broken;
    nesting_of(events, broken);
    if (!broken.empty()) return "thread " + std::to_string(thread.second) + " " + broken;
  }
  return {};
}

// ---- folded stacks: frames with `;` between them, a space, a count ----

inline broken_rule broken_in_folded_stacks(std::string const& text) {
  if (!text.empty() && text.back() != '\n') return "the last line has no end";
  std::istringstream lines{text};
  std::set<std::string> stacks;
  for (std::string line; std::getline(lines, line);) {
    auto const space = line.rfind(' ');
    if (space == std::string::npos || space == 0) return "no stack and count: " + line;
    auto const count = line.substr(space + 1), stack = line.substr(0, space);
    if (count.empty() || count.find_first_not_of("0123456789") != std::string::npos) return "no count: " + line;
    if (stack.front() == ';' || stack.back() == ';' || stack.find(";;") != std::string::npos)
      return "a frame without a name: " + line;
    if (std::any_of(line.begin(), line.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
      return "a control character: " + line;
    if (!stacks.insert(stack).second) return "a stack stands there twice: " + line;
  }
  return {};
}

// ---- speedscope's file format ----

inline bool is_frame(report_json const& number, std::size_t frames) {
  return number.is_number_unsigned() && number.get<std::size_t>() < frames;
}

inline broken_rule evented_rule(report_json const& profile, std::size_t frames) {
  std::vector<report_json> open;
  auto before = profile["startValue"];
  for (auto const& event : profile["events"]) {
    if (!is_number(event, "at") || !event.contains("frame") || !is_frame(event["frame"], frames))
      return "an event without at and frame: " + event.dump();
    if (event["at"] < before) return "an event before the one before it: " + event.dump();
    before = event["at"];
    if (event["type"] == "O") {
      open.push_back(event["frame"]);
    } else if (event["type"] == "C") {
      if (open.empty() || open.back() != event["frame"]) return "closes a frame that is not on top: " + event.dump();
      open.pop_back();
    } else {
      return "an event of another type: " + event.dump();
    }
  }
  if (!open.empty()) return "a frame stays open";
  return before > profile["endValue"] ? "an event after the end" : "";
}

inline broken_rule sampled_rule(report_json const& profile, std::size_t frames) {
  if (profile["samples"].size() != profile["weights"].size()) return "as many weights as samples";
  for (auto const& stack : profile["samples"])
    for (auto const& frame : stack)
      if (!is_frame(frame, frames)) return "a sample of an unknown frame";
  for (auto const& weight : profile["weights"])
    if (!weight.is_number() || weight < 0) return "a weight is a number";
  return {};
}

inline broken_rule broken_in_speedscope(std::string const& text) {
  static std::set<std::string> const units{"none", "nanoseconds", "microseconds", "milliseconds", "seconds", "bytes"};
  auto const file = report_json::parse(text, nullptr, false);
  if (!file.is_object() || file["$schema"] != "https://www.speedscope.app/file-format-schema.json") return "no $schema";
  if (!is_text(file, "name") || !is_text(file, "exporter")) return "name and exporter are texts";
  auto const& frames = file["shared"]["frames"];
  if (!frames.is_array() || !file["profiles"].is_array()) return "shared frames and profiles are arrays";
  std::set<std::string> names;
  for (auto const& frame : frames)
    if (!is_text(frame, "name") || !names.insert(frame["name"].get<std::string>()).second)
      return "a frame has a name, and stands there once: " + frame.dump();
  if (file["activeProfileIndex"] >= file["profiles"].size()) return "activeProfileIndex is one of the profiles";
  for (auto const& profile : file["profiles"]) {
    if (!is_text(profile, "name") || !is_number(profile, "startValue") || !is_number(profile, "endValue"))
      return "a profile has name, startValue and endValue";
    if (!is_text(profile, "unit") || !units.contains(profile["unit"].get<std::string>())) return "an unknown unit";
    if (profile["endValue"] < profile["startValue"]) return "ends before it starts";
    if (profile["type"] != "evented" && profile["type"] != "sampled") return "an unknown type of profile";
    auto broken =
        profile["type"] == "evented" ? evented_rule(profile, frames.size()) : sampled_rule(profile, frames.size());
    if (!broken.empty()) return profile["name"].get<std::string>() + ": " + broken;
  }
  return {};
}

}  // namespace trace_formats

#endif
