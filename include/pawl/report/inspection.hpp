// An inspection of a store, as text and as JSON.
#ifndef PAWL_REPORT_INSPECTION_HPP
#define PAWL_REPORT_INSPECTION_HPP

#include <chrono>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/report/json.hpp>
#include <pawl/report/text_table.hpp>
#include <pawl/report/utf8.hpp>
#include <pawl/store/inspection.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/store/utc_text.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

namespace detail {
constexpr std::string_view name_of(role r) noexcept {
  switch (r) {
    case role::goal:
      return "goal";
    case role::terminal:
      return "terminal";
    case role::waiting:
      return "waiting";
    case role::step:
      return "step";
  }
  return "?";
}
inline std::string utc(stored_time time) {
  using clock = std::chrono::system_clock;
  return std::string(utc_text()(std::chrono::time_point_cast<clock::duration>(time))) + "Z";
}
}  // namespace detail

// ```
// letter                      items
// ---------  ---------------  -----
// written    step                 3
// delivered  goal                12
// total                          15
//
// 1 parked, 2 delayed (the next until 2026-11-25T08:00:00.000000Z)
//   ada, written at version 0: transient: busy
// ```
inline std::string to_text(inspection const& seen) {
  text_table table;
  table.column(seen.lifecycle, "", text_align::left).column("", "", text_align::left).column("items");
  for (auto const& state : seen.states)
    table.row({state.name, detail::name_of(state.role), fmt::to_string(state.items)});
  if (seen.unrecognised > 0) table.row({"(unrecognised)", "", fmt::to_string(seen.unrecognised)});
  table.row({"total", "", fmt::to_string(seen.items + seen.unrecognised)});
  std::string text = table.render();

  auto const& t = seen.troubles;
  if (t.parked + t.delayed + t.in_doubt == 0) return text;
  text += fmt::format("\n{} parked, {} delayed", t.parked, t.delayed);
  if (seen.next_due) text += fmt::format(" (the next until {})", detail::utc(*seen.next_due));
  if (t.in_doubt > 0) text += fmt::format(", {} in doubt", t.in_doubt);
  text += '\n';
  for (auto const& item : seen.parked)
    text += fmt::format("  {}, {} at version {}: {}\n", escaped(item.key), item.state, item.version,
                        escaped(item.record.last_error));
  if (t.parked > seen.parked.size()) text += fmt::format("  and {} more\n", t.parked - seen.parked.size());
  return text;
}

// `{"lifecycle": .., "states": {"written": 3, ..}, "total": .., "unrecognised": .., "parked": .., "delayed": ..,
// "in_doubt": .., "next_due": "..Z" or null, "parked_items": [{"key": .., "state": .., "version": .., "attempts": ..,
// "recoveries": .., "error": ..}]}`. Bytes that are not UTF-8 are U+FFFD, so that it can be streamed.
inline report_json to_json(inspection const& seen) {
  report_json states = report_json::object();
  for (auto const& state : seen.states) states[detail::as_utf8(state.name)] = state.items;
  report_json parked = report_json::array();
  for (auto const& item : seen.parked)
    parked.push_back({{"key", detail::as_utf8(item.key)},
                      {"state", detail::as_utf8(item.state)},
                      {"version", item.version},
                      {"attempts", item.record.attempts},
                      {"recoveries", item.record.recoveries},
                      {"error", detail::as_utf8(item.record.last_error)}});
  return {{"lifecycle", detail::as_utf8(seen.lifecycle)},
          {"states", std::move(states)},
          {"total", seen.items + seen.unrecognised},
          {"unrecognised", seen.unrecognised},
          {"parked", seen.troubles.parked},
          {"delayed", seen.troubles.delayed},
          {"in_doubt", seen.troubles.in_doubt},
          {"next_due", seen.next_due ? report_json(detail::utc(*seen.next_due)) : report_json(nullptr)},
          {"parked_items", std::move(parked)}};
}

}  // namespace pawl::inline PAWL_ABI

#endif
