// What a schedule writes next, from what its store knows of it.
#ifndef PAWL_RECURRING_SCHEDULE_STEP_HPP
#define PAWL_RECURRING_SCHEDULE_STEP_HPP

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/recurring/due_ticks.hpp>
#include <pawl/recurring/recurring_options.hpp>
#include <pawl/recurring/tick.hpp>
#include <pawl/store/tick_store.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// A tick_advance with keys of its own.
struct schedule_step {
  std::optional<stored_time> from{};
  stored_time to{};
  std::vector<std::string> keys{};

  tick_advance of(std::string_view schedule) const { return {schedule, from, to, keys}; }
};

// A last tick that lies further ahead was written by a clock that was wrong, or is read by one that is.
inline constexpr std::chrono::hours longest_clock_error{24};

// Throws error "recurring.clock".
inline void check_clock(std::string_view name, stored_time last, stored_time now) {
  if (last - longest_clock_error <= now) return;
  auto const at = [](stored_time time) {
    return key_of({"", std::chrono::floor<std::chrono::seconds>(time)}).substr(1);
  };
  throw error("recurring.clock",
              "pawl: the ticks of schedule '" + std::string(name) + "' are made up to " + at(last) +
                  ", and the clock is at " + at(now) +
                  ": one of the two is wrong. Set the clock; or if it was wrong when they were made, "
                  "or the schedule began with a later recurring_options::since than it has now, forget() the schedule, "
                  "which begins it anew");
}

// Empty: nothing is due. `last`: what the store has told.
inline std::optional<schedule_step> next_step(std::string_view name, tick_rule const& rule,
                                              std::optional<stored_time> last, stored_time now,
                                              recurring_options const& options) {
  stored_time const settled = last ? *last : options.since.value_or(now);
  if (last && (!options.since || last > options.since) /*mutant clock_is_checked: && !OFF*/)
    check_clock(name, *last, now);
  schedule_step step{.from = last};
  if (auto const due = next_due_ticks(rule, settled, now, options)) {
    step.to = due->settled;
    for (auto const at : due->made) step.keys.push_back(key_of({name, at}));
  } else if (!last) {
    step.to = settled;  // it begins
  } else {
    return std::nullopt;
  }
  return step;
}

}  // namespace pawl::inline PAWL_ABI::detail

#endif
