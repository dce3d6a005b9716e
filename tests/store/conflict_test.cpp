// The result of a transition: the moved item or the conflict.
#include <string>
#include <type_traits>
#include <utility>

#include <pawl/store/conflict.hpp>

#include "catch.hpp"
#include "store/filing.hpp"

namespace conflict_test {

using namespace filing;
using stored = pawl::stored<file_lifecycle>;
using conflict = pawl::conflict<file_lifecycle>;
using to_uploading = pawl::applied_to<file_lifecycle, untracked, start_upload>;

static_assert(std::is_same_v<to_uploading::item_type, file<uploading>>);
static_assert(!std::is_aggregate_v<stored> && !std::is_aggregate_v<conflict>);

TEST_CASE("what a row holds is an item, a state that nobody knows, or nothing", "[store]") {
  stored const item = any_file("k", 2, processing);
  CHECK(item.item);
  CHECK_FALSE(item.gone());
  CHECK(item.describe() == "it is processing at version 2");

  stored const unknown = stored::unknown("archived");
  CHECK_FALSE(unknown.item);
  CHECK_FALSE(unknown.gone());
  CHECK(unknown.describe() == "it is in a state that file_lifecycle does not know: 'archived'");

  CHECK(stored().gone());
  CHECK(stored().describe() == "there is no such row");
}

TEST_CASE("a row whose state is the empty text is not gone", "[store]") { CHECK_FALSE(stored::unknown("").gone()); }

TEST_CASE("an answer is the moved item", "[store]") {
  to_uploading answer = file<uploading>("k", 1);
  REQUIRE(answer);
  CHECK(answer->key == "k");
  CHECK((*answer).version == 1);
  file<uploading> const taken = *std::move(answer);
  CHECK(taken.key == "k");
}

TEST_CASE("an answer is the conflict, and says so when it is taken for an item", "[store]") {
  to_uploading const answer = conflict(any_file("k", 5, failed));
  REQUIRE_FALSE(answer);
  CHECK(answer.why().now.item->version == 5);
  CHECK(answer.why().describe() == "it is failed at version 5");
  try {
    static_cast<void>(*answer);
    FAIL("it did not throw");
  } catch (pawl::store_error const& e) {
    CHECK(e.what_failed() == pawl::store_failure::misuse);
    CHECK(std::string(e.what()).find("it is failed at version 5") != std::string::npos);
  }
}

TEST_CASE("an answer converts to one whose item's state is known at run time", "[store]") {
  pawl::applied<any_file> const moved = to_uploading(file<uploading>("k", 1, 3));
  REQUIRE(moved);
  CHECK(*moved == any_file("k", 1, uploading, 3));
  pawl::applied<any_file> const missed = to_uploading(conflict());
  REQUIRE_FALSE(missed);
  CHECK(missed.why().now.gone());
}

}  // namespace conflict_test
