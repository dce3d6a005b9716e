// Arithmetic on times at the ends of their range.
#include <chrono>
#include <cstdint>

#include <pawl/loop/clock.hpp>
#include <pawl/loop/saturated.hpp>

#include "catch.hpp"

namespace saturated_test {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

TEST_CASE("a sum or difference of times stops at the ends of their range", "[loop]") {
  using pawl::detail::saturated_difference;
  using pawl::detail::saturated_product;
  using pawl::detail::saturated_sum;
  using system_time = std::chrono::sys_time<nanoseconds>;
  constexpr auto most = (nanoseconds::max)(), least = (nanoseconds::min)();
  static_assert(saturated_sum(1s, 2s) == 3s && saturated_sum(1s, -2s) == -1s);
  static_assert(saturated_sum(most, 1ns) == most && saturated_sum(1ns, most) == most &&
                saturated_sum(most, -1ns) < most);
  static_assert(saturated_sum(least, -1ns) == least && saturated_sum(-1ns, least) == least);
  static_assert(saturated_difference(3s, 2s) == 1s && saturated_difference(2s, -1s) == 3s);
  static_assert(saturated_difference(most, -1ns) == most && saturated_difference(0ns, least) == most);
  static_assert(saturated_difference(least, 1ns) == least && saturated_difference(-2ns, most) == least);
  static_assert(saturated_product(2s, 3) == 6s && saturated_product(0s, SIZE_MAX) == 0s);
  static_assert(saturated_product(24h, SIZE_MAX) == most && saturated_product(most, 2) == most);
  static_assert(saturated_sum(system_time(most), 1s) == (system_time::max)());
  CHECK(saturated_sum(least, most) == -1ns);
}

TEST_CASE("a clock that has jumped to the end of all time stays there", "[loop]") {
  pawl::warp_clock clock;
  clock.jump_to((nanoseconds::max)());
  for (int i = 0; i < 1000; ++i) REQUIRE(clock.now() > (nanoseconds::max)() - 1h);
}

}  // namespace saturated_test
