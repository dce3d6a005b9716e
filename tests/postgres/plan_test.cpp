// The plans of the statements that run often: by an index on the key, whatever the statistics say.
#include <string>
#include <string_view>
#include <vector>

#include <pawl/postgres/lease.hpp>
#include <pawl/postgres/own_table.hpp>
#include <pawl/postgres/sql.hpp>
#include <pawl/postgres/trouble_sql.hpp>

#include "catch.hpp"
#include "postgres/table_fixture.hpp"
#include "store/filing.hpp"

namespace plan_test {

using namespace postgres_test;

// The generic plan of a statement, as text.
inline std::string plan_of(session& sql, std::string const& statement, int parameters) {
  sql.must("PREPARE s AS " + statement);
  std::string values;
  for (int i = 0; i < parameters; ++i) values += i == 0 ? "(NULL" : ",NULL";
  if (parameters > 0) values += ")";
  auto const told = sql.must("EXPLAIN (COSTS OFF) EXECUTE s" + values);
  sql.must("DEALLOCATE s");
  std::string all;
  for (auto const& row : told.rows) all += row.at(0).value() + "\n";
  return all;
}

// True if an index is searched for what this part of a condition says.
inline bool searches(std::string const& plan, std::string_view part) {
  for (auto at = plan.find("Index Cond:"); at != std::string::npos; at = plan.find("Index Cond:", at + 1))
    if (plan.substr(at, plan.find('\n', at) - at).find(part) != std::string::npos) return true;
  return false;
}

TEST_CASE("a batch finds its rows by key, on a table of which the statistics say that it is in no such state",
          "[postgres]") {
  own_schema in;
  in.sql.script(
      "SET enable_seqscan=off;SET enable_hashjoin=off;SET enable_mergejoin=off;SET enable_bitmapscan=off;"
      "CREATE TABLE crates(key text PRIMARY KEY,state text NOT NULL,version bigint NOT NULL,text text,number bigint,"
      "big bigint,flag boolean,weight double precision,tag smallint,bytes bytea,note text,first integer,"
      "second double precision,lane smallint);CREATE INDEX by_state ON crates(state);"
      "INSERT INTO crates(key,state,version) SELECT 'k'||i,'empty',0 FROM generate_series(1,5000) i;ANALYZE crates");
  auto const of = check_table<cargo::crates_table>(in.sql);
  make_records(in.sql, of);
  std::string const plan =
      plan_of(in.sql, pg::move_sql(of), static_cast<int>(pg::first_value_parameter - 1 + of.parameters.size()));
  CAPTURE(plan);
  CHECK(plan.find("Index Scan using crates_pkey on crates f") != std::string::npos);
  CHECK(searches(plan, "u.k"));
  CHECK(plan.find("Nested Loop") != std::string::npos);
  CHECK(plan.find("by_state") == std::string::npos);
  std::string const again = plan_of(in.sql, pg::read_again_sql(of), 1);
  CAPTURE(again);
  CHECK(searches(again, "u.k"));
}

TEST_CASE("pages, notes and what is due go by an index of the table and of the records", "[postgres]") {
  for (std::string const type : {"text", "text COLLATE \"C\"", "bigint", "integer", "uuid", "bytea", "varchar(40)"}) {
    CAPTURE(type);
    own_schema in;
    in.sql.script(
        "SET enable_seqscan=off;SET enable_hashjoin=off;SET enable_mergejoin=off;SET enable_bitmapscan=off;"
        "CREATE TABLE crates(key " +
        type +
        " PRIMARY KEY,state text NOT NULL,version bigint NOT NULL,text text,number bigint,"
        "big bigint,flag boolean,weight double precision,tag smallint,bytes bytea,note text,first integer,"
        "second double precision,lane smallint)");
    auto const of = check_table<cargo::crates_table>(in.sql);
    make_records(in.sql, of);
    std::string const page = plan_of(in.sql, pg::page_sql(of, pg::page_begins::after_a_mark), 3);
    CAPTURE(page);
    CHECK(page.find("Index Scan using crates_pkey on crates f") != std::string::npos);
    CHECK(searches(page, "$3"));
    // Each record is looked up by its key, though there are so few that comparing each with each seems cheaper.
    CHECK(searches(page, "(table_name = 'crates'::text) AND (key = "));
    CHECK(page.find("Join Filter") == std::string::npos);
    CHECK(page.find("Sort") == std::string::npos);
    std::string const claim = plan_of(in.sql, pg::claim_page_sql(of, pg::page_begins::after_a_mark), 6);
    CAPTURE(claim);
    CHECK(claim.find("Index Scan using crates_pkey on crates f") != std::string::npos);
    CHECK(claim.find("using pawl_lease_pkey on pawl_lease o") != std::string::npos);
    CHECK(claim.find("Join Filter") == std::string::npos);
    CHECK(claim.find("Sort") == std::string::npos);
    std::string const records = plan_of(in.sql, pg::records_sql(of), 0);
    CAPTURE(records);
    CHECK(searches(records, "(key = ANY ("));
    CHECK(records.find("Index Scan using crates_pkey on crates f") != std::string::npos);
    std::string const due = plan_of(in.sql, pg::due_sql(of, pawl::delayed_by::runs), 2);
    CAPTURE(due);
    CHECK(due.find("pawl_trouble_retry on pawl_trouble p") != std::string::npos);
    CHECK(due.find("Index Scan using crates_pkey on crates f") != std::string::npos);
    CHECK(searches(due, "p.key"));
    CHECK(due.find("Sort") == std::string::npos);
    std::string const note = plan_of(in.sql, pg::note_sql(of), 12);
    CAPTURE(note);
    CHECK(searches(note, "u.k"));
    CHECK(note.find("Index Scan using crates_pkey on crates f") != std::string::npos);
  }
}

}  // namespace plan_test
