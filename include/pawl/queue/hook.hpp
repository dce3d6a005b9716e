// Observer hooks: each name is spelled once, called through a pointer, and costs a null check if absent.
#ifndef PAWL_QUEUE_HOOK_HPP
#define PAWL_QUEUE_HOOK_HPP

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// Observes nothing and costs nothing. See runner/observer.hpp.
struct null_observer {};

namespace detail {
// An observer's member without the observer's type. Converts to false if absent, and must not be called then.
template <class... Arguments> struct hook_call {
  void* observer = nullptr;
  void (*call)(void*, Arguments...) = nullptr;

  explicit operator bool() const { return call != nullptr; }
  void operator()(Arguments... arguments) const {
    if (call) call(observer, arguments...);
  }
};

// Binds the observer's member that Hook names; empty if absent.
template <class Hook, class... Arguments, class Observer> hook_call<Arguments...> bind_hook(Observer& observer) {
  if constexpr (Hook::template is_called<Observer, Arguments...>())
    return {&observer, [](void* o, Arguments... a) { Hook::call(*static_cast<Observer*>(o), a...); }};
  else
    return {};
}
}  // namespace detail

}  // namespace pawl::inline PAWL_ABI

// PAWL_HOOK(name, sentence) defines name_hook, which detects the observer member `name`. A member of this name that
// does not accept the hook's arguments would never be called: `sentence` reports it at compile time (overloaded and
// template members cannot be inspected). name_hook::forwarded<Many, Observer...> is a base class of `Many`,
// which is several observers, with that member if any of them has it.
#define PAWL_HOOK(name, sentence)                                                                                     \
  struct name##_hook {                                                                                                \
    template <class Observer, class... Arguments> static constexpr bool is_called() {                                 \
      constexpr bool called = requires(Observer & o, Arguments && ... a) { o.name(static_cast<Arguments&&>(a)...); }; \
      static_assert(                                                                                                  \
          called || !requires { &Observer::name; }, sentence);                                                        \
      return called;                                                                                                  \
    }                                                                                                                 \
    template <class Observer, class... Arguments> static void call(Observer& o, Arguments&&... a) {                   \
      o.name(static_cast<Arguments&&>(a)...);                                                                         \
    }                                                                                                                 \
    template <class Many, class... Observer> struct forwarded {                                                       \
      template <class... Arguments>                                                                                   \
        requires((is_called<Observer, Arguments...>() || ...))                                                        \
      void name(Arguments&&... a) { static_cast<Many&>(*this).template call_each<name##_hook, Arguments...>(a...); }  \
    };                                                                                                                \
  }

#endif
