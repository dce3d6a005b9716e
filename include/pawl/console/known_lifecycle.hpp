// A lifecycle as a database has recorded it: its states, their roles and its transitions, without a program's types.
#ifndef PAWL_CONSOLE_KNOWN_LIFECYCLE_HPP
#define PAWL_CONSOLE_KNOWN_LIFECYCLE_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <pawl/console/console.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/fsm/shape.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

struct known_state {
  std::int64_t code = 0;
  std::string name{};
  pawl::role role = pawl::role::step;
};

// The role of this stored name, as pawl_states has it; empty for another word or none.
inline std::optional<role> role_of_name(std::string_view name) noexcept {
  if (name == "step") return role::step;
  if (name == "goal") return role::goal;
  if (name == "terminal") return role::terminal;
  if (name == "waiting") return role::waiting;
  return std::nullopt;
}

// Which state is the initial one, and which events have fields, is not recorded: the view has the first, and none.
class known_lifecycle {
 public:
  // `states`: also former ones, that is, those of no transition. `rows` in the order in which they are to be shown.
  known_lifecycle(std::string name, std::vector<known_state> states, std::vector<seen_row> rows)
      : name_(std::move(name)), rows_(std::move(rows)) {
    std::sort(states.begin(), states.end(),
              [](auto const& a, auto const& b) { return std::tie(a.code, a.name) < std::tie(b.code, b.name); });
    for (auto& state : states) (has_row(state.name) || rows_.empty() ? states_ : former_).push_back(std::move(state));
    for (auto const& state : states_) {
      state_names_.emplace_back(state.name);
      state_codes_.push_back(state.code);
      roles_.push_back(state.role);
    }
    for (auto const& r : rows_) add(r);
    view_ = {name_, 0, state_names_, state_codes_, roles_, {}, transitions_, event_names_, fields(), 0, nullptr};
  }
  known_lifecycle(known_lifecycle const&) = delete;
  known_lifecycle& operator=(known_lifecycle const&) = delete;

  lifecycle_view const& view() const noexcept { return view_; }
  std::vector<known_state> const& states() const noexcept { return states_; }
  std::vector<known_state> const& former() const noexcept { return former_; }
  std::vector<seen_row> const& rows() const noexcept { return rows_; }

  // Also of a former state; empty if no state has this name.
  known_state const* find(std::string_view name) const noexcept {
    for (auto const* list : {&states_, &former_})
      for (auto const& state : *list)
        if (state.name == name) return &state;
    return nullptr;
  }
  // "code N" where no state has it.
  std::string name_of(std::int64_t code) const {
    for (auto const* list : {&states_, &former_})
      for (auto const& state : *list)
        if (state.code == code) return state.name;
    return "code " + std::to_string(code);
  }
  // Where a sentence lists what there is.
  std::string all_states() const {
    std::string list;
    for (auto const& state : states_) list += (list.empty() ? "" : ", ") + state.name;
    return list;
  }
  // The events that lead to this state, or from it.
  std::vector<std::string> events_to(std::string_view state) const { return events(&seen_row::to, state); }
  std::vector<std::string> events_from(std::string_view state) const { return events(&seen_row::from, state); }

 private:
  std::span<bool const> fields() const { return std::span(no_fields_).first(event_names_.size()); }
  bool has_row(std::string_view state) const {
    return std::any_of(rows_.begin(), rows_.end(), [&](auto const& r) { return r.from == state || r.to == state; });
  }
  void add(seen_row const& r) {
    std::size_t const from = view_index(r.from), to = view_index(r.to);
    std::size_t event = 0;
    while (event < event_names_.size() && event_names_[event] != r.event) ++event;
    if (from >= states_.size() || to >= states_.size() || states_.size() > 255 || event > 254) return;
    if (event == event_names_.size()) event_names_.emplace_back(r.event);
    transitions_.push_back(
        {static_cast<std::uint8_t>(from), static_cast<std::uint8_t>(event), static_cast<std::uint8_t>(to)});
  }
  std::size_t view_index(std::string_view state) const {
    std::size_t i = 0;
    while (i < states_.size() && states_[i].name != state) ++i;
    return i;
  }
  std::vector<std::string> events(std::string seen_row::*end, std::string_view state) const {
    std::vector<std::string> found;
    for (auto const& r : rows_)
      if (r.*end == state && std::find(found.begin(), found.end(), r.event) == found.end()) found.push_back(r.event);
    return found;
  }

  std::string name_;
  std::vector<seen_row> rows_;
  std::vector<known_state> states_{}, former_{};
  std::vector<std::string_view> state_names_{}, event_names_{};
  std::vector<std::int64_t> state_codes_{};
  std::vector<role> roles_{};
  std::vector<row> transitions_{};
  std::array<bool, 256> no_fields_{};
  lifecycle_view view_{};
};

// "a or b", as a sentence lists events.
inline std::string either(std::vector<std::string> const& events) {
  std::string list;
  for (auto const& event : events) list += (list.empty() ? "" : " or ") + event;
  return list;
}

}  // namespace pawl::inline PAWL_ABI::detail

#endif
