// Implements how run() reaches the engine, whose type it does not know.
#ifndef PAWL_RUNNER_ENGINE_RUN_PARTS_IMPL_HPP
#define PAWL_RUNNER_ENGINE_RUN_PARTS_IMPL_HPP

#include <exception>
#include <memory>
#include <utility>

#include <pawl/loop/loop.hpp>
#include <pawl/loop/spawn.hpp>
#include <pawl/runner/engine/engine.hpp>
#include <pawl/runner/engine/run_parts.hpp>
#include <pawl/runner/run_options.hpp>
#include <pawl/runner/summary.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

PAWL_INLINE std::shared_ptr<engine> make_engine(run_parts parts, run_options const& options) {
  return std::shared_ptr<engine>(new engine(std::move(parts), options));
}
PAWL_INLINE void start_run(engine& run, run_end end) { run.start(std::move(end)); }
PAWL_INLINE void run_canceller::operator()(asio::cancellation_type) const {
  if (auto const alive = run.lock()) post(alive->executor(), run, [](engine& self) { self.cancel(); });
}

PAWL_INLINE summary run_to_end(event_loop& loop, std::shared_ptr<engine> run) {
  struct ending {
    bool ended = false;
    std::exception_ptr failure{};
    summary sum{};
    static void take(void* self, std::exception_ptr failure, summary&& sum) {
      auto& end = *static_cast<ending*>(self);
      end.failure = std::move(failure);
      end.sum = std::move(sum);
      end.ended = true;
    }
  };
  std::shared_ptr<ending> const end(new ending);  // may outlive this call if a handler throws
  run->start({end, &ending::take});
  run.reset();  // from here on the running work owns the run
  loop.run_until(end->ended);
  if (end->failure) std::rethrow_exception(end->failure);
  return std::move(end->sum);
}

}  // namespace pawl::inline PAWL_ABI::detail

#endif
