// What operators do is in the history of an SQLite table, if it has one.
#include <chrono>
#include <string>

#include <pawl/store/trouble_record.hpp>

#include "catch.hpp"
#include "console/fixture.hpp"
#include "console/hands.hpp"
#include "console/sqlite_world.hpp"
#include "sqlite/fixture.hpp"

namespace sqlite_hands_test {

using namespace console_test;
using namespace sqlite_console_test;

TEMPLATE_TEST_CASE("what an operator does to an item is in its history, with whose it is and why", "[console]",
                   own_world, mapped_world) {
  each_deed_has_an_entry<TestType>();
}
TEMPLATE_TEST_CASE("what was refused to an operator is not in the history", "[console]", own_world, mapped_world) {
  a_refused_deed_has_none<TestType>();
}
TEMPLATE_TEST_CASE("a table without a history gets none by what operators do", "[console]", own_world, mapped_world) {
  without_a_history_none_is_written<TestType>();
}
TEMPLATE_TEST_CASE("an operator's change is not made without its entry", "[console]", own_world, mapped_world) {
  a_deed_and_its_entry_are_one_transaction<TestType>();
}
TEMPLATE_TEST_CASE("a history has transitions and operators' changes in the order in which they were made", "[console]",
                   own_world, mapped_world) {
  deeds_stand_in_their_order<TestType>();
}
TEMPLATE_TEST_CASE("what operators did goes from the history by its age", "[console]", own_world, mapped_world) {
  entries_of_deeds_are_removed_by_their_age<TestType>();
  TestType w({.history = true});
  fill_for_deeds(w);
  for (deed const what : every_deed) CHECK(carry_out(w, what));
  CHECK(w.number("SELECT count(*) FROM pawl_by_hand") == 5);
  w.seconds += 1;
  CHECK(w.store.remove_history(std::chrono::seconds(0), 1000) > 0);
  CHECK(w.number("SELECT count(*) FROM pawl_by_hand") == 0);
}

TEMPLATE_TEST_CASE(
    "what an operator does to a state or a table is told with whose it is and why, if there is a history", "[console]",
    own_world, mapped_world) {
  deeds_of_tables_are_told<TestType>();
  without_a_history_deeds_of_tables_are_not<TestType>();
}
TEMPLATE_TEST_CASE("an operator's change of a state or a table is not made without its entry", "[console]", own_world,
                   mapped_world) {
  a_deed_of_a_table_and_its_entry_are_one_transaction<TestType>();
}
TEST_CASE("schedules are told with how far they are, and forgotten", "[console]") {
  schedules_are_told_and_forgotten<own_world>();
}

TEST_CASE("the changes of a predecessor are not in the history of the row that has its key", "[console]") {
  own_world w({.history = true});
  w.add("ada");
  auto const console = w.change();
  CHECK(wait(console->park(w.table, "ada", 0, {"ada"})));
  w.sql("DELETE FROM parcel WHERE key='ada'");
  w.add("ada");
  CHECK(wait(console->park(w.table, "ada", 0, {"bob"})));
  REQUIRE(w.store.apply(packed("ada", 0), dispatch{}));
  CHECK(told_of(w, "ada") == "0 packed: parked after 0, by bob\n1 packed -dispatch-> sending\n");
}

// Before 0.2.0 was released there were databases with a history and without that table.
TEMPLATE_TEST_CASE(
    "a history of before operators' changes were written there is read, and has what they do from now on", "[console]",
    own_world, mapped_world) {
  TestType w({.history = true});
  w.add("ada");
  auto const sending = w.store.apply(packed("ada", 0), dispatch{});
  w.sql("DROP TABLE pawl_by_hand");
  std::string const moved = "1 packed -dispatch-> sending\n", parked = "1 sending: parked after 0, by anna\n";
  auto const look = w.look();
  CHECK(table(*look, w.table).has_history);
  CHECK(told(story(*look, w.table, "ada").history) == moved);
  CHECK(told_of(w, "ada") == moved);
  SECTION("the console makes it") {
    auto const console = w.change();
    CHECK(wait(console->park(w.table, "ada", 1, {"anna"})));
    CHECK(told_of(w, "ada") == moved + parked);
    CHECK(w.has_table("pawl_by_hand"));
  }
  SECTION("a store that is opened makes it") {
    decltype(w.store) again(w.db, {.history = true});
    CHECK(w.has_table("pawl_by_hand"));
    REQUIRE(again.note(*sending, console_test::parked()));
    REQUIRE(again.release("ada", "anna"));
    CHECK(told_of(w, "ada") == moved + "1 sending: released after 5, by anna\n");
  }
  SECTION("none is needed to remove entries by their age") {
    w.seconds += 3600;
    CHECK(w.store.remove_history(std::chrono::seconds(60), 10) == 1);
    CHECK(told_of(w, "ada").empty());
  }
}

TEST_CASE("an operator's long words are cut in the history, and any bytes are kept", "[console]") {
  own_world w({.history = true});
  w.add("ada");
  auto const console = w.change();
  CHECK(wait(console->park(w.table, "ada", 0, {hostile, std::string(10'000, 'x')})));
  auto const entry = w.store.history("ada").at(0);
  CHECK(entry.error.starts_with("by " + hostile + ": xxx"));
  CHECK(entry.error.size() <= pawl::trouble_record::longest_error);
}

}  // namespace sqlite_hands_test
