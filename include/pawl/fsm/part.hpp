// The parts of a lifecycle: rows of the transition table, and the roles of states.
#ifndef PAWL_FSM_PART_HPP
#define PAWL_FSM_PART_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <pawl/fsm/type_list.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// The state that a new item is in. Exactly one; its enum is the enum of all states.
template <auto State> struct initial {};

// States in which an item is done. A transition may still leave them, for example to reset the item.
template <auto... States> struct goal {};

// States in which an item may end without being done.
template <auto... States> struct terminal {};

// States in which an item waits for something outside, such as a person or another program. No run takes it there.
template <auto... States> struct waiting {};

// A state in which an item waits for its children: items of Child, a lifecycle or a mapped table, that its transitions have
// inserted (pawl::insert). Once each of them is in a goal or terminal state, at once if there are none, Event is fired in the
// transaction in which the last one gets there. Event is told how many: see gathered.hpp. No run takes an item there.
//
//   pawl::gathers<album_state::waiting, photo, all_arrived>     struct all_arrived { std::int64_t arrived, failed; };
template <auto State, class Child, class Event> struct gathers {};

// A row of the table: in state From the event moves an item to To. Event is a class; its fields are what the transition
// records. There are no guards: the step decides between two events by the one that it returns.
template <auto From, class Event, auto To> struct transition {};

// The event that the runner fires when the step of State fails for good. Its static function `from` is
// given a step_failure; without one it is constructed from the trouble, from its text, or without arguments if it has no
// fields. A state without such an event parks its item.
template <auto State, class Event> struct on_failure {};

// A table of transitions and the roles of its states: at most 64 states and 256 transitions, in any order. An event is
// identified by its type and may be used in several rows. Derive a named struct from it, so that compiler messages show
// that name and not the whole table:
//
//   enum class door { open, closed };
//   struct push {};
//   struct door_lifecycle : pawl::lifecycle<pawl::initial<door::open>, pawl::goal<door::closed>,
//                                           pawl::transition<door::open, push, door::closed>> {};
//   static_assert(pawl::valid<door_lifecycle>);
template <class... Parts> struct lifecycle { using parts = type_list<Parts...>; };

namespace detail {

enum class part_kind : std::uint8_t { none, initial, goal, terminal, waiting, gathers, transition, on_failure };
constexpr bool gives_role(part_kind kind) {
  return kind == part_kind::goal || kind == part_kind::terminal || kind == part_kind::waiting ||
         kind == part_kind::gathers;
}

struct state_ref {
  type_mark enumeration = no_type;
  std::int64_t code = 0;
  constexpr bool operator==(state_ref const&) const = default;
};
template <auto State> constexpr state_ref refer_to() {
  if constexpr (std::is_enum_v<decltype(State)>) {
    return {mark_of<decltype(State)>, static_cast<std::int64_t>(State)};
  } else {
    return {};
  }
}

// A part as plain data: what constexpr functions work on.
struct part_facts {
  part_kind kind = part_kind::none;
  type_mark event = no_type;  // no_type where there is none, or where it is no plain class
  state_ref const* states = nullptr;
  std::size_t state_count = 0;
};

template <class Event> constexpr type_mark mark_of_event() {
  return std::is_class_v<Event> && std::is_same_v<Event, std::remove_cv_t<Event>> ? mark_of<Event> : no_type;
}

template <part_kind Kind, class Event, auto... States> struct part_base {
  using event = Event;
  using enumeration = void;
  static constexpr std::array<state_ref, sizeof...(States)> states{refer_to<States>()...};
  static constexpr part_facts facts{Kind, mark_of_event<Event>(), states.data(), states.size()};
};
template <class Part> struct part : part_base<part_kind::none, void> {};
template <auto State> struct part<initial<State>> : part_base<part_kind::initial, void, State> {
  using enumeration = decltype(State);
};
template <auto... States> struct part<goal<States...>> : part_base<part_kind::goal, void, States...> {};
template <auto... States> struct part<terminal<States...>> : part_base<part_kind::terminal, void, States...> {};
template <auto... States> struct part<waiting<States...>> : part_base<part_kind::waiting, void, States...> {};
template <auto State, class Child, class Event>
struct part<gathers<State, Child, Event>> : part_base<part_kind::gathers, Event, State> {
  using child = Child;
};
template <auto From, class Event, auto To>
struct part<transition<From, Event, To>> : part_base<part_kind::transition, Event, From, To> {
  using enumeration = decltype(From);
};
template <auto State, class Event>
struct part<on_failure<State, Event>> : part_base<part_kind::on_failure, Event, State> {};

template <class List> inline constexpr std::array<part_facts, 0> facts_of{};
template <class... Parts>
inline constexpr std::array<part_facts, sizeof...(Parts)> facts_of<type_list<Parts...>>{part<Parts>::facts...};

}  // namespace detail
}  // namespace pawl::inline PAWL_ABI

#endif
