// One item on its way: what the runner remembers of it while it is in hand.
#ifndef PAWL_RUNNER_ENGINE_JOB_HPP
#define PAWL_RUNNER_ENGINE_JOB_HPP

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <variant>

#include <pawl/adapter/trouble.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/machine.hpp>
#include <pawl/fsm/type_list.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

template <class... Events> std::variant<std::monostate, Events...> last_of(type_list<Events...>);

template <class L> struct job {
  any_item<L> item;
  machine<L> fsm{};                          // in the item's state
  machine<L> next{};                         // in the state that is being written
  decltype(last_of(events_of<L>{})) last{};  // the event that brought it here in this run, if a step reads it
  trouble_record record{};                   // its troubles in this state
  bool resumed = true;                       // found in this state, not brought here by this run
  bool inside = false;                       // counted in the gauge of its state
  bool alone = false;                        // the one suspect in hand: see run_context::suspects
  bool marked = false;                       // the store says that it is in doubt: its unsafe step has begun
  trouble why{};                             // of the last attempt
  std::chrono::nanoseconds begun{};          // the last attempt, by the loop's clock
  std::chrono::nanoseconds duration{};       // of it, from the step's call to its answer

  explicit job(any_item<L> it) : item(std::move(it)) {}

  int attempt() const { return record.attempts + 1; }
  // The write of `next` is committed.
  void enter(any_item<L> moved) {
    item = std::move(moved);
    fsm = next;
    record = {};
    resumed = marked = false;
  }
};

// What came of an attempt.
enum class progress : std::uint8_t { moved, dropped, troubled };

// Where an item is after it.
enum class fate : std::uint8_t {
  running,
  failing,   // the lifecycle's failure event is to be fired
  arrived,   // in a state without a step
  dropped,   // somebody else has moved it
  passed,    // somebody else keeps it back
  held,      // to be left alone for as long as the run lasts
  suspect,   // to be taken again when the other suspect has left the hand
  parked,    // given up
  delayed,   // to be taken again at record.next_at
  put_back,  // its state has no room: to be taken again when there is
  left       // the run ends
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
