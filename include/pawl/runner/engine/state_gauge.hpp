// How many items are in the step of each state, and whether there is room for more.
#ifndef PAWL_RUNNER_ENGINE_STATE_GAUGE_HPP
#define PAWL_RUNNER_ENGINE_STATE_GAUGE_HPP

#include <array>
#include <cstddef>
#include <limits>

#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/runner/run_options.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

template <class L> class state_gauge {
 public:
  // Throws error "run.limits" for a state that is none of the lifecycle's, or has no step.
  explicit state_gauge(state_limits const& limits) {
    most_.fill((std::numeric_limits<std::size_t>::max)());
    for (auto const& limit : limits) {
      std::size_t const at = index_of_code<L>(limit.code);
      if (at == most_.size() || role_of<L>(states<L>[at]) != role::step)
        throw error("run.limits", "pawl: run_options::limits names a state that has no step");
      most_[at] = limit.at_most;
    }
  }

  bool has_room(state_of<L> s) const { return inside_[state_index<L>(s)] < most_[state_index<L>(s)]; }
  void enter(state_of<L> s) { ++inside_[state_index<L>(s)]; }
  void leave(state_of<L> s) { --inside_[state_index<L>(s)]; }

 private:
  std::array<std::size_t, state_count<L>> most_{};
  std::array<std::size_t, state_count<L>> inside_{};
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
