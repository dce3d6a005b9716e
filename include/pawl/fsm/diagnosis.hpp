// The search for mistakes in a lifecycle: plain loops over its tables of numbers.
#ifndef PAWL_FSM_DIAGNOSIS_HPP
#define PAWL_FSM_DIAGNOSIS_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/fsm/part.hpp>
#include <pawl/fsm/shape.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

enum class fault : std::uint8_t {
  none,
  foreign_part,
  no_initial,
  two_initials,
  foreign_state,
  no_class,
  too_many_states,
  too_many_rows,
  unnamed_lifecycle,
  unnamed_state,
  unnamed_event,
  same_state_name,
  same_event_name,
  ambiguous_row,
  two_roles,
  no_goal,
  unreachable_state,
  dead_end,
  waits_for_ever,
  stuck_state,
  failure_without_step,
  two_failures,
  failure_not_accepted,
  gathering_not_accepted,
  gathers_at_first,
  gathers_for_ever,
};

// What is wrong, and where: `a` and `b` are indices of parts, states or events, as the kind asks for.
struct finding {
  fault kind = fault::none;
  std::size_t a = 0, b = 0;
  constexpr explicit operator bool() const { return kind != fault::none; }
};

template <class Lifecycle> constexpr finding diagnose_parts() {
  auto const& facts = facts_of<typename Lifecycle::parts>;
  std::size_t initials = 0, first = 0, transitions = 0;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    if (facts[i].kind == part_kind::none) return {fault::foreign_part, i};
    if (facts[i].kind == part_kind::initial) {
      if (initials++ != 0) return {fault::two_initials, first, i};
      first = i;
    }
    if (facts[i].kind == part_kind::transition) ++transitions;
  }
  if (initials == 0) return {fault::no_initial};
  for (std::size_t i = 0; i < facts.size(); ++i) {
    for (std::size_t k = 0; k < facts[i].state_count; ++k) {
      if (facts[i].states[k].enumeration != mark_of<state_of<Lifecycle>>) return {fault::foreign_state, i};
    }
    bool const fires = facts[i].kind == part_kind::transition || facts[i].kind == part_kind::on_failure ||
                       facts[i].kind == part_kind::gathers;
    if (fires && facts[i].event == no_type) return {fault::no_class, i};
  }
  if (all_codes<Lifecycle>.size > most_states) return {fault::too_many_states, all_codes<Lifecycle>.size};
  if (transitions > most_rows) return {fault::too_many_rows, transitions};
  return {};
}

// A name is stored, printed and drawn: something, and no control characters.
constexpr bool is_printable(std::string_view name) {
  for (char const c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
  }
  return !name.empty();
}

// The first two equal names. They are compared by a hash first: 256 names make 32,640 pairs.
template <std::size_t Size>
constexpr finding find_equal_names(std::array<std::string_view, Size> const& names, fault kind) {
  std::array<std::uint32_t, Size> hashes{};
  for (std::size_t i = 0; i < Size; ++i) {
    for (char const c : names[i]) hashes[i] = hashes[i] * 31 + static_cast<unsigned char>(c);
    std::uint32_t const hash = hashes[i];
    for (std::size_t k = 0; k < i; ++k) {
      if (hashes[k] == hash && names[k] == names[i]) return {kind, k, i};
    }
  }
  return {};
}

template <class Lifecycle> constexpr finding diagnose_names() {
  if (!is_printable(lifecycle_name<Lifecycle>())) return {fault::unnamed_lifecycle};
  for (std::size_t i = 0; i < state_count<Lifecycle>; ++i) {
    if (!is_printable(stored_names<Lifecycle>[i])) return {fault::unnamed_state, i};
  }
  for (std::size_t i = 0; i < event_names<Lifecycle>.size(); ++i) {
    if (!is_printable(event_names<Lifecycle>[i])) return {fault::unnamed_event, i};
  }
  if (auto found = find_equal_names(stored_names<Lifecycle>, fault::same_state_name)) return found;
  return find_equal_names(event_names<Lifecycle>, fault::same_event_name);
}

// A set of states: there are at most 64.
using state_set = std::uint64_t;
constexpr state_set only(std::size_t index) { return state_set{1} << index; }
constexpr bool contains(state_set set, std::size_t index) { return (set >> index & 1) != 0; }

template <class Lifecycle> constexpr finding diagnose_roles() {
  state_set given = 0;
  bool goal = false;
  for (auto const& facts : facts_of<typename Lifecycle::parts>) {
    if (!gives_role(facts.kind)) continue;
    for (std::size_t i = 0; i < facts.state_count; ++i) {
      std::size_t const index = index_of_ref<Lifecycle>(facts.states[i]);
      if (contains(given, index)) return {fault::two_roles, index};
      given |= only(index);
      goal = goal || facts.kind == part_kind::goal;
    }
  }
  return goal ? finding{} : finding{fault::no_goal};
}

template <class Lifecycle> constexpr finding find_ambiguous_row() {
  std::array<state_set, events_of<Lifecycle>::size + 1> taken{};
  for (auto const& row : rows<Lifecycle>) {
    if (contains(taken[row.event], row.from)) return {fault::ambiguous_row, row.from, row.event};
    taken[row.event] |= only(row.from);
  }
  return {};
}

template <class Lifecycle> constexpr finding diagnose_graph() {
  state_set left = 0;
  for (auto const& row : rows<Lifecycle>) left |= only(row.from);
  state_set reached = only(state_index<Lifecycle>(initial_state<Lifecycle>));
  state_set ending = 0;
  for (std::size_t i = 0; i < state_count<Lifecycle>; ++i) {
    if (roles_of<Lifecycle>[i] == role::goal || roles_of<Lifecycle>[i] == role::terminal) ending |= only(i);
  }
  state_set const ends = ending;
  for (state_set before = 0, behind = 0; before != reached || behind != ending;) {
    before = reached;
    behind = ending;
    for (auto const& row : rows<Lifecycle>) {
      if (contains(reached, row.from)) reached |= only(row.to);
      if (contains(ending, row.to)) ending |= only(row.from);
    }
  }
  for (std::size_t i = 0; i < state_count<Lifecycle>; ++i) {
    if (!contains(reached, i)) return {fault::unreachable_state, i};
  }
  for (std::size_t i = 0; i < state_count<Lifecycle>; ++i) {
    if (contains(left, i) || contains(ends, i)) continue;
    return {roles_of<Lifecycle>[i] == role::waiting ? fault::waits_for_ever : fault::dead_end, i};
  }
  for (std::size_t i = 0; i < state_count<Lifecycle>; ++i) {
    if (!contains(ending, i)) return {fault::stuck_state, i};
  }
  return {};
}

// The state that this event leads to; state_count where it is not accepted.
template <class Lifecycle> constexpr std::size_t led_to(std::size_t state, type_mark event) {
  for (auto const& row : rows<Lifecycle>)
    if (row.from == state && marks_of<events_of<Lifecycle>>[row.event] == event) return row.to;
  return state_count<Lifecycle>;
}

template <class Lifecycle> constexpr finding diagnose_failure_events() {
  auto const& facts = facts_of<typename Lifecycle::parts>;
  state_set named = 0;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    if (facts[i].kind != part_kind::on_failure) continue;
    std::size_t const state = index_of_ref<Lifecycle>(facts[i].states[0]);
    if (roles_of<Lifecycle>[state] != role::step) return {fault::failure_without_step, state};
    if (contains(named, state)) return {fault::two_failures, state};
    named |= only(state);
    if (led_to<Lifecycle>(state, facts[i].event) == state_count<Lifecycle>)
      return {fault::failure_not_accepted, state, i};
  }
  return {};
}

// Without children an item leaves such a state at once: in a circle of them it would never rest.
template <class Lifecycle> constexpr finding diagnose_gathering() {
  auto const& facts = facts_of<typename Lifecycle::parts>;
  std::array<std::size_t, state_count<Lifecycle> + 1> next{};
  for (std::size_t& to : next) to = state_count<Lifecycle>;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    if (facts[i].kind != part_kind::gathers) continue;
    std::size_t const state = index_of_ref<Lifecycle>(facts[i].states[0]);
    next[state] = led_to<Lifecycle>(state, facts[i].event);
    if (next[state] == state_count<Lifecycle>) return {fault::gathering_not_accepted, state, i};
    if (state == state_index<Lifecycle>(initial_state<Lifecycle>)) return {fault::gathers_at_first, state};
  }
  for (std::size_t begin = 0; begin < state_count<Lifecycle>; ++begin) {
    std::size_t at = next[begin];
    for (std::size_t steps = 0; at != begin && steps < state_count<Lifecycle>; ++steps) at = next[at];
    if (at == begin) return {fault::gathers_for_ever, begin};
  }
  return {};
}

template <class Lifecycle> constexpr finding diagnose() {
  if (auto found = diagnose_parts<Lifecycle>()) return found;
  if (auto found = diagnose_names<Lifecycle>()) return found;
  if (auto found = find_ambiguous_row<Lifecycle>()) return found;
  if (auto found = diagnose_roles<Lifecycle>()) return found;
  if (auto found = diagnose_graph<Lifecycle>()) return found;
  if (auto found = diagnose_failure_events<Lifecycle>()) return found;
  return diagnose_gathering<Lifecycle>();
}

}  // namespace pawl::inline PAWL_ABI::detail

#endif
