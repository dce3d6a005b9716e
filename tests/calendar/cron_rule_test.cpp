// Cron expressions where clocks are set; periods, and the newest tick of many.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <pawl/calendar/cron_expression.hpp>
#include <pawl/calendar/cron_rule.hpp>
#include <pawl/calendar/period.hpp>
#include <pawl/calendar/recurrence.hpp>
#include <pawl/calendar/time_zone.hpp>
#include <pawl/error.hpp>

#include "calendar/ticks_of.hpp"
#include "catch.hpp"

namespace cron_rule_test {

using namespace calendar_test;
using namespace std::chrono_literals;

template <class Zone> pawl::cron_rule<Zone> rule(std::string_view expression, Zone zone) {
  return {pawl::cron_expression(expression), zone};
}

TEST_CASE("what comes at a time of day comes once on a day whose clocks are set", "[calendar]") {
  SECTION("where the hour does not come, when the clocks are set") {
    CHECK(ticks_of(rule("30 2 * * *", berlin()), at(2026, 3, 28), 3) == "03-28T01:30 03-29T01:00 03-30T00:30");
    CHECK(ticks_of(rule("30 2 * * *", new_york()), at(2026, 3, 7), 3) == "03-07T07:30 03-08T07:00 03-09T06:30");
    CHECK(ticks_of(rule("15 2 * * *", lord_howe()), at(2026, 10, 3), 3) == "10-03T15:30 10-04T15:15 10-05T15:15");
  }
  SECTION("also if that is asked for when it has just been, or is about to be") {
    auto const at_two = rule("30 2 * * *", berlin());
    CHECK(at_two.next(at(2026, 3, 29, 0, 59, 59)) == at(2026, 3, 29, 1));
    CHECK(at_two.next(at(2026, 3, 29, 1)) == at(2026, 3, 30, 0, 30));
  }
  SECTION("however many matches are left out, and whatever comes at that time anyway") {
    CHECK(ticks_of(rule("*/10 2 * * *", berlin()), at(2026, 3, 28, 2), 3) == "03-29T01:00 03-30T00:00 03-30T00:10");
    CHECK(ticks_of(rule("0 2,3 * * *", berlin()), at(2026, 3, 28, 12), 3) == "03-29T01:00 03-30T00:00 03-30T01:00");
    CHECK(ticks_of(rule("0 */2 * * *", berlin()), at(2026, 3, 28, 23), 3) == "03-29T01:00 03-29T02:00 03-29T04:00");
  }
  SECTION("where the hour comes twice, in the first of the two") {
    CHECK(ticks_of(rule("30 2 * * *", berlin()), at(2026, 10, 24), 3) == "10-24T00:30 10-25T00:30 10-26T01:30");
    CHECK(ticks_of(rule("30 1 * * *", new_york()), at(2026, 10, 31), 3) == "10-31T05:30 11-01T05:30 11-02T06:30");
    CHECK(ticks_of(rule("45 1 * * *", lord_howe()), at(2026, 4, 4), 3) == "04-04T14:45 04-05T15:15 04-06T15:15");
    CHECK(rule("30 2 * * *", berlin()).next(at(2026, 10, 25, 1, 10)) == at(2026, 10, 26, 1, 30));
  }
  SECTION("and what is behind the hour that comes twice is where it was") {
    CHECK(ticks_of(rule("0 2,3 * * *", berlin()), at(2026, 10, 24, 12), 3) == "10-25T00:00 10-25T02:00 10-26T01:00");
  }
}

TEST_CASE("what comes every hour goes on in real time when clocks are set", "[calendar]") {
  CHECK(ticks_of(rule("*/30 * * * *", berlin()), at(2026, 3, 29), 4) ==
        "03-29T00:30 03-29T01:00 03-29T01:30 03-29T02:00");
  CHECK(ticks_of(rule("*/30 * * * *", berlin()), at(2026, 10, 25), 4) ==
        "10-25T00:30 10-25T01:00 10-25T01:30 10-25T02:00");
  CHECK(ticks_of(rule("15 0-23 * * *", new_york()), at(2026, 11, 1, 5), 3) == "11-01T05:15 11-01T06:15 11-01T07:15");
  CHECK(ticks_of(rule("15 * * * *", lord_howe()), at(2026, 4, 4, 14), 4) ==
        "04-04T14:15 04-04T15:45 04-04T16:45 04-04T17:45");
}

// Samoa, which went over the date line, had no 30th of December in 2011.
TEST_CASE("a day that does not come is made up for when the next one begins", "[calendar]") {
  scripted_zone const samoa{{{-10h, at(2011, 12, 30, 10)}}, 14h};
  CHECK(ticks_of(rule("0 12 30 12 *", samoa), at(2011, 12, 1), 2, true) == "2011-12-30T10:00 2012-12-29T22:00");
  CHECK(ticks_of(rule("0 12 * * *", samoa), at(2011, 12, 29), 4) == "12-29T22:00 12-30T10:00 12-30T22:00 12-31T22:00");
}

TEST_CASE("days, months and years end by the clock of their zone", "[calendar]") {
  CHECK(ticks_of(rule("@yearly", berlin()), at(2026, 11, 1), 1, true) == "2026-12-31T23:00");
  CHECK(ticks_of(rule("@yearly", new_york()), at(2026, 11, 2), 1, true) == "2027-01-01T05:00");
  CHECK(ticks_of(rule("0 0 29 2 *", new_york()), at(2027, 1, 1), 1, true) == "2028-02-29T05:00");
  CHECK(ticks_of(rule("59 23 31 12 *", lord_howe()), at(2026, 11, 1), 1, true) == "2026-12-31T12:59");
}

TEST_CASE("the first tick after an instant is the same, whichever instant before it is asked", "[calendar]") {
  for (auto const* expression : {"*/7 * * * *", "30 2 * * *", "0 */3 * * *", "15 1,2 * * 0"}) {
    for (auto const& zone : {berlin(), new_york(), lord_howe()}) {
      CAPTURE(expression);
      auto const asked = rule(expression, zone);
      auto const around = [&](sys_seconds begin) {
        auto next = *asked.next(begin);
        for (auto now = begin; now < begin + 26h; now += 61s) {
          if (next <= now) next = *asked.next(next);
          if (asked.next(now) != next) {
            CAPTURE(minute_of(now), minute_of(next));
            CHECK(asked.next(now) == next);
          }
        }
      };
      for (auto const set : {at(2026, 3, 7, 18), at(2026, 3, 28, 18), at(2026, 4, 4, 4), at(2026, 10, 3, 4),
                             at(2026, 10, 24, 12), at(2026, 10, 31, 18)})
        around(set);
    }
  }
}

TEST_CASE("a period ticks at whole periods since its phase", "[calendar]") {
  CHECK(ticks_of(pawl::period(24h), at(2026, 12, 31, 5), 2) == "01-01T00:00 01-02T00:00");
  CHECK(ticks_of(pawl::period(24h, 3h), at(2026, 12, 31, 3), 2) == "01-01T03:00 01-02T03:00");
  CHECK(ticks_of(pawl::period(24h, -3h), at(2026, 12, 31, 3), 1) == "12-31T21:00");
  CHECK(ticks_of(pawl::period(168h, 96h), at(2026, 11, 29), 2) == "11-30T00:00 12-07T00:00");  // Mondays
  CHECK(ticks_of(pawl::period(1h), at(1969, 12, 31, 22, 30), 3, true) ==
        "1969-12-31T23:00 1970-01-01T00:00 1970-01-01T01:00");
  CHECK(pawl::period(1s).next(at(2026, 1, 1)) == at(2026, 1, 1) + 1s);
}

TEST_CASE("a period that is none is refused in a sentence", "[calendar]") {
  CHECK_THROWS_WITH(
      pawl::period(0h),
      "pawl: a schedule of a period takes whole seconds, at least one and at most 200 years, and not 0 ns with a "
      "phase of 0 ns");
  CHECK_THROWS_AS(pawl::period(-1h), pawl::error);
  CHECK_THROWS_AS(pawl::period(1500ms), pawl::error);
  CHECK_THROWS_AS(pawl::period(1h, 1ms), pawl::error);
  CHECK_THROWS_AS(pawl::period((std::chrono::nanoseconds::max)()), pawl::error);
}

struct never {
  std::optional<sys_seconds> next(sys_seconds) const { return std::nullopt; }
};

TEST_CASE("the newest of many ticks is found without asking for each", "[calendar]") {
  int asked = 0;
  struct counted {
    pawl::period of;
    int* asked;
    std::optional<sys_seconds> next(sys_seconds after) const { return ++*asked, of.next(after); }
  };
  counted const each_minute{pawl::period(1min), &asked};
  CHECK(pawl::newest_tick(each_minute, at(2020, 1, 1), at(2026, 1, 1, 0, 0, 59)) == at(2026, 1, 1));
  CHECK(asked < 60);
  auto const daily = rule("0 3 * * *", pawl::utc);
  CHECK(pawl::newest_tick(daily, at(2026, 1, 1), at(2026, 1, 9, 3)) == at(2026, 1, 9, 3));
  CHECK(pawl::newest_tick(daily, at(2026, 1, 1, 3), at(2026, 1, 2, 2)) == std::nullopt);
  CHECK(pawl::newest_tick(daily, at(2026, 1, 2), at(2026, 1, 1)) == std::nullopt);
  CHECK(pawl::newest_tick(never(), at(2020, 1, 1), at(2026, 1, 1)) == std::nullopt);
}

}  // namespace cron_rule_test
