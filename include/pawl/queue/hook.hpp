// The hooks of observers: each is spelled once, is called through a pointer, and costs a null check where it is absent.
#ifndef PAWL_QUEUE_HOOK_HPP
#define PAWL_QUEUE_HOOK_HPP

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// Watches nothing, and costs nothing. See runner/observer.hpp.
struct null_observer {};

namespace detail {
// A member of an observer, with the type of the observer forgotten; false and not to be called where it is absent.
template <class... Arguments> struct hook_call {
  void* observer = nullptr;
  void (*call)(void*, Arguments...) = nullptr;

  explicit operator bool() const { return call != nullptr; }
  void operator()(Arguments... arguments) const {
    if (call) call(observer, arguments...);
  }
};

// The hook_call of Hook's member of this observer; empty where there is none.
template <class Hook, class... Arguments, class Observer> hook_call<Arguments...> bind_hook(Observer& observer) {
  if constexpr (Hook::template is_called<Observer, Arguments...>())
    return {&observer, [](void* o, Arguments... a) { Hook::call(*static_cast<Observer*>(o), a...); }};
  else
    return {};
}
}  // namespace detail

}  // namespace pawl::inline PAWL_ABI

// PAWL_HOOK(name, sentence) makes name_hook, which knows the member `name` of observers. A member of this name that
// cannot be called with the hook's arguments would never be called: the sentence says so at compile time (an overloaded
// or a template member cannot be looked at).
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
  }

#endif
