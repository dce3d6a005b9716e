// Items: with the state in the type, or known at run time.
#include <optional>
#include <string>
#include <type_traits>

#include <pawl/store/item.hpp>

#include "catch.hpp"
#include "store/filing.hpp"

namespace item_test {

using namespace filing;

static_assert(!std::is_aggregate_v<file<uploading>> && !std::is_aggregate_v<any_file>,
              "g++ 12 copies the bytes of an aggregate in a co_await expression");

TEST_CASE("an item keeps its key, version and row when its state moves from the type to a value and back", "[store]") {
  file<uploading> const typed("a.txt", 7, 42);
  any_file const any = typed;
  CHECK(any == any_file("a.txt", 7, uploading, 42));
  CHECK(any.as<uploading>() == std::optional(typed));
  CHECK_FALSE(any.as<failed>());
}

TEST_CASE("items are equal if key, version, state and row are", "[store]") {
  any_file const one("a", 7, uploading, 42);
  CHECK(one == any_file("a", 7, uploading, 42));
  for (auto const& other : {any_file("b", 7, uploading, 42), any_file("a", 8, uploading, 42),
                            any_file("a", 7, processing, 42), any_file("a", 7, uploading, 43)})
    CHECK_FALSE(one == other);
  file<uploading> const typed("a", 7, 42);
  CHECK(typed == file<uploading>("a", 7, 42));
  for (auto const& other : {file<uploading>("b", 7, 42), file<uploading>("a", 8, 42), file<uploading>("a", 7, 43)})
    CHECK_FALSE(typed == other);
}

TEST_CASE("a new item is in its initial state at version 0 and knows no row", "[store]") {
  any_file const any;
  CHECK(any.state == untracked);
  CHECK(any.version == 0);
  CHECK(any.row == 0);
}

TEST_CASE("visit calls with the type of the state that the item is in", "[store]") {
  for (auto const state : pawl::states<file_lifecycle>) {
    auto const seen = pawl::visit(
        []<auto S>(file<S> i)->std::string {
          return std::string(machine::at<S>().name()) + i.key + std::to_string(i.version) + std::to_string(i.row);
        },
        any_file("k", 3, state, 9));
    CHECK(seen == std::string(machine::hydrate(state)->name()) + "k39");
  }
}

TEST_CASE("visit hands on what the callable returns, also nothing and references", "[store]") {
  int calls = 0;
  pawl::visit(
      [&]<auto S>(file<S>) { ++calls; }, any_file("k", 0, failed));
  CHECK(calls == 1);
  int& same = pawl::visit(
      [&]<auto S>(file<S>)->int& { return calls; }, any_file("k", 0, failed));
  CHECK(&same == &calls);
}

TEST_CASE("visit refuses an item whose state was made by a cast", "[store]") {
  any_file const broken("k", 0, static_cast<file_state>(77));
  CHECK_THROWS_AS(pawl::visit([]<auto S>(file<S>){}, broken), pawl::store_error);
}

}  // namespace item_test
