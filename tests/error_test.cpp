// Exceptions: one root type, stable ids.
#include <string>

#include <pawl/error.hpp>

#include "catch.hpp"

namespace error_test {

TEST_CASE("a store's failure has an id that does not change, and is caught as an error of pawl", "[error]") {
  using pawl::store_failure;
  struct named {
    store_failure failure;
    std::string id;
  };
  for (auto const& [failure, id] :
       {named{store_failure::busy, "store.busy"}, named{store_failure::rejected, "store.rejected"},
        named{store_failure::not_applied, "store.not_applied"}, named{store_failure::unknown, "store.unknown"},
        named{store_failure::refused, "store.refused"}, named{store_failure::misuse, "store.misuse"},
        named{store_failure::cancelled, "store.cancelled"}}) {
    try {
      throw pawl::store_error(failure, "words");
    } catch (pawl::error const& e) {
      CHECK(e.id() == id);
      CHECK(std::string(e.what()) == "words");
    }
    CHECK(pawl::store_error(failure, "").what_failed() == failure);
  }
}

}  // namespace error_test
