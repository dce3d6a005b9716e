// Which ticks of a schedule are due, and which of them are made.
#ifndef PAWL_RECURRING_DUE_TICKS_HPP
#define PAWL_RECURRING_DUE_TICKS_HPP

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <pawl/calendar/recurrence.hpp>
#include <pawl/recurring/recurring_options.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// A recurrence without its type. Its ticks end before what a stored_time can hold.
class tick_rule {
 public:
  template <class Rule>
    requires(!std::same_as<Rule, tick_rule> && recurrence<Rule>)
  explicit tick_rule(Rule rule) : held_(std::make_shared<held<Rule>>(std::move(rule))) {}

  std::optional<std::chrono::sys_seconds> next(std::chrono::sys_seconds after) const {
    auto const found = held_->next(after);
    return found && *found <= last ? found : std::nullopt;
  }

 private:
  static constexpr auto last = std::chrono::floor<std::chrono::seconds>((stored_time::max)());

  struct erased {
    erased() = default;
    erased(erased const&) = delete;
    erased& operator=(erased const&) = delete;
    virtual ~erased() = default;
    virtual std::optional<std::chrono::sys_seconds> next(std::chrono::sys_seconds after) const = 0;
  };
  template <class Rule> struct held final : erased {
    explicit held(Rule r) : rule(std::move(r)) {}
    std::optional<std::chrono::sys_seconds> next(std::chrono::sys_seconds after) const override {
      return rule.next(after);
    }
    Rule rule;
  };

  std::shared_ptr<erased const> held_;
};

struct due_ticks {
  std::vector<std::chrono::sys_seconds> made{};  // in order
  std::chrono::sys_seconds settled{};            // all up to here are made or left out
};

inline std::vector<std::chrono::sys_seconds> ticks_between(tick_rule const& rule, std::chrono::sys_seconds after,
                                                           std::chrono::sys_seconds until, std::size_t most) {
  std::vector<std::chrono::sys_seconds> found;
  for (auto next = rule.next(after); next && *next <= until && found.size() < most; next = rule.next(*next))
    found.push_back(*next);
  return found;
}

// The next step of a schedule whose ticks are settled up to `last`; empty if none is due. There may be another one behind it.
inline std::optional<due_ticks> next_due_ticks(tick_rule const& rule, stored_time last, stored_time now,
                                               recurring_options const& options) {
  using namespace std::chrono;
  auto const after = floor<seconds>(last), until = floor<seconds>(now);
  auto const first = rule.next(after);
  if (!first || *first > until) return std::nullopt;
  auto made =
      options.missed == missed::all ? ticks_between(rule, after, until, options.page) : std::vector<sys_seconds>();
  if (made.empty()) {
    auto const late = (std::max)(after, floor<seconds>(now - options.on_time));
    made = ticks_between(rule, late, until, options.page);
  }
  if (!made.empty()) return due_ticks{made, /*mutant page_of_ticks: OFF ? until :*/ made.back()};
  auto const newest = newest_tick(rule, after, until).value_or(*first);
  if (options.missed == missed::once /*mutant missed_once: || OFF*/) made.push_back(newest);
  return due_ticks{made, newest};
}

}  // namespace pawl::inline PAWL_ABI::detail

#endif
