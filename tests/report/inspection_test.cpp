// The inspection of a store, as text and as JSON.
#include <chrono>
#include <sstream>
#include <string>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/report/inspection.hpp>
#include <pawl/store/inspection.hpp>
#include <pawl/store/memory_store.hpp>

#include "catch.hpp"

namespace inspection_test {

using namespace std::chrono_literals;

enum class state { written, sent, lost, delivered };
struct mail {};
struct deliver {};
struct lose {};
struct find {};
struct letter
    : pawl::lifecycle<
          pawl::initial<state::written>, pawl::goal<state::delivered>, pawl::waiting<state::lost>,
          pawl::transition<state::written, mail, state::sent>, pawl::transition<state::sent, deliver, state::delivered>,
          pawl::transition<state::sent, lose, state::lost>, pawl::transition<state::lost, find, state::sent>> {};

// Three written, of which one is parked and one delayed; one lost, one delivered, one in a state that nobody knows.
struct world {
  pawl::memory_store<letter> letters{[] { return pawl::stored_time(1s); }};

  world() {
    for (auto const* key : {"ada", "bob \x1b[31m", "eve"}) letters.insert_if_absent(key);
    letters.put("lost", "lost", 2);
    letters.put("done", "delivered", 2);
    letters.put("strange", "teleported", 2);
    pawl::trouble_record record;
    record.attempts = 5;
    record.parked = true;
    record.last_error = "transient: busy";
    letters.note(*letters.get("bob \x1b[31m").item, record);
    record.parked = false;
    record.next_at = pawl::stored_time(1h);
    letters.note(*letters.get("eve").item, record);
  }
};

TEST_CASE("an inspection counts the items of each state, and those in trouble", "[report]") {
  world w;
  auto const seen = pawl::inspect(w.letters);
  CHECK(seen.lifecycle == "letter");
  REQUIRE(seen.states.size() == 4);
  CHECK(seen.states[0].name == "written");
  CHECK(seen.states[0].items == 3);
  CHECK(seen.states[0].role == pawl::role::step);
  CHECK(seen.items == 5);
  CHECK(seen.unrecognised == 1);
  CHECK(seen.troubles == pawl::trouble_counts{1, 1, 0});
  CHECK(seen.next_due == pawl::stored_time(1h));
  REQUIRE(seen.parked.size() == 1);
  CHECK(seen.parked[0].record.attempts == 5);
  CHECK(pawl::inspect(w.letters, 0).parked.empty());
}

TEST_CASE("an inspection as text is a table, and what holds items up", "[report]") {
  world w;
  CHECK(pawl::to_text(pawl::inspect(w.letters)) ==
        "letter                   items\n"
        "--------------  -------  -----\n"
        "written         step         3\n"
        "sent            step         0\n"
        "lost            waiting      1\n"
        "delivered       goal         1\n"
        "(unrecognised)               1\n"
        "total                        6\n"
        "\n"
        "1 parked, 1 delayed (the next until 1970-01-01T01:00:00.000000Z)\n"
        "  bob \\x1b[31m, written at version 0: transient: busy\n");
  CHECK(pawl::to_text(pawl::inspect(w.letters, 0)).find("  and 1 more\n") != std::string::npos);
}

TEST_CASE("an inspection as JSON has the counts by state", "[report]") {
  world w;
  auto const json = pawl::to_json(pawl::inspect(w.letters));
  CHECK(pawl::dump(json["states"], -1) == R"({"written":3,"sent":0,"lost":1,"delivered":1})");
  CHECK(json["total"] == 6);
  CHECK(json["unrecognised"] == 1);
  CHECK(json["parked"] == 1);
  CHECK(json["delayed"] == 1);
  CHECK(json["next_due"] == "1970-01-01T01:00:00.000000Z");
  CHECK(json["parked_items"][0]["error"] == "transient: busy");
  CHECK(pawl::to_json(pawl::inspect(w.letters))["lifecycle"] == "letter");
}

// Latin-1, as a library of another locale says it, a character that is cut off, and bytes that begin none.
TEST_CASE("an inspection as JSON can be streamed, whatever bytes are in it", "[report]") {
  for (std::string const broken : {"connexion refus\xe9"
                                   "e",
                                   "cut off \xe4\xb8", "\xff\xfe", "\xed\xa0\x80", "\xc3\x28"}) {
    pawl::inspection seen;
    seen.lifecycle = broken;
    seen.states.push_back({broken, pawl::role::step, 3});
    seen.parked.emplace_back();
    seen.parked.back().key = broken;
    seen.parked.back().state = broken;
    seen.parked.back().record.last_error = broken;
    std::ostringstream out;
    REQUIRE_NOTHROW(out << pawl::to_json(seen));
    CHECK(pawl::report_json::parse(out.str()) == pawl::to_json(seen));
    CHECK(out.str() == pawl::dump(pawl::to_json(seen), -1));
  }
  pawl::inspection seen;
  seen.parked.emplace_back();
  seen.parked.back().record.last_error =
      "connexion refus\xe9"
      "e \xe2\x82\xac";
  CHECK(pawl::to_json(seen)["parked_items"][0]["error"] ==
        "connexion refus\xef\xbf\xbd"
        "e \xe2\x82\xac");
}

}  // namespace inspection_test
