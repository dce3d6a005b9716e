// The compile-time checks of a lifecycle: one sentence for the first mistake.
#ifndef PAWL_FSM_CHECK_HPP
#define PAWL_FSM_CHECK_HPP

#include <cstddef>
#include <initializer_list>

#include <pawl/fsm/diagnosis.hpp>
#include <pawl/fsm/gathered.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/mistake.hpp>
#include <pawl/fsm/part.hpp>
#include <pawl/fsm/shape.hpp>
#include <pawl/fsm/type_list.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

namespace detail {

template <class Lifecycle, fault Kind, std::size_t A, std::size_t B> constexpr bool report_on_parts() {
  using parts = typename Lifecycle::parts;
  if constexpr (Kind == fault::foreign_part) return mistake::not_a_part<Lifecycle, nth_t<A, parts>>();
  if constexpr (Kind == fault::no_initial) return mistake::no_initial<Lifecycle>();
  if constexpr (Kind == fault::two_initials)
    return mistake::two_initials<Lifecycle, nth_t<A, parts>, nth_t<B, parts>>();
  if constexpr (Kind == fault::foreign_state) return mistake::state_of_another_enum<Lifecycle, nth_t<A, parts>>();
  if constexpr (Kind == fault::no_class)
    return mistake::event_is_no_class<Lifecycle, typename part<nth_t<A, parts>>::event>();
  if constexpr (Kind == fault::too_many_states) return mistake::too_many_states<Lifecycle, A>();
  if constexpr (Kind == fault::too_many_rows) return mistake::too_many_rows<Lifecycle, A>();
  return true;
}
template <class Lifecycle, fault Kind, std::size_t A, std::size_t B> constexpr bool report_on_names() {
  using events = events_of<Lifecycle>;
  if constexpr (Kind == fault::unnamed_lifecycle) return mistake::lifecycle_without_name<Lifecycle>();
  if constexpr (Kind == fault::unnamed_state) return mistake::state_without_name<Lifecycle, states<Lifecycle>[A]>();
  if constexpr (Kind == fault::unnamed_event) return mistake::event_without_name<Lifecycle, nth_t<A, events>>();
  if constexpr (Kind == fault::same_state_name) {
    return mistake::one_name_for_two_states<Lifecycle, states<Lifecycle>[A], states<Lifecycle>[B]>();
  }
  if constexpr (Kind == fault::same_event_name) {
    return mistake::one_name_for_two_events<Lifecycle, nth_t<A, events>, nth_t<B, events>>();
  }
  return true;
}
template <class Lifecycle, fault Kind, std::size_t A, std::size_t B> constexpr bool report_on_table() {
  if constexpr (Kind == fault::ambiguous_row)
    return mistake::ambiguous_row<Lifecycle, states<Lifecycle>[A], nth_t<B, events_of<Lifecycle>>>();
  if constexpr (Kind == fault::two_roles) return mistake::two_roles<Lifecycle, states<Lifecycle>[A]>();
  if constexpr (Kind == fault::no_goal) return mistake::no_goal<Lifecycle>();
  if constexpr (Kind == fault::unreachable_state) return mistake::unreachable_state<Lifecycle, states<Lifecycle>[A]>();
  if constexpr (Kind == fault::dead_end) return mistake::undeclared_dead_end<Lifecycle, states<Lifecycle>[A]>();
  if constexpr (Kind == fault::waits_for_ever)
    return mistake::waiting_without_a_way_out<Lifecycle, states<Lifecycle>[A]>();
  if constexpr (Kind == fault::stuck_state) return mistake::stuck_state<Lifecycle, states<Lifecycle>[A]>();
  return true;
}
template <class Lifecycle, fault Kind, std::size_t A, std::size_t B> constexpr bool report_on_failure_events() {
  if constexpr (Kind == fault::failure_without_step)
    return mistake::on_failure_without_a_step<Lifecycle, states<Lifecycle>[A]>();
  if constexpr (Kind == fault::two_failures) return mistake::two_failure_events<Lifecycle, states<Lifecycle>[A]>();
  if constexpr (Kind == fault::failure_not_accepted) {
    return mistake::failure_event_not_accepted<Lifecycle, states<Lifecycle>[A],
                                               typename part<nth_t<B, typename Lifecycle::parts>>::event>();
  }
  return true;
}

template <class Lifecycle, fault Kind, std::size_t A, std::size_t B> constexpr bool report_on_gathering() {
  if constexpr (Kind == fault::gathering_not_accepted) {
    return mistake::gathering_event_not_accepted<Lifecycle, states<Lifecycle>[A],
                                                 typename part<nth_t<B, typename Lifecycle::parts>>::event>();
  }
  if constexpr (Kind == fault::gathers_at_first) return mistake::gathers_at_first<Lifecycle, states<Lifecycle>[A]>();
  if constexpr (Kind == fault::gathers_for_ever) return mistake::gathers_for_ever<Lifecycle, states<Lifecycle>[A]>();
  return true;
}
template <class Lifecycle, class Part> constexpr bool check_gathering_event() {
  if constexpr (part<Part>::facts.kind == part_kind::gathers) {
    using event = typename part<Part>::event;
    if constexpr (!takes_gathered<event>) return mistake::gathering_event_takes_no_counts<Lifecycle, event>();
  }
  return true;
}
template <class Lifecycle, class... Parts> constexpr bool check_gathering_events(type_list<Parts...>) {
  bool ok = true;  // no fold expression: clang takes 256 operands
  for (bool const one : {true, check_gathering_event<Lifecycle, Parts>()...}) ok = ok && one;
  return ok;
}

// Other headers add specialisations for what they check.
template <class T> struct checked { static constexpr bool ok = mistake::nothing_to_check<T>(); };
template <a_lifecycle Lifecycle> struct checked<Lifecycle> {
  static constexpr finding found = diagnose<Lifecycle>();
  static constexpr bool ok =
      report_on_parts<Lifecycle, found.kind, found.a, found.b>() &&
      report_on_names<Lifecycle, found.kind, found.a, found.b>() &&
      report_on_table<Lifecycle, found.kind, found.a, found.b>() &&
      report_on_failure_events<Lifecycle, found.kind, found.a, found.b>() &&
      report_on_gathering<Lifecycle, found.kind, found.a, found.b>() &&
      (found.kind != fault::none || check_gathering_events<Lifecycle>(typename Lifecycle::parts{}));
};

}  // namespace detail

// `static_assert(pawl::valid<file_lifecycle>)` runs the checks next to the lifecycle's definition. If it fails, the
// compiler shows the sentence of the first mistake, with the state and the event among the template arguments.
template <class T> inline constexpr bool valid = detail::checked<T>::ok;

}  // namespace pawl::inline PAWL_ABI

#endif
