// What operators do is in the history of a table on a PostgreSQL server, if it has one.
#include "catch.hpp"
#include "console/fixture.hpp"
#include "console/hands.hpp"
#include "console/postgres_world.hpp"

namespace postgres_hands_test {

using namespace console_test;
using namespace postgres_console_test;

TEMPLATE_TEST_CASE("what an operator does to an item on a server is in its history, with whose it is and why",
                   "[console]", own_world, mapped_world) {
  each_deed_has_an_entry<TestType>();
}
TEMPLATE_TEST_CASE("what was refused to an operator on a server is not in the history", "[console]", own_world,
                   mapped_world) {
  a_refused_deed_has_none<TestType>();
}
TEMPLATE_TEST_CASE("a table on a server without a history gets none by what operators do", "[console]", own_world,
                   mapped_world) {
  without_a_history_none_is_written<TestType>();
}
TEMPLATE_TEST_CASE("an operator's change on a server is not made without its entry", "[console]", own_world,
                   mapped_world) {
  a_deed_and_its_entry_are_one_transaction<TestType>();
}
TEMPLATE_TEST_CASE("a history on a server has transitions and operators' changes in the order in which they were made",
                   "[console]", own_world, mapped_world) {
  deeds_stand_in_their_order<TestType>();
}
TEMPLATE_TEST_CASE("what operators did on a server goes from the history by its age", "[console]", own_world,
                   mapped_world) {
  entries_of_deeds_are_removed_by_their_age<TestType>();
}

TEMPLATE_TEST_CASE(
    "what an operator does to a state or a table on a server is told with whose it is and why, if there is a history",
    "[console]", own_world, mapped_world) {
  deeds_of_tables_are_told<TestType>();
  without_a_history_deeds_of_tables_are_not<TestType>();
}
TEMPLATE_TEST_CASE("an operator's change of a state or a table on a server is not made without its entry", "[console]",
                   own_world, mapped_world) {
  a_deed_of_a_table_and_its_entry_are_one_transaction<TestType>();
}
TEST_CASE("schedules on a server are told with how far they are, and forgotten", "[console]") {
  schedules_are_told_and_forgotten<own_world>();
}

TEST_CASE("the changes of a predecessor on a server are not in the history of the row that has its key", "[console]") {
  own_world w({.history = true});
  w.add("ada");
  CHECK(w.wait(w.console.park(w.table, "ada", 0, {"ada"})));
  w.sql("DELETE FROM parcel WHERE key='ada'");
  w.add("ada");
  CHECK(w.wait(w.console.park(w.table, "ada", 0, {"bob"})));
  packed const it("ada", 0);
  REQUIRE(w.wait(w.store.apply(it, dispatch{})));
  CHECK(told_of(w, "ada") == "0 packed: parked after 0, by bob\n1 packed -dispatch-> sending\n");
}

TEST_CASE("an operator's long words are cut in the history on a server, and any bytes are kept", "[console]") {
  own_world w({.history = true});
  w.add("ada");
  CHECK(w.wait(w.console.park(w.table, "ada", 0, {hostile, std::string(10'000, 'x')})));
  auto const entry = w.wait(w.store.history("ada")).at(0);
  CHECK(entry.error.starts_with("by " + hostile + ": xxx"));
  CHECK(entry.error.size() <= pawl::trouble_record::longest_error);
}

}  // namespace postgres_hands_test
