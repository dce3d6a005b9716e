// Large values and very many columns on a PostgreSQL server.
#include <string>

#include "catch.hpp"
#include "console/fixture.hpp"
#include "console/large_values.hpp"
#include "console/postgres_world.hpp"

namespace postgres_large_values_test {

using namespace console_test;
using namespace postgres_console_test;

TEST_CASE("of large values of pawl's own table on a server the beginning is told with the size", "[console]") {
  own_world w;
  large_values_are_told_in_part(w, true);
  auto const part = story_of(w, most);
  CHECK(is_cut_well(field(part, "deliver"), long_text(2'000'000)));
  CHECK(part.why.starts_with("delivered at version 3: it has reached a final state, by deliver(\"a\u00e9"));
  CHECK(part.why.ends_with("\u00e9\" ... (4.0 MB))"));
  CHECK(part.why.size() < 2 * most);
}
TEST_CASE("of large values of a user's table on a server the beginning is told with the size", "[console]") {
  mapped_world w;
  large_values_are_told_in_part(w, false);
  CHECK(is_cut_well(field(story_of(w, most), "signature"), long_text(2'000'000)));
  w.sql("ALTER TABLE parcels ADD COLUMN bytes bytea,ADD COLUMN fraction numeric,ADD COLUMN days date[]");
  w.sql("UPDATE parcels SET bytes=decode(repeat('00',3000000),'hex'),fraction=1.50,days='{2026-11-30}',note=''");
  auto const part = story_of(w, most);
  CHECK(field(part, "bytes").value == "x'" + std::string(2 * most, '0') + "'");
  CHECK(field(part, "bytes").size == 3'000'000);
  CHECK(field(part, "fraction").value == "1.50");
  CHECK(field(part, "days").value == "{2026-11-30}");
  CHECK(field(part, "note").value == "");
  CHECK(field(part, "note").size == 0);
  CHECK(field(whole_story_of(w), "bytes").value->size() == 6'000'003);
}

TEST_CASE("a row of a thousand and more columns on a server is told whole, and its history", "[console]") {
  mapped_world w({.history = true});
  w.add("ada");
  std::string columns, values;
  for (int i = 0; i < 1500; ++i) {
    std::string const name = "c" + std::to_string(i);
    columns += (i == 0 ? "ADD COLUMN " : ",ADD COLUMN ") + name + " int";
    if (i % 99 == 0) values += (i == 0 ? "" : ",") + name + "=" + std::to_string(i);
  }
  w.sql("ALTER TABLE parcels " + columns);
  w.sql("UPDATE parcels SET " + values);
  CHECK(w.wait(w.console.park(w.table, "ada", 0, {"ada"})));
  auto const part = story_of(w, most);
  CHECK(part.fields.size() == 1505);
  for (int i = 0; i < 1500; i += 99) CHECK(field(part, "c" + std::to_string(i)).value == std::to_string(i));
  CHECK_FALSE(field(part, "c1499").value);
  CHECK(part.history.size() == 1);
}

}  // namespace postgres_large_values_test
