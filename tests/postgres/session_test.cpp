// Which server can be used, from what it tells of itself.
#include <string>

#include <pawl/postgres/options.hpp>
#include <pawl/postgres/session.hpp>

#include "catch.hpp"

namespace postgres_session_test {
using namespace pawl::postgres::detail;
using pawl::postgres::durability;

std::string why(int release, std::string const& synchronous_commit, durability durable) {
  server_facts facts;
  facts.release = release;
  facts.synchronous_commit = synchronous_commit;
  return why_unfit(facts, {.durable = durable});
}

TEST_CASE("a server older than release 15 is refused with its number", "[postgres]") {
  CHECK(why(149999, "on", durability::power_loss) == "is PostgreSQL 14; 15 or newer is needed");
  CHECK(why(90624, "on", durability::process_crash) == "is PostgreSQL 9; 15 or newer is needed");
  CHECK(why(150000, "on", durability::power_loss).empty());
  CHECK(why(180004, "on", durability::power_loss).empty());
}

TEST_CASE("only synchronous_commit=off loses what was committed, and only where it may", "[postgres]") {
  for (std::string const kept : {"on", "local", "remote_write", "remote_apply"}) {
    CHECK(why(150000, kept, durability::power_loss).empty());
    CHECK(why(150000, kept, durability::process_crash).empty());
  }
  CHECK(why(150000, "off", durability::power_loss).find("durability::process_crash") != std::string::npos);
  CHECK(why(150000, "off", durability::process_crash).empty());
}

TEST_CASE("the timeline is in the name of a file of the log, and nowhere else", "[postgres]") {
  CHECK(timeline_of("0000000200000000000000A3") == 2);
  CHECK(timeline_of("0000001F0000000100000000") == 31);
  CHECK(timeline_of("") == 0);
  CHECK(timeline_of("0000002") == 0);
  CHECK(timeline_of("0000000G00000000") == 0);
}

TEST_CASE("a setting that a server does not know yet is not set there", "[postgres]") {
  auto const sets = [](int release, std::string const& name) {
    for (auto const& [setting, value] : session_settings(release))
      if (setting == name) return true;
    return false;
  };
  CHECK_FALSE(sets(169999, "transaction_timeout"));
  CHECK(sets(170000, "transaction_timeout"));
}

}  // namespace postgres_session_test
