// What a program can watch of a run: hooks that cost nothing when they are not there.
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

// The parts of an item's way through a run that take time outside the store.
enum class phase : std::uint8_t {
  hydrate,   // the row became a machine
  dispatch,  // the machine took the event and found the next state
  step       // the user's step ran, with all its waiting
};

// An observer is any class with some of these members; the runner and the queue call those that are there:
//
//   An item comes into hand, for the first time or after a delay.
//     void on_take(std::size_t slot, any_item<L> const&, std::chrono::nanoseconds now);
//   A phase of its way is over.
//     void on_phase(std::size_t slot, pawl::phase, std::chrono::nanoseconds start, std::chrono::nanoseconds duration);
//   A step brought no event.
//     void on_trouble(std::size_t slot, any_item<L> const&, pawl::trouble const&);
//   It leaves the hand: arrived, parked, delayed or dropped.
//     void on_leave(std::size_t slot, any_item<L> const&, std::chrono::nanoseconds now);
//   A transition was committed; its waiter resumes afterwards.
//     void on_transition(pawl::transition_times const&);
//   A transaction was committed.
//     void on_batch(pawl::batch_times const&);
//   The run begins; once for each state with a step, before an item is taken. `words_of(how)` says it.
//     void on_promise(std::string_view state, pawl::repetition how);
//   The run begins, and something may go wrong in one like it; the words are also in its summary.
//     void on_warning(std::string_view);
//   How far the run is, every run_options::progress_every. With it a run begins by counting the items of the store.
//     void on_progress(pawl::run_progress const&);
//
// All are called on the loop's thread, must not throw, and must not touch the store.

}  // namespace pawl::inline PAWL_ABI

#endif
