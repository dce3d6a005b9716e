// The coroutine of a worker slot: it takes one item after another through its steps.
#ifndef PAWL_RUNNER_ENGINE_SLOT_WORK_HPP
#define PAWL_RUNNER_ENGINE_SLOT_WORK_HPP

#include <memory>
#include <utility>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/this_coro.hpp>

#include <pawl/loop/task.hpp>
#include <pawl/runner/engine/worker.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// Begins with the item that is in the slot, and ends when run->next_item(me) finds no other. This frame and the step's own are
// all that is in memory for an item that waits for a remote: so nothing is kept here, and what run->driver() does before and
// after the step has frames of its own, which have ended or not begun.
template <class Run> task<void> work_in_slot(std::shared_ptr<Run> run, worker& me) {
  auto& driver = run->driver();
  task<void> waiting;  // empty: there is nothing to wait for
  for (int streak = 1;; ++streak) {
    if (streak % 64 == 0) {  // steps that never wait would starve the loop
      waiting = run->loop().sleep({});
      co_await std::move(waiting);
    }
    if (auto& j = me.item(); j.is_look) {
      waiting = driver.look_up(j.item);
      co_await std::move(waiting);
    } else {
      if ((waiting = driver.take(me, j)).valid()) co_await std::move(waiting);
      while (j.in_progress()) {
        if ((waiting = driver.prepare(me, j)).valid()) co_await std::move(waiting);
        if (!j.in_progress()) break;
        try {
          if ((waiting = driver.call(me, j)).valid()) co_await std::move(waiting);
        } catch (...) {
          driver.catch_from_step(j);
        }
        // What is awaited from here on is not to be cancelled, and to await anything while the step's still counts would throw.
        asio::cancellation_state const state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none)
          co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
        waiting = driver.settle(me, j);
        co_await std::move(waiting);
      }
      if ((waiting = driver.finish(me, j)).valid()) co_await std::move(waiting);
    }
    if (!run->next_item(me)) co_return;
  }
}

}  // namespace pawl::inline PAWL_ABI::detail

#endif
