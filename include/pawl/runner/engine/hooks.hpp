// The observer hooks that a run calls, each name spelled once.
#ifndef PAWL_RUNNER_ENGINE_HOOKS_HPP
#define PAWL_RUNNER_ENGINE_HOOKS_HPP

#include <chrono>
#include <cstddef>
#include <string_view>

#include <pawl/adapter/trouble.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/queue/hook.hpp>
#include <pawl/runner/observer.hpp>
#include <pawl/runner/promises.hpp>
#include <pawl/runner/summary.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

PAWL_HOOK(on_take, "pawl: on_take takes (slot, any_item const&, time)");
PAWL_HOOK(on_phase, "pawl: on_phase takes (slot, phase, start, duration)");
PAWL_HOOK(on_trouble, "pawl: on_trouble takes (slot, any_item const&, trouble const&)");
PAWL_HOOK(on_leave, "pawl: on_leave takes (slot, any_item const&, time)");
PAWL_HOOK(on_promise, "pawl: on_promise takes (std::string_view, repetition)");
PAWL_HOOK(on_warning, "pawl: on_warning takes (std::string_view)");
PAWL_HOOK(on_gate, "pawl: on_gate takes (closed_gate const&)");
PAWL_HOOK(on_progress, "pawl: on_progress takes (run_progress const&)");

template <class Many, class... Observer>
struct forwarded_run_hooks : on_take_hook::forwarded<Many, Observer...>,
                             on_phase_hook::forwarded<Many, Observer...>,
                             on_trouble_hook::forwarded<Many, Observer...>,
                             on_leave_hook::forwarded<Many, Observer...>,
                             on_promise_hook::forwarded<Many, Observer...>,
                             on_warning_hook::forwarded<Many, Observer...>,
                             on_gate_hook::forwarded<Many, Observer...>,
                             on_progress_hook::forwarded<Many, Observer...> {};

// A hook that takes an item; the run holds it without its lifecycle type.
template <class Hook, class L, class Third, class Observer>
hook_call<std::size_t, stored_item const&, Third> bind_item_hook(Observer& observer) {
  if constexpr (Hook::template is_called<Observer, std::size_t, any_item<L> const&, Third>())
    return {&observer, [](void* o, std::size_t slot, stored_item const& it, Third third) {
              any_item<L> const typed = to_any_item<L>(it);
              Hook::call(*static_cast<Observer*>(o), slot, typed, third);
            }};
  else
    return {};
}

struct run_hooks {
  using nanoseconds = std::chrono::nanoseconds;

  hook_call<std::size_t, stored_item const&, nanoseconds> take{};
  hook_call<std::size_t, phase, nanoseconds, nanoseconds> phase_end{};
  hook_call<std::size_t, stored_item const&, trouble const&> trouble_met{};
  hook_call<std::size_t, stored_item const&, nanoseconds> leave{};
  hook_call<std::string_view, repetition> promise{};
  hook_call<std::string_view> warning{};
  hook_call<closed_gate const&> gate{};
  hook_call<run_progress const&> progress{};

  template <class L, class Observer> static run_hooks of(Observer& observer) {
    return {bind_item_hook<on_take_hook, L, nanoseconds>(observer),
            bind_hook<on_phase_hook, std::size_t, phase, nanoseconds, nanoseconds>(observer),
            bind_item_hook<on_trouble_hook, L, trouble const&>(observer),
            bind_item_hook<on_leave_hook, L, nanoseconds>(observer),
            bind_hook<on_promise_hook, std::string_view, repetition>(observer),
            bind_hook<on_warning_hook, std::string_view>(observer),
            bind_hook<on_gate_hook, closed_gate const&>(observer),
            bind_hook<on_progress_hook, run_progress const&>(observer)};
  }
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
