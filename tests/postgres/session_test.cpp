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

TEST_CASE("synchronous_commit=off and local lose what was committed, and only where they may", "[postgres]") {
  for (std::string const kept : {"on", "remote_write", "remote_apply"}) {
    CHECK(why(150000, kept, durability::power_loss).empty());
    CHECK(why(150000, kept, durability::process_crash).empty());
  }
  for (std::string const lost : {"off", "local"}) {
    CHECK(why(150000, lost, durability::power_loss).find("has synchronous_commit=" + lost) == 0);
    CHECK(why(150000, lost, durability::power_loss).find("durability::process_crash") != std::string::npos);
    CHECK(why(150000, lost, durability::process_crash).empty());
  }
}

TEST_CASE("behind a pooler a role must be set up so that warnings arrive", "[postgres]") {
  server_facts facts;
  facts.encoding = "UTF8";
  for (std::string const heard : {"debug1", "notice", "warning", "log"}) {
    facts.messages = heard;
    CHECK(why_unfit_behind_pooler(facts).empty());
  }
  for (std::string const silent : {"error", "fatal", "panic"}) {
    facts.messages = silent;
    CHECK(why_unfit_behind_pooler(facts).find("client_min_messages=" + silent) == 0);
  }
  facts.encoding = "LATIN1";
  CHECK(why_unfit_behind_pooler(facts).find("client_encoding=LATIN1") == 0);
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
    server_facts facts;
    facts.release = release;
    for (auto const& [setting, value] : session_settings(facts, {}))
      if (setting == name) return true;
    return false;
  };
  CHECK_FALSE(sets(169999, "transaction_timeout"));
  CHECK(sets(170000, "transaction_timeout"));
}

TEST_CASE("a lock is waited for no longer than a third of what a request may take", "[postgres]") {
  using std::chrono::milliseconds;
  auto const waits = [](milliseconds answer) { return lock_timeout_of({.answer_within = answer}); };
  CHECK(waits(milliseconds(30000)) == milliseconds(2000));
  CHECK(waits(milliseconds(3000)) == milliseconds(1000));
  CHECK(waits(milliseconds(1)) == milliseconds(1));
}

}  // namespace postgres_session_test
