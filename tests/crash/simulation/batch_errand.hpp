// What is done to batches by hand.
#ifndef PAWL_TESTS_CRASH_SIMULATION_BATCH_ERRAND_HPP
#define PAWL_TESTS_CRASH_SIMULATION_BATCH_ERRAND_HPP

#include <type_traits>
#include <utility>

#include <pawl/loop/task.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/with.hpp>

#include "crash/simulation/batch_plan.hpp"
#include "crash/simulation/batch_steps.hpp"
#include "crash/simulation/errand.hpp"
#include "crash/simulation/family_records.hpp"

namespace crash::simulation {

// Nothing where nobody would do anything. T: the table of the files.
template <class T, auto S, class Records, class Item> auto batch_event_by_hand(Records const& of, Item const& it) {
  if constexpr (S == batch_state::published || S == batch_state::discarded)
    return again{};
  else if constexpr (S == batch_state::filled)
    return pawl::with(add{}, insertion_of<T>(batch_plan::late_files(of.seed, it.key, it.version)));
}

// An errand through a queue, which may share its transactions with the run. Ends with the queue at the latest.
template <class T, class B> class queued_batch_errand {
 public:
  // All outlive the task.
  template <class Queue> static pawl::task<void> run(Queue& queue, family_records<B>& of, errand what) {
    for (auto const& deed : what.batches) {
      auto const row = queue.base().get(deed.key).item;
      if (!row || deed.removes) continue;
      auto moving = pawl::visit([&](auto it) { return move(queue, of, std::move(it)); }, *row);
      co_await std::move(moving);
    }
  }

 private:
  template <class Queue, auto S>
  static pawl::task<void> move(Queue& queue, family_records<B>& of, pawl::item<lifecycle_of<B>, S> it) {
    if constexpr (!std::is_void_v<decltype(batch_event_by_hand<T, S>(of, it))>) {
      auto event = batch_event_by_hand<T, S>(of, it);
      auto writing = queue.apply(std::move(it), std::move(event));
      static_cast<void>(co_await std::move(writing));
    }
    co_return;
  }
};

}  // namespace crash::simulation

#endif
