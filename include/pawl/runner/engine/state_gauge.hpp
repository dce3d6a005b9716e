// Counts the items in the step of each state against the state's limit.
#ifndef PAWL_RUNNER_ENGINE_STATE_GAUGE_HPP
#define PAWL_RUNNER_ENGINE_STATE_GAUGE_HPP

#include <cstddef>
#include <cstdint>
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
    for (std::size_t i = 0; i < lifecycle.state_count(); ++i) set(i, limit_in(limits, lifecycle.state_codes[i]), false);
  }
  static std::size_t limit_in(state_limits const& limits, std::int64_t code) {
    for (auto const& limit : limits)
      if (limit.code == code) return limit.at_most;
    return unlimited;
  }

  // False also while it is shut or paused.
  bool has_room(std::size_t state) const { return states_[state].inside < states_[state].room; }
  // False also while it is paused.
  bool is_below_limit(std::size_t state) const { return states_[state].inside < states_[state].most; }
  bool is_paused(std::size_t state) const { return states_[state].most == 0; }
  void enter(std::size_t state) { ++states_[state].inside; }
  void leave(std::size_t state) { --states_[state].inside; }
  // Enough items wait for this step: no more are taken until it is opened as often as it was shut.
  void shut(std::size_t state) {
    ++states_[state].shut;
    states_[state].room = 0;
  }
  void open(std::size_t state) {
    if (--states_[state].shut == 0) states_[state].room = states_[state].most;
  }
  // Those that are inside stay there.
  void set(std::size_t state, std::size_t most, bool paused) {
    auto& of = states_[state];
    of.most = paused /*mutant paused_state_has_no_room: && !OFF*/ ? 0 : most;
    of.room = of.shut > 0 ? 0 : of.most;
  }

 private:
  static constexpr std::size_t unlimited = (std::numeric_limits<std::size_t>::max)();
  struct level {
    std::size_t room = unlimited;  // 0 while it is shut
    std::size_t inside = 0;
    std::size_t most = unlimited;  // 0 while it is paused
    std::size_t shut = 0;
  };
  std::unique_ptr<level[]> states_;
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
