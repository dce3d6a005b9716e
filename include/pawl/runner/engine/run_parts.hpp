// What a run is made of, without types, and how it is started: all that run.hpp needs to know of the engine.
#ifndef PAWL_RUNNER_ENGINE_RUN_PARTS_HPP
#define PAWL_RUNNER_ENGINE_RUN_PARTS_HPP

#include <cstddef>
#include <exception>
#include <memory>

#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/queue/batch_writer.hpp>
#include <pawl/runner/engine/hooks.hpp>
#include <pawl/runner/engine/job.hpp>
#include <pawl/runner/engine/step_table.hpp>
#include <pawl/runner/engine/store_link.hpp>
#include <pawl/runner/run_options.hpp>
#include <pawl/runner/summary.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// What is known of a run before it begins: its lifecycle, store and steps, without their types.
struct run_parts {
  lifecycle_view const& lifecycle;
  event_loop& loop;
  batch_writer& writer;
  std::unique_ptr<store_link> store;
  step_table steps;
  run_hooks hooks;
  std::shared_ptr<void> (*make_events)();  // an event_memory for each worker
  void (*forget_events)(job&);             // those of the item before
  // Lets a machine of the lifecycle take the transition; false: it refuses.
  bool (*hydrate)(std::size_t state);
  bool (*fire)(std::size_t state, std::size_t row);
};

// What to call at the end of a run, and what to keep alive until then.
struct run_end {
  std::shared_ptr<void> to{};
  void (*call)(void* to, std::exception_ptr failure, summary&& sum) = nullptr;
};

class engine;

// Throws pawl::error where the options are wrong.
std::shared_ptr<engine> make_engine(run_parts parts, run_options const& options);
// Begins the run. From then on it is owned by what it has spawned; where that is destroyed with the loop, the run and its
// end are destroyed too.
void start_run(engine& run, run_end end);
// Runs the loop until the run has ended.
summary run_to_end(event_loop& loop, std::shared_ptr<engine> run);

}  // namespace pawl::inline PAWL_ABI::detail

#endif
