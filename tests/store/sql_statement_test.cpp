// The values of a user's statements, and events that carry statements.
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <pawl/store/memory_store.hpp>
#include <pawl/store/sql_statement.hpp>
#include <pawl/store/statement_store.hpp>
#include <pawl/store/with.hpp>

#include "catch.hpp"
#include "store/filing.hpp"

namespace sql_statement_test {

using pawl::sql_value;
using kind = pawl::sql_value::kind;

std::vector<std::byte> some_bytes() { return {std::byte{1}, std::byte{0}, std::byte{255}}; }

TEST_CASE("a value of a statement keeps its type and owns what it holds", "[store]") {
  std::string text("ada\0lovelace", 12);
  auto bytes = some_bytes();
  auto const statement = pawl::sql(
      "INSERT", text, std::string_view("view"), "literal", std::int64_t{-7}, std::uint8_t{200}, true, 1.5F, 2.5,
      cargo::label::fragile, bytes, std::span<std::byte const>(bytes), nullptr, std::nullopt, std::optional<int>(3),
      std::optional<int>(), std::optional<std::string>("opt"), (std::numeric_limits<std::uint64_t>::max)());
  text.assign(12, 'x');
  bytes.assign(3, std::byte{9});
  CHECK(statement.text() == "INSERT");
  auto const all = statement.values();
  REQUIRE(all.size() == 17);
  auto const is_text = [&](std::size_t at, std::string_view what) {
    CHECK(all[at].what() == kind::text);
    CHECK(all[at].text() == what);
  };
  auto const is_integer = [&](std::size_t at, std::int64_t what) {
    CHECK(all[at].what() == kind::integer);
    CHECK(all[at].integer() == what);
  };
  is_text(0, std::string_view("ada\0lovelace", 12));
  is_text(1, "view");
  is_text(2, "literal");
  is_integer(3, -7);
  is_integer(4, 200);
  CHECK(all[5].what() == kind::boolean);
  CHECK(all[5].boolean());
  CHECK(all[6].what() == kind::real);
  CHECK(all[6].real() == 1.5);
  CHECK(all[7].real() == 2.5);
  is_integer(8, 200);
  for (std::size_t const at : {9U, 10U}) {
    CHECK(all[at].what() == kind::bytes);
    CHECK(std::vector<std::byte>(all[at].bytes().begin(), all[at].bytes().end()) == some_bytes());
  }
  CHECK(all[11].what() == kind::null);
  CHECK(all[12].what() == kind::null);
  is_integer(13, 3);
  CHECK(all[14].what() == kind::null);
  is_text(15, "opt");
  is_integer(16, -1);  // the same bits
}

TEST_CASE("a null pointer to characters is NULL, and an empty text is a text", "[store]") {
  char const* const none = nullptr;
  CHECK(sql_value(none).what() == kind::null);
  CHECK(sql_value("").what() == kind::text);
  CHECK(sql_value(std::vector<std::byte>()).what() == kind::bytes);
  CHECK(sql_value(false).what() == kind::boolean);
  CHECK_FALSE(sql_value(false).boolean());
}

TEST_CASE("an event carries the statements that it is given, in their order", "[store]") {
  pawl::with const none(cargo::send{3});
  STATIC_REQUIRE(std::is_same_v<decltype(none), pawl::with<cargo::send> const>);
  CHECK(none.event.lane == 3);
  CHECK(none.statements.empty());
  pawl::with two(cargo::send{4}, pawl::sql("first", 1), pawl::sql("second"));
  REQUIRE(two.statements.size() == 2);
  CHECK(two.statements[0].text() == "first");
  CHECK(two.statements[1].text() == "second");
  pawl::with const again(std::move(two));
  STATIC_REQUIRE(std::is_same_v<decltype(again), pawl::with<cargo::send> const>);
  std::vector<pawl::sql_statement> many(40, pawl::sql("one of many"));
  CHECK(pawl::with(cargo::send{5}, std::move(many)).statements.size() == 40);
}

TEST_CASE("a store without SQL takes no statements", "[store]") {
  STATIC_REQUIRE_FALSE(pawl::declares_statements<pawl::memory_store<cargo::crate_lifecycle>>);
  STATIC_REQUIRE_FALSE(pawl::statement_store<pawl::memory_store<cargo::crate_lifecycle>>);
}

}  // namespace sql_statement_test
