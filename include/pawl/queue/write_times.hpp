// How long the writes of a commit queue take, for observers.
#ifndef PAWL_QUEUE_WRITE_TIMES_HPP
#define PAWL_QUEUE_WRITE_TIMES_HPP

#include <chrono>
#include <cstddef>
#include <string_view>

#include <pawl/queue/hook.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// One transition's way through the store, as times of the loop's clock. It adds up without a gap:
// queue = updating - asked, update = updated - updating, commit = committed - updated.
struct transition_times {
  std::string_view key{};
  std::size_t slot = 0;  // of the run's slots; 0 for transitions that did not come from a run
  std::size_t row = 0;   // the transition's index in rows<Lifecycle>
  bool moved = true;     // false: a conflict
  std::chrono::nanoseconds asked{}, updating{}, updated{}, committed{};
};

// One transaction of the queue.
struct batch_times {
  std::size_t size = 0;  // writes: transitions, and records of items in trouble
  std::chrono::nanoseconds begin{}, begun{}, updated{}, committed{};
};

namespace detail {
PAWL_HOOK(on_transition, "pawl: on_transition takes (transition_times const&)");
PAWL_HOOK(on_batch, "pawl: on_batch takes (batch_times const&)");

// The hooks of an observer that a queue calls; empty where there is no observer.
struct write_watch {
  hook_call<transition_times const&> transition{};
  hook_call<batch_times const&> batch{};

  bool watches() const { return transition || batch; }

  template <class Observer> static write_watch of(Observer& observer) {
    return {bind_hook<on_transition_hook, transition_times const&>(observer),
            bind_hook<on_batch_hook, batch_times const&>(observer)};
  }
};
}  // namespace detail

}  // namespace pawl::inline PAWL_ABI

#endif
