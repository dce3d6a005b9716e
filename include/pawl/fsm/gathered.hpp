// What has become of an item's children, and the event that is fired once all of them have ended.
#ifndef PAWL_FSM_GATHERED_HPP
#define PAWL_FSM_GATHERED_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// The children of an item, in numbers.
struct gathered {
  std::int64_t arrived = 0;  // in a goal
  std::int64_t failed = 0;   // in a terminal state, or deleted

  friend constexpr bool operator==(gathered const&, gathered const&) = default;
};

namespace detail {
template <class T>
concept counts_children =
    std::integral<std::remove_cvref_t<T>> && !std::same_as<std::remove_cvref_t<T>, bool> && sizeof(T) >= 4;
template <class Event> inline constexpr bool is_told_arrived = requires(Event& e) {
  requires counts_children<decltype((e.arrived))>;
};
template <class Event> inline constexpr bool is_told_failed = requires(Event& e) {
  requires counts_children<decltype((e.failed))>;
};

// Converts to every type, to find out how many fields an aggregate has.
struct any_value {
  template <class T> constexpr operator T() const noexcept;
};
template <class Event> constexpr bool has_only_counts() {
  constexpr std::size_t named = std::size_t{is_told_arrived<Event>} + std::size_t{is_told_failed<Event>};
  if constexpr (named == 1) return !requires {
      Event{any_value{}, any_value{}};
    };
  else
    return named == 2 && !requires { Event{any_value{}, any_value{}, any_value{}}; };
}

template <class Event>
concept is_made_from_gathered = requires(gathered const& children) {
  { Event::from(children) } -> std::same_as<Event>;
};
}  // namespace detail

// What pawl::gathers can fire: an event with a static function `Event from(pawl::gathered const&)`; or an aggregate whose
// fields are integers of 32 bits or more and are called `arrived` and `failed`: both, one of them, or none.
template <class Event>
concept takes_gathered = detail::is_made_from_gathered<Event> || std::is_empty_v<Event> ||
    (std::is_aggregate_v<Event>&& detail::has_only_counts<Event>());

namespace detail {
template <takes_gathered Event> constexpr Event event_of(gathered const& children) {
  if constexpr (is_made_from_gathered<Event>) {
    return Event::from(children);
  } else {
    Event made{};
    if constexpr (is_told_arrived<Event>) made.arrived = static_cast<decltype(made.arrived)>(children.arrived);
    if constexpr (is_told_failed<Event>) made.failed = static_cast<decltype(made.failed)>(children.failed);
    return made;
  }
}
}  // namespace detail

}  // namespace pawl::inline PAWL_ABI

#endif
