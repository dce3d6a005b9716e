// How long the writes of a commit queue take, for those who watch them.
#ifndef PAWL_QUEUE_WRITE_TIMES_HPP
#define PAWL_QUEUE_WRITE_TIMES_HPP

#include <chrono>
#include <cstddef>
#include <string_view>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// One transition's way through the store, as times of the loop's clock. It adds up without a gap:
// queue = updating - asked, update = updated - updating, commit = committed - updated.
struct transition_times {
  std::string_view key{};
  std::size_t slot = 0;  // of the runner; 0 for transitions that did not come from one
  std::size_t row = 0;   // the transition's index in rows<Lifecycle>
  bool moved = true;     // false: a conflict
  std::chrono::nanoseconds asked{}, updating{}, updated{}, committed{};
};

// One transaction of the queue.
struct batch_times {
  std::size_t size = 0;  // writes: transitions, and what was noted of items in trouble
  std::chrono::nanoseconds begin{}, begun{}, updated{}, committed{};
};

// Watches nothing, and costs nothing. See runner/observer.hpp.
struct null_observer {};

namespace detail {
// A hook that is there but cannot be called would be passed over in silence.
template <class Observer> constexpr bool queue_hooks_are_right() {
  constexpr bool takes_transitions = requires(Observer & o, transition_times const& t) { o.on_transition(t); };
  constexpr bool takes_batches = requires(Observer & o, batch_times const& b) { o.on_batch(b); };
  static_assert(
      takes_transitions || !requires { &Observer::on_transition; },
      "pawl: on_transition takes (transition_times const&)");
  static_assert(
      takes_batches || !requires { &Observer::on_batch; }, "pawl: on_batch takes (batch_times const&)");
  return true;
}
}  // namespace detail

}  // namespace pawl::inline PAWL_ABI

#endif
