// Runs the items of a store, and makes the ticks of its schedules meanwhile.
#ifndef PAWL_RECURRING_RUN_HPP
#define PAWL_RECURRING_RUN_HPP

#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/this_coro.hpp>

#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/loop/callback.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/stop.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/recurring/recurring.hpp>
#include <pawl/recurring/tick_maker.hpp>
#include <pawl/runner/engine/option_check.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/runner/run_options.hpp>
#include <pawl/runner/summary.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

namespace detail {
// A stop source of its own, which is triggered with the user's.
class linked_stop {
 public:
  explicit linked_stop(stop_source* from) {
    if (from != nullptr) link_.emplace(from->get_token(), trigger{&source_});
  }
  linked_stop(linked_stop const&) = delete;
  linked_stop& operator=(linked_stop const&) = delete;

  stop_source& source() noexcept { return source_; }
  void stop() { source_.request_stop(); }

 private:
  struct trigger {
    stop_source* what;
    void operator()() const noexcept { what->request_stop(); }
  };

  stop_source source_{};
  std::optional<stop_callback<trigger>> link_{};
};
}  // namespace detail

// As async_run() without schedules; and makes their ticks: first what is due, before the run begins, then each tick when its
// time has come, until the run ends. A tick that is still to come keeps no run: with until::idle a run makes what is due,
// works until nothing is runnable, and leaves the rest to the next one; with until::stopped it is there for all. A failure
// of a store ends the run and is thrown. While another process holds the lock of a database a tick waits; at the beginning no
// longer than commit_queue_options::busy_bound, after which store_error (busy) is thrown.
//
//   pawl::run(nights, steps{}, {.until = pawl::until::stopped, .stop = &stop}, pawl::every(nights, "nightly", 24h));
//
// The schedules may be those of any store on the queue's loop. Each process that runs has them: one of them makes each tick.
template <class Queue, class Steps, class First, class... More>
[[nodiscard("the run does not begin until it is awaited")]] task<summary> async_run(Queue& queue, Steps steps,
                                                                                    run_options options,
                                                                                    recurring<First> first,
                                                                                    recurring<More>... more) {
  // What would refuse the run does so before there are ticks.
  detail::check_options(options, view_of<typename Queue::lifecycle>);
  if constexpr (requires { queue.base().verify(); }) queue.base().verify();
  auto const stop = std::make_shared<detail::linked_stop>(options.stop);
  options.stop = &stop->source();
  auto const ticks = detail::tick_maker::of({queue.loop(), options.stop->get_token()},
                                            detail::keeping_call::to<&detail::linked_stop::stop>(stop),
                                            std::move(first), std::move(more)...);
  auto making = detail::tick_maker::make_due(ticks, queue.writer().busy_bound());
  co_await std::move(making);
  ticks->begin();
  std::optional<summary> sum;
  std::exception_ptr failure;
  try {
    auto running = async_run(queue, std::move(steps), options);
    sum.emplace(co_await std::move(running));
  } catch (...) {
    failure = std::current_exception();
  }
  // What is being written is waited for, also where whoever awaits this has cancelled it.
  bool const throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  auto ending = detail::tick_maker::end(ticks);
  auto const failed = co_await std::move(ending);
  co_await asio::this_coro::throw_if_cancelled(throws);
  if (failed) failure = failed;  // it has ended the run
  if (failure) std::rethrow_exception(failure);
  co_return *std::move(sum);
}

// The same on the queue's own loop; returns when the run has ended.
template <class Queue, class Steps, class First, class... More>
  requires requires(Queue& queue) { queue.base(); }
summary run(Queue& queue, Steps steps, run_options options, recurring<First> first, recurring<More>... more) {
  return queue.loop().wait(async_run(queue, std::move(steps), options, std::move(first), std::move(more)...));
}

// The same with a queue of its own, and a loop unless the store is on one.
template <class Store, class Steps, class First, class... More>
  requires(!requires(Store & queue) { queue.base(); })
summary run(Store& store, Steps steps, run_options options, recurring<First> first, recurring<More>... more) {
  if constexpr (!detail::check_run<Store, Steps>()) {
    return {};
  } else if constexpr (requires { store.loop(); }) {
    commit_queue queue{store.loop(), store};
    return run(queue, std::move(steps), options, std::move(first), std::move(more)...);
  } else {
    pawl::loop<> loop;
    commit_queue queue{loop, store};
    return run(queue, std::move(steps), options, std::move(first), std::move(more)...);
  }
}

}  // namespace pawl::inline PAWL_ABI

#endif
