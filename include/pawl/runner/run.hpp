// Runs every item of a store through the steps of its lifecycle.
#ifndef PAWL_RUNNER_RUN_HPP
#define PAWL_RUNNER_RUN_HPP

#include <exception>
#include <functional>
#include <memory>
#include <utility>

#include <boost/asio/async_result.hpp>

#include <pawl/loop/loop.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/engine/attempt.hpp>
#include <pawl/runner/engine/engine.hpp>
#include <pawl/runner/engine/step_lookup.hpp>
#include <pawl/runner/run_options.hpp>
#include <pawl/runner/summary.hpp>
#include <pawl/store/transition_store.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

namespace detail {
// Not a coroutine of ours, whose frame would live until the end and own what `start` owns.
inline task<summary> await_end(std::function<void(end_handler)> start) {
  return asio::async_initiate<asio::use_awaitable_t<> const&, void(std::exception_ptr, summary)>(
      [start = std::move(start)](auto handler) { start(end_handler(std::move(handler))); }, await);
}
}  // namespace detail

// Takes every row whose state has a step, wherever an earlier process left it, and drives it from step to step until it
// arrives in a state without one. Ends when nothing is runnable, when it is stopped, or when the remote refuses
// everybody.
//
// A transition counts after its COMMIT. A step's trouble is repeated, made into the lifecycle's failure event, or
// parked, as retry_policy and pawl::trouble_kind say; an exception from a step is that item's trouble alone. A
// store_error that concerns more than one item ends the run and is thrown once what is in flight has ended: reopen the
// store and run again.
//
// `queue` is a pawl::commit_queue, and must outlive the run. The steps are kept by value; steps that own strings are named before
// they are handed to async_run in a co_await expression (see pawl::task).
template <class Queue, class Steps> task<summary> async_run(Queue& queue, Steps steps, run_options options = {}) {
  if constexpr (detail::steps_are_right<Steps, typename Queue::lifecycle>()) {
    auto table = detail::step_runner<Queue, Steps>::table_of(std::move(steps));
    auto running = std::make_shared<detail::engine<Queue>>(queue, std::move(table), options);
    // What runs owns the run, and the one who waits for it owns nothing of it.
    return detail::await_end([running = std::move(running)](detail::end_handler handler) mutable {
      std::exchange(running, nullptr)->start(std::move(handler));
    });
  } else {
    return task<summary>{};
  }
}

// The same on the queue's own loop, until it is done.
template <class Queue, class Steps> summary run(Queue& queue, Steps steps, run_options options = {}) {
  if constexpr (detail::steps_are_right<Steps, typename Queue::lifecycle>())
    return queue.loop().wait(async_run(queue, std::move(steps), options));
  else
    return {};
}

// The same on a loop and a queue of its own, for a program that does nothing else meanwhile.
template <transition_store Store, class Steps> summary run(Store& store, Steps steps, run_options options = {}) {
  if constexpr (detail::steps_are_right<Steps, typename Store::lifecycle>()) {
    pawl::loop<> loop;
    commit_queue queue{loop, store};
    return run(queue, std::move(steps), options);
  } else {
    return {};
  }
}

}  // namespace pawl::inline PAWL_ABI

#endif
