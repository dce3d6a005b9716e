// The statements of a store, run on a server: what each moves, leaves alone and tells.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/sql.hpp>
#include <pawl/postgres/trouble_sql.hpp>

#include "catch.hpp"
#include "postgres/table_fixture.hpp"
#include "store/filing.hpp"

namespace postgres_sql_test {

using namespace postgres_test;

constexpr char const* crates_ddl =
    "CREATE TABLE crates(key text PRIMARY KEY,state text NOT NULL,version bigint NOT NULL,text text,number bigint,"
    "big bigint,flag boolean,weight double precision,tag smallint,bytes bytea,note varchar(5),first integer,"
    "second double precision,lane smallint)";

// One write of a batch: what the client fills the arrays with.
struct write {
  std::string key;
  std::int64_t version = 0;
  std::string from, to;
  std::size_t event = 0;
  std::vector<cell> values{};  // by parameter of the layout
  std::int64_t life = 0;
};
constexpr char const* noon = "2026-11-28T12:00:00.123456Z";

inline result move(session& sql, pg::layout const& of, int token, std::vector<write> const& batch) {
  std::vector<cell> keys, versions, lives, from, to, events;
  std::vector<std::vector<cell>> values(of.parameters.size());
  for (auto const& one : batch) {
    keys.emplace_back(one.key);
    versions.emplace_back(std::to_string(one.version));
    lives.emplace_back(std::to_string(one.life));
    from.emplace_back(one.from);
    to.emplace_back(one.to);
    events.emplace_back(std::to_string(one.event));
    for (std::size_t i = 0; i < values.size(); ++i) values[i].push_back(i < one.values.size() ? one.values[i] : cell());
  }
  std::vector<cell> parameters = {
      noon,           std::to_string(token), array_of(keys),  array_of(versions), array_of(lives),
      array_of(from), array_of(to),          array_of(events)};
  for (auto const& of_one : values) parameters.emplace_back(array_of(of_one));
  return sql.run(pg::move_sql(of), parameters);
}

TEST_CASE("a batch moves what is at its state and version, and tells which by ordinal", "[postgres]") {
  own_schema in;
  in.sql.script(crates_ddl);
  auto const of = check_table<cargo::crates_table>(in.sql);
  make_records(in.sql, of);
  in.sql.script("INSERT INTO crates(key,state,version) SELECT 'k'||i,'empty',i FROM generate_series(1,4) i");
  // text, number, big, flag, weight, tag, bytes, note
  std::vector<cell> const packed = {"words", "-7", "9", "1", "1.5", "200", "\\x00ff", cell("n")};
  REQUIRE(of.parameters.size() == 8);
  auto const sent = [&](std::string_view text) {
    std::vector<cell> values(8);
    std::size_t texts = 0, integers = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      auto const kind = of.parameters[i];
      if (kind == pg::field_kind::text) values[i] = texts++ == 0 ? cell(text) : packed[7];
      if (kind == pg::field_kind::integer) {
        static constexpr std::size_t at[] = {1, 2, 3, 5};
        values[i] = packed[at[integers++]];
      }
      if (kind == pg::field_kind::real) values[i] = packed[4];
      if (kind == pg::field_kind::bytes) values[i] = packed[6];
    }
    return values;
  };
  auto const done = move(in.sql, of, 1,
                         {{"k1", 1, "empty", "packed", 0, sent("one")},
                          {"k2", 9, "empty", "packed", 0, sent("two")},     // another version
                          {"k3", 3, "packed", "packed", 0, sent("three")},  // another state
                          {"k4", 4, "empty", "packed", 0, sent("four")},
                          {"k5", 5, "empty", "packed", 0, sent("five")}});  // no such row
  REQUIRE(done.ok());
  CHECK(done.at(0, 0) == "{1,4}");
  CHECK(done.at(0, 1) == "{0,0}");
  auto const rows =
      in.sql.must("SELECT key,state,version,text,number,big,flag,weight,tag,bytes,note FROM crates ORDER BY key");
  CHECK(rows.rows.at(0) == std::vector<cell>{"k1", "packed", "2", "one", "-7", "9", "t", "1.5", "200", "\\x00ff", "n"});
  CHECK(rows.rows.at(1) == std::vector<cell>{"k2", "empty", "2", {}, {}, {}, {}, {}, {}, {}, {}});
  CHECK(rows.rows.at(2) == std::vector<cell>{"k3", "empty", "3", {}, {}, {}, {}, {}, {}, {}, {}});
  CHECK(rows.at(3, 3) == "four");
  CHECK(in.sql.must("SELECT token,moved FROM pawl_batch").rows == std::vector<std::vector<cell>>{{"1", "{1,4}"}});

  // Another event of the same batch's table writes other columns and leaves those alone.
  std::vector<cell> lane(8);
  for (std::size_t i = 0; i < 8; ++i)
    if (of.parameters[i] == pg::field_kind::integer) {
      lane[i] = "3";
      break;
    }
  CHECK(move(in.sql, of, 2, {{"k1", 2, "packed", "sent", 2, lane}}).at(0, 0) == "{1}");
  CHECK(in.sql.must("SELECT state,version,text,number,lane FROM crates WHERE key='k1'").rows.at(0) ==
        std::vector<cell>{"sent", "3", "one", "-7", "3"});
}

TEST_CASE("a row of which another session changed another column meanwhile is no conflict", "[postgres]") {
  own_schema in;
  in.sql.script(
      "CREATE TABLE crates(key text PRIMARY KEY,state text NOT NULL,version bigint NOT NULL,text text,number bigint,"
      "big bigint,flag boolean,weight double precision,tag smallint,bytes bytea,note text,first integer,"
      "second double precision,lane smallint,other text)");
  auto const of = check_table<cargo::crates_table>(in.sql);
  make_records(in.sql, of);
  in.sql.script("INSERT INTO crates(key,state,version) VALUES('a','packed',0),('b','packed',0)");
  auto other = in.another();
  other.script("BEGIN;UPDATE crates SET other='x' WHERE key='a';UPDATE crates SET version=1 WHERE key='b'");
  std::thread committer([&other] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    other.script("COMMIT");
  });
  auto const done = move(in.sql, of, 1, {{"a", 0, "packed", "sent", 2}, {"b", 0, "packed", "sent", 2}});
  committer.join();
  CHECK(done.at(0, 0) == "{1}");
}

TEST_CASE("a text that varchar(n) would cut is refused, blanks at its end as well", "[postgres]") {
  own_schema in;
  in.sql.script(crates_ddl);
  auto const of = check_table<cargo::crates_table>(in.sql);
  make_records(in.sql, of);
  in.sql.script("INSERT INTO crates(key,state,version) VALUES('a','empty',0)");
  auto const with_note = [&](std::string const& note) {
    std::vector<cell> values(8);
    bool is_note = false;
    for (std::size_t i = 0; i < 8; ++i)
      if (of.parameters[i] == pg::field_kind::text) {
        if (is_note) values[i] = note;
        is_note = true;
      }
    return values;
  };
  CHECK(move(in.sql, of, 1, {{"a", 0, "empty", "packed", 0, with_note("abcdef")}}).sqlstate == "22001");
  CHECK(move(in.sql, of, 2, {{"a", 0, "empty", "packed", 0, with_note("abc   ")}}).sqlstate == "22001");
  CHECK(move(in.sql, of, 3, {{"a", 0, "empty", "packed", 0, with_note("abc  ")}}).at(0, 0) == "{1}");
  CHECK(in.sql.must("SELECT note FROM crates").at(0, 0) == "abc  ");
}

TEST_CASE("a row that was deleted and written anew is not moved by who knew the one before", "[postgres]") {
  own_schema in;
  in.sql.script(
      "CREATE TABLE crates(id bigint PRIMARY KEY,key text UNIQUE,state text NOT NULL,version bigint NOT NULL,text "
      "text,number bigint,"
      "big bigint,flag boolean,weight double precision,tag smallint,bytes bytea,note text,first integer,"
      "second double precision,lane smallint)");
  auto const of = check_table<cargo::crates_table>(in.sql);
  make_records(in.sql, of);
  in.sql.script("INSERT INTO crates(id,key,state,version) VALUES(1,'a','packed',0)");
  auto const before = in.sql.must(pg::get_sql(of), {"a"});
  CHECK(before.rows.at(0) == std::vector<cell>{"1", "packed", "0", "1"});
  in.sql.script("DELETE FROM crates;INSERT INTO crates(id,key,state,version) VALUES(2,'a','packed',0)");
  CHECK(move(in.sql, of, 1, {{"a", 0, "packed", "sent", 2, {}, 1}}).at(0, 0) == "{}");
  auto const moved = move(in.sql, of, 2, {{"a", 0, "packed", "sent", 2, {}, 0}});
  CHECK(moved.rows.at(0) == std::vector<cell>{"{1}", "{2}", "{2}"});
}

}  // namespace postgres_sql_test
