// Finds the step of each state at compile time, and checks that the steps are total and their events legal.
#ifndef PAWL_RUNNER_ENGINE_STEP_LOOKUP_HPP
#define PAWL_RUNNER_ENGINE_STEP_LOOKUP_HPP

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <pawl/adapter/lifting.hpp>
#include <pawl/adapter/step_failure.hpp>
#include <pawl/adapter/trouble.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/type_list.hpp>
#include <pawl/runner/step.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/store/utf8.hpp>
#include <pawl/store/with.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {
namespace detail {

// The ways to call a step: with or without a recorded event, with or without a context.
enum class call_shape { none, item, item_context, item_event, item_event_context };

struct no_event {};  // the step reads no recorded event; no_context: it takes no context
struct no_context {};

template <class Steps, class Item, class Event, class Context> constexpr call_shape shape_of() {
  if constexpr (std::is_same_v<Event, no_event>) {
    if constexpr (std::is_same_v<Context, no_context>)
      return std::is_invocable_v<Steps&, Item> ? call_shape::item : call_shape::none;
    else
      return std::is_invocable_v<Steps&, Item, Context&> ? call_shape::item_context : call_shape::none;
  } else if constexpr (std::is_same_v<Context, no_context>) {
    return std::is_invocable_v<Steps&, Item, Event const&> ? call_shape::item_event : call_shape::none;
  } else {
    return std::is_invocable_v<Steps&, Item, Event const&, Context&> ? call_shape::item_event_context
                                                                     : call_shape::none;
  }
}

template <call_shape Shape, class Event, class Context> struct found_step {
  static constexpr call_shape shape = Shape;
  using event = Event;      // the recorded event that the step reads, or no_event
  using context = Context;  // declares whether the step may be repeated; or no_context
};

// The first context that fits. step_context comes first, because a step that takes it would accept its subclasses too.
template <class Steps, class Item, class Event, class Context, class... Rest>
constexpr auto find_context(type_list<Context, Rest...>) {
  constexpr auto shape = shape_of<Steps, Item, Event, Context>();
  if constexpr (shape != call_shape::none)
    return found_step<shape, Event, Context>{};
  else if constexpr (sizeof...(Rest) > 0)
    return find_context<Steps, Item, Event>(type_list<Rest...>{});
  else
    return found_step<call_shape::none, Event, Context>{};
}

// The first event that fits, starting with none.
template <class Steps, class Item, class Event, class... Rest> constexpr auto find_step(type_list<Event, Rest...>) {
  using found =
      decltype(find_context<Steps, Item, Event>(type_list<no_context, step_context, keyed, safe, probeable>{}));
  if constexpr (found::shape != call_shape::none || sizeof...(Rest) == 0)
    return found{};
  else
    return find_step<Steps, Item>(type_list<Rest...>{});
}
template <class... Events> type_list<no_event, Events...> with_no_event(type_list<Events...>);

template <class Steps, class L, auto S>
using step_of = decltype(find_step<Steps, item<L, S>>(decltype(with_no_event(events_of<L>{})){}));

// The number of steps that could be meant for this state. A step that takes step_context& also accepts its subclasses.
template <class Steps, class Item, class Event> constexpr std::size_t steps_with() {
  auto const takes = []<class Context>(std::type_identity<Context>) -> std::size_t {
    return shape_of<Steps, Item, Event, Context>() != call_shape::none ? 1 : 0;
  };
  auto const unsafe = takes(std::type_identity<step_context>{});
  auto const others =
      takes(std::type_identity<keyed>{}) + takes(std::type_identity<safe>{}) + takes(std::type_identity<probeable>{});
  return takes(std::type_identity<no_context>{}) + (unsafe > 0 ? unsafe : others);
}
template <class Steps, class Item, class... Events> constexpr std::size_t count_steps(type_list<Events...>) {
  return (steps_with<Steps, Item, no_event>() + ... + steps_with<Steps, Item, Events>());
}

// Calls the step in its shape.
template <class Step, class Steps, class Item, class Event, class Context>
decltype(auto) invoke_step(Steps& steps, Item&& it, [[maybe_unused]] Event const& event,
                           [[maybe_unused]] Context& context) {
  if constexpr (Step::shape == call_shape::item)
    return steps(std::move(it));
  else if constexpr (Step::shape == call_shape::item_context)
    return steps(std::move(it), context);
  else if constexpr (Step::shape == call_shape::item_event)
    return steps(std::move(it), event);
  else
    return steps(std::move(it), event, context);
}
template <class Steps, class L, auto S, class Step = step_of<Steps, L, S>>
using step_result =
    decltype(invoke_step<Step>(std::declval<Steps&>(), std::declval<item<L, S>>(),
                               std::declval<typename Step::event const&>(), std::declval<typename Step::context&>()));

// The events that a step can return, each perhaps with statements: E for an event E, E... for one_of<E...>.
template <class R> inline constexpr bool is_one_of = false;
template <class... E> inline constexpr bool is_one_of<one_of<E...>> = true;
template <class R> struct returned {
  using events = type_list<event_in<R>>;
  static constexpr bool has_statements = is_with<R>;
};
template <class... E> struct returned<one_of<E...>> {
  using events = type_list<event_in<E>...>;
  static constexpr bool has_statements = (is_with<E> || ...);
};

// The first of these events that S does not accept, or void.
template <class L, auto S, class Event, class... Rest> constexpr auto first_illegal(type_list<Event, Rest...>) {
  if constexpr (!accepts<L, S, Event>)
    return std::type_identity<Event>{};
  else if constexpr (sizeof...(Rest) > 0)
    return first_illegal<L, S>(type_list<Rest...>{});
  else
    return std::type_identity<void>{};
}

// Whether an item may be in S after a transition by Event: only then can its step read what the event recorded.
template <class L, auto S, class Event> constexpr bool comes_before() {
  std::uint64_t found = 0;
  for (auto const& row : rows<L>)
    if (row.event == event_index<L, Event>) found |= std::uint64_t{1} << row.to;
  for (std::uint64_t before = 0; before != found;) {
    before = found;
    for (auto const& row : rows<L>)
      if ((found >> row.from & 1) != 0) found |= std::uint64_t{1} << row.to;
  }
  return (found >> state_index<L>(S) & 1) != 0;
}

// A probe returns the event if the call was carried out, std::nullopt if it was not, or trouble.
template <class Steps, class L, auto S>
concept has_probe = requires(Steps& steps, item<L, S> it, probeable& call) {
  steps.probe(std::move(it), call);
};
template <class R> struct probed { static constexpr bool well_formed = false; };
template <class R> struct probed<std::optional<R>> {
  static constexpr bool well_formed = true;
  using answer = R;
};
template <class Steps, class L, auto S>
using probe_result =
    awaited_t<decltype(std::declval<Steps&>().probe(std::declval<item<L, S>>(), std::declval<probeable&>()))>;

// The gate of a state's calls: a name.
template <class Steps, class L, auto S>
concept has_gate = requires(Steps& steps, item<L, S> const& it) {
  steps.gate_of(it);
};
template <class Steps, class L, auto S>
concept has_named_gate = requires(Steps& steps, item<L, S> const& it) {
  { steps.gate_of(it) } -> std::convertible_to<std::string_view>;
};
template <class Steps, class L> constexpr bool any_gate() {
  return []<std::size_t... Index>(std::index_sequence<Index...>) {
    return (has_gate<Steps, L, states<L>[Index]> || ...);
  }
  (std::make_index_sequence<state_count<L>>{});
}

// How on_failure's event is constructed; a text as it is kept (trouble_record::longest_error).
template <class Event>
concept built_from_failure = requires(step_failure const& of) {
  { Event::from(of) } -> std::same_as<Event>;
};
template <class Event>
concept built_from_trouble = requires(trouble const& why) {
  Event{why};
};
template <class Event>
concept built_from_text = requires(std::string text) {
  Event{std::move(text)};
};
template <class Event>
concept failure_buildable =
    built_from_failure<Event> || built_from_trouble<Event> || built_from_text<Event> || std::is_empty_v<Event>;
template <failure_buildable Event> Event make_failure(trouble const& why, int attempts) {
  if constexpr (built_from_failure<Event>)
    return Event::from(step_failure(why, attempts, shortened(why.describe(), trouble_record::longest_error)));
  else if constexpr (built_from_trouble<Event>)
    return Event{why};
  else if constexpr (built_from_text<Event>)
    return Event{shortened(why.describe(), trouble_record::longest_error)};
  else
    return Event{};
}
}  // namespace detail

// Functions rather than structs: each gives a single error on g++ and clang 14, whose template arguments name the
// steps, the state and the event.
namespace mistake {
template <class Steps, class Lifecycle, auto State> constexpr bool missing_step() {
  static_assert(
      !std::is_same_v<Steps, Steps>,
      "pawl: no step takes this state; add operator()(item), (item, recorded const&), (item, context&) or (item, "
      "recorded const&, context&) with the item by value, or declare the state goal, terminal or waiting");
  return false;
}
template <class Steps, class Lifecycle, auto State> constexpr bool ambiguous_step() {
  static_assert(!std::is_same_v<Steps, Steps>, "pawl: more than one step takes this state; keep only one of them");
  return false;
}
template <class Steps, class Lifecycle, auto State, class Event> constexpr bool event_comes_later() {
  static_assert(
      !std::is_same_v<Steps, Steps>,
      "pawl: this state's step reads an event that no item in this state can have met: it happens only later");
  return false;
}
template <class Steps, class Lifecycle, auto State> constexpr bool step_without_use() {
  static_assert(!std::is_same_v<Steps, Steps>,
                "pawl: this state is declared goal, terminal or waiting, so its step would never be called");
  return false;
}
template <class Steps, class Lifecycle, auto State, class Answer> constexpr bool step_returns_no_event() {
  static_assert(
      !std::is_same_v<Steps, Steps>,
      "pawl: a step returns an event of its lifecycle, perhaps pawl::with statements, pawl::one_of<events...>, or a "
      "pawl::task of one of these");
  return false;
}
template <class Steps, class Lifecycle, auto State, class Event> constexpr bool illegal_event() {
  static_assert(!std::is_same_v<Steps, Steps>,
                "pawl: this state's step returns an event that the state does not accept");
  return false;
}
template <class Steps, class Lifecycle, auto State> constexpr bool missing_probe() {
  static_assert(!std::is_same_v<Steps, Steps>, "pawl: a probeable step needs steps.probe(item, pawl::probeable&)");
  return false;
}
template <class Steps, class Lifecycle, auto State, class Answer> constexpr bool malformed_probe() {
  static_assert(!std::is_same_v<Steps, Steps>,
                "pawl: a probe returns std::optional of what its step returns; std::nullopt means: not carried out");
  return false;
}
template <class Steps, class Lifecycle, auto State> constexpr bool gate_without_name() {
  static_assert(!std::is_same_v<Steps, Steps>,
                "pawl: gate_of(item) returns the name of a gate: a std::string, or what a std::string_view is made of");
  return false;
}
template <class Steps, class Lifecycle> constexpr bool gate_without_use() {
  static_assert(
      !std::is_same_v<Steps, Steps>,
      "pawl: gate_of takes no item of this lifecycle, so it would never be called; it takes the item alone, by "
      "value or by const&");
  return false;
}
template <class Steps, class Lifecycle, auto State, class Event> constexpr bool failure_not_buildable() {
  static_assert(!std::is_same_v<Steps, Steps>,
                "pawl: the event of on_failure must be empty, be built from a pawl::trouble or from a std::string, or "
                "have a static function from, of a pawl::step_failure");
  return false;
}
}  // namespace mistake

namespace detail {
template <class Steps, class L, auto S, class Answer> constexpr bool answer_is_legal() {
  if constexpr (std::is_same_v<Answer, one_of<>> || !(is_one_of<Answer> || knows_event<L, event_in<Answer>>)) {
    return mistake::step_returns_no_event<Steps, L, S, Answer>();
  } else {
    using illegal = typename decltype(first_illegal<L, S>(typename returned<Answer>::events{}))::type;
    if constexpr (!std::is_void_v<illegal>)
      return mistake::illegal_event<Steps, L, S, illegal>();
    else
      return true;
  }
}

template <class Steps, class L, auto S> constexpr bool probe_is_right() {
  if constexpr (!std::is_same_v<typename step_of<Steps, L, S>::context, probeable>) {
    return true;
  } else if constexpr (!has_probe<Steps, L, S>) {
    return mistake::missing_probe<Steps, L, S>();
  } else if constexpr (!probed<probe_result<Steps, L, S>>::well_formed) {
    return mistake::malformed_probe<Steps, L, S, probe_result<Steps, L, S>>();
  } else {
    return answer_is_legal<Steps, L, S, typename probed<probe_result<Steps, L, S>>::answer>();
  }
}

template <class Steps, class L, auto S> constexpr bool failure_is_right() {
  using event_type = failure_event<L, S>;
  if constexpr (!std::is_void_v<event_type>) {
    if constexpr (!failure_buildable<event_type>) return mistake::failure_not_buildable<Steps, L, S, event_type>();
  }
  return true;
}

template <class Steps, class L, auto S> constexpr bool reading_is_right() {
  using event_type = typename step_of<Steps, L, S>::event;
  if constexpr (!std::is_same_v<event_type, no_event>) {
    if constexpr (!comes_before<L, S, event_type>()) return mistake::event_comes_later<Steps, L, S, event_type>();
  }
  return true;
}
template <class Steps, class L, auto S> constexpr bool gate_is_right() {
  if constexpr (has_gate<Steps, L, S> && !has_named_gate<Steps, L, S>) return mistake::gate_without_name<Steps, L, S>();
  return true;
}

template <class Steps, class L, auto S> constexpr bool step_is_right() {
  constexpr auto count = count_steps<Steps, item<L, S>>(events_of<L>{});
  if constexpr (!needs_step<L, S>) {
    if constexpr (count > 0)
      return mistake::step_without_use<Steps, L, S>();
    else
      return true;
  } else if constexpr (count == 0) {
    return mistake::missing_step<Steps, L, S>();
  } else if constexpr (count > 1) {
    return mistake::ambiguous_step<Steps, L, S>();
  } else {
    if constexpr (answer_is_legal<Steps, L, S, awaited_t<step_result<Steps, L, S>>>()) {
      if constexpr (probe_is_right<Steps, L, S>() && reading_is_right<Steps, L, S>() && gate_is_right<Steps, L, S>())
        return failure_is_right<Steps, L, S>();
    }
    return false;
  }
}

// Whether a step may return an event with statements (pawl::with).
template <class Steps, class L, auto S> constexpr bool has_statements() {
  if constexpr (needs_step<L, S>)
    return returned<awaited_t<step_result<Steps, L, S>>>::has_statements;
  else
    return false;
}
template <class Steps, class L> constexpr bool any_statements() {
  return []<std::size_t... Index>(std::index_sequence<Index...>) {
    return (has_statements<Steps, L, states<L>[Index]>() || ...);
  }
  (std::make_index_sequence<state_count<L>>{});
}

template <class Steps, class L> constexpr bool steps_are_right() {
  // An overloaded or templated gate_of cannot be inspected.
  if constexpr (requires { &Steps::gate_of; } && !any_gate<Steps, L>()) return mistake::gate_without_use<Steps, L>();
  return []<std::size_t... Index>(std::index_sequence<Index...>) {
    return (step_is_right<Steps, L, states<L>[Index]>() && ...);
  }
  (std::make_index_sequence<state_count<L>>{});
}
}  // namespace detail

// The steps cover the lifecycle: every state without a role has a step, every event that a step can return is accepted
// by its state, and every required probe and failure event exists. Never false: if it does not hold, the compiler
// reports each broken rule once, in a sentence. `static_assert(pawl::total<steps<my_api>, my_lifecycle>);`
template <class Steps, class Lifecycle>
inline constexpr bool total = detail::steps_are_right<Steps, Lifecycle>() || true;

}  // namespace pawl::inline PAWL_ABI

#endif
