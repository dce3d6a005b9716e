// The ticks of a rule as text, for tests; and time zones that need no database.
#ifndef PAWL_TESTS_CALENDAR_TICKS_OF_HPP
#define PAWL_TESTS_CALENDAR_TICKS_OF_HPP

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/calendar/recurrence.hpp>
#include <pawl/calendar/time_zone.hpp>
#include <pawl/store/utc_text.hpp>

namespace calendar_test {

using std::chrono::sys_seconds;

// "2026-03-29T01:00", UTC.
inline std::string minute_of(sys_seconds at) {
  pawl::utc_text text;
  return std::string(text(std::chrono::system_clock::time_point(at)).substr(0, 16));
}
constexpr sys_seconds at(int year, int month, int day, int hour = 0, int minute = 0, int second = 0) {
  using namespace std::chrono;
  return sys_days(std::chrono::year(year) / month / day) + hours(hour) + minutes(minute) + seconds(second);
}

// The first ticks after the instant: "03-29T01:00 03-30T00:30", or with their year.
template <pawl::recurrence Rule>
std::string ticks_of(Rule const& rule, sys_seconds after, int count, bool with_year = false) {
  std::string all;
  for (; count > 0; --count) {
    auto const next = rule.next(after);
    if (!next) return all + (all.empty() ? "none" : " none");
    all += (all.empty() ? "" : " ") + minute_of(*next).substr(with_year ? 0 : 5);
    after = *next;
  }
  return all;
}

// Clocks that are set at these instants, and show so much more than UTC until then.
class scripted_zone {
 public:
  struct setting {
    std::chrono::seconds until_then;
    sys_seconds at;
  };
  scripted_zone(std::vector<setting> all, std::chrono::seconds afterwards)
      : all_(std::move(all)), afterwards_(afterwards) {}

  pawl::zone_period get_info(sys_seconds when) const {
    sys_seconds begin = pawl::detail::first_of_times;
    for (auto const& one : all_) {
      if (when < one.at) return {begin, one.at, one.until_then};
      begin = one.at;
    }
    return {begin, pawl::detail::last_of_times, afterwards_};
  }

 private:
  std::vector<setting> all_;
  std::chrono::seconds afterwards_;
};
static_assert(pawl::time_zone<scripted_zone>);

using std::chrono::hours;
using std::chrono::minutes;

// As in Berlin in 2026: from 02:00 to 03:00 on March 29, from 03:00 to 02:00 on October 25.
inline scripted_zone berlin() { return {{{hours(1), at(2026, 3, 29, 1)}, {hours(2), at(2026, 10, 25, 1)}}, hours(1)}; }
// As in New York in 2026: from 02:00 to 03:00 on March 8, from 02:00 to 01:00 on November 1.
inline scripted_zone new_york() {
  return {{{hours(-5), at(2026, 3, 8, 7)}, {hours(-4), at(2026, 11, 1, 6)}}, hours(-5)};
}
// As on Lord Howe Island in 2026: from 02:00 to 01:30 on April 5, from 02:00 to 02:30 on October 4.
inline scripted_zone lord_howe() {
  return {{{hours(11), at(2026, 4, 4, 15)}, {minutes(630), at(2026, 10, 3, 15, 30)}}, hours(11)};
}

}  // namespace calendar_test

#endif
