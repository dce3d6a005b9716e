// The README's blocks of C++, in its order, each where it belongs.
#include <array>
#include <chrono>
#include <set>
#include <string>
#include <string_view>

#include "catch.hpp"
#include "files.hpp"
#include "first_screen_1.declarations.hpp"

// ---- Your own table ----

constexpr char const* schema =
#include "your_own_table_1.sql"
    ;
#include "your_own_table_2.cpp"

TEST_CASE("the README's mapping writes the columns that it names, and reads them backwards") {
  temporary_folder folder;
  pawl::sqlite::database db{folder / "letters.db"};
  db.execute(schema);
  db.execute("INSERT INTO correspondence (address, body) VALUES ('ada', 'Dear Ada')");
#include "your_own_table_3.cpp"
  pawl::loop<> loop;
  pawl::grouped queue{loop, letters};
  CHECK(pawl::run(queue, post_office{}, {.concurrency = 10}).finished == 1);
  auto row = db.prepare(
      "SELECT status, revision, receipt, body FROM correspondence WHERE mailed_at<=status_since AND address='ada'");
  REQUIRE(row.step());
  CHECK(row.text(0) == "delivered");
  CHECK(row.integer(1) == 2);
  CHECK(row.text(2) == "receipt of ada");
  CHECK(row.text(3) == "Dear Ada");
}

namespace renamed {

enum class state { written, sent, delivered };
#include "your_own_table_4.cpp"
struct letter : pawl::lifecycle<pawl::initial<state::written>, pawl::goal<state::delivered>,
                                pawl::transition<state::written, mail, state::sent>,
                                pawl::transition<state::sent, deliver, state::delivered>> {};

}  // namespace renamed

TEST_CASE("the README's names of states are what is stored") {
  STATIC_REQUIRE(pawl::valid<renamed::letter>);
  STATIC_REQUIRE(pawl::stored_names<renamed::letter> ==
                 std::array<std::string_view, 3>{"to be mailed", "on its way", "arrived"});
}

// ---- Your own API ----

#include "your_own_api_1.cpp"

struct plain_courier {
  std::string mail(std::string const& address, std::string const& key) { return address + " by " + key; }
  pawl::outcome<bool> has_arrived(std::string const&) {
    if (++asked == 1) return pawl::trouble::throttled(std::chrono::minutes(1));
    return asked > 2;
  }
  int asked = 0;
};

TEST_CASE("the README's steps take an adapter of plain functions, and wait for what is pending") {
  pawl::loop<pawl::virtual_clock> loop;
  pawl::memory_store<letter> letters;
  letters.insert_if_absent("ada");
  pawl::grouped queue{loop, letters};
  plain_courier courier;
  CHECK(pawl::run(queue, postman{courier}).finished == 1);
  CHECK(courier.asked == 3);
  CHECK(loop.now() >= std::chrono::minutes(61));
  CHECK(loop.now() < std::chrono::minutes(62));
  CHECK(letters.recorded<mail>(*letters.get("ada").item)->receipt == "ada by letter/written/0/ada");
}

// ---- Test without a network ----

#include "test_without_a_network_1.cpp"

// ---- How big ----

TEST_CASE("a machine is as big as the README says") { STATIC_REQUIRE(sizeof(pawl::machine<letter>) == 1); }
