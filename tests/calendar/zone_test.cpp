// Time zones by their names, of the machine's own database.
#include <chrono>
#include <string>

#include <pawl/calendar/cron_expression.hpp>
#include <pawl/calendar/cron_rule.hpp>
#include <pawl/calendar/time_zone.hpp>
#include <pawl/calendar/zone.hpp>
#include <pawl/error.hpp>

#include "calendar/ticks_of.hpp"
#include "catch.hpp"

namespace zone_test {

using namespace calendar_test;

TEST_CASE("a zone of the database sets its clocks as the scripted one does that stands for it", "[calendar]") {
  struct pair {
    char const* name;
    scripted_zone scripted;
  };
  for (auto const& [name, scripted] : {pair{"Europe/Berlin", berlin()}, pair{"America/New_York", new_york()},
                                       pair{"Australia/Lord_Howe", lord_howe()}}) {
    for (auto const* expression : {"30 2 * * *", "45 1 * * *", "*/20 * * * *", "0 */2 * * *", "0 12 * * 1-5"}) {
      CAPTURE(name, expression);
      pawl::cron_expression const when(expression);
      pawl::cron_rule const real(when, pawl::zone(name));
      pawl::cron_rule const sample(when, scripted);
      for (auto const begin :
           {at(2026, 3, 7), at(2026, 3, 28), at(2026, 4, 4), at(2026, 10, 3), at(2026, 10, 24), at(2026, 10, 31)})
        CHECK(ticks_of(real, begin, 40) == ticks_of(sample, begin, 40));
    }
  }
}

TEST_CASE("UTC is a zone, and one that never sets its clocks", "[calendar]") {
  pawl::cron_rule const rule(pawl::cron_expression("0 0 29 2 *"), pawl::zone("UTC"));
  CHECK(ticks_of(rule, at(2026, 1, 1), 2, true) == "2028-02-29T00:00 2032-02-29T00:00");
  pawl::cron_rule const kolkata(pawl::cron_expression("@yearly"), pawl::zone("Asia/Kolkata"));
  CHECK(ticks_of(kolkata, at(2026, 1, 1), 1, true) == "2026-12-31T18:30");
}

TEST_CASE("a zone that there is not is refused by its name", "[calendar]") {
  for (std::string const name : {"Mars/Olympus", "", "../../etc/passwd", "europe berlin"}) {
    CAPTURE(name);
    try {
      pawl::zone(name);
      FAIL("it was found");
    } catch (pawl::error const& e) {
      CHECK(e.id() == "recurring.zone");
      CHECK(std::string(e.what()).find("pawl: there is no time zone '" + name + "' on this machine") == 0);
    }
  }
}

TEST_CASE("what the name of a zone holds deceives no one who reads its error", "[calendar]") {
  auto const words_of = [](std::string const& name) {
    try {
      pawl::zone(name);
      return std::string("it was found");
    } catch (pawl::error const& e) {
      return std::string(e.what());
    }
  };
  std::string const red = words_of("Mars\x1b[31m");
  CHECK(red.find("'Mars\\x1b[31m' on this machine") != std::string::npos);
  CHECK(red.find('\x1b') == std::string::npos);
  CHECK(words_of(std::string(100'000, 'x')).size() < 1000);
}

}  // namespace zone_test
