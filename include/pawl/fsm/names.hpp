// The names of states, events and lifecycles, without macros: what is stored, printed and drawn.
#ifndef PAWL_FSM_NAMES_HPP
#define PAWL_FSM_NAMES_HPP

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include <pawl/fsm/enumerator.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/rendered.hpp>
#include <pawl/fsm/shape.hpp>
#include <pawl/fsm/type_list.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

namespace detail {

// A static member `name`; a non-static field of that name does not count.
template <class T>
concept names_itself = requires {
  std::string_view{T::name};
  &T::name;
}
&&!std::is_member_pointer_v<decltype(&T::name)>;

template <class T> constexpr std::string_view name_of_type() {
  if constexpr (names_itself<T>) {
    return T::name;
  } else {
    return type_name<T>.view();
  }
}

// The user's own function, found beside the enum by argument-dependent lookup.
template <class State>
concept pins_names = requires(State state) {
  { state_name(state) } -> std::convertible_to<std::string_view>;
};

// States whose value the scan does not reach, and their enumerators' names.
template <class Lifecycle>
inline constexpr auto unscanned = [] {
  bounded_list<std::size_t, codes_of<Lifecycle>.size() + 1> indices;
  for (std::size_t i = 0; i < codes_of<Lifecycle>.size(); ++i) {
    std::int64_t const code = codes_of<Lifecycle>[i];
    bool const reached = code >= 0 && static_cast<std::uint64_t>(code) < scan_of<state_type_of<Lifecycle>>.size();
    if (!reached) indices.push(i);
  }
  return indices;
}();
template <class Lifecycle, std::size_t... Index> constexpr auto read_unscanned(std::index_sequence<Index...>) {
  return read_enumerators<states<Lifecycle>[unscanned<Lifecycle>.items[Index]]...>();
}
template <class Lifecycle>
inline constexpr auto unscanned_names =
    read_unscanned<Lifecycle>(std::make_index_sequence<unscanned<Lifecycle>.size>{});

template <class Lifecycle> constexpr std::string_view enumerator_name(std::size_t index) {
  for (std::size_t i = 0; i < unscanned<Lifecycle>.size; ++i) {
    if (unscanned<Lifecycle>.items[i] == index) return unscanned_names<Lifecycle>[i];
  }
  return scan_of<state_type_of<Lifecycle>>[static_cast<std::size_t>(codes_of<Lifecycle>[index])];
}

template <class Lifecycle> constexpr std::string_view chosen_name(std::size_t index) {
  if constexpr (pins_names<state_of<Lifecycle>>) {
    return state_name(states<Lifecycle>[index]);
  } else {
    return enumerator_name<Lifecycle>(index);
  }
}

// All stored names in one constant, each NUL-terminated.
template <class Lifecycle> struct stored_names_writer {
  constexpr void operator()(text_out out) const {
    for (std::size_t i = 0; i < state_count<Lifecycle>; ++i) {
      out(chosen_name<Lifecycle>(i));
      out('\0');
    }
  }
};

template <class Events> inline constexpr std::array<std::string_view, 0> event_names_in{};
template <class... Event>
inline constexpr std::array<std::string_view, sizeof...(Event)> event_names_in<type_list<Event...>>{
    name_of_type<Event>()...};

}  // namespace detail

// `Event::name` where the event has a static one, else the last identifier of its type: `complete_upload`.
template <class Event> constexpr std::string_view event_name() { return detail::name_of_type<Event>(); }

// `Lifecycle::name` where there is a static one, else the last identifier of its type.
template <a_lifecycle Lifecycle> constexpr std::string_view lifecycle_name() {
  return detail::name_of_type<Lifecycle>();
}

// The stored names by state index, NUL-terminated: what the user's `constexpr std::string_view state_name(enum)`
// answers, else the names of the enumerators. Declare that function beside the enum to keep stored names unchanged when
// an enumerator is renamed.
template <a_lifecycle Lifecycle>
inline constexpr std::array<std::string_view, state_count<Lifecycle>> stored_names = [] {
  std::array<std::string_view, state_count<Lifecycle>> names{};
  std::string_view rest = detail::rendered<detail::stored_names_writer<Lifecycle>{}>::view;
  for (std::size_t i = 0; i < names.size(); ++i) {
    names[i] = rest.substr(0, detail::chosen_name<Lifecycle>(i).size());
    rest.remove_prefix(names[i].size() + 1);
  }
  return names;
}();

// The stored name of a state; empty for a value that is no state of the lifecycle.
template <a_lifecycle Lifecycle> constexpr std::string_view state_name_of(state_of<Lifecycle> state) {
  std::size_t const index = state_index<Lifecycle>(state);
  return index < state_count<Lifecycle> ? stored_names<Lifecycle>[index] : std::string_view{};
}

// The index of the state with this stored name; state_count where no state has it.
template <a_lifecycle Lifecycle> constexpr std::size_t stored_index(std::string_view name) {
  std::size_t i = 0;
  while (i < state_count<Lifecycle> && stored_names<Lifecycle>[i] != name) ++i;
  return i;
}

// By event index, the names of the events.
template <a_lifecycle Lifecycle> inline constexpr auto& event_names = detail::event_names_in<events_of<Lifecycle>>;

}  // namespace pawl::inline PAWL_ABI

#endif
