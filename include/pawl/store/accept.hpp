// Compile-time checks of every store: the state accepts the event, and the event has fields to read back.
#ifndef PAWL_STORE_ACCEPT_HPP
#define PAWL_STORE_ACCEPT_HPP

#include <type_traits>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/store/mistake.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// Functions rather than constraints, whose diagnostics would hide the sentence. False tells the caller to stop here.
template <class Lifecycle, auto State, class Event> constexpr bool check_accepted() {
  if constexpr (!knows_event<Lifecycle, Event>)
    return !mistake::event_in_no_row<Lifecycle, Event>();
  else if constexpr (!accepts<Lifecycle, State, Event>)
    return !mistake::event_not_accepted<Lifecycle, State, Event>();
  else
    return true;
}

template <class Lifecycle, class Event> constexpr bool check_recorded() {
  if constexpr (!knows_event<Lifecycle, Event>)
    return !mistake::event_in_no_row<Lifecycle, Event>();
  else if constexpr (std::is_empty_v<Event>)
    return !mistake::event_without_fields<Lifecycle, Event>();
  else
    return true;
}

}  // namespace pawl::inline PAWL_ABI::detail

#endif
