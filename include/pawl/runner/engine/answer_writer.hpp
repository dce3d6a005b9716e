// Writes the event with which an attempt has ended.
#ifndef PAWL_RUNNER_ENGINE_ANSWER_WRITER_HPP
#define PAWL_RUNNER_ENGINE_ANSWER_WRITER_HPP

#include <chrono>
#include <cstddef>
#include <new>
#include <utility>

#include <pawl/adapter/trouble.hpp>
#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/machine.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/runner/engine/job.hpp>
#include <pawl/runner/engine/step_lookup.hpp>
#include <pawl/runner/observer.hpp>
#include <pawl/store/conflict.hpp>
#include <pawl/store/item.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// The item as one of the state that it is in.
template <auto S, class L> item<L, S> typed(job<L> const& w) { return {w.item.key, w.item.version, w.item.row}; }

// Stateless. `IsRead`: a step reads this event later in the item's life; only then it is worth remembering.
template <class Queue> class answer_writer {
  using L = typename Queue::lifecycle;
  using job_type = job<L>;

 public:
  using written = applied<any_item<L>>;

  // Begins to write the event; not a coroutine, so that std::visit may call it for each alternative.
  template <auto S, bool IsRead, class E>
  static task<written> begin_write(Queue& queue, std::size_t slot, job_type& w, E event) {
    auto const start = clock_of(queue);
    w.next = w.fsm;
    if (!w.next.fire(event)) throw error("run.machine", "pawl: the machine refused an event that its table accepts");
    watch(queue, slot, phase::dispatch, start, clock_of(queue) - start);
    if constexpr (next_state<L, S, E> == initial_state<L>)
      w.last = {};  // a new life: nothing is recorded any more
    else if constexpr (IsRead)
      w.last = event;
    return queue.template apply_as<written>(typed<S>(w), std::move(event), slot);
  }

  // Waits for the write and notes what came of it.
  static task<progress> settle(job_type& w, task<written> writing) {
    try {
      auto moved = co_await std::move(writing);
      if (!moved) co_return progress::dropped;
      w.enter(*std::move(moved));
      co_return progress::moved;
    } catch (store_error const& e) {
      if (e.what_failed() != store_failure::rejected) throw;
      w.why = trouble::permanent(e.what());
    } catch (std::bad_alloc const&) {  // the queue has taken it back, and written the others
      w.why = trouble::permanent("there was no memory left to write it");
    }
    w.last = {};  // it was not recorded after all
    co_return progress::troubled;
  }

  // The event that the lifecycle names for the trouble in w.why.
  template <auto S, bool IsRead> static task<progress> fire_failure(Queue& queue, std::size_t slot, job_type& w) {
    return settle(w, begin_write<S, IsRead>(queue, slot, w, make_failure<failure_event<L, S>>(w.why)));
  }

  // ---- for those who watch ----

  static constexpr bool watched = requires(Queue & queue) {
    queue.observer().on_phase(std::size_t{}, phase::step, std::chrono::nanoseconds{}, std::chrono::nanoseconds{});
  };
  static std::chrono::nanoseconds clock_of([[maybe_unused]] Queue& queue) {
    if constexpr (watched)
      return queue.loop().now();
    else
      return {};
  }
  static void watch([[maybe_unused]] Queue& queue, [[maybe_unused]] std::size_t slot, [[maybe_unused]] phase what,
                    [[maybe_unused]] std::chrono::nanoseconds start,
                    [[maybe_unused]] std::chrono::nanoseconds duration) {
    if constexpr (watched) queue.observer().on_phase(slot, what, start, duration);
  }
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
