// Listing the items of pawl's own table on a server: in pages, within a transaction, and awaited where the query is written.
#include <chrono>
#include <string>
#include <vector>

#include <pawl/loop/task.hpp>
#include <pawl/postgres.hpp>

#include "catch.hpp"
#include "postgres/own_database.hpp"
#include "store/filing.hpp"

namespace postgres_item_query_test {

using namespace filing;
using namespace std::chrono_literals;
using pawl::trouble_is;
using postgres_test::own_database;
using files = pawl::postgres::store<file_lifecycle>;

struct shelf {
  shelf() {
    for (std::string const name : {"a long name, too long to be kept within a string/1", "b/1", "b/2", "\xff\x00/1"})
      REQUIRE(at.wait(all.insert_if_absent(name)));
    pawl::trouble_record parked;
    parked.parked = true;
    parked.last_error = "for a person";
    REQUIRE(at.wait(all.note(*at.wait(all.get("b/1")).item, parked)));
    file<untracked> const moving("b/2", 0);
    REQUIRE(at.wait(all.apply(moving, start_upload{})));
  }
  template <class Page> static std::string keys_in(Page const& page) {
    std::string keys;
    for (auto const& one : page) keys += (keys.empty() ? "" : " ") + one.item.key;
    return keys;
  }

  own_database at{};
  files all{at.db};
};

TEST_CASE("items of pawl's own table are listed in the order of their ids", "[postgres]") {
  shelf s;
  auto const first = s.at.wait(s.all.items({.limit = 2}));
  REQUIRE(first.size() == 2);
  CHECK_FALSE(first.is_last);
  CHECK(first[1].item == *s.at.wait(s.all.get("b/1")).item);
  CHECK(first[1].trouble->last_error == "for a person");
  auto const rest = s.at.wait(s.all.items({.limit = 3}, first.next));
  CHECK(rest.size() == 2);
  CHECK(rest.is_last);
  CHECK(rest[0].item.state == file_state::uploading);
  CHECK(shelf::keys_in(s.at.wait(s.all.items({.state = file_state::untracked, .key_prefix = "b"}))) == "b/1");
  CHECK(s.at.wait(s.all.items({.key_prefix = "\xff"})).size() == 1);
  CHECK(s.at.wait(s.all.items({.state = static_cast<file_state>(99)})).empty());
  CHECK(s.at.wait(s.all.items({.limit = std::size_t(-1)})).size() == 4);
  CHECK(s.at.wait(s.all.parked(5)).size() == 1);
}

TEST_CASE("a transaction lists what it has changed", "[postgres]") {
  shelf s;
  REQUIRE(s.at.wait(s.all.try_begin()));
  REQUIRE(s.at.wait(s.all.release("b/1")));
  CHECK(s.at.wait(s.all.items({.trouble = trouble_is::parked})).empty());
  s.at.wait(s.all.rollback());
  CHECK(s.at.wait(s.all.items({.trouble = trouble_is::parked})).size() == 1);
}

TEST_CASE("a query may be written where it is awaited", "[postgres]") {
  shelf s;
  auto const read = [](files& all) -> pawl::task<std::string> {
    std::string keys;
    for (auto page = co_await all.items({.key_prefix = "a long name, too long to be kept within a string", .limit = 1});
         ; page = co_await all.items({.key_prefix = "a long name, too long to be kept within a string", .limit = 1},
                                     page.next)) {
      keys += shelf::keys_in(page);
      if (page.is_last) co_return keys;
    }
  };
  CHECK(s.at.wait(read(s.all)) == "a long name, too long to be kept within a string/1");
  auto const count = [](files& all) -> pawl::task<std::size_t> { co_return (co_await all.items()).size(); };
  CHECK(s.at.wait(count(s.all)) == 4);
}

}  // namespace postgres_item_query_test
