// Which tables a mapping fits, by the catalogue of a server, and the sentence where one does not.
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include <pawl/postgres/table_check.hpp>

#include "catch.hpp"
#include "postgres/table_fixture.hpp"
#include "store/filing.hpp"

namespace table_check_test {

using namespace postgres_test;

enum class step_state { wait, done };
struct finish {
  std::string text;
  std::optional<int> number;
};
struct small_lifecycle : pawl::lifecycle<pawl::initial<step_state::wait>, pawl::goal<step_state::done>,
                                         pawl::transition<step_state::wait, finish, step_state::done>> {};
struct small_table : pawl::table<small_lifecycle> {
  static constexpr pawl::names names{.table = "small", .changed_at = "at", .born = "born", .priority = "urgency"};
  static constexpr auto columns =
      pawl::columns(pawl::on<finish>(pawl::set("words", &finish::text), pawl::set("number", &finish::number)));
};
static_assert(pawl::valid<small_table>);

// The table that fits, with one of its columns declared otherwise.
inline std::string ddl(std::string_view column = {}, std::string_view type = {}) {
  struct one {
    std::string_view name, type;
  };
  std::string all;
  for (auto const& [name, fits] :
       {one{"key", "text UNIQUE"}, one{"state", "text NOT NULL"}, one{"version", "bigint NOT NULL DEFAULT 0"},
        one{"at", "timestamptz"}, one{"born", "uuid NOT NULL DEFAULT gen_random_uuid()"}, one{"urgency", "integer"},
        one{"words", "text"}, one{"number", "integer"}}) {
    if (!all.empty()) all += ',';
    all += std::string(name) + ' ' + std::string(name == column ? type : fits);
  }
  return "CREATE TABLE small(" + all + ")";
}

TEST_CASE("a table that fits its mapping is accepted", "[postgres]") {
  for (auto const& [column, type] :
       {std::pair{"", ""}, std::pair{"key", "bigint PRIMARY KEY"}, std::pair{"key", "uuid PRIMARY KEY"},
        std::pair{"key", "bytea UNIQUE"}, std::pair{"key", "varchar(20) UNIQUE"},
        std::pair{"key", "text COLLATE \"C\" UNIQUE"}, std::pair{"key", "bigint GENERATED ALWAYS AS IDENTITY UNIQUE"},
        std::pair{"state", "progress"}, std::pair{"state", "varchar(4)"}, std::pair{"version", "integer NOT NULL"},
        std::pair{"version", "counter"}, std::pair{"at", "text"}, std::pair{"born", "timestamptz"}}) {
    CAPTURE(column, type);
    own_schema in;
    in.sql.script("CREATE TYPE progress AS ENUM('done','new','wait');CREATE DOMAIN counter AS bigint NOT NULL");
    in.sql.script(ddl(column, type));
    CHECK(refusal<small_table>(in.sql) == "");
  }
}

TEST_CASE("a table that does not fit is refused in a sentence that names the column and the remedy", "[postgres]") {
  struct known {
    std::string_view column, type, sentence;
  };
  auto const [column, type, sentence] = GENERATE(values<known>({
      {"key", "citext UNIQUE",
       "column key is declared public.citext, which takes 'Ada' and 'ADA' for one key; declare it text, bigint, uuid "
       "or bytea"},
      {"key", "char(9) UNIQUE",
       "column key is declared character(9), which pads a key with blanks; declare it text, bigint, uuid or bytea"},
      {"key", "numeric UNIQUE",
       "column key is declared numeric, which is no type of a key; declare it text, bigint, uuid or bytea"},
      {"key", "text COLLATE sloppy UNIQUE",
       "the collation of column key is not deterministic and may take two keys for one; give it another, such as "
       "COLLATE \"C\""},
      {"key", "text",
       "column key is not unique, but a key must identify one row; add a UNIQUE index on it alone, without an "
       "expression or WHERE, and not DEFERRABLE"},
      {"key", "text UNIQUE DEFERRABLE",
       "column key is not unique, but a key must identify one row; add a UNIQUE index on it alone, without an "
       "expression or WHERE, and not DEFERRABLE"},
      {"state", "integer",
       "column state is declared integer, which does not keep a state's name, such as 'wait'; declare it text"},
      {"state", "varchar(3)",
       "column state is declared character varying(3), which does not keep a state's name, such as 'wait'; declare it "
       "text"},
      {"state", "progress",
       "column state is declared progress, which does not keep a state's name, such as 'done'; ALTER TYPE progress ADD "
       "VALUE 'done'"},
      {"state", "text COLLATE sloppy",
       "the collation of column state is not deterministic and may take two states for one; give it another, such as "
       "COLLATE \"C\""},
      {"state", "text GENERATED ALWAYS AS ('wait') STORED",
       "column state is declared text and GENERATED ALWAYS, so that PostgreSQL alone writes it, but pawl writes each "
       "state; make it an ordinary column, or map another one"},
      {"version", "bigint",
       "column version is declared bigint and may be NULL, but a version is an integer; declare it bigint NOT NULL "
       "DEFAULT 0"},
      {"version", "smallint NOT NULL",
       "column version is declared smallint, but a version counts all transitions of an item; declare it bigint NOT "
       "NULL DEFAULT 0"},
      {"version", "bigint GENERATED ALWAYS AS IDENTITY",
       "column version is declared bigint and GENERATED ALWAYS, so that PostgreSQL alone writes it, but pawl counts "
       "each item's version; make it an ordinary column, or map another one"},
      {"at", "date",
       "column at is declared date, and does not keep what is written there unchanged: each event writes the time of "
       "its transition; declare it timestamptz"},
      {"born", "date",
       "column born is declared date, whose text depends on a session's settings; declare it uuid, bigint, text or "
       "timestamptz"},
      {"born", "bigint DEFAULT (random())",
       "column born is declared bigint and filled by random(), which PostgreSQL gives between 0 and 1, so that rows of "
       "one key share their births, and their idempotency keys; declare it uuid DEFAULT gen_random_uuid()"},
      {"born", "integer DEFAULT (random()::int)",
       "column born is declared integer and filled by random(), which PostgreSQL gives between 0 and 1, so that rows "
       "of one key share their births, and their idempotency keys; declare it uuid DEFAULT gen_random_uuid()"},
      {"urgency", "numeric", "column urgency is declared numeric, but a priority is an integer; declare it integer"},
      {"words", "jsonb",
       "column words is declared jsonb, which keeps the value of a JSON text, but not its spelling, and does not keep "
       "what is written there unchanged: event finish writes a std::string; declare it text"},
      {"words", "text[]",
       "column words is declared text[], and does not keep what is written there unchanged: event finish writes a "
       "std::string; declare it text"},
      {"number", "smallint",
       "column number is declared smallint, which has fewer values, and does not keep what is written there unchanged: "
       "event finish writes an integer, bool or enum; declare it integer"},
      {"number", "integer NOT NULL",
       "column number is declared integer and NOT NULL, but event finish writes an integer, bool or enum, which is "
       "std::optional and may be empty; allow NULL in it, or make the field one that always has a value"},
  }));
  own_schema in;
  in.sql.script("CREATE EXTENSION IF NOT EXISTS citext SCHEMA public;SET search_path=" + in.name() +
                ",public;"
                "CREATE TYPE progress AS ENUM('wait');CREATE COLLATION "
                "sloppy(provider=icu,locale='und-u-ks-level2',deterministic=false)");
  in.sql.script(ddl(column, type));
  std::string expected = "pawl: table small in app on db1: " + std::string(sentence);
  if (auto const at = expected.find("public.citext"); at != std::string::npos) expected.erase(at, 7);
  CHECK(refusal<small_table>(in.sql) == expected);
}

TEST_CASE("an index makes a key unique only if it is of the key alone, whole and valid", "[postgres]") {
  for (auto const& [index, is_unique] :
       {std::pair{"UNIQUE INDEX ON small(key)", true}, std::pair{"UNIQUE INDEX ON small(key) INCLUDE(state)", true},
        std::pair{"INDEX ON small(key)", false}, std::pair{"UNIQUE INDEX ON small(key,state)", false},
        std::pair{"UNIQUE INDEX ON small(lower(key))", false},
        std::pair{"UNIQUE INDEX ON small(key) WHERE version>0", false},
        std::pair{"UNIQUE INDEX ON small(key COLLATE \"POSIX\")", false}}) {
    CAPTURE(index);
    own_schema in;
    in.sql.script(ddl("key", "text") + ";CREATE " + index);
    CHECK(refusal<small_table>(in.sql).empty() == is_unique);
  }
}

TEST_CASE("what is no durable table of this server is refused", "[postgres]") {
  auto const said = [](std::string const& script) {
    own_schema in;
    in.sql.script(script);
    std::string const all = refusal<small_table>(in.sql);
    return all.substr(all.find("db1: ") + 5);
  };
  CHECK(said("SELECT 1") == "there is no such table on the search_path; names are in the case that they have there");
  CHECK(said("CREATE VIEW small AS SELECT 1 AS key") == "it is a view, not a table");
  CHECK(said("CREATE UNLOGGED TABLE small(key text)") ==
        "it is UNLOGGED, and empty after a crash of the server; ALTER TABLE small SET LOGGED");
  CHECK(said("CREATE TEMPORARY TABLE small(key text)") ==
        "it is TEMPORARY, and no other connection sees it; create it without that");
  CHECK(said("CREATE TABLE small(\"KEY\" text)") ==
        "there is no column key, but one that is spelled KEY; name it so in the mapping");
  CHECK(said("CREATE TABLE small(id text)") == "there is no column key");
}

TEST_CASE("a key comes again with its life unless its row has a number from a sequence, or a birth by chance",
          "[postgres]") {
  for (auto const& [born, id, again] :
       {std::tuple{"uuid DEFAULT gen_random_uuid()", "integer", false},
        std::tuple{"bigint DEFAULT (random()*9e15)::bigint", "integer", false}, std::tuple{"uuid", "integer", true},
        std::tuple{"uuid UNIQUE", "integer", false}, std::tuple{"timestamptz DEFAULT now()", "integer", true},
        std::tuple{"timestamptz DEFAULT now()", "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY", false},
        std::tuple{"timestamptz DEFAULT now()", "serial PRIMARY KEY", false},
        std::tuple{"timestamptz DEFAULT now()", "integer PRIMARY KEY", true}}) {
    CAPTURE(born, id);
    own_schema in;
    in.sql.script(ddl("born", born) + ";ALTER TABLE small ADD COLUMN id " + id);
    auto const catalogue = read_catalogue(in.sql, "small", pawl::view_of<small_lifecycle>);
    CHECK(pg::table_check(catalogue, "small", "app").life_comes_again(small_table::names) == again);
  }
}

TEST_CASE("a partitioned table is a table", "[postgres]") {
  own_schema in;
  std::string partitioned =
      ddl("key", "text PRIMARY KEY") +
      " PARTITION BY HASH(key);CREATE TABLE part PARTITION OF small FOR VALUES WITH (MODULUS 1,REMAINDER 0)";
  in.sql.script(partitioned);
  CHECK(refusal<small_table>(in.sql) == "");
}

}  // namespace table_check_test
