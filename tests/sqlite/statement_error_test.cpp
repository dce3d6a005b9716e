// An error that every row would meet is told from an error of one row: the first is refused, the second rejected.
#include <string>
#include <utility>
#include <vector>

#include <pawl/sqlite/store.hpp>

#include "catch.hpp"
#include "sqlite/fixture.hpp"

namespace statement_error_test {

using namespace sqlite_test;
using pawl::store_failure;
using pawl::sqlite::database;

enum class state { open, paid, closed };
struct pay {
  std::string receipt;
};
struct close {
  std::string remark;
};
struct bill : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::closed>,
                              pawl::transition<state::open, pay, state::paid>,
                              pawl::transition<state::paid, close, state::closed>> {};
struct bills : pawl::table<bill> {
  static constexpr pawl::names names{.table = "bills", .key = "id", .state = "status", .version = "version"};
  static constexpr auto columns = pawl::columns(pawl::on<pay>(pawl::set("receipt", &pay::receipt)),
                                                pawl::on<close>(pawl::set("remark", &close::remark)));
};

constexpr auto schema =
    "CREATE TABLE bills(id TEXT NOT NULL,status TEXT DEFAULT 'open',version INTEGER NOT NULL DEFAULT 0,receipt TEXT,"
    "remark TEXT,amount INTEGER DEFAULT 1);CREATE UNIQUE INDEX by_id ON bills(id);CREATE TABLE log(x);"
    "CREATE TABLE settings(frozen INTEGER);INSERT INTO settings VALUES(0);"
    "INSERT INTO bills(id,amount) VALUES('a',1),('b',2),('c',3)";

struct accounts {
  temporary_folder folder;
  database db{folder / "a.db", quick()};
  accounts() { db.execute(schema); }
};
pawl::item<bill, state::open> open_bill(char const* key) { return {key, 0}; }

struct change {
  char const* what;
  char const* sql;
  char const* words;  // of the error
};

TEST_CASE("a change of the schema under a store is refused in words that name what is missing, and poisons nothing",
          "[sqlite]") {
  auto const c = GENERATE(
      change{"a column is renamed", "ALTER TABLE bills RENAME COLUMN receipt TO note", "no such column: receipt"},
      change{"a column is dropped", "ALTER TABLE bills DROP COLUMN receipt", "no such column: receipt"},
      change{"the table is renamed", "ALTER TABLE bills RENAME TO invoices", "no such table: bills"},
      change{"the table is dropped", "DROP TABLE bills", "no such table: bills"},
      change{"a trigger writes to no table",
             "CREATE TRIGGER t AFTER UPDATE ON bills BEGIN INSERT INTO gone VALUES(1); END",
             "no such table: main.gone"},
      change{"a trigger raises",
             "CREATE TRIGGER t BEFORE UPDATE ON bills BEGIN SELECT RAISE(ABORT,'closed for today'); END",
             "closed for today"},
      change{"a trigger writes and raises",
             "CREATE TRIGGER t AFTER UPDATE ON bills BEGIN INSERT INTO log VALUES(new.id); SELECT RAISE(FAIL,'no "
             "more'); END",
             "no more"},
      change{"a trigger raises by a switch",
             "UPDATE settings SET frozen=1;CREATE TRIGGER t BEFORE UPDATE ON bills WHEN (SELECT frozen FROM settings) "
             "BEGIN SELECT RAISE(ROLLBACK,'frozen'); END",
             "frozen"});
  CAPTURE(c.what);
  accounts t;
  pawl::sqlite::store<bills> store(t.db);
  REQUIRE(store.apply(open_bill("a"), pay{"1"}));
  bool const by_another = GENERATE(false, true);
  if (by_another)
    database(t.folder / "a.db", quick()).execute(c.sql);
  else
    t.db.execute(c.sql);
  auto const e = error_of([&] { (void)store.apply(open_bill("b"), pay{"2"}); });
  INFO(e.what());
  CHECK(e.what_failed() == store_failure::refused);
  CHECK(e.id() == "store.refused");
  CHECK(mentions(e, c.words));
  CHECK(mentions(e, t.db.path()));
  CHECK(mentions(e, "pay of 'b'"));
  CHECK_FALSE(t.db.poisoned());
  CHECK_FALSE(t.db.in_transaction());
}

TEST_CASE("what one row cannot take is rejected, and others are taken", "[sqlite]") {
  auto const c = GENERATE(
      change{"a CHECK of its value", "ALTER TABLE bills ADD COLUMN x CHECK(receipt IS NULL OR receipt<>'2')",
             "CHECK constraint failed"},
      change{"a trigger that looks at the row",
             "CREATE TRIGGER t BEFORE UPDATE ON bills WHEN new.amount=2 BEGIN SELECT RAISE(ABORT,'not this one'); END",
             "not this one"},
      change{"a trigger with a condition",
             "CREATE TRIGGER t BEFORE UPDATE ON bills BEGIN SELECT RAISE(ABORT,'not this one') WHERE old.amount=2; END",
             "not this one"},
      change{
          "a trigger with a CASE",
          "CREATE TRIGGER t AFTER UPDATE ON bills BEGIN SELECT CASE WHEN new.id='b' THEN RAISE(FAIL,'not b') END; END",
          "not b"},
      change{"a trigger of a trigger",
             "CREATE TRIGGER u BEFORE INSERT ON log BEGIN SELECT RAISE(ABORT,'no log'); END;"
             "CREATE TRIGGER t AFTER UPDATE ON bills WHEN new.amount=2 BEGIN INSERT INTO log VALUES(1); END",
             "no log"},
      change{"a function in a trigger",
             "CREATE TRIGGER t AFTER UPDATE ON bills BEGIN INSERT INTO log "
             "VALUES(abs(CASE new.id WHEN 'b' THEN -9223372036854775808 ELSE 1 END)); END",
             "integer overflow"},
      change{"a unique index", "CREATE UNIQUE INDEX u ON bills(receipt);UPDATE bills SET receipt='2' WHERE id='c'",
             "UNIQUE constraint failed"});
  CAPTURE(c.what);
  accounts t;
  pawl::sqlite::store<bills> store(t.db);
  t.db.execute(c.sql);
  auto const e = error_of([&] { (void)store.apply(open_bill("b"), pay{"2"}); });
  INFO(e.what());
  CHECK(e.what_failed() == store_failure::rejected);
  CHECK(mentions(e, c.words));
  CHECK(store.apply(open_bill("a"), pay{"1"}));
}

TEST_CASE("a CHECK that forbids a state of the lifecycle is refused by name", "[sqlite]") {
  accounts t;
  t.db.execute(
      "DROP TABLE bills;CREATE TABLE bills(id TEXT PRIMARY KEY,status TEXT DEFAULT 'open' CHECK(status IN "
      "('open','paid')),version INTEGER NOT NULL DEFAULT 0,receipt TEXT,remark TEXT);INSERT INTO bills(id) "
      "VALUES('a')");
  pawl::sqlite::store<bills> store(t.db);
  auto const paid = store.apply(open_bill("a"), pay{"1"});
  REQUIRE(paid);
  auto const e = error_of([&] { (void)store.apply(*paid, close{""}); });
  CHECK(e.what_failed() == store_failure::refused);
  CHECK(mentions(e, "the table's CHECK forbids the state 'closed' to every row"));
  CHECK(store.get("a").item->state == state::paid);
}

TEST_CASE("a key that is not unique any more is refused by the next page of items", "[sqlite]") {
  accounts t;
  pawl::sqlite::store<bills> store(t.db);
  REQUIRE(store.runnable(state::open, {}, 10).size() == 3);
  t.db.execute("CREATE INDEX harmless ON bills(amount)");
  REQUIRE(store.runnable(state::open, {}, 10).size() == 3);
  bool const by_another = GENERATE(false, true);
  std::string const drop = "DROP INDEX by_id";
  if (by_another)
    database(t.folder / "a.db", quick()).execute(drop);
  else
    t.db.execute(drop);
  auto const e = error_of([&] { (void)store.runnable(state::open, {}, 10); });
  CHECK(e.what_failed() == store_failure::refused);
  CHECK(mentions(e, "column id is not unique"));
}

TEST_CASE("every question to a table that is gone is refused, also the first of its kind", "[sqlite]") {
  accounts t;
  pawl::sqlite::store<bills> store(t.db);
  auto const paid = store.apply(open_bill("a"), pay{"1"});
  REQUIRE(store.note(pawl::any_item<bill>(open_bill("b")), [] {
    pawl::trouble_record held;
    held.parked = true;
    return held;
  }()));
  std::string const gone = GENERATE("DROP TABLE bills", "DROP TABLE pawl_trouble");
  CAPTURE(gone);
  t.db.execute(gone);
  pawl::any_item<bill> const c(open_bill("c"));
  pawl::trouble_record mark;
  mark.in_doubt = true;
  std::vector<std::pair<char const*, pawl::store_failure>> const answers{
      {"note", failure_of([&] { (void)store.note(c, mark); })},
      {"runnable", failure_of([&] { (void)store.runnable(state::open, {}, 10); })},
      {"due", failure_of([&] { (void)store.due(store.now(), pawl::delayed_by::anybody, 10); })},
      {"next_due", failure_of([&] { (void)store.next_due(store.now(), pawl::delayed_by::anybody); })},
      {"parked", failure_of([&] { (void)store.parked(10); })},
      {"count_troubles", failure_of([&] { (void)store.count_troubles(); })}};
  for (auto const& [what, answer] : answers) {
    CAPTURE(what);
    CHECK(answer == store_failure::refused);
  }
  if (gone == "DROP TABLE bills") {
    CHECK(failure_of([&] { (void)store.get("a"); }) == store_failure::refused);
    CHECK(failure_of([&] { (void)store.recorded<pay>(pawl::any_item<bill>(*paid)); }) == store_failure::refused);
    CHECK(failure_of([&] { (void)store.count_items(); }) == store_failure::refused);
    CHECK(failure_of([&] { (void)store.unrecognised(); }) == store_failure::refused);
  }
  CHECK_FALSE(t.db.poisoned());
}

TEST_CASE("a right that is taken away is refused, and given back it is as before", "[sqlite]") {
  accounts t;
  pawl::sqlite::store<bills> store(t.db);
  sqlite3_set_authorizer(
      t.db.handle(),
      [](void*, int action, char const*, char const*, char const*, char const*) {
        return action == SQLITE_UPDATE ? SQLITE_DENY : SQLITE_OK;
      },
      nullptr);
  CHECK(failure_of([&] { (void)store.apply(open_bill("a"), pay{"1"}); }) == store_failure::refused);
  sqlite3_set_authorizer(t.db.handle(), nullptr, nullptr);
  CHECK(store.apply(open_bill("a"), pay{"1"}));
}

TEST_CASE("a call that is interrupted was not applied, and may be made again", "[sqlite]") {
  accounts t;
  pawl::sqlite::store<bills> store(t.db);
  sqlite3_progress_handler(
      t.db.handle(), 1, [](void*) { return 1; }, nullptr);
  CHECK(failure_of([&] { (void)store.apply(open_bill("a"), pay{"1"}); }) == store_failure::cancelled);
  sqlite3_progress_handler(t.db.handle(), 0, nullptr, nullptr);
  CHECK_FALSE(t.db.in_transaction());
  CHECK(store.get("a").item->version == 0);
  CHECK(store.apply(open_bill("a"), pay{"1"}));
}

}  // namespace statement_error_test
