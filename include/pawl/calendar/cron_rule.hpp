// The ticks of a cron expression on the clocks of a time zone.
#ifndef PAWL_CALENDAR_CRON_RULE_HPP
#define PAWL_CALENDAR_CRON_RULE_HPP

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include <pawl/calendar/cron_expression.hpp>
#include <pawl/calendar/recurrence.hpp>
#include <pawl/calendar/time_zone.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// Where clocks are set, the rule of Vixie's cron and of cronie (cron(8), "local time changes"), by what the expression
// means: those programs go by whether its minutes or hours begin with a star, and take `0 */4 * * *` for the first kind. And
// however much the clocks are set.
//
// - An expression with a match in every hour of the day (`*/15 * * * *`) goes on in real time: in the hour that comes twice
//   it ticks in both, and in the hour that does not come there is nothing.
// - Any other (`30 2 * * *`, `0 */4 * * *`) ticks once for each match: in the hour that comes twice in the first of the two;
//   and where the hour, or a day, does not come, once at the instant when the clocks are set, however many of its matches
//   are left out.
//
// Where it differs from Vixie's cron and cronie, beside that:
//
// - Those start what is left out once for each minute: `0,30 2 * * *` twice. Here it is one tick, at the instant when the
//   clocks are set, for two would have one time, and one key.
// - Names may be in lists and ranges (`MON-FRI`, `jan,JUL`), which Vixie's crontab(5) does not allow.
// - A step that leaves its field with one value, such as `*/60` of minutes or `*/31` of days, is refused: those programs take
//   it for the first value.
template <time_zone Zone> class cron_rule {
 public:
  constexpr cron_rule(cron_expression const& expression, Zone zone) : expression_(expression), zone_(std::move(zone)) {}

  constexpr std::optional<std::chrono::sys_seconds> next(std::chrono::sys_seconds after) const {
    using namespace std::chrono;
    sys_seconds from = after + seconds(1);
    for (sys_seconds const last = from + years(longest_search); from < last;) {
      zone_period const now = detail::period_of(zone_, from);
      local_seconds local = local_at(from, now);
      if (!expression_.is_hourly()) {
        zone_period const before =
            now.begin > detail::first_of_times ? detail::period_of(zone_, now.begin - seconds(1)) : now;
        local_seconds const passed = local_at(now.begin, before);  // what the clock said when it was set
        if (from == now.begin && is_left_out(passed, local)) return from;
        local = (std::max)(local, passed);
      }
      auto const match = expression_.first_from(local);
      if (match && instant_of(*match, now) < now.end) return instant_of(*match, now);
      if (now.end >= detail::last_of_times) break;
      from = now.end;
    }
    return std::nullopt;
  }

 private:
  static constexpr int longest_search = 50;  // years, by which even a leap day has come on its day of the week

  static constexpr std::chrono::local_seconds local_at(std::chrono::sys_seconds at, zone_period const& in) {
    return std::chrono::local_seconds((at + in.offset).time_since_epoch());
  }
  static constexpr std::chrono::sys_seconds instant_of(std::chrono::local_seconds at, zone_period const& in) {
    return std::chrono::sys_seconds(at.time_since_epoch()) - in.offset;
  }
  // Whether the clock, set from `passed` to `now`, has left out a match.
  constexpr bool is_left_out(std::chrono::local_seconds passed, std::chrono::local_seconds now) const {
    if (passed >= now) return false;
    auto const match = expression_.first_from(passed);
    return match && *match < now;
  }

  cron_expression expression_;
  Zone zone_;
};

}  // namespace pawl::inline PAWL_ABI

#endif
