// One item's state at run time: a single byte, moved by a table lookup without a branch.
#ifndef PAWL_FSM_MACHINE_HPP
#define PAWL_FSM_MACHINE_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <pawl/fsm/check.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/mistake.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/fsm/part.hpp>
#include <pawl/fsm/shape.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// An event of the lifecycle, chosen at run time. Ids come from `id_of`, `find_event` and `each_accepted`; `value` is
// the event's index and below events_of<Lifecycle>::size.
template <a_lifecycle Lifecycle> struct event_id {
  std::uint8_t value;
  constexpr bool operator==(event_id const&) const noexcept = default;
};

// The id of an event that is known when this is compiled.
template <a_lifecycle Lifecycle, class Event>
  requires knows_event<Lifecycle, Event>
inline constexpr event_id<Lifecycle> id_of{static_cast<std::uint8_t>(event_index<Lifecycle, Event>)};

// The event's name, as `event_name` has it.
template <a_lifecycle Lifecycle> constexpr std::string_view name(event_id<Lifecycle> event) noexcept {
  return event_names<Lifecycle>[event.value];
}

// The event with this name; nullopt where the lifecycle has none.
template <a_lifecycle Lifecycle>
constexpr std::optional<event_id<Lifecycle>> find_event(std::string_view name) noexcept {
  for (std::size_t i = 0; i < event_names<Lifecycle>.size(); ++i) {
    if (event_names<Lifecycle>[i] == name) return event_id<Lifecycle>{static_cast<std::uint8_t>(i)};
  }
  return std::nullopt;
}

namespace detail {

// grid[event][state] is the state to go to, or `rejected` and the same state: then firing is a lookup and two masks.
inline constexpr std::uint8_t rejected = 0x80;

template <class Lifecycle>
inline constexpr auto grid_of = [] {
  constexpr std::size_t count = state_count<Lifecycle>;
  constexpr std::size_t stride = count <= 8 ? 8 : count <= 16 ? 16 : count <= 32 ? 32 : 64;
  std::array<std::array<std::uint8_t, stride>, events_of<Lifecycle>::size> grid{};
  for (auto& line : grid) {
    for (std::size_t state = 0; state < stride; ++state) line[state] = static_cast<std::uint8_t>(state | rejected);
  }
  for (auto const& row : rows<Lifecycle>) grid[row.event][row.from] = row.to;
  return grid;
}();

}  // namespace detail

// A value type of one byte: trivially copyable and comparable; different threads may use different objects. Hydrating a
// machine from a stored state calls no user code; an unknown state is nullopt.
template <a_lifecycle Lifecycle> class machine {
  static_assert(valid<Lifecycle>);

 public:
  using lifecycle = Lifecycle;
  using state_type = state_of<Lifecycle>;

  // In the initial state.
  constexpr machine() noexcept : index_(static_cast<std::uint8_t>(state_index<Lifecycle>(initial_state<Lifecycle>))) {}

  // In a state that is known when this is compiled: `machine<L>::at<uploading>()`.
  template <auto State> static constexpr machine at() noexcept {
    constexpr std::size_t index = detail::index_of_ref<Lifecycle>(detail::refer_to<State>());
    if constexpr (index < state_count<Lifecycle>) {
      return machine(index);
    } else {
      static_cast<void>(mistake::unknown_state<Lifecycle, State>());
      return machine();
    }
  }

  // From a state or its stored name; nullopt if that is no state of the lifecycle.
  static constexpr std::optional<machine> hydrate(state_type state) noexcept {
    return from_index(state_index<Lifecycle>(state));
  }
  static constexpr std::optional<machine> hydrate(std::string_view stored_name) noexcept {
    return from_index(stored_index<Lifecycle>(stored_name));
  }
  // From the dense index, which changes when a state is added; `hydrate_code` takes the enumerator's own value.
  static constexpr std::optional<machine> hydrate_index(std::int64_t index) noexcept {
    return from_index(static_cast<std::uint64_t>(index));  // a negative one becomes a huge one
  }
  static constexpr std::optional<machine> hydrate_code(std::int64_t code) noexcept {
    return from_index(detail::index_of_code<Lifecycle>(code));
  }

  // Where it is: as the enumerator, as the dense index, and as the stored name.
  constexpr state_type state() const noexcept {
    if constexpr (detail::has_holes<Lifecycle>) {
      return states<Lifecycle>[index_];
    } else {
      return detail::state_from_code<Lifecycle>(detail::codes_of<Lifecycle>[0] + index_);
    }
  }
  constexpr std::size_t index() const noexcept { return index_; }
  constexpr std::string_view name() const noexcept { return stored_names<Lifecycle>[index_]; }

  // Whether `fire` would move it. An event that is in no row does not compile.
  constexpr bool can(event_id<Lifecycle> event) const noexcept {
    return (detail::grid_of<Lifecycle>[event.value][index_] & detail::rejected) == 0;
  }
  template <class Event> constexpr bool can() const noexcept {
    if constexpr (knows_event<Lifecycle, Event>) {
      return can(id_of<Lifecycle, Event>);
    } else {
      static_cast<void>(mistake::unknown_event<Lifecycle, Event>());
      return false;
    }
  }

  // Moves the machine and answers true, or answers false and leaves it where it was: one lookup, no branch. The event's
  // fields are ignored; an event that is in no row does not compile.
  [[nodiscard("false: the event was rejected and the state has not changed")]] constexpr bool fire(
      event_id<Lifecycle> event) noexcept {
    std::uint8_t const cell = detail::grid_of<Lifecycle>[event.value][index_];
    index_ = static_cast<std::uint8_t>(cell & ~detail::rejected);
    return (cell & detail::rejected) == 0;
  }
  template <class Event>
  [[nodiscard("false: the event was rejected and the state has not changed")]] constexpr bool fire() noexcept {
    if constexpr (knows_event<Lifecycle, Event>) {
      return fire(id_of<Lifecycle, Event>);
    } else {
      static_cast<void>(mistake::unknown_event<Lifecycle, Event>());
      return false;
    }
  }
  template <class Event>
  [[nodiscard("false: the event was rejected and the state has not changed")]] constexpr bool fire(
      Event const&) noexcept {
    return fire<Event>();
  }

  // Calls `visit(event_id)` for every event that the state accepts, in the order of events_of.
  template <class Visit> constexpr void each_accepted(Visit visit) const {
    for (std::size_t i = 0; i < events_of<Lifecycle>::size; ++i) {
      event_id<Lifecycle> const event{static_cast<std::uint8_t>(i)};
      if (can(event)) visit(event);
    }
  }

  constexpr bool operator==(machine const&) const noexcept = default;

 private:
  constexpr explicit machine(std::size_t index) noexcept : index_(static_cast<std::uint8_t>(index)) {}
  static constexpr std::optional<machine> from_index(std::uint64_t index) noexcept {
    if (index >= state_count<Lifecycle>) return std::nullopt;
    return machine(static_cast<std::size_t>(index));
  }

  std::uint8_t index_;
};

}  // namespace pawl::inline PAWL_ABI

#endif
