// Runs every item of a store through the steps of its lifecycle.
#ifndef PAWL_RUNNER_RUN_HPP
#define PAWL_RUNNER_RUN_HPP

#include <exception>
#include <memory>
#include <utility>

#include <boost/asio/async_result.hpp>

#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/engine/attempt.hpp>
#include <pawl/runner/engine/hooks.hpp>
#include <pawl/runner/engine/run_parts.hpp>
#include <pawl/runner/engine/step_lookup.hpp>
#include <pawl/runner/engine/typed_link.hpp>
#include <pawl/runner/run_options.hpp>
#include <pawl/runner/summary.hpp>
#include <pawl/store/run_port.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

namespace detail {
// Whether a run of these compiles; where it does not, one sentence has said why.
template <class Store, class Steps> constexpr bool check_run() {
  if constexpr (!run_port<Store>)
    return check_run_port<Store>();
  else
    return steps_are_right<Steps, typename Store::lifecycle>();
}

template <class Queue, class Steps>
std::shared_ptr<engine> make_typed_engine(Queue& queue, Steps steps, run_options const& options) {
  using store_type = typename Queue::store_type;
  using L = typename Queue::lifecycle;
  return make_engine(
      run_parts{view_of<L>, queue.loop(), queue.writer(),
                std::unique_ptr<store_link>(new typed_link<store_type>(queue.base(), queue.loop())),
                typed_steps<store_type, Steps>::table(std::move(steps)), run_hooks::of<L>(queue.observer()),
                &event_memory<L>::make, &event_memory<L>::forget, &hydrate_machine<L>, &fire_machine<L>},
      options);
}
}  // namespace detail

// Takes every row whose state has a step, wherever an earlier process left it, and drives it from step to step until it
// arrives in a state without one. Ends when nothing is runnable, when it is stopped, or when the remote refuses
// everything.
//
// A transition counts after its COMMIT. A step's trouble is repeated, made into the lifecycle's failure event, or
// parked, as retry_policy and pawl::trouble_kind say; an exception from a step is that item's trouble alone. A
// store_error that concerns more than one item ends the run and is thrown once what is in flight has ended: reopen the
// store and run again.
//
// `queue` is a pawl::commit_queue of a store with a run_port, and must outlive the run. The steps are kept by value;
// steps that own strings are named before they are handed to async_run in a co_await expression (see pawl::task).
template <class Queue, class Steps> task<summary> async_run(Queue& queue, Steps steps, run_options options = {}) {
  if constexpr (detail::check_run<typename Queue::store_type, Steps>()) {
    auto running = detail::make_typed_engine(queue, std::move(steps), options);
    // What runs owns the run; the coroutine that waits for it owns nothing of it, since its frame would live to the end.
    return asio::async_initiate<asio::use_awaitable_t<> const&, void(std::exception_ptr, summary)>(
        [running = std::move(running)](auto handler) mutable {
          using handler_type = decltype(handler);
          std::shared_ptr<handler_type> const waiting(new handler_type(std::move(handler)));
          auto const starting = std::exchange(running, nullptr);
          detail::start_run(*starting, {waiting, [](void* waiter, std::exception_ptr failure, summary&& sum) {
                                          auto resume = std::move(*static_cast<handler_type*>(waiter));
                                          std::move(resume)(std::move(failure), std::move(sum));
                                        }});
        },
        await);
  } else {
    return task<summary>{};
  }
}

// The same on the queue's own loop, until it is done.
template <class Queue, class Steps> summary run(Queue& queue, Steps steps, run_options options = {}) {
  if constexpr (detail::check_run<typename Queue::store_type, Steps>())
    return detail::run_to_end(queue.loop(), detail::make_typed_engine(queue, std::move(steps), options));
  else
    return {};
}

// The same on a loop and a queue of its own, for a program that does nothing else meanwhile.
template <class Store, class Steps>
  requires(!requires(Store & queue) { queue.base(); })
summary run(Store& store, Steps steps, run_options options = {}) {
  if constexpr (detail::check_run<Store, Steps>()) {
    pawl::loop<> loop;
    commit_queue queue{loop, store};
    return run(queue, std::move(steps), options);
  } else {
    return {};
  }
}

}  // namespace pawl::inline PAWL_ABI

#ifndef PAWL_COMPILED
#include <pawl/runner/engine/engine.hpp>
#endif

#endif
