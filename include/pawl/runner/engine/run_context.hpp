// What a run is made of, for those who drive its items and for the one who feeds them.
#ifndef PAWL_RUNNER_ENGINE_RUN_CONTEXT_HPP
#define PAWL_RUNNER_ENGINE_RUN_CONTEXT_HPP

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <random>
#include <unordered_map>
#include <utility>
#include <vector>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/runner/engine/backlog.hpp>
#include <pawl/runner/engine/retry.hpp>
#include <pawl/runner/engine/state_gauge.hpp>
#include <pawl/runner/engine/step_table.hpp>
#include <pawl/runner/engine/tally.hpp>
#include <pawl/runner/engine/wall_time.hpp>
#include <pawl/runner/rate_gate.hpp>
#include <pawl/runner/run_options.hpp>
#include <pawl/runner/summary.hpp>
#include <pawl/store/change_signal.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// Tells runs apart, of all processes; never 0.
inline std::int64_t new_run_id() {
  std::random_device random;
  return static_cast<std::int64_t>(std::uint64_t{random()} << 31 | random() | 1);
}

template <class Queue> struct run_context {
  using L = typename Queue::lifecycle;

  run_context(Queue& q, step_table<Queue> s, run_options const& o)
      : queue(q),
        steps(std::move(s)),
        options(o),
        own_lock(o.lock ? nullptr : q.base().make_owner()),
        owner(o.lock ? o.lock->owner() : *own_lock),
        items(q.base(), o.page),
        gauge(o.limits),
        gate(o.gate ? *o.gate : own_gate),
        judgement(o.retry, o.item_deadline, o.seed) {}
  run_context(run_context const&) = delete;
  run_context& operator=(run_context const&) = delete;

  // No item is taken any more, and no step begins.
  bool closed() const { return ended || failure || sum.halted || stop_requested(); }
  bool shares() const { return (options.lock ? owner.how() : options.owner) == ownership::shared; }
  bool stop_requested() const { return options.stop && options.stop->stop_requested(); }
  stored_time now() { return wall.at(queue.loop().now()); }

  Queue& queue;
  step_table<Queue> steps;
  run_options options;
  std::int64_t const id = new_run_id();
  wall_time wall{};
  std::unique_ptr<run_owner> own_lock;  // null: the program has locked the store
  run_owner& owner;
  backlog<typename Queue::store_type> items;
  state_gauge<L> gauge;
  rate_gate own_gate{};
  rate_gate& gate;
  judge judgement;
  step_meter<L> meter{};
  summary sum{};
  std::size_t delayed = 0;                                                        // by this run, and not taken again
  std::unordered_map<std::int64_t, std::pair<std::int64_t, state_of<L>>> lost{};  // dropped rows as they were then
  // Items with which a process has died more than once are in hand one at a time: so the one that killed it is known by its
  // deaths, and those beside it are not taken for it. These wait for their turn.
  std::vector<any_item<L>> suspects{};
  bool suspect_in_hand = false;
  change_signal room{};          // in a state that was full
  std::exception_ptr failure{};  // ends the run
  bool ended = false;
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
