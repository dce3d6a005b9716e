// Prepared statements: text and bytes are bound and read with their length.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/sqlite/statement.hpp>

#include "catch.hpp"
#include "sqlite/fixture.hpp"

namespace statement_test {

using namespace sqlite_test;
using namespace std::string_literals;
using pawl::store_failure;
using pawl::sqlite::database;
using pawl::sqlite::statement;

TEST_CASE("text and bytes are bound and read with their lengths", "[sqlite]") {
  temporary_folder folder;
  database db(folder / "a.db", quick());
  statement s = db.prepare("SELECT ?1,?2,typeof(?1),typeof(?2),length(CAST(?1 AS BLOB))");
  std::string const text = "a\0b\xff"s;
  std::vector<std::byte> const bytes{std::byte{0}, std::byte{7}};
  s.bind(1, text);
  s.bind(2, bytes);
  REQUIRE(s.step());
  CHECK(s.text(0) == text);
  CHECK(s.bytes(1) == "\0\a"s);
  CHECK(s.text(2) == "text");
  CHECK(s.text(3) == "blob");
  CHECK(s.integer(4) == 4);
  CHECK_FALSE(s.step());
}

TEST_CASE("what is empty is bound as empty, and nothing as NULL", "[sqlite]") {
  temporary_folder folder;
  database db(folder / "a.db", quick());
  statement s = db.prepare("SELECT typeof(?1),typeof(?2),typeof(?3),typeof(?4),typeof(?5)");
  s.bind(1, std::string_view());
  std::vector<std::byte> const no_bytes;
  s.bind(2, no_bytes);
  s.bind(3, nullptr);
  std::optional<std::string> const no_text;
  s.bind(4, no_text);
  s.bind(5, std::optional<int>(5));
  REQUIRE(s.step());
  CHECK(s.text(0) == "text");
  CHECK(s.text(1) == "blob");
  CHECK(s.text(2) == "null");
  CHECK(s.text(3) == "null");
  CHECK(s.text(4) == "integer");
}

TEST_CASE("a column is read into a field only if it fits", "[sqlite]") {
  temporary_folder folder;
  database db(folder / "a.db", quick());
  statement s = db.prepare("SELECT 300,NULL,'text',-1");
  REQUIRE(s.step());
  std::uint8_t narrow = 0;
  CHECK_FALSE(s.read(0, narrow));
  std::int16_t wide = 0;
  CHECK(s.read(0, wide));
  CHECK(wide == 300);
  CHECK_FALSE(s.read(1, wide));
  std::optional<std::int16_t> maybe = 5;
  CHECK(s.read(1, maybe));
  CHECK_FALSE(maybe);
  CHECK(s.read(0, maybe));
  CHECK(maybe == std::int16_t{300});
  std::uint64_t big = 0;
  CHECK(s.read(3, big));
  CHECK(big == ~std::uint64_t{0});
  std::string text;
  CHECK(s.read(2, text));
  CHECK(text == "text");
}

TEST_CASE("a parameter that is not there is misuse", "[sqlite]") {
  temporary_folder folder;
  database db(folder / "a.db", quick());
  statement s = db.prepare("SELECT ?1");
  CHECK(failure_of([&] { s.bind(2, 1); }) == store_failure::misuse);
  CHECK_FALSE(db.poisoned());
}

TEST_CASE("a statement that failed is reset and can be used again", "[sqlite]") {
  temporary_folder folder;
  database db(folder / "a.db", quick());
  db.execute("CREATE TABLE t(a INTEGER PRIMARY KEY)");
  statement s = db.prepare("INSERT INTO t VALUES(?1)");
  s.bind(1, 1);
  CHECK_FALSE(s.step());
  s.reset();
  auto const e = error_of([&] { s.step(); });
  CHECK(e.what_failed() == store_failure::rejected);
  CHECK(mentions(e, "UNIQUE constraint failed: t.a"));
  CHECK(mentions(e, db.path()));
  s.bind(1, 2);
  CHECK_FALSE(s.step());
  CHECK(ask(db, "SELECT count(*) FROM t") == "2");
}

TEST_CASE("a statement moves to another name", "[sqlite]") {
  temporary_folder folder;
  database db(folder / "a.db", quick());
  statement a = db.prepare("SELECT 1");
  statement b = std::move(a);
  CHECK_FALSE(a);
  REQUIRE(b.step());
  a = std::move(b);
  CHECK(a.integer(0) == 1);
}

}  // namespace statement_test
