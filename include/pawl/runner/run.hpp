// Runs every item of a store through the steps of its lifecycle.
#ifndef PAWL_RUNNER_RUN_HPP
#define PAWL_RUNNER_RUN_HPP

#include <exception>
#include <memory>
#include <utility>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>

#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/suspend.hpp>
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
#include <pawl/store/statement_store.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

namespace detail {
// True if such a run compiles; otherwise a static_assert has stated the reason in one sentence.
template <class Store, class Steps> constexpr bool check_run() {
  if constexpr (!run_port<Store>)
    return check_run_port<Store>();
  else if constexpr (gathers_children<typename Store::lifecycle> && !keeps_children<Store>)
    return mistake::store_without_children<Store>();
  else if constexpr (!steps_are_right<Steps, typename Store::lifecycle>())
    return false;
  else if constexpr (any_statements<Steps, typename Store::lifecycle>())
    return check_statement_store<Store>();
  else
    return true;
}

template <class Queue, class Steps>
std::shared_ptr<engine> make_typed_engine(Queue& queue, Steps steps, run_options const& options) {
  using store_type = typename Queue::store_type;
  using L = typename Queue::lifecycle;
  return make_engine(
      run_parts{view_of<L>, queue.loop(), queue.writer(), make_link<store_type>(queue.base(), queue.loop()),
                typed_steps<store_type, Steps>::table(std::move(steps)), run_hooks::of<L>(queue.observer()),
                typed_steps<store_type, Steps>::make_memory, &event_memory<L>::forget, &hydrate_machine<L>,
                &fire_machine<L>},
      options);
}

// Whoever awaits a run; resumed on its own executor.
template <class Handler> class run_waiter {
 public:
  run_waiter(Handler&& handler, loop_executor const& home) : handler_(std::move(handler)), home_(home) {}

  static void resume(void* self, std::exception_ptr failure, summary&& sum) {
    auto handler = std::move(static_cast<run_waiter*>(self)->handler_);
    auto const home = static_cast<run_waiter*>(self)->home_;
    auto const chosen = asio::get_associated_executor(handler, home);
    if (is_home(chosen, home)) return std::move(handler)(std::move(failure), std::move(sum));
    asio::dispatch(chosen, [h = std::move(handler), failure = std::move(failure), sum = std::move(sum)]() mutable {
      std::move(h)(std::move(failure), std::move(sum));
    });
  }

 private:
  Handler handler_;
  loop_executor home_;
};
}  // namespace detail

// Takes every row whose state has a step, wherever an earlier process left it, and drives it from step to step until it
// reaches a state without one. Ends when nothing is runnable, when it is stopped, or when the remote refuses all calls.
//
// A transition is valid once committed. Trouble in a step is retried, turned into the lifecycle's failure event, or
// parks the item, according to retry_policy and pawl::trouble_kind; an exception from a step affects only its item. A
// store_error that affects more than one item ends the run; it is thrown once the steps in flight have ended. Then
// reopen the store and run again.
//
// To cancel what awaits it, by `||`, a cancellation slot or a deadline, is to request a stop, whatever the kind of
// cancellation: steps in flight end within run_options::grace and are written, and then it returns its summary, with
// `stopped` set. That is also how a run with until::stopped and without a stop source ends. `a || b` keeps only the result
// of the operation that ended first, so to have the summary too, await the run in a coroutine of your own that stores it.
//
// `queue` is a pawl::commit_queue of a store with a run_port, and must outlive the run. The steps are stored by value.
// Give steps that own strings a name before passing them to async_run in a co_await expression (see pawl::task).
template <class Queue, class Steps>
[[nodiscard("the run does not begin until it is awaited")]] task<summary> async_run(Queue& queue, Steps steps,
                                                                                    run_options options = {}) {
  if constexpr (detail::check_run<typename Queue::store_type, Steps>()) {
    auto running = detail::make_typed_engine(queue, std::move(steps), options);
    // The running work owns the run. The coroutine that awaits it must not: its frame would keep the run alive to the
    // end.
    return asio::async_initiate<asio::use_awaitable_t<> const&, void(std::exception_ptr, summary)>(
        [running = std::move(running), home = queue.loop().get_executor()](auto handler) mutable {
          using waiter = detail::run_waiter<decltype(handler)>;
          if (auto slot = asio::get_associated_cancellation_slot(handler); slot.is_connected())
            slot.template emplace<detail::run_canceller>(detail::run_canceller{running});
          std::shared_ptr<waiter> const waiting(new waiter(std::move(handler), home));
          auto const starting = std::exchange(running, nullptr);
          detail::start_run(*starting, {waiting, &waiter::resume});
        },
        await);
  } else {
    return task<summary>{};
  }
}

// The same on the queue's own loop; returns when the run has ended.
template <class Queue, class Steps> summary run(Queue& queue, Steps steps, run_options options = {}) {
  if constexpr (detail::check_run<typename Queue::store_type, Steps>())
    return detail::run_to_end(queue.loop(), detail::make_typed_engine(queue, std::move(steps), options));
  else
    return {};
}

// The same with a queue of its own, and a loop unless the store is on one, for a program that does nothing else in the
// meantime.
template <class Store, class Steps>
  requires(!requires(Store & queue) { queue.base(); })
summary run(Store& store, Steps steps, run_options options = {}) {
  if constexpr (!detail::check_run<Store, Steps>()) {
    return {};
  } else if constexpr (requires { store.loop(); }) {
    commit_queue queue{store.loop(), store};
    return run(queue, std::move(steps), options);
  } else {
    pawl::loop<> loop;
    commit_queue queue{loop, store};
    return run(queue, std::move(steps), options);
  }
}

}  // namespace pawl::inline PAWL_ABI

#ifndef PAWL_COMPILED
#include <pawl/runner/engine/run_parts_impl.hpp>
#endif

#endif
