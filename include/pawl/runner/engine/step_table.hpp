// The steps of a run, type-erased: one entry per state, and one per transition that a step may ask for.
#ifndef PAWL_RUNNER_ENGINE_STEP_TABLE_HPP
#define PAWL_RUNNER_ENGINE_STEP_TABLE_HPP

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include <pawl/loop/task.hpp>
#include <pawl/queue/pending_write.hpp>
#include <pawl/runner/engine/gate_names.hpp>
#include <pawl/runner/engine/job.hpp>
#include <pawl/runner/engine/retry.hpp>
#include <pawl/runner/gate_options.hpp>
#include <pawl/runner/promises.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// A step leaves its result in the job: a transition with its event in job.events, or the trouble in job.why.
struct step_entry {
  // Loads the event that the step reads into job.events. False: job.why tells what is wrong. Null: it reads none. If
  // the store answers with coroutines, `recall_later` is set instead.
  bool (*recall)(void* store, job&) = nullptr;
  task<void> (*recall_later)(void* store, job&, bool& recalled) = nullptr;
  // Calls the step: `call` if it is a coroutine, else `compute`. Both null: the state has no step.
  task<void> (*call)(void* steps, job&) = nullptr;
  void (*compute)(void* steps, job&) = nullptr;
  // Asks for the transition of the lifecycle's failure event, built from job.why. Null: the state has none.
  void (*ask_for_failure)(job&) = nullptr;
  // The name of the gate that the call passes; it may be empty. Null: it passes no named gate.
  std::string (*gate_of)(void* steps, job const&) = nullptr;
  step_nature nature{};

  bool exists() const { return call || compute; }
};

struct row_entry {
  // Applies the answer in job.events to job.item. All null: no step asks for this transition.
  transition_result (*apply)(void* store, job const&) = nullptr;
  task<void> (*apply_later)(void* store, job const&, transition_result&) = nullptr;
  // The same for a store that is given whole batches.
  batch_place (*append)(void* batch, job const&) = nullptr;
  transition_result (*collect)(void* batch, std::size_t ticket) = nullptr;
  // After the commit, if the item has not moved: throws why it was undone alone, its statements with it. Null: it has none.
  void (*throw_undone)(job const&) = nullptr;
  // After the commit: keeps the event for steps that read it. Null: none does.
  void (*keep_event)(job&) = nullptr;
};

class step_table {
 public:
  using make_names = std::unique_ptr<gate_names> (*)(gate_options const&);

  // `steps`: the object the entries were made for. The spans must outlive the table. `names`: null if no step names a
  // gate.
  step_table(std::shared_ptr<void> steps, std::span<step_entry const> states, std::span<row_entry const> rows,
             std::span<step_promise const> promises, make_names names)
      : steps_(std::move(steps)), states_(states), rows_(rows), promises_(promises), make_names_(names) {}

  // Null: the state has no step.
  step_entry const* of_state(std::size_t state) const {
    auto const& found = states_[state];
    return found.exists() ? &found : nullptr;
  }
  row_entry const& of_row(std::size_t row) const { return rows_[row]; }
  void* steps() const { return steps_.get(); }
  std::span<step_promise const> promises() const { return promises_; }
  // Null: no step names a gate.
  std::unique_ptr<gate_names> make_gate_names(gate_options const& options) const {
    return make_names_ ? make_names_(options) : nullptr;
  }

 private:
  std::shared_ptr<void> steps_;
  std::span<step_entry const> states_;
  std::span<row_entry const> rows_;
  std::span<step_promise const> promises_;
  make_names make_names_;
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
