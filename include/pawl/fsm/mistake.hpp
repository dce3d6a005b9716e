// The sentences that a compiler shows for a lifecycle with a mistake in it.
#ifndef PAWL_FSM_MISTAKE_HPP
#define PAWL_FSM_MISTAKE_HPP

#include <cstddef>

#include <pawl/version.hpp>

// Functions and not structs: each gives exactly one error on g++ and on clang. The offending state or event is a
// template argument and never part of the condition, where clang would print enumerators as numbers.
namespace pawl::inline PAWL_ABI::mistake {

template <class...> inline constexpr bool never = false;

// ---- the parts ----

template <class T> constexpr bool nothing_to_check() {
  static_assert(never<T>, "pawl: this type is neither a lifecycle nor anything else that pawl can check");
  return true;
}
template <class Lifecycle, class Part> constexpr bool not_a_part() {
  static_assert(
      never<Lifecycle>,
      "pawl: a lifecycle consists of initial, goal, terminal, waiting, gathers, transition and on_failure, and this "
      "is none of them");
  return true;
}
template <class Lifecycle> constexpr bool no_initial() {
  static_assert(never<Lifecycle>, "pawl: a lifecycle names the state of a new item with pawl::initial<state>");
  return true;
}
template <class Lifecycle, class First, class Second> constexpr bool two_initials() {
  static_assert(never<Lifecycle>, "pawl: a lifecycle has one pawl::initial<state>, and this one has several");
  return true;
}
template <class Lifecycle, class Part> constexpr bool state_of_another_enum() {
  static_assert(never<Lifecycle>,
                "pawl: every state of a lifecycle belongs to one enum, that of pawl::initial, and in this part stands "
                "another");
  return true;
}
template <class Lifecycle, class Event> constexpr bool event_is_no_class() {
  static_assert(never<Lifecycle>, "pawl: an event is a class, without const, volatile or reference");
  return true;
}
template <class Lifecycle, std::size_t Count> constexpr bool too_many_states() {
  static_assert(never<Lifecycle>, "pawl: a lifecycle has at most 64 states");
  return true;
}
template <class Lifecycle, std::size_t Count> constexpr bool too_many_rows() {
  static_assert(never<Lifecycle>, "pawl: a lifecycle has at most 256 transitions");
  return true;
}

// ---- the names ----

template <class Lifecycle> constexpr bool lifecycle_without_name() {
  static_assert(never<Lifecycle>,
                "pawl: this lifecycle has no name that is the same on every compiler; derive a named struct from "
                "pawl::lifecycle, or give it a static constexpr std::string_view name");
  return true;
}
template <class Lifecycle, auto State> constexpr bool state_without_name() {
  static_assert(never<Lifecycle>,
                "pawl: this state has no printable name; declare a constexpr std::string_view state_name(enum) beside "
                "its enum");
  return true;
}
template <class Lifecycle, class Event> constexpr bool event_without_name() {
  static_assert(never<Lifecycle>,
                "pawl: this event has no name that is the same on every compiler; give it a static constexpr "
                "std::string_view name");
  return true;
}
template <class Lifecycle, auto First, auto Second> constexpr bool one_name_for_two_states() {
  static_assert(never<Lifecycle>, "pawl: two states have one stored name");
  return true;
}
template <class Lifecycle, class First, class Second> constexpr bool one_name_for_two_events() {
  static_assert(never<Lifecycle>,
                "pawl: two events have one name; give one of them a static constexpr std::string_view name");
  return true;
}

// ---- the table ----

template <class Lifecycle, auto State, class Event> constexpr bool ambiguous_row() {
  static_assert(never<Lifecycle>, "pawl: two transitions leave this state on this event");
  return true;
}
template <class Lifecycle, auto State> constexpr bool two_roles() {
  static_assert(never<Lifecycle>, "pawl: this state is given a role twice; it is a goal, or terminal, or waiting");
  return true;
}
template <class Lifecycle> constexpr bool no_goal() {
  static_assert(never<Lifecycle>, "pawl: a lifecycle has a pawl::goal, the state in which an item is done");
  return true;
}
template <class Lifecycle, auto State> constexpr bool unreachable_state() {
  static_assert(never<Lifecycle>, "pawl: no path leads from the initial state to this state");
  return true;
}
template <class Lifecycle, auto State> constexpr bool undeclared_dead_end() {
  static_assert(never<Lifecycle>,
                "pawl: no transition leaves this state; declare it with pawl::goal or pawl::terminal");
  return true;
}
template <class Lifecycle, auto State> constexpr bool waiting_without_a_way_out() {
  static_assert(never<Lifecycle>,
                "pawl: this state is declared with pawl::waiting and no transition leaves it: an item would wait for "
                "ever");
  return true;
}
template <class Lifecycle, auto State> constexpr bool stuck_state() {
  static_assert(never<Lifecycle>,
                "pawl: from this state neither a goal nor a terminal state can be reached: an item would be stuck");
  return true;
}

// ---- what the runner fires ----

template <class Lifecycle, auto State> constexpr bool on_failure_without_a_step() {
  static_assert(never<Lifecycle>, "pawl: pawl::on_failure names a state that has no step, so nothing can fail there");
  return true;
}
template <class Lifecycle, auto State> constexpr bool two_failure_events() {
  static_assert(never<Lifecycle>, "pawl: this state has two pawl::on_failure");
  return true;
}
template <class Lifecycle, auto State, class Event> constexpr bool failure_event_not_accepted() {
  static_assert(never<Lifecycle>, "pawl: pawl::on_failure names an event that this state does not accept");
  return true;
}

template <class Lifecycle, auto State, class Event> constexpr bool gathering_event_not_accepted() {
  static_assert(never<Lifecycle>, "pawl: pawl::gathers names an event that its state does not accept");
  return true;
}
template <class Lifecycle, class Event> constexpr bool gathering_event_takes_no_counts() {
  static_assert(
      never<Lifecycle>,
      "pawl: the event of pawl::gathers has fields other than the integers arrived and failed; give it a static "
      "function from(pawl::gathered const&) that makes it");
  return true;
}
template <class Lifecycle, auto State> constexpr bool gathers_at_first() {
  static_assert(never<Lifecycle>,
                "pawl: the initial state cannot wait for children (pawl::gathers), for a new item has none; begin with "
                "another state");
  return true;
}
template <class Lifecycle, auto State> constexpr bool gathers_for_ever() {
  static_assert(
      never<Lifecycle>,
      "pawl: without children the events of pawl::gathers lead from this state back to it: an item would move "
      "for ever");
  return true;
}

// ---- the machine ----

template <class Lifecycle, class Event> constexpr bool unknown_event() {
  static_assert(never<Lifecycle>, "pawl: this event is in no transition of the lifecycle");
  return true;
}
template <class Lifecycle, auto State> constexpr bool unknown_state() {
  static_assert(never<Lifecycle>, "pawl: this is no state of the lifecycle");
  return true;
}

}  // namespace pawl::inline PAWL_ABI::mistake

#endif
