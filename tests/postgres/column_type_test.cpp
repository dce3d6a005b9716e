// What a column of each type keeps of each kind of field, tried on a server: what is accepted comes back as it was.
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/fsm/check.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/postgres/sql.hpp>
#include <pawl/store/written_column.hpp>

#include "catch.hpp"
#include "postgres/table_fixture.hpp"

namespace column_type_test {

using namespace postgres_test;
using pg::field_kind;

enum class letter_state { draft, posted };
struct post {
  std::string value;
};
struct letter_lifecycle : pawl::lifecycle<pawl::initial<letter_state::draft>, pawl::goal<letter_state::posted>,
                                          pawl::transition<letter_state::draft, post, letter_state::posted>> {};
static_assert(pawl::valid<letter_lifecycle>);

struct field_type {
  std::string_view name;
  field_kind kind;
  std::uint8_t bits;
  std::vector<std::string> values;  // as PostgreSQL writes them
};
inline std::vector<field_type> field_types() {
  std::string const text_of_four = "a\xc3\xa9\n ";
  return {
      {"bool", field_kind::integer, 1, {"0", "1"}},
      {"int8_t", field_kind::integer, 8, {"-128", "127", "0"}},
      {"uint8_t", field_kind::integer, 16, {"0", "255"}},
      {"int16_t", field_kind::integer, 16, {"-32768", "32767"}},
      {"uint16_t", field_kind::integer, 32, {"65535"}},
      {"int32_t", field_kind::integer, 32, {"-2147483648", "2147483647"}},
      {"uint32_t", field_kind::integer, 64, {"4294967295"}},
      {"int64_t", field_kind::integer, 64, {"-9223372036854775808", "9223372036854775807", "9007199254740993"}},
      {"float",
       field_kind::real,
       32,
       {"0.10000000149011612", "3.4028234663852886e+38", "1.401298464324817e-45", "-1.5"}},
      {"double",
       field_kind::real,
       64,
       {"0.1", "1.7976931348623157e+308", "5e-324", "0.30000000000000004", "-Infinity"}},
      {"string",
       field_kind::text,
       0,
       {"", "x", "  blank  ", "{\"b\": 1,  \"a\":2, \"b\": 3}", "ADA", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "007",
        "1.50", "2026-11-28", "red", "'", "\\x00", text_of_four, std::string(300, 'y'), "[1,2]", "<a/>", "{1}"}},
      {"bytes", field_kind::bytes, 0, {"\\x", "\\x00", "\\xff00fe"}}};
}

// Each type with the fields that it keeps.
inline std::map<std::string, std::set<std::string_view>> const& known() {
  static std::set<std::string_view> const upto_16 = {"bool", "int8_t", "uint8_t", "int16_t"};
  static std::set<std::string_view> const upto_32 = {"bool", "int8_t", "uint8_t", "int16_t", "uint16_t", "int32_t"};
  static std::set<std::string_view> const upto_64 = {"bool",     "int8_t",  "uint8_t",  "int16_t",
                                                     "uint16_t", "int32_t", "uint32_t", "int64_t"};
  static std::map<std::string, std::set<std::string_view>> const all = {{"text", {"string"}},
                                                                        {"text COLLATE \"C\"", {"string"}},
                                                                        {"varchar", {"string"}},
                                                                        {"varchar(7)", {"string"}},
                                                                        {"public.citext", {"string"}},
                                                                        {"json", {"string"}},
                                                                        {"colour", {"string"}},
                                                                        {"short_text", {"string"}},
                                                                        {"shorter_text", {"string"}},
                                                                        {"short_colour", {"string"}},
                                                                        {"even", upto_32},
                                                                        {"char(7)", {}},
                                                                        {"\"char\"", {}},
                                                                        {"name", {}},
                                                                        {"jsonb", {}},
                                                                        {"uuid", {}},
                                                                        {"xml", {}},
                                                                        {"inet", {}},
                                                                        {"text[]", {}},
                                                                        {"integer[]", {}},
                                                                        {"boolean", {"bool"}},
                                                                        {"smallint", upto_16},
                                                                        {"integer", upto_32},
                                                                        {"bigint", upto_64},
                                                                        {"oid", {}},
                                                                        {"numeric", {}},
                                                                        {"numeric(30)", {}},
                                                                        {"money", {}},
                                                                        {"real", {"float"}},
                                                                        {"double precision", {"float", "double"}},
                                                                        {"bytea", {"bytes", "string"}},
                                                                        {"bit varying", {}},
                                                                        {"timestamptz", {}},
                                                                        {"timestamp", {}},
                                                                        {"date", {}},
                                                                        {"interval", {}},
                                                                        {"int4range", {}}};
  return all;
}

TEST_CASE("what a type of column accepts comes back as it was, or the one value is refused", "[postgres]") {
  own_schema in;
  in.sql.script(
      "CREATE EXTENSION IF NOT EXISTS citext SCHEMA public;CREATE TYPE colour AS ENUM('red','it''s');"
      "CREATE DOMAIN short_text AS varchar(5);CREATE DOMAIN shorter_text AS short_text CHECK(length(VALUE)<4);"
      "CREATE DOMAIN short_colour AS colour;CREATE DOMAIN even AS integer CHECK(VALUE%2=0)");
  std::size_t kept = 0, refused_values = 0;
  for (auto const& [type, keeps] : known()) {
    in.sql.script(
        "DROP TABLE IF EXISTS t,pawl_batch;CREATE TABLE t(key text PRIMARY KEY,state text NOT NULL,version bigint NOT "
        "NULL,v " +
        type + ")");
    auto const catalogue = read_catalogue(in.sql, "t", pawl::view_of<letter_lifecycle>);
    for (auto const& field : field_types()) {
      CAPTURE(type, field.name);
      std::array const columns = {pg::written_column{"v", "post", field.kind, false, field.bits}};
      pg::mapping_view const mapping{&pawl::view_of<letter_lifecycle>, {.table = "t"}, columns};
      pg::table_check const check(catalogue, "t", "app");
      if (!keeps.contains(field.name)) {
        CHECK_THROWS_AS(check.check(mapping), pawl::store_error);
        continue;
      }
      pg::layout const of = check.check(mapping);
      make_records(in.sql, of);
      for (std::string const& value : field.values) {
        CAPTURE(value);
        in.sql.script("TRUNCATE t,pawl_batch;INSERT INTO t VALUES('k','draft',0)");
        bool const as_bytes = field.kind == field_kind::text && of.parameters[0] == field_kind::bytes;
        std::string const sent = as_bytes ? as_bytea(value) : value;
        auto const done = in.sql.run(pg::move_sql(of), {"2026-11-28T00:00:00Z", "1", "{k}", "{0}", "{0}", "{draft}",
                                                        "{posted}", "{0}", array_of({sent})});
        if (!done.ok()) {
          CHECK((done.sqlstate.starts_with("22") || done.sqlstate.starts_with("23")));
          ++refused_values;
          in.sql.must("ROLLBACK");
          continue;
        }
        REQUIRE(done.at(0, 0) == "{1}");
        CHECK(in.sql.must("SELECT " + pg::recorded_columns(of).substr(1) + " FROM t AS f").at(0, 0) == sent);
        ++kept;
      }
    }
  }
  CHECK(kept > 100);
  CHECK(refused_values > 40);  // by the enum, JSON, varchar(n) and the domains
}

TEST_CASE("NULL goes into a column that may be NULL, and comes back", "[postgres]") {
  own_schema in;
  in.sql.script(
      "CREATE TABLE t(key text PRIMARY KEY,state text NOT NULL,version bigint NOT NULL,v boolean DEFAULT true)");
  std::array const columns = {pg::written_column{"v", "post", field_kind::integer, true, 1}};
  pg::mapping_view const mapping{&pawl::view_of<letter_lifecycle>, {.table = "t"}, columns};
  auto const catalogue = read_catalogue(in.sql, "t", *mapping.lifecycle);
  auto const of = pg::table_check(catalogue, "t", "app").check(mapping);
  make_records(in.sql, of);
  in.sql.script("INSERT INTO t VALUES('k','draft',0)");
  in.sql.must(pg::move_sql(of),
              {"2026-11-28T00:00:00Z", "1", "{k}", "{0}", "{0}", "{draft}", "{posted}", "{0}", "{NULL}"});
  CHECK_FALSE(in.sql.must("SELECT v FROM t").rows.at(0).at(0));
}

TEST_CASE("the time of a transition is the same in each type that keeps one", "[postgres]") {
  struct known_time {
    std::string type, read, expected;
  };
  for (auto const& [type, read, expected] :
       {known_time{"timestamptz", "v AT TIME ZONE 'UTC'", "2026-01-02 03:04:05.000006"},
        known_time{"timestamp", "v", "2026-01-02 03:04:05.000006"},
        known_time{"text", "v", "2026-01-02T03:04:05.000006"},
        known_time{"varchar(26)", "v", "2026-01-02T03:04:05.000006"}}) {
    CAPTURE(type);
    own_schema in;
    in.sql.script(
        "SET TimeZone='Asia/Kathmandu';CREATE TABLE t(key text PRIMARY KEY,state text NOT NULL,version bigint NOT "
        "NULL,v " +
        type + " NOT NULL,at " + type + ")");
    std::array const columns = {pg::written_column{"v", "post", field_kind::time, false}};
    pg::mapping_view const mapping{&pawl::view_of<letter_lifecycle>, {.table = "t", .changed_at = "at"}, columns};
    auto const catalogue = read_catalogue(in.sql, "t", *mapping.lifecycle);
    auto const of = pg::table_check(catalogue, "t", "app").check(mapping);
    make_records(in.sql, of);
    in.sql.script("INSERT INTO t VALUES('k','draft',0,'2000-01-01')");
    in.sql.must(pg::move_sql(of),
                {"2026-01-02T03:04:05.000006Z", "1", "{k}", "{0}", "{0}", "{draft}", "{posted}", "{0}"});
    CHECK(in.sql.must("SELECT " + read + " FROM t").at(0, 0) == expected);
    CHECK(in.sql.must("SELECT at=v FROM t").at(0, 0) == "t");
  }
  CHECK_FALSE(pg::keeps({.is = pg::base_type::varchar, .longest = 25}, {"v", "post", field_kind::time, false}));
  CHECK_FALSE(pg::keeps({.is = pg::base_type::int8}, {"v", "post", field_kind::time, false}));
}

}  // namespace column_type_test
