// How many items a run claims at a time.
#include <chrono>
#include <cstddef>

#include <pawl/runner/engine/claim_size.hpp>

#include "catch.hpp"

namespace claim_size_test {

using std::chrono::milliseconds;
constexpr std::chrono::steady_clock::time_point now{milliseconds(1000)};

TEST_CASE("a run claims what it has free slots for, and one where it has none", "[engine]") {
  pawl::detail::claim_size size(10);
  CHECK(size.next(0, now) == 10);
  CHECK(size.next(7, now) == 3);
  CHECK(size.next(10, now) == 1);
  CHECK(size.next(12, now) == 1);
  CHECK(pawl::detail::claim_size(0).next(0, now) == 1);
}

TEST_CASE("a run whose claims are used up at once claims ever more, and less again where its steps take long",
          "[engine]") {
  pawl::detail::claim_size size(10);
  std::size_t last = size.next(9, now);
  CHECK(last == 1);
  for (std::size_t const expected : {2U, 4U, 8U, 16U, 20U, 20U}) {
    size.hear(last, now);
    last = size.next(10, now + milliseconds(49));
    CHECK(last == expected);
  }
  size.hear(last, now);
  CHECK(size.next(9, now + milliseconds(50)) == 1);
}

TEST_CASE("a claim that brought nothing does not make the next one larger", "[engine]") {
  pawl::detail::claim_size size(10);
  CHECK(size.next(8, now) == 2);
  size.hear(0, now);
  CHECK(size.next(8, now) == 2);
}

}  // namespace claim_size_test
