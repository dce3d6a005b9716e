// Arranges the spans of a run in lanes, in which spans nest or follow each other: what every trace viewer requires of a
// thread.
#ifndef PAWL_REPORT_SPAN_LANES_HPP
#define PAWL_REPORT_SPAN_LANES_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <pawl/latency/span_recorder.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// Names of slots in a trace; a slot without a name is "slot 3".
using slot_names = std::map<std::uint32_t, std::string>;

// `spans` are ordered by start; an enclosing span comes before the spans inside it.
struct span_lane {
  std::string name;
  std::vector<span_event> spans;
};

namespace detail {

constexpr std::chrono::nanoseconds end_of(span_event const& span) noexcept { return span.start + span.duration; }

// A lane being filled, and the ends of its open spans.
struct open_lane {
  span_lane lane;
  std::vector<std::chrono::nanoseconds> ends;

  // Takes the span if it lies within the innermost open span, or after it. Spans must come in order of their starts.
  bool take(span_event const& span) {
    while (!ends.empty() && ends.back() <= span.start) ends.pop_back();
    if (!ends.empty() && ends.back() < end_of(span)) return false;
    ends.push_back(end_of(span));
    lane.spans.push_back(span);
    return true;
  }
};

// Calls `open(span)` and `close(span)` for each span of the lane, in the order of time; a span is closed before one that
// does not lie within it is opened.
template <class Open, class Close> void walk(span_lane const& lane, Open open, Close close) {
  std::vector<span_event> around;
  auto const close_those = [&](auto over) {
    for (; !around.empty() && over(around.back()); around.pop_back()) close(around.back());
  };
  for (auto const& span : lane.spans) {
    close_those([&](span_event const& outer) { return end_of(outer) <= span.start; });
    open(span);
    around.push_back(span);
  }
  close_those([](span_event const&) { return true; });
}

}  // namespace detail

// The events that the recorder has kept: a lane for each slot, in ascending order. If spans of one slot overlap without
// nesting, the later ones go to an extra lane, "slot 3 (2)": no span is dropped or changed.
inline std::vector<span_lane> span_lanes(span_recorder const& recorder, slot_names const& names = {}) {
  auto events = recorder.events();
  std::sort(events.begin(), events.end(), [](span_event const& a, span_event const& b) {
    return std::tuple{a.slot, a.start, b.duration, a.id} < std::tuple{b.slot, b.start, a.duration, b.id};
  });
  std::vector<span_lane> result;
  for (auto next = events.begin(); next != events.end();) {
    auto const slot = next->slot;
    auto const named = names.find(slot);
    auto const name = named == names.end() ? fmt::format("slot {}", slot) : named->second;
    std::vector<detail::open_lane> lanes;
    for (; next != events.end() && next->slot == slot; ++next) {
      auto const taken = [&](detail::open_lane& lane) { return lane.take(*next); };
      if (std::any_of(lanes.begin(), lanes.end(), taken)) continue;
      auto const number = lanes.size() + 1;
      lanes.push_back({{number == 1 ? name : fmt::format("{} ({})", name, number), {}}, {}});
      lanes.back().take(*next);
    }
    for (auto& filled : lanes) result.push_back(std::move(filled.lane));
  }
  return result;
}

}  // namespace pawl::inline PAWL_ABI

#endif
