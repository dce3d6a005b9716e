// pawl's own table: how it is made, inserted into, moved and paged, and what is recorded about it.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/fsm/check.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/postgres/dictionary.hpp>
#include <pawl/postgres/own_table.hpp>
#include <pawl/postgres/records.hpp>
#include <pawl/postgres/sql.hpp>
#include <pawl/postgres/trouble_sql.hpp>

#include "catch.hpp"
#include "postgres/table_fixture.hpp"

namespace own_table_test {

using namespace postgres_test;

enum class order_state { fresh, paid, sent };
struct pay {
  std::string by;
};
struct send {
  std::string parcel;
};
struct cancel {
  std::string why;
};
struct order_lifecycle : pawl::lifecycle<pawl::initial<order_state::fresh>, pawl::goal<order_state::sent>,
                                         pawl::transition<order_state::fresh, pay, order_state::paid>,
                                         pawl::transition<order_state::paid, send, order_state::sent>,
                                         pawl::transition<order_state::paid, cancel, order_state::fresh>> {
  static constexpr std::string_view name = "order";  // a keyword of SQL
};
static_assert(pawl::valid<order_lifecycle>);

struct orders {
  orders() {
    make_records(in.sql, of);
    for (auto const& one : pg::make_own_table_sql(of)) in.sql.must(one);
  }
  result insert(std::vector<cell> const& keys, std::vector<cell> const& start_at) {
    in.sql.must("TRUNCATE pawl_batch");
    return in.sql.must(pg::insert_sql(of) + " ORDER BY id",
                       {"2026-11-28T00:00:00Z", array_of(keys), array_of(start_at), "1"});
  }
  std::string move(std::string const& key, int version, std::size_t row, cell const& fields) {
    auto const& moved = of.lifecycle->rows[row];
    auto const code = [&](std::size_t state) { return "{" + std::to_string(of.lifecycle->state_codes[state]) + "}"; };
    in.sql.must("TRUNCATE pawl_batch");
    return in.sql
        .must(pg::move_sql(of), {"2026-11-28T01:00:00Z", "1", array_of({key}), "{" + std::to_string(version) + "}",
                                 "{0}", code(moved.from), code(moved.to),
                                 "{" + std::to_string(pg::event_in_batch(of, moved)) + "}", array_of({fields})})
        .at(0, 0);
  }

  own_schema in{};
  pg::layout of = pg::own_layout(pawl::view_of<order_lifecycle>, in.name());
};

TEST_CASE("an item is inserted once, delayed to its start time, and any bytes are a key", "[postgres]") {
  orders t;
  auto const made = t.insert({"\\x61", "\\x00ff", "\\x62"}, {{}, "70", {}});
  CHECK(made.rows == std::vector<std::vector<cell>>{{"\\x61", "1"}, {"\\x00ff", "2"}, {"\\x62", "3"}});
  auto const again = t.insert({"\\x61", "\\x63"}, {"90", {}});
  REQUIRE(again.rows.size() == 1);
  CHECK(again.at(0, 0) == "\\x63");
  CHECK(t.in.sql.must("SELECT key,version,life,next_at,run FROM pawl_trouble").rows ==
        std::vector<std::vector<cell>>{{"\\x00ff", "0", "2", "70", "0"}});
  CHECK(t.in.sql.must(pg::due_sql(t.of, pawl::delayed_by::program), {"70", "9"}).at(0, 0) == "\\x00ff");
  CHECK(t.in.sql.must("SELECT key,state,version FROM order_view ORDER BY id").rows.at(0) ==
        std::vector<cell>{"a", "code 0", "0"});
}

TEST_CASE("each event's fields are in a column of its own until a transition to the initial state", "[postgres]") {
  orders t;
  t.insert({"\\x61"}, {{}});
  CHECK(t.move("\\x61", 0, 0, "\\x01") == "{1}");
  CHECK(t.in.sql.must("SELECT state,version,on_pay,on_send,on_cancel FROM \"order\"").rows.at(0) ==
        std::vector<cell>{"1", "1", "\\x01", {}, {}});
  CHECK(t.move("\\x61", 1, 2, "\\x02") == "{1}");
  CHECK(t.in.sql.must("SELECT state,version,on_pay,on_send,on_cancel FROM \"order\"").rows.at(0) ==
        std::vector<cell>{"0", "2", {}, {}, {}});
  CHECK(t.move("\\x61", 2, 0, "\\x03") == "{1}");
  CHECK(t.move("\\x61", 3, 1, "\\x04") == "{1}");
  auto const page = t.in.sql.must(pg::page_sql(t.of, pg::page_begins::after_a_mark), {"2", "9", "0"});
  REQUIRE(page.rows.size() ==
          1);  // key, priority, row, state, version, life, 8 of the record, on_pay, on_send, on_cancel
  CHECK(page.at(0, 3) == "2");
  CHECK(page.at(0, 4) == "4");
  CHECK(page.at(0, 14) == "\\x03");
  CHECK(page.at(0, 15) == "\\x04");
}

TEST_CASE("pages of pawl's own table go by id, the least that there is included", "[postgres]") {
  orders t;
  t.insert({"\\x63", "\\x62", "\\x61"}, {{}, {}, {}});
  auto const first = t.in.sql.must(pg::page_sql(t.of, pg::page_begins::at_the_beginning), {"0", "2"});
  CHECK(first.at(0, 0) == "\\x63");
  CHECK(first.at(1, 0) == "\\x62");
  auto const next = t.in.sql.must(pg::page_sql(t.of, pg::page_begins::after_a_mark), {"0", "2", first.at(1, 2)});
  CHECK(next.rows.size() == 1);
}

TEST_CASE("a transition writes no index, and keeps the row on its page", "[postgres]") {
  orders t;
  std::vector<cell> keys, starts;
  for (int i = 0; i < 200; ++i) {
    keys.emplace_back("\\x" + std::to_string(1000 + i));
    starts.emplace_back();
  }
  t.insert(keys, starts);
  // As many as a page has room for, though a transaction of another test may keep it from being pruned.
  t.in.sql.must("UPDATE \"order\" SET state=1-state,version=version+1,changed_at=now() WHERE id%5=0");
  auto const written = [&t] {
    t.in.sql.must("SELECT pg_stat_force_next_flush()");
    return t.in.sql.must(
        "SELECT n_tup_upd,n_tup_hot_upd FROM pg_stat_user_tables WHERE relname='order' AND schemaname='" + t.in.name() +
        "'");
  };
  auto const counts = written();
  CHECK(counts.at(0, 0) == "40");
  CHECK(counts.at(0, 1) == counts.at(0, 0));
}

TEST_CASE("two programs may make pawl's tables at the same time", "[postgres]") {
  own_schema in;
  auto const of = pg::own_layout(pawl::view_of<order_lifecycle>, in.name());
  auto const make = [&of](session& sql) {
    sql.must("BEGIN");
    sql.must(std::string(pg::lock_schema_sql));
    make_records(sql, of);
    for (auto const& one : pg::make_own_table_sql(of)) sql.must(one);
    sql.must("COMMIT");
  };
  for (int i = 0; i < 5; ++i) {
    std::vector<std::string> failures(4);
    std::vector<std::thread> programs;
    for (auto& failure : failures)
      programs.emplace_back([&] {
        try {
          auto sql = in.another();
          make(sql);
        } catch (std::exception const& e) {
          failure = e.what();
        }
      });
    for (auto& one : programs) one.join();
    for (auto const& failure : failures) CHECK(failure == "");
    in.sql.script(
        "DROP VIEW order_view;DROP TABLE "
        "\"order\",pawl_meta,pawl_states,pawl_rows,pawl_trouble,pawl_batch,pawl_worker,pawl_lease");
  }
}

TEST_CASE("a table that is dropped and made again gives its ids on from elsewhere", "[postgres]") {
  orders t;
  t.in.sql.must(pg::begin_ids_at_sql(t.of, 4611686018427387000));
  CHECK(t.insert({"\\x61"}, {{}}).at(0, 1) == "4611686018427387000");
}

// ---- what is recorded ----

inline pg::dictionary read_dictionary(session& sql, pg::layout const& of) {
  pg::dictionary to;
  auto const text_of = [](cell const& one) { return one.value_or(""); };
  for (auto const& row : sql.must(pg::read_meta_sql(of.records), {of.name}).rows)
    to.meta = {std::stoll(row[0].value()),
               text_of(row[1]),
               text_of(row[2]),
               text_of(row[3]),
               text_of(row[4]),
               text_of(row[5]),
               text_of(row[6]),
               text_of(row[7]),
               text_of(row[8]),
               text_of(row[9]),
               text_of(row[10])};
  for (auto const& row : sql.must(pg::read_states_sql(of.records), {of.name}).rows)
    to.states.push_back({std::stoll(row[0].value()), row[1].value()});
  return to;
}
inline void write_dictionary(session& sql, pg::layout const& of, std::string const& identity) {
  auto const meta = pg::meta_of(of, identity);
  sql.must(pg::write_meta_sql(of.records),
           {of.name, std::string(of.lifecycle->name), meta.fingerprint, meta.identity, meta.kept, meta.key, meta.state,
            meta.version, meta.changed_at, meta.born, meta.priority, meta.row});
  std::vector<cell> codes, names, roles;
  for (std::size_t i = 0; i < of.lifecycle->state_count(); ++i) {
    codes.emplace_back(std::to_string(of.lifecycle->state_codes[i]));
    names.emplace_back(std::string(of.lifecycle->state_names[i]));
    roles.emplace_back("step");
  }
  sql.must(pg::write_states_sql(of.records), {of.name, array_of(codes), array_of(names), array_of(roles)});
  sql.must(pg::write_rows_sql(of.records)[0], {of.name});
  sql.must(pg::write_rows_sql(of.records)[1], {of.name, "{fresh}", "{pay}", "{paid}"});
}

TEST_CASE("what is recorded of a table is read back, and current until something changes", "[postgres]") {
  orders t;
  auto before = read_dictionary(t.in.sql, t.of);
  CHECK_FALSE(before.knows());
  CHECK_FALSE(before.is_current(t.of));
  CHECK_THROWS_WITH(pg::refuse_foreign_table(t.of, true, before, "app on db1"),
                    "pawl: app on db1: table order exists but was not created by pawl; map it with pawl::table");
  write_dictionary(t.in.sql, t.of, "0123456789abcdef0123456789abcdef");
  write_dictionary(t.in.sql, t.of, "ffffffffffffffffffffffffffffffff");  // a second time changes no identity
  auto known = read_dictionary(t.in.sql, t.of);
  CHECK(known.is_current(t.of));
  CHECK(known.meta.value().identity == "0123456789abcdef0123456789abcdef");
  CHECK(known.compare(t.of, "app").added.empty());
  CHECK(known.compare(t.of, "app").removed.empty());
  CHECK(t.in.sql.must("SELECT state FROM order_view").rows.empty());
  pg::layout changed = t.of;
  changed.born = "\"born\"";
  CHECK_FALSE(known.is_current(changed));
  CHECK(known.tells_other_lives(changed));
  CHECK_FALSE(known.tells_other_lives(t.of));
  CHECK(t.in.sql.must(pg::newest_schema_sql(t.of.records)).at(0, 0) == "3");
  CHECK_NOTHROW(pg::refuse_newer_schema(3, "app"));
  CHECK_THROWS_AS(pg::refuse_newer_schema(4, "app"), pawl::store_error);
}

TEST_CASE("a state that changes its code is refused, and one that is gone is told", "[postgres]") {
  pg::layout const of = pg::own_layout(pawl::view_of<order_lifecycle>, "public");
  pg::dictionary known{.meta = pg::meta_of(of, "1"), .states = {{0, "fresh"}, {1, "paid"}, {9, "lost"}}};
  auto const change = known.compare(of, "app on db1");
  CHECK(change.added == std::vector<std::string>{"sent"});
  CHECK(change.removed == std::vector<std::string>{"lost"});
  CHECK(known.name_of(9) == "lost");
  CHECK(known.name_of(8) == "code 8");
  known.states = {{0, "fresh"}, {2, "paid"}};
  CHECK_THROWS_WITH(
      known.compare(of, "app on db1"),
      "pawl: app on db1: in table order the lifecycle has state 'paid' with code 1, but the database has 'paid' with "
      "code 2. "
      "Give each state the enumerator value and the stored name that it had before (state_name sets the stored name)");
  pg::layout by_name = of;
  by_name.kept = pg::states_kept_as::names;
  CHECK(known.compare(by_name, "app").removed.empty());
}

enum class wide_state : std::int64_t { begin = 0, end = 40000 };
struct wide_lifecycle : pawl::lifecycle<pawl::initial<wide_state::begin>, pawl::goal<wide_state::end>,
                                        pawl::transition<wide_state::begin, pay, wide_state::end>> {};

TEST_CASE("an enumerator that 16 bits do not hold is refused", "[postgres]") {
  CHECK_THROWS_WITH(pg::own_layout(pawl::view_of<wide_lifecycle>, "public"),
                    ContainsSubstring("state 'end' has the enumerator value 40000, and pawl's own table in "
                                      "PostgreSQL keeps values of 16 bits; give it a smaller one"));
}

}  // namespace own_table_test
