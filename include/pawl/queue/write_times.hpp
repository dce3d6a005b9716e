// Durations of a commit queue's writes, for observers.
#ifndef PAWL_QUEUE_WRITE_TIMES_HPP
#define PAWL_QUEUE_WRITE_TIMES_HPP

#include <chrono>
#include <cstddef>
#include <string_view>

#include <pawl/queue/hook.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// The phases of one transition, as times on the loop's clock, without gaps: queue = updating - asked, update = updated
// - updating, commit = committed - updated. Of a store that is given whole batches, commit is the batch's round trip.
struct transition_times {
  std::string_view key{};
  std::size_t slot = 0;  // slot of the run; 0 for transitions from outside a run
  std::size_t row = 0;   // index of the transition in rows<Lifecycle>
  bool moved = true;     // false: a conflict, or a statement of its own was refused
  std::chrono::nanoseconds asked{}, updating{}, updated{}, committed{};
};

// One transaction of the queue.
struct batch_times {
  std::size_t size = 0;  // number of writes: transitions, inserts and trouble records
  // On the loop's clock. begin: BEGIN was asked for; begun: it had the write lock; updated: the last write was executed;
  // committed: COMMIT had returned.
  std::chrono::nanoseconds begin{}, begun{}, updated{}, committed{};
};

namespace detail {
PAWL_HOOK(on_transition, "pawl: on_transition takes (transition_times const&)");
PAWL_HOOK(on_batch, "pawl: on_batch takes (batch_times const&)");

template <class Many, class... Observer>
struct forwarded_write_hooks : on_transition_hook::forwarded<Many, Observer...>,
                               on_batch_hook::forwarded<Many, Observer...> {};

// The observer hooks that a queue calls; empty if there is no observer.
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
