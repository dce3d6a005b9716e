// The README's blocks of C++, in its order, each where it belongs.
#include <array>
#include <chrono>
#include <cstdio>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

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

// ---- Limits and pace ----

TEST_CASE("the README's options run to the end") {
  using namespace std::chrono_literals;
  pawl::loop<pawl::virtual_clock> loop;
  pawl::memory_store<letter> letters;
  for (int i = 0; i < 40; ++i) letters.insert_if_absent("letter " + std::to_string(i));
  pawl::grouped queue{loop, letters};
  mock_courier courier{loop};
  std::stop_source stop;
  loop.sleep(2h, [&](boost::system::error_code) { stop.request_stop(); });
#include "limits_and_pace_1.cpp"
  CHECK(summary.finished == 0);  // every call takes a minute, and a deadline of 30 s cuts it off
  CHECK(summary.parked == 40);
  CHECK(loop.now() == 2h);
}

// ---- What is it doing ----

#include "what_is_it_doing_1.cpp"

TEST_CASE("the README's watcher hears of progress, and its explanation is there") {
  pawl::loop<pawl::virtual_clock> loop;
  pawl::memory_store<letter> letters;
  letters.insert_if_absent("ada");
#include "what_is_it_doing_2.cpp"
  watcher watching;
  pawl::grouped queue{loop, letters, watching};
  mock_courier courier{loop};
  CHECK(pawl::run(queue, postman{courier}).finished == 1);
  CHECK(pawl::explain(letters, "ada").is == pawl::standing::arrived);
}

// ---- When the lifecycle changes ----

TEST_CASE("the README's migration moves rows of a state that is gone") {
  temporary_folder folder;
  pawl::sqlite::database db{folder / "letters.db"};
  pawl::sqlite::store<letter> letters{db};
  letters.insert_if_absent("ada");
  db.execute("INSERT INTO pawl_states VALUES('letter',77,'drafted'); UPDATE letter SET state=77");
  CHECK(letters.unrecognised() == 1);
#include "when_the_lifecycle_changes_1.cpp"
  REQUIRE(moves.size() == 1);
  CHECK(moves[0].rows == 1);
  CHECK(letters.get("ada").item->state == state::written);
}

// ---- How big ----

TEST_CASE("many rows are inserted in one transaction") {
  temporary_folder folder;
  pawl::sqlite::database db{folder / "letters.db"};
  pawl::sqlite::store<letter> letters{db};
  std::vector<std::string> const addresses{"ada", "grace", "ada"};
#include "how_big_1.cpp"
  CHECK(letters.count_items()[0] == 2);
  CHECK_FALSE(db.in_transaction());
}

TEST_CASE("a machine is as big as the README says") { STATIC_REQUIRE(sizeof(pawl::machine<letter>) == 1); }
