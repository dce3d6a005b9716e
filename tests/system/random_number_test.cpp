#include <cstdint>
#include <set>

#include <pawl/system/random_number.hpp>

#include "catch.hpp"

namespace random_number_test {

TEST_CASE("random numbers of the system differ", "[system]") {
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(pawl::detail::random_number());
  CHECK(seen.size() == 1000);
}

}  // namespace random_number_test
