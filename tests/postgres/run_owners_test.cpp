// What a run and its store say of one another: who works on a table, how an owner is acquired, and what a server refuses
// of it.
#include <chrono>
#include <string>
#include <type_traits>
#include <vector>

#include <unistd.h>

#include <pawl/error.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/postgres.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/runner/step.hpp>

#include "catch.hpp"
#include "postgres/own_database.hpp"

namespace run_owners_test {

using postgres_test::own_database;

enum class cup_state { dirty, clean };
struct wash {};
struct cup : pawl::lifecycle<pawl::initial<cup_state::dirty>, pawl::goal<cup_state::clean>,
                             pawl::transition<cup_state::dirty, wash, cup_state::clean>> {};
struct cups_table : pawl::table<cup> {
  static constexpr pawl::names names{.table = "cups"};
  static constexpr auto columns = pawl::columns();
};
using dirty_cup = pawl::item<cup, cup_state::dirty>;

// Of both kinds: one table pawl's own, one mapped.
template <class Table> struct kitchen {
  explicit kitchen(int count) {
    at.in.sql.script("CREATE TABLE cups(key text PRIMARY KEY,state text NOT NULL,version bigint NOT NULL)");
    at.wait(cups.open());
    for (int i = 0; i < count; ++i) {
      std::string const key = "c" + std::to_string(i);
      if constexpr (std::is_same_v<Table, cup>)
        at.wait(cups.insert_if_absent(key));
      else
        at.in.sql.must("INSERT INTO cups VALUES($1,'dirty',0)", {key});
    }
  }
  // The server answers each UPDATE of this table so.
  void refuse(std::string const& table, std::string const& sqlstate) {
    at.in.sql.script(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''not today'' USING ERRCODE=''" +
        sqlstate + "''; END';CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON " + table +
        " FOR EACH ROW EXECUTE FUNCTION refuse()");
  }

  own_database at{};
  pawl::postgres::store<Table> cups{at.db};
};

// Asks, in a step, who works on the table.
template <class Table> struct asking_steps {
  pawl::task<wash> operator()(dirty_cup) {
    auto asking = cups.workers();
    seen = co_await std::move(asking);
    co_return wash{};
  }

  pawl::postgres::store<Table>& cups;
  std::vector<pawl::postgres::worker_status>& seen;
};
struct steps {
  wash operator()(dirty_cup const&) { return {}; }
};

TEMPLATE_TEST_CASE("the runs that work on a table are told, with how much they have claimed", "[postgres]", cup,
                   cups_table) {
  kitchen<TestType> one(1);
  CHECK(one.at.wait(one.cups.workers()).empty());
  std::vector<pawl::postgres::worker_status> seen;
  std::string const before =
      one.at.in.sql.must("SELECT (extract(epoch FROM clock_timestamp())*1000000)::int8").at(0, 0);
  CHECK(pawl::run(one.cups, asking_steps<TestType>{one.cups, seen}).finished == 1);
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].claimed == 1);
  std::string const process = ":" + std::to_string(::getpid());
  CHECK(seen[0].name.substr(seen[0].name.find(':')) == process);
  CHECK(pawl::stored_time(std::chrono::microseconds(std::stoll(before))) <= seen[0].last_sign);
  CHECK(one.at.wait(one.cups.workers()).empty());
}

TEMPLATE_TEST_CASE("an owner of a table of a server is acquired by awaiting it, and tells who must end", "[postgres]",
                   cup, cups_table) {
  kitchen<TestType> one(1);
  auto const table = one.cups.make_owner();
  auto const words_of = [](auto call) {
    try {
      call();
    } catch (pawl::error const& e) {
      return std::string(e.what());
    }
    return std::string("nothing was thrown");
  };
  CHECK(words_of([&] {
          table->try_acquire(pawl::ownership::sole);
        }).find("only by awaiting store::acquire(owner, how)") != std::string::npos);
  CHECK(words_of([&] { one.at.wait(one.cups.claim(*table, cup_state::dirty, {}, 1)); }) ==
        "pawl: only a run that is a sole owner of its table claims items of it");
  CHECK(one.at.wait(one.cups.acquire(*table, pawl::ownership::sole)));
  CHECK(table->try_acquire(pawl::ownership::sole));
  CHECK(table->how() == pawl::ownership::sole);
  auto const page = one.at.wait(one.cups.claim(*table, cup_state::dirty, {}, 1));
  REQUIRE(page.items.size() == 1);
  table->set_aside(page.items[0].item.row);
  table->give_back(page.items[0].item.row);
  one.at.wait(one.cups.leave(*table));
  auto const other = one.cups.make_owner();
  CHECK(other->describe_holder().find("; end it, or use run_options::wait_for_owner or pawl::ownership::shared") !=
        std::string::npos);
  other->set_aside(1);  // harmless where nothing is held
  other->give_back(1);
  other->pass_on(1);
  other->end_intake();
  CHECK_FALSE(other->others_at_work());
  one.at.wait(one.cups.leave(*other));
}

TEMPLATE_TEST_CASE("a run ends with the server's words where the server refuses its claims", "[postgres]", cup,
                   cups_table) {
  struct refusal {
    char const* sqlstate;
    pawl::store_failure what;
  };
  for (auto const [sqlstate, what] : {refusal{"42501", pawl::store_failure::refused},
                                      {"23514", pawl::store_failure::rejected},
                                      {"42P01", pawl::store_failure::refused}}) {
    CAPTURE(sqlstate);
    kitchen<TestType> one(1);
    one.refuse(std::is_same_v<TestType, cup> ? "cup" : "pawl_lease", sqlstate);
    try {
      pawl::run(one.cups, steps{});
      FAIL("it ran");
    } catch (pawl::store_error const& e) {
      CHECK(e.what_failed() == what);
      CHECK(std::string(e.what()).find("PostgreSQL did not claim items of table " +
                                       std::string(std::is_same_v<TestType, cup> ? "cup" : "cups") + ": not today (" +
                                       sqlstate + ")") != std::string::npos);
    }
    CHECK(one.at.wait(one.cups.workers()).empty());
  }
}

}  // namespace run_owners_test
