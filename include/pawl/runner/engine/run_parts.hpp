// The type-erased parts of a run, and how to start it: all that run.hpp needs from the engine.
#ifndef PAWL_RUNNER_ENGINE_RUN_PARTS_HPP
#define PAWL_RUNNER_ENGINE_RUN_PARTS_HPP

#include <cstddef>
#include <exception>
#include <memory>

#include <boost/asio/cancellation_type.hpp>

#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/queue/batch_writer.hpp>
#include <pawl/runner/engine/hooks.hpp>
#include <pawl/runner/engine/job.hpp>
#include <pawl/runner/engine/step_table.hpp>
#include <pawl/runner/engine/store_link.hpp>
#include <pawl/runner/run_options.hpp>
#include <pawl/runner/summary.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// What is known before a run starts: its lifecycle, store and steps, type-erased.
struct run_parts {
  lifecycle_view const& lifecycle;
  event_loop& loop;
  batch_writer& writer;
  std::unique_ptr<store_link> store;
  step_table steps;
  run_hooks hooks;
  std::shared_ptr<void> (*make_events)();  // one event_memory per worker
  void (*forget_events)(job&);             // called before a worker's next item
  // True if a machine of the lifecycle accepts the transition.
  bool (*hydrate)(std::size_t state);
  bool (*fire)(std::size_t state, std::size_t row);
};

// What to call at the end of a run, and what to keep alive until then.
struct run_end {
  std::shared_ptr<void> to{};
  void (*call)(void* to, std::exception_ptr failure, summary&& sum) = nullptr;
};

class engine;

// Throws pawl::error if the options are invalid.
std::shared_ptr<engine> make_engine(run_parts parts, run_options const& options);
// Starts the run. From then on it is owned by the work it has spawned; if that is destroyed with the loop, so are the
// run and its `end`.
void start_run(engine& run, run_end end);
// For the cancellation slot of who awaits a run, on any thread: each kind of cancellation is a request to stop.
struct run_canceller {
  std::weak_ptr<engine> run;
  void operator()(asio::cancellation_type) const;
};
// Runs the loop until the run has ended.
summary run_to_end(event_loop& loop, std::shared_ptr<engine> run);

}  // namespace pawl::inline PAWL_ABI::detail

#endif
