#include <chrono>
#include <cstdint>
#include <limits>

#include <pawl/system/lock_wait.hpp>

#include "catch.hpp"

namespace lock_wait_test {
using namespace std::chrono_literals;
using pawl::detail::lock_wait;

TEST_CASE("pauses before a lock grow to a bound", "[system]") {
  CHECK(lock_wait::bound(0) == 300us);
  CHECK(lock_wait::bound(1) == 500us);
  CHECK(lock_wait::bound(6) == 12900us);
  CHECK(lock_wait::bound((std::numeric_limits<int>::max)()) == 12900us);
}

TEST_CASE("each pause before a lock is within its bounds, and both are reached", "[system]") {
  for (int n = 0; n < 10; ++n) {
    auto const range = static_cast<std::uint64_t>((lock_wait::bound(n) - lock_wait::least).count());
    CHECK(lock_wait::after(n, 0) == lock_wait::least);
    CHECK(lock_wait::after(n, range) == lock_wait::bound(n));
    CHECK(lock_wait::after(n, range + 1) == lock_wait::least);
    CHECK(lock_wait::after(n, (std::numeric_limits<std::uint64_t>::max)()) <= lock_wait::bound(n));
  }
}

}  // namespace lock_wait_test
