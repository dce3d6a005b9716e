// What a run counts and times of its steps.
#ifndef PAWL_RUNNER_ENGINE_TALLY_HPP
#define PAWL_RUNNER_ENGINE_TALLY_HPP

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/latency/log_linear_collector.hpp>
#include <pawl/runner/engine/job.hpp>
#include <pawl/runner/summary.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// The attempts of each state's step. A state whose step is never called costs nothing.
template <class L> class step_meter {
 public:
  void note(state_of<L> s, std::chrono::nanoseconds duration, progress result) {
    auto& of = entries_[state_index<L>(s)];
    if (!of) of = std::make_unique<entry>();
    ++of->attempts;
    of->moved += static_cast<std::size_t>(result == progress::moved);
    of->troubles += static_cast<std::size_t>(result == progress::troubled);
    of->durations.record(duration);
  }

  std::vector<step_summary> summary() const {
    std::vector<step_summary> steps;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (!entries_[i]) continue;
      auto const& of = *entries_[i];
      steps.push_back({state_name_of<L>(states<L>[i]), of.attempts, of.moved, of.troubles, of.durations.snapshot()});
    }
    return steps;
  }

 private:
  struct entry {
    std::size_t attempts = 0, moved = 0, troubles = 0;
    log_linear_collector<> durations{};
  };
  std::array<std::unique_ptr<entry>, state_count<L>> entries_{};
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
