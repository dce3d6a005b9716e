// Ticks at one distance from each other.
#ifndef PAWL_CALENDAR_PERIOD_HPP
#define PAWL_CALENDAR_PERIOD_HPP

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <pawl/calendar/recurrence.hpp>
#include <pawl/error.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// Ticks whenever a whole number of periods has passed since 1970-01-01T00:00:00Z and the phase: `period(24h)` at midnight,
// UTC; `period(24h, 3h)` at three; `period(7 * 24h)` on Thursdays, `period(7 * 24h, 4 * 24h)` on Mondays. It knows of no
// clocks that are set: what is to follow the local time is a cron expression.
class period {
 public:
  // Throws error "recurring.period" unless it is whole seconds, from one to 200 years; the phase may be any, also negative.
  constexpr period(std::chrono::nanoseconds length, std::chrono::nanoseconds phase = {})
      : length_(std::chrono::floor<std::chrono::seconds>(length)),
        phase_(std::chrono::floor<std::chrono::seconds>(phase)) {
    if (length_ < std::chrono::seconds(1) || length_ > std::chrono::years(200) || length_ != length || phase_ != phase)
      refuse(length, phase);
  }

  constexpr std::optional<std::chrono::sys_seconds> next(std::chrono::sys_seconds after) const noexcept {
    auto const since = after.time_since_epoch() - phase_;
    auto const begun = since % length_;
    auto const left = begun.count() < 0 ? -begun : length_ - begun;
    return after + left;
  }

 private:
  [[noreturn]] static void refuse(std::chrono::nanoseconds length, std::chrono::nanoseconds phase) {
    throw error("recurring.period",
                "pawl: a schedule of a period takes whole seconds, at least one and at most 200 years, and not " +
                    std::to_string(length.count()) + " ns with a phase of " + std::to_string(phase.count()) + " ns");
  }

  std::chrono::seconds length_, phase_;
};
static_assert(recurrence<period>);

}  // namespace pawl::inline PAWL_ABI

#endif
