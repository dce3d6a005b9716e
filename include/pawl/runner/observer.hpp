// What a program can observe about a run: hooks that cost nothing when absent.
#ifndef PAWL_RUNNER_OBSERVER_HPP
#define PAWL_RUNNER_OBSERVER_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <pawl/adapter/trouble.hpp>
#include <pawl/queue/write_times.hpp>
#include <pawl/runner/promises.hpp>
#include <pawl/runner/summary.hpp>
#include <pawl/store/item.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// The phases of processing an item that take time outside the store.
enum class phase : std::uint8_t {
  hydrate,   // the row was turned into a machine
  dispatch,  // the machine accepted the event and determined the next state
  step       // the user's step ran, including all its waiting
};

// An observer is any class with some of these members; the runner and the queue call those it has:
//
//   A worker takes an item, for the first time or after a delay.
//     void on_take(std::size_t slot, any_item<L> const&, std::chrono::nanoseconds now);
//   A phase has ended.
//     void on_phase(std::size_t slot, pawl::phase, std::chrono::nanoseconds start, std::chrono::nanoseconds duration);
//   A step ended in trouble instead of an event.
//     void on_trouble(std::size_t slot, any_item<L> const&, pawl::trouble const&);
//   The worker is done with the item: arrived, parked, delayed or dropped.
//     void on_leave(std::size_t slot, any_item<L> const&, std::chrono::nanoseconds now);
//   A transition was committed; its waiter resumes afterwards.
//     void on_transition(pawl::transition_times const&);
//   A transaction was committed.
//     void on_batch(pawl::batch_times const&);
//   At the start of the run, once per state with a step, before any item is taken. `words_of(how)` describes it.
//     void on_promise(std::string_view state, pawl::repetition how);
//   At the start of the run, for each known risk of running this way; also in summary::warnings.
//     void on_warning(std::string_view);
//   A remote has asked for a wait and closed a gate; the first of them are also in summary::closed_gates.
//     void on_gate(pawl::closed_gate const&);
//   Progress: at the beginning, every run_options::progress_every, and once more at the end; also while the run waits
//   for another owner of its store. A run with this hook starts by counting the store's items.
//     void on_progress(pawl::run_progress const&);
//
// All hooks are called on the loop's thread. They must not throw and must not use the store. A queue has one observer:
// pawl::observers makes one of several.

}  // namespace pawl::inline PAWL_ABI

#endif
