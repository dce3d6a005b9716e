// Counts the items in the step of each state against the state's limit.
#ifndef PAWL_RUNNER_ENGINE_STATE_GAUGE_HPP
#define PAWL_RUNNER_ENGINE_STATE_GAUGE_HPP

#include <cstddef>
#include <limits>
#include <memory>

#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/runner/run_options.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

class state_gauge {
 public:
  // The limits have passed check_options().
  state_gauge(lifecycle_view const& lifecycle, state_limits const& limits)
      : states_(new level[lifecycle.state_count()]) {
    for (auto const& limit : limits) states_[lifecycle.index_of_code(limit.code)].most = limit.at_most;
  }

  bool has_room(std::size_t state) const { return states_[state].inside < states_[state].most; }
  void enter(std::size_t state) { ++states_[state].inside; }
  void leave(std::size_t state) { --states_[state].inside; }

 private:
  struct level {
    std::size_t most = (std::numeric_limits<std::size_t>::max)();
    std::size_t inside = 0;
  };
  std::unique_ptr<level[]> states_;
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
