// Says of an item what pawl::explain says of it, from what its database has recorded of the lifecycle.
#ifndef PAWL_CONSOLE_EXPLAINED_STORY_HPP
#define PAWL_CONSOLE_EXPLAINED_STORY_HPP

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/console/console.hpp>
#include <pawl/console/known_lifecycle.hpp>
#include <pawl/console/recorded_field.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/store/conflict.hpp>
#include <pawl/store/history_entry.hpp>
#include <pawl/store/standing.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// The events that may have brought the item where it is, with their fields. The history knows which it was; without one
// it is any of those that are recorded, and where none is, any that leads there.
inline std::string arrival_of(item_story const& of, known_lifecycle const& lifecycle,
                              std::vector<recorded_bytes> const& recorded, std::size_t most) {
  auto const text = [&recorded, most](std::string const& event) {
    auto const found = std::find_if(recorded.begin(), recorded.end(), [&](auto const& r) { return r.event == event; });
    return found == recorded.end() ? std::string() : recorded_event_text(*found, most);
  };
  auto const moved = std::find_if(of.history.rbegin(), of.history.rend(),
                                  [](history_entry const& entry) { return entry.by_hand().empty(); });
  if (moved != of.history.rend() && moved->version == of.item.version && moved->to == of.item.state) {
    std::string with_fields = text(moved->event);
    return with_fields.empty() ? moved->event : with_fields;
  }
  auto const events = lifecycle.events_to(of.item.state);
  std::vector<std::string> texts;
  for (auto const& event : events)
    if (std::string with_fields = text(event); !with_fields.empty()) texts.push_back(std::move(with_fields));
  return either(texts.empty() ? events : texts);
}

// Of a story that has its item and history: sets `is` and `why`, which quotes at most so many bytes of a field.
inline void explain(item_story& of, std::string_view lifecycle_name, known_lifecycle const& lifecycle,
                    std::vector<recorded_bytes> const& recorded, std::size_t most) {
  auto const& states = lifecycle.states();
  auto const state =
      std::find_if(states.begin(), states.end(), [&](auto const& known) { return known.name == of.item.state; });
  if (state == states.end()) {
    of.is = standing::unrecognised;
    of.why = describe_unknown(lifecycle_name, of.item.state, true);
    return;
  }
  of.is = standing_of(state->role, of.item.trouble);
  std::string const arrived_by = of.is == standing::arrived ? arrival_of(of, lifecycle, recorded, most) : std::string();
  std::string const awaited = of.is == standing::waiting ? either(lifecycle.events_from(of.item.state)) : std::string();
  of.why =
      situation{of.is, of.item.state, of.item.version, &of.item.trouble, arrived_by, awaited, of.item.children}.text();
}

}  // namespace pawl::inline PAWL_ABI::detail

#endif
