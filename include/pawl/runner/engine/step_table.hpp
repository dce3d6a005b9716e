// A run's steps as those see them who drive its items.
#ifndef PAWL_RUNNER_ENGINE_STEP_TABLE_HPP
#define PAWL_RUNNER_ENGINE_STEP_TABLE_HPP

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/runner/engine/job.hpp>
#include <pawl/runner/engine/retry.hpp>
#include <pawl/runner/engine/worker.hpp>
#include <pawl/runner/promises.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

template <class Queue> struct run_context;

// An entry for each state. The type of the steps is known to the entries alone, so that one code drives all runs of a
// queue.
template <class Queue> class step_table {
  using L = typename Queue::lifecycle;

 public:
  using worker_type = worker<L, typename Queue::loop_type>;

  struct entry {
    task<progress> (*attempt)(run_context<Queue>&, worker_type&, job<L>&);  // null: the state has no step
    task<progress> (*fail)(Queue&, std::size_t slot, job<L>&);  // null: the lifecycle names no failure event here
    step_nature nature;
  };
  using all_entries = std::array<entry, state_count<L>>;

  // `all` and `promised` outlive the table.
  step_table(std::shared_ptr<void> steps, all_entries const& all, std::span<step_promise const> promised)
      : steps_(std::move(steps)), entries_(all), promises_(promised) {}

  // Null: the state has no step.
  entry const* of(state_of<L> s) const {
    auto const& found = entries_[state_index<L>(s)];
    return found.attempt ? &found : nullptr;
  }
  // `Steps`: the type that the table was made with.
  template <class Steps> Steps& as() const { return *static_cast<Steps*>(steps_.get()); }
  std::span<step_promise const> promises() const { return promises_; }

 private:
  std::shared_ptr<void> steps_;
  all_entries const& entries_;
  std::span<step_promise const> promises_;
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
