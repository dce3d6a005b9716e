// How a row's life and state are told, whatever the session's settings and the state's type.
#include <string>
#include <vector>

#include <pawl/fsm/check.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/sql.hpp>
#include <pawl/postgres/trouble_sql.hpp>

#include "catch.hpp"
#include "postgres/table_fixture.hpp"

namespace layout_test {

using namespace postgres_test;

enum class door_state { open, closed };
struct close {};
struct door_lifecycle : pawl::lifecycle<pawl::initial<door_state::open>, pawl::goal<door_state::closed>,
                                        pawl::transition<door_state::open, close, door_state::closed>> {};
struct doors_table : pawl::table<door_lifecycle> {
  static constexpr pawl::names names{.table = "doors", .born = "born"};
};
static_assert(pawl::valid<doors_table>);
struct unborn : pawl::table<door_lifecycle> {
  static constexpr pawl::names names{.table = "doors"};
};

inline std::string life_of(session& sql, pg::layout const& of) { return sql.must(pg::get_sql(of), {"a"}).at(0, 3); }

TEST_CASE("a life is the same in every session, another for another birth, and never 0", "[postgres]") {
  struct known {
    std::string type, one, another;
  };
  for (auto const& [type, one, another] :
       {known{"timestamptz", "'2026-11-28 12:00:00.000001Z'", "'2026-11-28 12:00:00.000002Z'"},
        known{"timestamp", "'2026-11-28 12:00:00.000001'", "'2026-11-28 12:00:00.000002'"},
        known{"bytea", "'\\x01'", "'\\x0100'"}, known{"text", "'7'", "''"}, known{"varchar(3)", "'x'", "NULL"},
        known{"text", "''", "NULL"}, known{"bigint", "0", "1"},
        known{"uuid", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12'"}})
    for (std::string const row : {"id integer", "id bigint PRIMARY KEY"}) {
      CAPTURE(type, row);
      own_schema in;
      in.sql.script("CREATE TABLE doors(" + row + ",key text UNIQUE,state text NOT NULL,version bigint NOT NULL,born " +
                    type + ");INSERT INTO doors VALUES(1,'a','open',0," + one + ")");
      auto const of = check_table<doors_table>(in.sql);
      std::string const life = life_of(in.sql, of);
      CHECK(life != "0");
      auto other = in.another();
      other.script(
          "SET TimeZone='Asia/Kathmandu';SET DateStyle='SQL,DMY';SET bytea_output=escape;SET extra_float_digits=0");
      CHECK(life_of(other, of) == life);
      in.sql.script("UPDATE doors SET born=" + another);
      CHECK(life_of(in.sql, of) != life);
      in.sql.script("UPDATE doors SET born=" + one);
      CHECK(life_of(in.sql, of) == life);
      in.sql.script("UPDATE doors SET id=2");
      CHECK((life_of(in.sql, of) == life) == of.row.empty());
    }
}

TEST_CASE("a row's life is its number where that is its primary key, and nothing tells it otherwise", "[postgres]") {
  own_schema in;
  in.sql.script(
      "CREATE TABLE doors(id integer,key text UNIQUE,state text NOT NULL,version bigint NOT NULL);"
      "INSERT INTO doors VALUES(5,'a','open',0)");
  CHECK(life_of(in.sql, check_table<unborn>(in.sql)) == "0");
  in.sql.script("ALTER TABLE doors ADD PRIMARY KEY(id)");
  CHECK(life_of(in.sql, check_table<unborn>(in.sql)) == "5");
}

TEST_CASE("states are moved, paged and counted in a column of text, varchar or an enum", "[postgres]") {
  for (std::string const type : {"text", "varchar(8)", "text COLLATE \"C\"", "door", "front_door"}) {
    CAPTURE(type);
    own_schema in;
    in.sql.script(
        "CREATE TYPE door AS ENUM('closed','ajar','open');CREATE DOMAIN front_door AS door;"
        "CREATE TABLE doors(key text PRIMARY KEY,state " +
        type +
        " NOT NULL,version bigint NOT NULL,born uuid);"
        "INSERT INTO doors VALUES('a','open',0),('b','open',0),('c','ajar',0)");
    auto const of = check_table<doors_table>(in.sql);
    make_records(in.sql, of);
    auto const page = [&](char const* state) {
      return in.sql.must(pg::page_sql(of, pg::page_begins::at_the_beginning), {state, "9"}).rows.size();
    };
    CHECK(page("open") == 2);
    auto const moved = in.sql.must(pg::move_sql(of), {"2026-11-28T00:00:00Z", "1", "{a,b,c}", "{0,1,0}", "{0,0,0}",
                                                      "{open,open,open}", "{closed,closed,closed}", "{0,0,0}"});
    CHECK(moved.at(0, 0) == "{1}");
    CHECK(page("open") == 1);
    CHECK(page("closed") == 1);
    CHECK(in.sql.must(pg::unrecognised_sql(of)).at(0, 0) == "1");
    CHECK(in.sql.must(pg::count_items_sql(of) + " ORDER BY 1").rows ==
          std::vector<std::vector<cell>>{{"ajar", "1"}, {"closed", "1"}, {"open", "1"}});
    CHECK(in.sql.must(pg::get_sql(of), {"c"}).at(0, 1) == "ajar");
    in.sql.must(pg::note_sql(of),
                {"{b}", "{0}", "{0}", "{open}", "{1}", "{0}", "{5}", "{NULL}", "{f}", "{f}", "{1}", "{it}"});
    CHECK(in.sql.must(pg::due_sql(of, pawl::delayed_by::runs), {"5", "9"}).at(0, 3) == "open");
    CHECK(in.sql.must(pg::note_nothing_sql(of), {"{b}", "{0}", "{0}", "{open}", "{1}"}).rows.size() == 1);
  }
}

}  // namespace layout_test
