// Several observers of one queue, as one.
#ifndef PAWL_RUNNER_OBSERVERS_HPP
#define PAWL_RUNNER_OBSERVERS_HPP

#include <tuple>

#include <pawl/queue/hook.hpp>
#include <pawl/queue/write_times.hpp>
#include <pawl/runner/engine/hooks.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// Calls each hook (observer.hpp) of each observer that has it, in their order. One that none has costs nothing, as with a single
// observer. They must outlive it, as it must the queue.
//
//   pawl::observers both{monitor.observer(), mine};
//   pawl::commit_queue queue{loop, letters, both};
template <class... Observer>
class observers : public detail::forwarded_write_hooks<observers<Observer...>, Observer...>,
                  public detail::forwarded_run_hooks<observers<Observer...>, Observer...> {
 public:
  explicit observers(Observer&... all) : all_(all...) {}

  // For the hooks.
  template <class Hook, class... Arguments> void call_each(Arguments&... arguments) {
    std::apply([&](auto&... one) { (call_one<Hook, Arguments...>(one, arguments...), ...); }, all_);
  }

 private:
  template <class Hook, class... Arguments, class One> static void call_one(One& one, Arguments&... arguments) {
    if constexpr (Hook::template is_called<One, Arguments...>())
      Hook::call(one, static_cast<Arguments&&>(arguments)...);
  }

  std::tuple<Observer&...> all_;
};

}  // namespace pawl::inline PAWL_ABI

#endif
