// Statements of the user's own with a transition, as values: written with it or not at all.
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/store.hpp>
#include <pawl/store/statement_store.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/store/with.hpp>

#include "catch.hpp"
#include "sqlite/every_store.hpp"
#include "sqlite/fixture.hpp"
#include "store/filing.hpp"

namespace user_statements_test {

using namespace sqlite_test;
using filing::start_upload;
using filing::untracked;
using pawl::sql;
using pawl::store_failure;
using pawl::with;

static_assert(pawl::statement_store<pawl::sqlite::store<filing::files_table>>);
static_assert(pawl::statement_store<pawl::sqlite::store<filing::file_lifecycle>>);

#define PAWL_SQLITE_STORES sqlite_test::in_mapped_table, sqlite_test::in_own_table

// One of the stores, and a table of the user's with a constraint.
template <class Face> struct desk : Face {
  desk() { this->db.execute("CREATE TABLE notes(text UNIQUE, more)"); }
  std::string notes() {
    return ask(this->db, "SELECT ifnull(group_concat(text), '') FROM (SELECT text FROM notes ORDER BY rowid)");
  }
  std::int64_t version(std::string_view key) {
    auto const now = this->store.get(key);
    return now.item ? now.item->version : -1;
  }
};
pawl::sql_statement note(std::string_view text) { return sql("INSERT INTO notes(text) VALUES(?1)", text); }
with<start_upload> noted(std::string_view text) { return with(start_upload{}, note(text)); }

TEMPLATE_TEST_CASE("a statement is written with its transition, in a transaction of its own or in an open one",
                   "[sqlite]", PAWL_SQLITE_STORES) {
  desk<TestType> d;
  auto const a = fresh(d, "a"), b = fresh(d, "b");
  auto const moved = d.store.apply(a, with(start_upload{}, note("1"), note("2")));
  REQUIRE(moved);
  CHECK(moved->version == 1);
  CHECK(*moved == read<filing::uploading>(d.store, "a"));
  REQUIRE(d.store.try_begin());
  CHECK(d.store.apply(b, noted("3")));
  d.store.commit();
  CHECK(d.notes() == "1,2,3");
  CHECK(d.version("b") == 1);
}

TEMPLATE_TEST_CASE("a conflict runs no statement", "[sqlite]", PAWL_SQLITE_STORES) {
  desk<TestType> d;
  auto const a = fresh(d, "a");
  REQUIRE(d.store.apply(a, start_upload{}));
  CHECK_FALSE(d.store.apply(a, noted("alone")));
  REQUIRE(d.store.try_begin());
  auto const refused = d.store.apply(a, noted("within"));
  CHECK_FALSE(refused);
  CHECK(refused.why().now.item->version == 1);
  d.store.commit();
  CHECK(d.notes().empty());
}

TEMPLATE_TEST_CASE("a transaction that is rolled back takes its statements along", "[sqlite]", PAWL_SQLITE_STORES) {
  desk<TestType> d;
  auto const a = fresh(d, "a");
  REQUIRE(d.store.try_begin());
  REQUIRE(d.store.apply(a, noted("1")));
  d.store.rollback();
  CHECK(d.notes().empty());
  CHECK(d.version("a") == 0);
}

TEMPLATE_TEST_CASE("a statement that is refused takes its own transition back, alone or inside a transaction",
                   "[sqlite]", PAWL_SQLITE_STORES) {
  desk<TestType> d;
  auto const a = fresh(d, "a"), b = fresh(d, "b"), c = fresh(d, "c");
  pawl::trouble_record delayed;
  delayed.attempts = 3;
  REQUIRE(d.store.note(b, delayed));
  d.db.execute("INSERT INTO notes(text) VALUES('taken')");
  auto const two = with(start_upload{}, note("first"), note("taken"));
  SECTION("in a transaction of its own") {
    auto const e = error_of([&] { static_cast<void>(d.store.apply(b, two)); });
    CHECK(e.what_failed() == store_failure::rejected);
    CHECK(mentions(e, "UNIQUE constraint failed: notes.text"));
    CHECK(mentions(e, "(a statement with start_upload of 'b')"));
    CHECK(d.notes() == "taken");
  }
  SECTION("between others of a transaction") {
    REQUIRE(d.store.try_begin());
    REQUIRE(d.store.apply(a, noted("of a")));
    CHECK_THROWS_AS(d.store.apply(b, two), pawl::transition_undone);
    CHECK(d.db.in_transaction());
    REQUIRE(d.store.apply(c, noted("of c")));
    d.store.commit();
    CHECK(d.notes() == "taken,of a,of c");
    CHECK(d.version("a") == 1);
    CHECK(d.version("c") == 1);
  }
  CHECK(d.version("b") == 0);
  CHECK(d.store.trouble_of(b)->attempts == 3);
  CHECK_FALSE(d.store.poisoned());
}

TEMPLATE_TEST_CASE("a transition that its table refuses is undone alone where it has statements", "[sqlite]",
                   PAWL_SQLITE_STORES) {
  desk<TestType> d;
  auto const a = fresh(d, "a"), bad = fresh(d, "bad");
  d.reject("bad");
  REQUIRE(d.store.try_begin());
  REQUIRE(d.store.apply(a, noted("of a")));
  CHECK_THROWS_AS(d.store.apply(bad, noted("of bad")), pawl::transition_undone);
  d.store.commit();
  CHECK(d.notes() == "of a");
  CHECK(d.version("bad") == 0);
}

// The transaction is over then, and what it wrote before is gone: it must not be told that it goes on.
TEMPLATE_TEST_CASE("a statement that rolls the whole transaction back is not told as undone alone", "[sqlite]",
                   PAWL_SQLITE_STORES) {
  desk<TestType> d;
  auto const a = fresh(d, "a"), b = fresh(d, "b");
  d.db.execute("INSERT INTO notes(text) VALUES('taken')");
  REQUIRE(d.store.try_begin());
  REQUIRE(d.store.apply(a, noted("of a")));
  bool undone_alone = false;
  try {
    static_cast<void>(
        d.store.apply(b, with(start_upload{}, sql("INSERT OR ROLLBACK INTO notes(text) VALUES('taken')"))));
    FAIL("it did not throw");
  } catch (pawl::transition_undone const&) {
    undone_alone = true;
  } catch (pawl::store_error const& e) {
    CHECK(e.what_failed() == store_failure::rejected);
  }
  CHECK_FALSE(undone_alone);
  CHECK_FALSE(d.db.in_transaction());
  CHECK(d.version("a") == 0);
  CHECK(d.notes() == "taken");
}

TEST_CASE("each kind of value reaches its column as it is", "[sqlite]") {
  desk<in_own_table> d;
  auto const a = fresh(d, "a");
  std::string const text("a\0b'\xC3\xA9", 6);
  std::vector<std::byte> const bytes{std::byte{0}, std::byte{255}};
  d.db.execute("CREATE TABLE kinds(t, i, b, r, x, n, e)");
  REQUIRE(d.store.apply(a, with(start_upload{}, sql("INSERT INTO kinds VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)", text,
                                                    (std::numeric_limits<std::int64_t>::min)(), true, 0.1, bytes,
                                                    std::optional<int>(), ""))));
  auto s = d.db.prepare("SELECT t, i, b, r, x, n, e FROM kinds");
  REQUIRE(s.step());
  CHECK(s.text(0) == text);
  CHECK(s.integer(1) == (std::numeric_limits<std::int64_t>::min)());
  CHECK(s.is_integer(2));
  CHECK(s.integer(2) == 1);
  CHECK(s.real(3) == 0.1);
  CHECK(s.is_blob(4));
  CHECK(s.bytes(4) == std::string_view("\0\xFF", 2));
  CHECK(s.is_null(5));
  CHECK_FALSE(s.is_null(6));
  CHECK(s.text(6).empty());
}

TEST_CASE("what is no statement that writes, or has other values than it asks for, is misuse and writes nothing",
          "[sqlite]") {
  desk<in_own_table> d;
  auto const a = fresh(d, "a");
  auto const one =
      GENERATE(as<std::pair<std::string, std::string>>{}, std::pair("COMMIT", "a statement that writes, and ends none"),
               std::pair("ROLLBACK TO pawl_also", "a statement that writes, and ends none"),
               std::pair("RELEASE pawl_also", "a statement that writes, and ends none"),
               std::pair("SELECT 1", "a statement that writes, and ends none"),
               std::pair(" -- nothing", "a statement that writes, and ends none"),
               std::pair("DELETE FROM notes; DELETE FROM notes", "takes one statement"),
               std::pair("INSERT INTO notes(text) VALUES(?1)", "with 1 parameters was given 0 values"));
  auto const given = with(start_upload{}, note("before"), sql(one.first));
  bool const within = GENERATE(false, true);
  CAPTURE(one.first, within);
  if (within) REQUIRE(d.store.try_begin());
  auto const e = error_of([&] { static_cast<void>(d.store.apply(a, given)); });
  CHECK(e.what_failed() == store_failure::misuse);
  CHECK(mentions(e, one.second));
  CHECK(d.db.in_transaction() == within);
  if (within) d.store.commit();
  CHECK(d.version("a") == 0);
  CHECK(d.notes().empty());
  CHECK(d.store.apply(a, with(start_upload{}, sql(" INSERT INTO notes(text) VALUES('after') ; \n"))));
  CHECK(d.notes() == "after");
}

TEST_CASE("a NaN in a statement is rejected, and a table that is not there is refused", "[sqlite]") {
  desk<in_own_table> d;
  auto const a = fresh(d, "a");
  auto const nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(failure_of([&] {
          static_cast<void>(d.store.apply(a, with(start_upload{}, sql("INSERT INTO notes(more) VALUES(?1)", nan))));
        }) == store_failure::rejected);
  CHECK(failure_of([&] {
          static_cast<void>(d.store.apply(a, with(start_upload{}, sql("INSERT INTO nowhere VALUES(1)"))));
        }) == store_failure::refused);
  CHECK(d.version("a") == 0);
  CHECK_FALSE(d.store.poisoned());
}

TEST_CASE("a statement that returns rows is run to its end", "[sqlite]") {
  desk<in_own_table> d;
  auto const a = fresh(d, "a");
  REQUIRE(d.store.apply(
      a,
      with(start_upload{}, sql("INSERT INTO notes(text) SELECT value FROM json_each(?1) RETURNING text", "[1,2,3]"))));
  CHECK(d.notes() == "1,2,3");
}

TEST_CASE("statements of any number of texts are written, and each again after the table was changed", "[sqlite]") {
  desk<in_own_table> d;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 70; ++i) {
      std::string const key = std::to_string(round * 100 + i);
      auto const a = fresh(d, key);
      REQUIRE(d.store.apply(
          a, with(start_upload{}, sql("INSERT INTO notes(text, more) VALUES(?1, " + std::to_string(i) + ")", key))));
    }
    d.db.execute("ALTER TABLE notes ADD COLUMN more_" + std::to_string(round));
  }
  CHECK(ask(d.db, "SELECT count(*) FROM notes") == "140");
  CHECK(ask(d.db, "SELECT count(DISTINCT more) FROM notes") == "70");
}

}  // namespace user_statements_test
