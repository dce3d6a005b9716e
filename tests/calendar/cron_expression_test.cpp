// What a cron expression means, and what is wrong with those that mean nothing.
#include <chrono>
#include <string>
#include <string_view>

#include <pawl/calendar/cron_expression.hpp>
#include <pawl/calendar/cron_literal.hpp>
#include <pawl/calendar/cron_rule.hpp>
#include <pawl/calendar/time_zone.hpp>
#include <pawl/error.hpp>

#include "calendar/ticks_of.hpp"
#include "catch.hpp"

namespace cron_expression_test {

using namespace calendar_test;
using pawl::cron_mistake;

std::string next_of(std::string_view expression, sys_seconds after, int count, bool with_year = false) {
  return ticks_of(pawl::cron_rule(pawl::cron_expression(expression), pawl::utc), after, count, with_year);
}

TEST_CASE("a field is a list of values, ranges and steps", "[calendar]") {
  auto const monday = at(2026, 11, 30);
  CHECK(next_of("5 * * * *", monday, 2) == "11-30T00:05 11-30T01:05");
  CHECK(next_of("*/20 * * * *", monday, 4) == "11-30T00:20 11-30T00:40 11-30T01:00 11-30T01:20");
  CHECK(next_of("10-20/5 8 * * *", monday, 4) == "11-30T08:10 11-30T08:15 11-30T08:20 12-01T08:10");
  CHECK(next_of("0 1,13,9-10 * * *", monday, 4) == "11-30T01:00 11-30T09:00 11-30T10:00 11-30T13:00");
  CHECK(next_of("  0\t3  1 1   * ", monday, 1) == "01-01T03:00");
  CHECK(next_of("59 23 31 12 *", monday, 2, true) == "2026-12-31T23:59 2027-12-31T23:59");
}

TEST_CASE("months and days of the week have names, and Sunday two numbers", "[calendar]") {
  auto const monday = at(2026, 11, 30);
  CHECK(next_of("0 0 1 jan,JUL *", monday, 2) == "01-01T00:00 07-01T00:00");
  CHECK(next_of("0 0 * FEB-Mar mon", monday, 1) == "02-01T00:00");
  CHECK(next_of("0 0 * * MON-FRI", monday, 5) == "12-01T00:00 12-02T00:00 12-03T00:00 12-04T00:00 12-07T00:00");
  for (auto const* sunday : {"0 0 * * 0", "0 0 * * 7", "0 0 * * SUN", "0 0 * * 7-7", "0 0 * * */7"}) {
    CAPTURE(sunday);
    CHECK(next_of(sunday, monday, 2) == "12-06T00:00 12-13T00:00");
  }
  CHECK(next_of("0 0 * * 5-7", monday, 3) == "12-04T00:00 12-05T00:00 12-06T00:00");
}

TEST_CASE("where both fields of days are restricted one is enough, and where one begins with a star both must match",
          "[calendar]") {
  auto const november = at(2026, 11, 1);
  CHECK(next_of("0 0 13 * 5", november, 4) == "11-06T00:00 11-13T00:00 11-20T00:00 11-27T00:00");
  CHECK(next_of("0 0 12 * 5", november, 4) == "11-06T00:00 11-12T00:00 11-13T00:00 11-20T00:00");
  CHECK(next_of("0 0 12 * *", november, 2) == "11-12T00:00 12-12T00:00");
  CHECK(next_of("0 0 * * 5", november, 2) == "11-06T00:00 11-13T00:00");
  // Not written by its value: */2 begins with a star, and 1-31/2 has the same days.
  CHECK(next_of("0 0 */2 * 5", november, 3) == "11-13T00:00 11-27T00:00 12-11T00:00");
  CHECK(next_of("0 0 1-31/2 * 5", november, 3) == "11-03T00:00 11-05T00:00 11-06T00:00");
}

TEST_CASE("a leap day comes when it comes, also on its day of the week", "[calendar]") {
  CHECK(next_of("0 0 29 2 *", at(2026, 1, 1), 2, true) == "2028-02-29T00:00 2032-02-29T00:00");
  CHECK(next_of("0 0 29 2 *", at(2096, 3, 1), 1, true) == "2104-02-29T00:00");
  CHECK(next_of("0 0 29 2 */7", at(2072, 3, 1), 2, true) == "2088-02-29T00:00 2128-02-29T00:00");
  CHECK(next_of("0 0 31 * *", at(2026, 1, 31), 3) == "03-31T00:00 05-31T00:00 07-31T00:00");
  CHECK(next_of("0 0 28-31 2 *", at(2027, 1, 1), 3, true) == "2027-02-28T00:00 2028-02-28T00:00 2028-02-29T00:00");
}

TEST_CASE("a word with @ is what it stands for", "[calendar]") {
  auto const when = at(2026, 11, 30, 12, 30);
  auto const same = [when](std::string_view word, std::string_view expression) {
    CAPTURE(word);
    CHECK(next_of(word, when, 3, true) == next_of(expression, when, 3, true));
  };
  same("@yearly", "0 0 1 1 *");
  same("@annually", "0 0 1 1 *");
  same("@monthly", "0 0 1 * *");
  same("@weekly", "0 0 * * 0");
  same("@daily", "0 0 * * *");
  same("@midnight ", "0 0 * * *");
  same(" @hourly", "0 * * * *");
}

TEST_CASE("what is wrong with an expression is said with its place", "[calendar]") {
  struct wrong {
    std::string_view expression;
    cron_mistake what;
    std::string_view place;
  };
  auto const one = GENERATE(values<wrong>({
      {"", cron_mistake::too_few_fields, "its end"},
      {"0 3 * *", cron_mistake::too_few_fields, "its end"},
      {"0 0 3 * * *", cron_mistake::too_many_fields, "'*'"},
      {"60 * * * *", cron_mistake::out_of_range, "'60'"},
      {"* 24 * * *", cron_mistake::out_of_range, "'24'"},
      {"* * 0 * *", cron_mistake::out_of_range, "'0'"},
      {"* * 1-32 * *", cron_mistake::out_of_range, "'32'"},
      {"* * * 13 *", cron_mistake::out_of_range, "'13'"},
      {"* * * * 8", cron_mistake::out_of_range, "'8'"},
      {"* * * * 99999999999999999999", cron_mistake::out_of_range, "'99999999999999999999'"},
      {"* * * * FRI-MON", cron_mistake::backwards, "'FRI-MON'"},
      {"* 22-2 * * *", cron_mistake::backwards, "'22-2'"},
      {"5/15 * * * *", cron_mistake::step_without_range, "'5/15'"},
      {"*/0 * * * *", cron_mistake::step_out_of_range, "'0'"},
      {"*/60 * * * *", cron_mistake::step_out_of_range, "'60'"},
      {"* * * */12 *", cron_mistake::step_out_of_range, "'12'"},
      {"a * * * *", cron_mistake::unknown_word, "'a'"},
      {"1, * * * *", cron_mistake::unknown_word, "its end"},
      {"-1 * * * *", cron_mistake::unknown_word, "'-1'"},
      {"1-2-3 * * * *", cron_mistake::unknown_word, "'-3'"},
      {"* * * MONDAY *", cron_mistake::unknown_word, "'MONDAY'"},
      {"* * * * MONDAY", cron_mistake::unknown_word, "'DAY'"},
      {"JAN * * * *", cron_mistake::unknown_word, "'JAN'"},
      {"0 0 L * *", cron_mistake::extension, "'L'"},
      {"0 0 15W * *", cron_mistake::extension, "'W'"},
      {"0 0 ? * 1", cron_mistake::extension, "'?'"},
      {"0 0 * * 5#2", cron_mistake::extension, "'#2'"},
      {"@often", cron_mistake::unknown_nickname, "'@often'"},
      {" @reboot", cron_mistake::reboot, "'@reboot'"},
      {"0 0 31 2 *", cron_mistake::never_comes, "'0'"},
      {"0 0 31 2,4,6,9,11 *", cron_mistake::never_comes, "'0'"},
      {"0 0 30 2 */2", cron_mistake::never_comes, "'0'"},
  }));
  CAPTURE(one.expression);
  CHECK(pawl::cron_expression::check(one.expression).what == one.what);
  try {
    pawl::cron_expression const made(one.expression);
    FAIL("it was accepted");
  } catch (pawl::error const& e) {
    CHECK(e.id() == "recurring.cron");
    CHECK(std::string(e.what()) == "pawl: cron expression '" + std::string(one.expression) + "', at " +
                                       std::string(one.place) + ": " + std::string(pawl::sentence_of(one.what)));
  }
}

TEST_CASE("an expression may end as a line does", "[calendar]") {
  for (auto const* line : {"0 3 * * *\n", "0 3 * * *\r\n", "0 3 * * * \t\r\n", "0 3 * * *\n\n"}) {
    CAPTURE(line);
    CHECK(next_of(line, at(2026, 11, 30), 1) == "11-30T03:00");
  }
  CHECK(next_of("@daily\r\n", at(2026, 11, 30, 1), 1) == "12-01T00:00");
  CHECK(pawl::cron_expression::check("0 3 * * *\n0 4 * * *").what != cron_mistake::none);
  CHECK(pawl::cron_expression::check("\n").what == cron_mistake::too_few_fields);
}

TEST_CASE("what an expression holds deceives no one who reads its error", "[calendar]") {
  auto const words_of = [](std::string const& expression) {
    try {
      pawl::cron_expression const made(expression);
      return std::string("it was accepted");
    } catch (pawl::error const& e) {
      return std::string(e.what());
    }
  };
  std::string const red = words_of("0 3 \x1b[31m\xff * *");
  CHECK(red.find("'0 3 \\x1b[31m\\xff * *', at '\\x1b[31m\\xff'") != std::string::npos);
  CHECK(words_of("0 3 * * *\n0 4 * * *").find(", at '\\n0': ") != std::string::npos);
  CHECK(words_of(std::string(100'000, 'x')).size() < 500);
}

TEST_CASE("a day that comes by its day of the week makes up for one that does not come", "[calendar]") {
  CHECK(next_of("0 0 31 2 1", at(2026, 11, 30), 2, true) == "2027-02-01T00:00 2027-02-08T00:00");
}

TEST_CASE("an expression that is a constant is checked by the compiler", "[calendar]") {
  using namespace pawl::literals;
  constexpr auto nightly = "0 3 * * 1-5"_cron;
  static_assert(pawl::cron_rule(nightly, pawl::utc).next(at(2026, 11, 28)) == at(2026, 11, 30, 3));
  CHECK(ticks_of(pawl::cron_rule(nightly, pawl::fixed_offset(std::chrono::hours(2))), at(2026, 11, 28), 1) ==
        "11-30T01:00");
}

}  // namespace cron_expression_test
