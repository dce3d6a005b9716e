// The definition of a quantile, against values computed with Python.
#include <cstdint>
#include <limits>

#include <pawl/latency/quantile.hpp>

#include "catch.hpp"

namespace quantile_test {

TEST_CASE("the median of 818 samples stands at index 409, as in the original's definition", "[latency]") {
  CHECK(pawl::floor_index(0.50, 818) == 409);
  CHECK(pawl::floor_index(0.90, 818) == 736);
  CHECK(pawl::floor_index(0.95, 818) == 777);
  CHECK(pawl::floor_index(0.99, 818) == 809);
  CHECK(pawl::floor_index(0.999, 818) == 817);
  CHECK(pawl::floor_index(0.95, 2454) == 2331);
}

TEST_CASE("the product of p and n is one of doubles, truncated", "[latency]") {
  CHECK(pawl::floor_index(0.29, 100) == 28);  // int(0.29 * 100), which is 28.999999999999996
  CHECK(pawl::floor_index(0.57, 100) == 56);
  CHECK(pawl::floor_index(0.58, 100) == 57);
  CHECK(pawl::floor_index(0.07, 100) == 7);  // 7.000000000000001
}

TEST_CASE("every quantile of one sample is that sample", "[latency]") {
  for (double const p : {0.0, 0.5, 0.99, 1.0}) CHECK(pawl::floor_index(p, 1) == 0);
}

TEST_CASE("a p outside of 0 to 1 means the nearer end", "[latency]") {
  CHECK(pawl::floor_index(0.0, 10) == 0);
  CHECK(pawl::floor_index(-0.1, 10) == 0);
  CHECK(pawl::floor_index(std::numeric_limits<double>::quiet_NaN(), 10) == 0);
  CHECK(pawl::floor_index(1.0, 10) == 9);
  CHECK(pawl::floor_index(7.0, 10) == 9);
  CHECK(pawl::floor_index(std::numeric_limits<double>::infinity(), 10) == 9);
}

TEST_CASE("the last index is never passed, whatever the rounding", "[latency]") {
  constexpr auto many = (std::numeric_limits<std::uint64_t>::max)();
  constexpr double almost = 1 - std::numeric_limits<double>::epsilon() / 2;
  CHECK(pawl::floor_index(almost, 10) == 9);
  CHECK(pawl::floor_index(almost, many >> 11) < (many >> 11));
  CHECK(pawl::floor_index(1.0, many) == many - 1);
}

TEST_CASE("a quantile is meaningful from the size on at which one sample is expected above it", "[latency]") {
  CHECK(pawl::meaningful(818, 0.99));
  CHECK_FALSE(pawl::meaningful(818, 0.999));
  CHECK_FALSE(pawl::meaningful(0, 0.5));
  CHECK_FALSE(pawl::meaningful(1, 0.5));
  CHECK(pawl::meaningful(2, 0.5));
  CHECK_FALSE(pawl::meaningful(19, 0.95));
  CHECK(pawl::meaningful(20, 0.95));
  CHECK_FALSE(pawl::meaningful(999, 0.999));
  CHECK(pawl::meaningful(1000, 0.999));
}

TEST_CASE("the rounding of 1 - p does not hide a quantile that is just meaningful", "[latency]") {
  CHECK(10 * (1 - 0.9) < 1);  // in doubles
  CHECK(pawl::meaningful(10, 0.9));
}

}  // namespace quantile_test
