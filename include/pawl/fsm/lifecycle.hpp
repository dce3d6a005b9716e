// The life of an item, declared once as types: what its table says, as compile-time queries.
#ifndef PAWL_FSM_LIFECYCLE_HPP
#define PAWL_FSM_LIFECYCLE_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <pawl/fsm/part.hpp>
#include <pawl/fsm/shape.hpp>
#include <pawl/fsm/type_list.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// The enum of the states.
template <a_lifecycle Lifecycle> using state_of = detail::state_type_of<Lifecycle>;

// A type_list of the events in the rows, each once, in order of first appearance.
template <a_lifecycle Lifecycle> using events_of = typename detail::event_list<Lifecycle>::type;

// The states are the enumerators with a value in 0..127 and every value that a part names, whatever its size or sign.
// For an unscoped enum without a fixed underlying type only the latter: its enumerators cannot be enumerated.
template <a_lifecycle Lifecycle> inline constexpr std::size_t state_count = detail::codes_of<Lifecycle>.size();

// The states, sorted by value: a state's place here is its index.
template <a_lifecycle Lifecycle>
inline constexpr std::array<state_of<Lifecycle>, state_count<Lifecycle>> states = [] {
  std::array<state_of<Lifecycle>, state_count<Lifecycle>> sorted{};
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    sorted[i] = detail::state_from_code<Lifecycle>(detail::codes_of<Lifecycle>[i]);
  }
  return sorted;
}();

// The enumerator's own value: what a column of integers stores. Values from 2^63 on wrap round.
template <a_lifecycle Lifecycle> constexpr std::int64_t state_code(state_of<Lifecycle> state) noexcept {
  return static_cast<std::int64_t>(state);
}

// The dense index of a state; state_count where `state` is a value that is no state. O(1) where the enum has no holes,
// else a binary search.
template <a_lifecycle Lifecycle> constexpr std::size_t state_index(state_of<Lifecycle> state) noexcept {
  return detail::index_of_code<Lifecycle>(state_code<Lifecycle>(state));
}

// The state that a new item is in.
template <a_lifecycle Lifecycle>
inline constexpr state_of<Lifecycle> initial_state =
    detail::state_from_code<Lifecycle>(detail::initial_code<Lifecycle>());

// The role of a state. `step` is the default: the runner calls a step there, which moves the item on.
enum class role : std::uint8_t { step, goal, terminal, waiting };

namespace detail {
template <class Lifecycle>
inline constexpr std::array<role, state_count<Lifecycle>> roles_of = [] {
  std::array<role, state_count<Lifecycle>> roles{};
  for (auto const& facts : facts_of<typename Lifecycle::parts>) {
    if (!gives_role(facts.kind)) continue;
    role const given = facts.kind == part_kind::goal       ? role::goal
                       : facts.kind == part_kind::terminal ? role::terminal
                                                           : role::waiting;
    for (std::size_t i = 0; i < facts.state_count; ++i) {
      std::size_t const index = index_of_ref<Lifecycle>(facts.states[i]);
      if (index < roles.size()) roles[index] = given;
    }
  }
  return roles;
}();
}  // namespace detail

// `role::waiting` for a value that is no state, so that no run takes such an item.
template <a_lifecycle Lifecycle> constexpr role role_of(state_of<Lifecycle> state) noexcept {
  std::size_t const index = state_index<Lifecycle>(state);
  return index < state_count<Lifecycle> ? detail::roles_of<Lifecycle>[index] : role::waiting;
}

// Whether the runner needs a step for this state.
template <a_lifecycle Lifecycle, auto State> inline constexpr bool needs_step = role_of<Lifecycle>(State) == role::step;

// The place of Event in events_of; its size if no row has the event.
template <a_lifecycle Lifecycle, class Event>
inline constexpr std::size_t event_index = detail::index_in<Event, events_of<Lifecycle>>;

// Whether a row has this event.
template <a_lifecycle Lifecycle, class Event>
inline constexpr bool knows_event = event_index<Lifecycle, Event> < events_of<Lifecycle>::size;

// The table in the order in which it was written, as dense indices of states and events.
template <a_lifecycle Lifecycle>
inline constexpr auto rows = detail::shrunk<detail::draft_of<Lifecycle>.rows.size>(detail::draft_of<Lifecycle>.rows);

namespace detail {
template <class Lifecycle, auto State, class Event> constexpr std::size_t find_row() {
  if constexpr (std::is_same_v<decltype(State), state_of<Lifecycle>>) {
    constexpr std::size_t from = state_index<Lifecycle>(State);
    constexpr std::size_t event = event_index<Lifecycle, Event>;
    for (std::size_t i = 0; i < rows<Lifecycle>.size(); ++i) {
      if (rows<Lifecycle>[i].from == from && rows<Lifecycle>[i].event == event) return i;
    }
  }
  return rows<Lifecycle>.size();
}
template <class Lifecycle, auto State, class Event>
inline constexpr bool has_row = find_row<Lifecycle, State, Event>() < rows<Lifecycle>.size();
}  // namespace detail

// True where a row leaves State on Event.
template <class Lifecycle, auto State, class Event>
concept accepts = a_lifecycle<Lifecycle> && detail::has_row<Lifecycle, State, Event>;

// The place in `rows` of the one that leaves State on Event.
template <a_lifecycle Lifecycle, auto State, class Event>
  requires accepts<Lifecycle, State, Event>
inline constexpr std::size_t row_index = detail::find_row<Lifecycle, State, Event>();

// The state that Event leads to from State.
template <a_lifecycle Lifecycle, auto State, class Event>
  requires accepts<Lifecycle, State, Event>
inline constexpr state_of<Lifecycle> next_state =
    states<Lifecycle>[rows<Lifecycle>[row_index<Lifecycle, State, Event>].to];

namespace detail {
// The part of this kind about State; part<void> if there is none.
template <class Lifecycle, part_kind Kind, auto State> constexpr auto find_part_of_state() {
  using parts = typename Lifecycle::parts;
  constexpr std::size_t at = [] {
    std::size_t i = 0;
    while (i < parts::size && !(facts_of<parts>[i].kind == Kind && facts_of<parts>[i].states[0] == refer_to<State>())) {
      ++i;
    }
    return i;
  }();
  if constexpr (at < parts::size) {
    return part<nth_t<at, parts>>{};
  } else {
    return part<void>{};
  }
}
}  // namespace detail

// The event that `on_failure<State, Event>` names; void where the lifecycle names none for this state.
template <a_lifecycle Lifecycle, auto State>
using failure_event =
    typename decltype(detail::find_part_of_state<Lifecycle, detail::part_kind::on_failure, State>())::event;

// The event that `gathers<State, Child, Event>` names; void where State waits for no children.
template <a_lifecycle Lifecycle, auto State>
using gathering_event =
    typename decltype(detail::find_part_of_state<Lifecycle, detail::part_kind::gathers, State>())::event;

// Whether items of this lifecycle wait for children somewhere.
template <a_lifecycle Lifecycle>
inline constexpr bool gathers_children =
    detail::find_part<Lifecycle>(detail::part_kind::gathers) < Lifecycle::parts::size;

// By state index, the smallest number of transitions that lead to a goal: 0 in a goal, 255 where none can be reached.
template <a_lifecycle Lifecycle>
inline constexpr std::array<std::uint8_t, state_count<Lifecycle>> steps_to_goal = [] {
  constexpr std::uint8_t none = 255;
  std::array<std::uint8_t, state_count<Lifecycle>> distance{};
  for (std::size_t i = 0; i < distance.size(); ++i) {
    distance[i] = detail::roles_of<Lifecycle>[i] == role::goal ? std::uint8_t{0} : none;
  }
  for (bool nearer = true; nearer;) {
    nearer = false;
    for (auto const& row : rows<Lifecycle>) {
      if (distance[row.to] == none || distance[row.from] <= distance[row.to] + 1) continue;
      distance[row.from] = static_cast<std::uint8_t>(distance[row.to] + 1);
      nearer = true;
    }
  }
  return distance;
}();

}  // namespace pawl::inline PAWL_ABI

#endif
