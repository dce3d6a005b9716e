// How much a run may begin: its options, what a run_control says instead, and the states that are paused in the store.
#ifndef PAWL_RUNNER_ENGINE_THROTTLE_HPP
#define PAWL_RUNNER_ENGINE_THROTTLE_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/runner/engine/state_gauge.hpp>
#include <pawl/runner/run_control.hpp>
#include <pawl/runner/run_options.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

class throttle {
 public:
  throttle(lifecycle_view const& lifecycle, run_options const& options, state_gauge& gauge)
      : lifecycle_(lifecycle), options_(options), gauge_(gauge), concurrency_(options.concurrency) {}
  throttle(throttle const&) = delete;
  throttle& operator=(throttle const&) = delete;

  std::size_t concurrency() const { return concurrency_; }
  // How many states with a step are paused.
  std::size_t paused() const { return paused_; }

  // By state index, a bit each. True if something is to be applied.
  bool hear_of_store(std::uint64_t paused) { return std::exchange(in_store_, paused) != paused; }
  // No more can be had.
  void bound(std::size_t concurrency) { concurrency_ = (std::min)(concurrency_, concurrency); }
  // Takes over what the control and the store say.
  void apply() {
    control_board::wishes wanted;
    if (options_.control != nullptr) wanted = options_.control->board()->read();
    concurrency_ = wanted.concurrency != 0 ? wanted.concurrency : options_.concurrency;
    paused_ = 0;
    for (std::size_t state = 0; state < lifecycle_.state_count(); ++state) {
      bool is_paused = (in_store_ >> state & 1U) != 0;
      std::size_t most = state_gauge::limit_in(options_.limits, lifecycle_.state_codes[state]);
      for (auto const& wish : wanted.states) {
        if (wish.code != lifecycle_.state_codes[state] || wish.state_type != lifecycle_.state_type) continue;
        is_paused = is_paused || wish.paused;
        if (wish.most != 0) most = wish.most;
      }
      if (is_paused && lifecycle_.roles[state] == role::step) ++paused_;
      gauge_.set(state, most, is_paused);
    }
  }

 private:
  lifecycle_view const& lifecycle_;
  run_options const& options_;
  state_gauge& gauge_;
  std::size_t concurrency_;
  std::size_t paused_ = 0;
  std::uint64_t in_store_ = 0;
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
