// Large values and very many columns in an SQLite database, and tables full of states that nobody knows.
#include <cstddef>
#include <string>
#include <vector>

#include <pawl/console/recorded_field.hpp>
#include <pawl/console/shown_part.hpp>
#include <pawl/console/states_by_name.hpp>

#include "catch.hpp"
#include "console/fixture.hpp"
#include "console/large_values.hpp"
#include "console/sqlite_world.hpp"

namespace sqlite_large_values_test {

using namespace console_test;
using namespace sqlite_console_test;
namespace detail = pawl::detail;

TEST_CASE("of large values of pawl's own table the beginning is told with the size, unless all is asked for",
          "[console]") {
  own_world w;
  large_values_are_told_in_part(w, true);
  auto const part = story_of(w, most);
  CHECK(part.fields.size() == 4);
  CHECK(part.fields[3].name == "(more)");  // behind what was read of the record
  CHECK(part.fields[3].value == "4.0 MB that are not shown");
  CHECK(part.why == "delivered at version 3: it has reached a final state, by deliver");
}
TEST_CASE("of large values of a user's table the beginning is told with the size, unless all is asked for",
          "[console]") {
  mapped_world w;
  large_values_are_told_in_part(w, false);
  CHECK(is_cut_well(field(story_of(w, most), "signature"), long_text(2'000'000)));
  w.sql("UPDATE parcels SET note=zeroblob(3000000),weight=1.5,courier=CAST(x'c3a9c3' AS TEXT)");
  auto const part = story_of(w, most);
  CHECK(field(part, "note").value == "x'" + std::string(2 * most, '0') + "'");
  CHECK(field(part, "note").size == 3'000'000);
  CHECK(field(part, "weight").value == "1.5");
  CHECK(field(part, "courier").value == "\xc3\xa9\xc3");  // it was so
  CHECK(field(part, "courier").size == 0);
  w.sql("UPDATE parcels SET note='',courier='a'||char(0)||'b',weight=NULL,signature=x''");
  auto const small = story_of(w, most);
  CHECK(field(small, "note").value == "");
  CHECK(field(small, "courier").value == std::string("a\0b", 3));
  CHECK_FALSE(field(small, "weight").value);
  CHECK(field(small, "signature").value == "x''");
}

TEST_CASE("a row of more columns than one statement may ask for is told whole", "[console]") {
  mapped_world w;
  w.add("ada");
  for (int i = 0; i < 700; ++i)
    w.sql("ALTER TABLE parcels ADD COLUMN c" + std::to_string(i) + " DEFAULT " + std::to_string(i));
  auto const part = story_of(w, most);
  CHECK(part.fields.size() == 705);
  for (int i = 0; i < 700; i += 100) CHECK(field(part, "c" + std::to_string(i)).value == std::to_string(i));
}

// ---- what is read of a record ----

std::string number(std::uint32_t n) {
  std::string bytes;
  for (int i = 0; i < 4; ++i) bytes += static_cast<char>(n >> (8 * i) & 0xFFU);
  return bytes;
}
std::string sized(std::string const& bytes) { return number(static_cast<std::uint32_t>(bytes.size())) + bytes; }

TEST_CASE("whatever part of a record is read, nothing else is told than what is there, and what is missing is counted",
          "[console]") {
  std::string const fields =
      "t" + sized("first") + "i" + std::string("\x07\0\0\0\0\0\0\0", 8) + "n" + "b" + sized("\x01\x02");
  std::string const data =
      sized("mail") + sized(fields) + sized("open") + sized("") + sized("read") + sized("t" + sized("last"));
  auto const told = [&](std::string_view of, std::size_t size) {
    std::vector<pawl::seen_field> all;
    for (auto const& event : detail::events_in_record(of, size)) detail::add_fields(all, event, 100);
    return all;
  };
  auto const whole = told(data, data.size());
  REQUIRE(whole.size() == 5);
  CHECK(whole[0].value == "first");
  CHECK(whole[3].value == "x'0102'");
  CHECK(whole[4].name == "read");
  for (std::size_t read = 0; read < data.size(); ++read) {
    CAPTURE(read);
    auto const part = told(std::string_view(data).substr(0, read), data.size());
    REQUIRE(!part.empty());
    std::size_t i = 0;
    for (auto const& one : part) {
      if (one.name.ends_with("(more)")) continue;
      REQUIRE(i < whole.size());
      auto const& full = whole[i++];
      CHECK(one.value.has_value() == full.value.has_value());
      if (one.size == 0) CHECK(one.value == full.value);
      if (one.size > 0 && one.value && !one.value->starts_with("x'")) CHECK(full.value->starts_with(*one.value));
    }
    bool const says_so = part.back().name.ends_with("(more)") || part.back().size > 0;
    CHECK(says_so);
    for (auto const& event : detail::events_in_record(std::string_view(data).substr(0, read), data.size()))
      detail::recorded_event_text(event, 100);
  }
  auto const mail = detail::events_in_record(std::string_view(data).substr(0, 20), data.size()).at(0);
  CHECK(detail::recorded_event_text(mail, 3) == "mail(\"fir\" ... (5 bytes), ... (17 bytes))");
  CHECK(detail::recorded_event_text(detail::events_in_record(data, data.size()).at(0), 100) ==
        "mail(\"first\", 7, NULL, x'0102')");
}

TEST_CASE("sizes are said as people say them, and no character is cut in two", "[console]") {
  CHECK(detail::size_text(0) == "0 bytes");
  CHECK(detail::size_text(1) == "1 byte");
  CHECK(detail::size_text(999) == "999 bytes");
  CHECK(detail::size_text(1000) == "1.0 kB");
  CHECK(detail::size_text(1'249'999) == "1.2 MB");
  CHECK(detail::size_text(999'999'999) == "999.9 MB");
  CHECK(detail::size_text(3'000'000'000) == "3.0 GB");
  CHECK(detail::size_text(std::uint64_t(-1)) == "18.4 EB");
  CHECK(detail::cut_mark(0).empty());
  CHECK(detail::cut_mark(1'200'000) == " ... (1.2 MB)");
  std::string const text = "a\u00e9\u20ac\U0001f600";
  for (std::size_t i = 0; i <= text.size(); ++i) {
    auto const cut = detail::without_torn_end(std::string_view(text).substr(0, i));
    CHECK(detail::as_utf8(cut) == cut);
    CHECK(cut.size() + 4 > i);
  }
  CHECK(detail::without_torn_end("\xff\xfe") == "\xff\xfe");  // no UTF-8 at all
  CHECK(detail::without_torn_end("\x80\x80\x80\x80\x80").size() == 5);
}

// ---- states that nobody knows ----

struct counting_less {
  using is_transparent = void;
  std::size_t* count;
  bool operator()(std::string const& a, std::string const& b) const { return ++*count, a < b; }
};

TEST_CASE("a hundred thousand unknown states are counted in no more looks than a tree takes", "[console]") {
  std::vector<pawl::seen_state> states(3);
  states[0].name = "packed";
  states[1].name = "sent";
  states[2].name = "lost";
  std::size_t looks = 0;
  detail::states_by_name<counting_less> index(states, counting_less{&looks});
  for (int i = 0; i < 100'000; ++i) ++index.get("state " + std::to_string(i)).items;
  for (int i = 0; i < 100'000; ++i) ++index.get("state " + std::to_string(i)).items;
  ++index.get("sent").items;
  CHECK(looks < 200'000 * 40);
  REQUIRE(states.size() == 100'003);
  CHECK(states[1].items == 1);
  CHECK(states[1].known);
  CHECK(states[100'002].items == 2);
  CHECK_FALSE(states[100'002].known);
  CHECK(index.find("nobody") == nullptr);
  CHECK(index.find("lost") == &states[2]);
}

TEST_CASE("a table full of unknown states is told with all of them", "[console]") {
  mapped_world w;
  w.sql(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<20000) INSERT INTO parcels(label,state) "
      "SELECT 'p'||i,'state '||(i%10000) FROM n");
  auto const seen = table(*w.look(), w.table);
  CHECK(seen.states.size() == 10'005);
  CHECK(counts(seen, "state 77").items == 2);
  CHECK_FALSE(counts(seen, "state 77").known);
}

}  // namespace sqlite_large_values_test
