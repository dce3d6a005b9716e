// The plans of the statements that run often: by an index on the key, whatever the statistics say.
#include <algorithm>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/postgres/history_sql.hpp>
#include <pawl/postgres/lease.hpp>
#include <pawl/postgres/migration_sql.hpp>
#include <pawl/postgres/own_table.hpp>
#include <pawl/postgres/resolve.hpp>
#include <pawl/postgres/sql.hpp>
#include <pawl/postgres/trouble_sql.hpp>

#include "catch.hpp"
#include "postgres/table_fixture.hpp"
#include "store/filing.hpp"

namespace plan_test {

using namespace postgres_test;

// The generic plan of a statement, as text.
inline std::string plan_of(session& sql, std::string const& statement) {
  sql.must("PREPARE s AS " + statement);
  int const parameters =
      std::stoi(sql.must("SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name='s'").at(0, 0));
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
  std::string const plan = plan_of(in.sql, pg::move_sql(of));
  CAPTURE(plan);
  CHECK(plan.find("Index Scan using crates_pkey on crates f") != std::string::npos);
  CHECK(searches(plan, "u.k"));
  CHECK(plan.find("Nested Loop") != std::string::npos);
  CHECK(plan.find("by_state") == std::string::npos);
  std::string const again = plan_of(in.sql, pg::read_again_sql(of));
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
    std::string const page = plan_of(in.sql, pg::page_sql(of, pg::page_begins::after_a_mark));
    CAPTURE(page);
    CHECK(page.find("Index Scan using crates_pkey on crates f") != std::string::npos);
    CHECK(searches(page, "$3"));
    // Each record is looked up by its key, though there are so few that comparing each with each seems cheaper.
    CHECK(searches(page, "(table_name = 'crates'::text) AND (key = "));
    CHECK(page.find("Join Filter") == std::string::npos);
    CHECK(page.find("Sort") == std::string::npos);
    std::string const claim = plan_of(in.sql, pg::claim_page_sql(of, pg::page_begins::after_a_mark));
    CAPTURE(claim);
    CHECK(claim.find("Index Scan using crates_pkey on crates f") != std::string::npos);
    CHECK(claim.find("using pawl_lease_pkey on pawl_lease o") != std::string::npos);
    CHECK(claim.find("Join Filter") == std::string::npos);
    CHECK(claim.find("Sort") == std::string::npos);
    std::string const records = plan_of(in.sql, pg::records_sql(of));
    CAPTURE(records);
    CHECK(searches(records, "(key = ANY ("));
    CHECK(records.find("Index Scan using crates_pkey on crates f") != std::string::npos);
    std::string const due = plan_of(in.sql, pg::due_sql(of, pawl::delayed_by::runs));
    CAPTURE(due);
    CHECK(due.find("pawl_trouble_retry on pawl_trouble p") != std::string::npos);
    CHECK(due.find("Index Scan using crates_pkey on crates f") != std::string::npos);
    CHECK(searches(due, "p.key"));
    CHECK(due.find("Sort") == std::string::npos);
    std::string const note = plan_of(in.sql, pg::note_sql(of));
    CAPTURE(note);
    CHECK(searches(note, "u.k"));
    CHECK(note.find("Index Scan using crates_pkey on crates f") != std::string::npos);
  }
}

// ---- all statements that are sent with arrays, or look at what such have written ----

struct named_statement {
  std::string name, sql;
};
std::vector<named_statement> statements_of(pg::layout const& of) {
  std::vector<named_statement> all{{"move", pg::move_sql(of)},
                                   {"read again", pg::read_again_sql(of)},
                                   {"note", pg::note_sql(of)},
                                   {"note nothing", pg::note_nothing_sql(of)},
                                   {"cut delays", pg::cut_delays_sql(of)},
                                   {"release", pg::release_sql(of)},
                                   {"forget leftovers", pg::forget_leftovers_sql(of)},
                                   {"claim", pg::claim_page_sql(of, pg::page_begins::at_the_beginning)},
                                   {"claim more", pg::claim_page_sql(of, pg::page_begins::after_a_mark)},
                                   {"claim due", pg::claim_due_sql(of, pawl::delayed_by::runs)},
                                   {"records", pg::records_sql(of)},
                                   {"any left", pg::any_left_sql(of)},
                                   {"beat", pg::beat_sql(of)},
                                   {"run items", pg::run_items_sql(of)},
                                   {"rescue", pg::rescue_sql(of)},
                                   {"take deaths back", pg::take_deaths_back_sql(of)},
                                   {"leave", pg::leave_sql(of)},
                                   {"free lost leases", pg::free_lost_leases_sql(of)},
                                   {"migrate", pg::migrate_sql(of, {0, 1}, {})},
                                   {"moved by batch", pg::moved_by_batch_sql(of.records)}};
  pg::layout remembering = of;
  remembering.keeps_history = true;
  all.push_back({"move with history", pg::move_sql(remembering)});
  all.push_back({"migrate with history", pg::migrate_sql(remembering, {0, 1}, {1, 2})});
  if (of.kept == pg::states_kept_as::codes) {
    all.push_back({"remove finished", pg::remove_finished_sql(of)});
    all.push_back({"insert", pg::insert_sql(of)});
    all.push_back({"keys of rows", pg::keys_of_rows_sql(of)});
  }
  return all;
}

// Where it compares each element of an array, or each row of a list, with each row of another.
std::vector<std::string> comparisons_of_each_with_each(std::string const& plan) {
  auto const has = [](std::string const& line, std::vector<std::string> const& words) {
    return std::any_of(words.begin(), words.end(),
                       [&line](auto const& word) { return line.find(word) != std::string::npos; });
  };
  std::vector<std::string> found;
  std::istringstream lines(plan);
  for (std::string line; std::getline(lines, line);) {
    if (line.find("Filter:") == std::string::npos) continue;
    bool const is_join = line.find("Join Filter:") != std::string::npos;
    if (has(line, {" ANY ($", " ANY (($", " ALL ($", " ALL (($"}) ||
        (is_join && has(line, {"key", "id", ".k", ".b", ".a0", ".a2", "token"})))
      found.push_back(line);
  }
  return found;
}
void expect_no_comparison_of_each_with_each(session& sql, pg::layout const& of, std::string const& statistics,
                                            std::vector<std::string> const& names = {}) {
  for (auto const& [name, statement] : statements_of(of)) {
    if (!names.empty() && std::find(names.begin(), names.end(), name) == names.end()) continue;
    CAPTURE(of.table, statistics, name);
    CHECK(comparisons_of_each_with_each(plan_of(sql, statement)) == std::vector<std::string>());
  }
}

// Rows 1 to n of both tables, each claimed and with a record; nothing else.
void fill(session& sql, int n) {
  std::string const rows = " FROM generate_series(1," + std::to_string(n) + ") AS i";
  sql.script(
      "DELETE FROM crates;DELETE FROM crate_lifecycle;DELETE FROM pawl_lease;DELETE FROM pawl_trouble;DELETE FROM "
      "pawl_batch;INSERT INTO crates(key,state,version) SELECT 'k'||i,'empty',0" +
      rows + ";INSERT INTO crate_lifecycle(key,state,version,changed_at) SELECT convert_to('k'||i,'UTF8'),0,0,now()" +
      rows + ";INSERT INTO pawl_lease SELECT 'crates',convert_to('k'||i,'UTF8'),1" + rows +
      ";INSERT INTO pawl_trouble SELECT t,convert_to('k'||i,'UTF8'),0,0,1,0,1,1,false,false,1,''" + rows +
      ",unnest('{crates,crate_lifecycle}'::text[]) AS t;INSERT INTO pawl_batch SELECT i,now(),'{}'" + rows);
}

TEST_CASE("no statement compares each of what it is given with each of what is there, whatever the statistics say",
          "[postgres]") {
  own_schema in;
  in.sql.script(
      "SET pawl.gone='';SET enable_seqscan=off;SET enable_hashjoin=off;SET enable_mergejoin=off;SET "
      "enable_bitmapscan=off;"
      "CREATE TABLE crates(key text PRIMARY KEY,state text NOT NULL,version bigint NOT NULL,text text,number bigint,"
      "big bigint,flag boolean,weight double precision,tag smallint,bytes bytea,note text,first integer,"
      "second double precision,lane smallint)");
  std::vector<pg::layout> const tables{check_table<cargo::crates_table>(in.sql),
                                       pg::own_layout(pawl::view_of<cargo::crate_lifecycle>, in.name())};
  make_records(in.sql, tables.front());
  for (auto const& one : pg::make_history_sql(tables.front().records)) in.sql.must(one);
  for (auto const& one : pg::make_own_table_sql(tables.back())) in.sql.must(one);
  for (auto const& of : tables) expect_no_comparison_of_each_with_each(in.sql, of, "none");
  // With the statistics of few rows, or of none on pages that had some, and as many rows as there may be a moment later.
  for (int const n : {0, 1, 5, 50, 500, 20'000}) {
    fill(in.sql, n);
    in.sql.script("ANALYZE");
    for (auto const& of : tables)
      expect_no_comparison_of_each_with_each(in.sql, of, "of " + std::to_string(n) + " rows");
  }
  fill(in.sql, 0);
  in.sql.script("ANALYZE");
  for (auto const& of : tables) expect_no_comparison_of_each_with_each(in.sql, of, "of pages without rows");
}

}  // namespace plan_test
