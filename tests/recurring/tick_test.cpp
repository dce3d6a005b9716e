// The keys of ticks.
#include <string>
#include <string_view>

#include <pawl/error.hpp>
#include <pawl/recurring/recurring.hpp>
#include <pawl/recurring/tick.hpp>
#include <pawl/store/memory_store.hpp>

#include "catch.hpp"
#include "recurring/nights.hpp"

namespace tick_test {

using recurring_test::at;
using recurring_test::night;

TEST_CASE("the key of a tick is its schedule and its time, and is read back", "[recurring]") {
  CHECK(pawl::key_of({"nightly", at(2026, 12, 1, 3)}) == "nightly 2026-12-01T03:00:00Z");
  for (auto const name : {"nightly", "a b", "\xc3\xa4", "nightly 2026-12-01T03:00:00Z"}) {
    pawl::tick const one{name, at(2028, 2, 29, 23, 59, 58)};
    std::string const key = pawl::key_of(one);
    CHECK(pawl::tick_of(key) == one);
  }
  static_assert(pawl::tick_of("nightly 2026-12-01T03:00:00Z")->at == at(2026, 12, 1, 3));
}

TEST_CASE("keys tell the times of all years that they have digits for", "[recurring]") {
  CHECK(pawl::key_of({"n", at(9999, 12, 31, 23, 59, 59)}) == "n 9999-12-31T23:59:59Z");
  CHECK(pawl::key_of({"n", at(2263, 1, 1)}) == "n 2263-01-01T00:00:00Z");
  CHECK(pawl::key_of({"n", at(1600, 2, 29, 1)}) == "n 1600-02-29T01:00:00Z");
  CHECK(pawl::key_of({"n", at(0, 1, 1)}) == "n 0000-01-01T00:00:00Z");
}

TEST_CASE("keys of one schedule sort by their time", "[recurring]") {
  std::string before;
  for (auto when : {at(1999, 12, 31, 23, 59, 59), at(2000, 1, 1), at(2026, 1, 2), at(2026, 1, 10), at(2026, 10, 1),
                    at(2200, 1, 1)}) {
    std::string const key = pawl::key_of({"n", when});
    CHECK(before < key);
    before = key;
  }
}

TEST_CASE("a key that is none of a tick has none", "[recurring]") {
  for (std::string_view const key :
       {"", "nightly", "2026-12-01T03:00:00Z", " 2026-12-01T03:00:00Z", "nightly2026-12-01T03:00:00Z",
        "nightly 2026-12-01T03:00:00", "nightly 2026-12-01 03:00:00Z", "nightly 2026-02-30T03:00:00Z",
        "nightly 2026-13-01T03:00:00Z", "nightly 2026-12-01T24:00:00Z", "nightly 2026-12-01T03:60:00Z",
        "nightly 2026-12-01T03:00:60Z", "nightly 2026-12-01T03:00:00Z ", "nightly 202x-12-01T03:00:00Z"}) {
    CAPTURE(key);
    CHECK_FALSE(pawl::tick_of(key));
  }
}

TEST_CASE("a name that cannot be part of a key is refused in a sentence", "[recurring]") {
  pawl::memory_store<night> store;
  auto const named = [&store](std::string name) { return pawl::every(store, std::move(name), std::chrono::hours(1)); };
  CHECK(named(std::string(200, 'x')).name().size() == 200);
  CHECK_THROWS_WITH(named(""),
                    "pawl: the name of a schedule, '', is part of its items' keys: 1 to 200 bytes of UTF-8 without "
                    "control characters");
  CHECK_THROWS_WITH(
      named("a\nb"),
      "pawl: the name of a schedule, 'a\\nb', is part of its items' keys: 1 to 200 bytes of UTF-8 without control "
      "characters");
  for (auto const* wrong : {"\xff",
                            "\xe2\x80\xae"
                            "abc",
                            "tab\t"}) {
    try {
      named(wrong);
      FAIL("it was accepted");
    } catch (pawl::error const& e) {
      CHECK(e.id() == "recurring.name");
    }
  }
  CHECK_THROWS_AS(named(std::string(201, 'x')), pawl::error);
  CHECK_THROWS_AS(named(std::string("nul\0", 4)), pawl::error);
}

}  // namespace tick_test
