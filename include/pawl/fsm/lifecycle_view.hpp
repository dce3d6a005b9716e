// A lifecycle as plain data, for code that is compiled once for all lifecycles of a program.
#ifndef PAWL_FSM_LIFECYCLE_VIEW_HPP
#define PAWL_FSM_LIFECYCLE_VIEW_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include <pawl/fsm/diagram.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/fsm/type_list.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

namespace detail {
// Its address identifies T within a program.
template <class T> inline constexpr char identity_of_type{};
}  // namespace detail

// States, rows and events are known by their indexes, which are those of states<L>, rows<L> and events_of<L>. The spans
// are constants of the program.
struct lifecycle_view {
  std::string_view name;
  std::uint64_t fingerprint;
  std::span<std::string_view const> state_names;  // as they are stored
  std::span<std::int64_t const> state_codes;      // the enumerators' values, ascending
  std::span<role const> roles;
  std::span<std::uint8_t const> steps_to_goal;
  std::span<row const> rows;
  std::span<std::string_view const> event_names;
  std::span<bool const> event_has_fields;
  std::size_t initial;
  void const* state_type;  // &detail::identity_of_type of the enum

  constexpr std::size_t state_count() const { return state_names.size(); }
  // The index of the state with this stored name; state_count() where no state has it.
  constexpr std::size_t index_of_name(std::string_view state) const {
    std::size_t i = 0;
    while (i < state_names.size() && state_names[i] != state) ++i;
    return i;
  }
  // The index of the state with this code; state_count() where no state has it.
  constexpr std::size_t index_of_code(std::int64_t code) const {
    std::size_t i = 0;
    while (i < state_codes.size() && state_codes[i] != code) ++i;
    return i;
  }
};

namespace detail {
template <class... Event> constexpr std::array<bool, sizeof...(Event)> which_have_fields(type_list<Event...>) {
  return {!std::is_empty_v<Event>...};
}
template <class L> inline constexpr auto events_with_fields = which_have_fields(events_of<L>{});
}  // namespace detail

template <a_lifecycle L>
inline constexpr lifecycle_view view_of{lifecycle_name<L>(),
                                        fingerprint<L>,
                                        stored_names<L>,
                                        detail::codes_of<L>,
                                        detail::roles_of<L>,
                                        steps_to_goal<L>,
                                        rows<L>,
                                        event_names<L>,
                                        detail::events_with_fields<L>,
                                        state_index<L>(initial_state<L>),
                                        &detail::identity_of_type<state_of<L>>};

}  // namespace pawl::inline PAWL_ABI

#endif
