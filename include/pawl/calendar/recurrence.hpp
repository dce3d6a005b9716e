// When something recurs: the instants of its ticks.
#ifndef PAWL_CALENDAR_RECURRENCE_HPP
#define PAWL_CALENDAR_RECURRENCE_HPP

#include <chrono>
#include <concepts>
#include <optional>
#include <type_traits>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// Promises that next(instant) is the first tick after the instant, empty if there will be none, and that it is the same in each
// process and at any time: a pure function.
template <class Rule>
concept recurrence = std::copy_constructible<Rule> && requires(Rule const& rule, std::chrono::sys_seconds after) {
  { rule.next(after) } -> std::same_as<std::optional<std::chrono::sys_seconds>>;
};

// The newest tick that is not after `until`, of those after `after`; empty if there is none. Asks the rule some thirty times,
// however many ticks are between.
template <recurrence Rule>
std::optional<std::chrono::sys_seconds> newest_tick(Rule const& rule, std::chrono::sys_seconds after,
                                                    std::chrono::sys_seconds until) {
  using std::chrono::seconds;
  std::optional<std::chrono::sys_seconds> newest;
  for (auto end = until; after < end;) {
    auto const middle = after + (end - after) / 2;
    if (auto const found = rule.next(middle); found && *found <= until)
      newest = after = *found;
    else
      end = middle;  // no tick is behind it
  }
  return newest;
}

}  // namespace pawl::inline PAWL_ABI

#endif
