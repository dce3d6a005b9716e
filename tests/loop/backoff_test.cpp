#include <set>

#include <pawl/loop/backoff.hpp>

#include "catch.hpp"

namespace backoff_test {

using namespace std::chrono_literals;

TEST_CASE("the longest wait doubles with each failure up to the cap, without overflow", "[loop]") {
  constexpr pawl::backoff b{1s, 60s};
  static_assert(b.bound(1) == 1s && b.bound(2) == 2s && b.bound(6) == 32s && b.bound(7) == 60s);
  static_assert(b.bound(1'000'000) == 60s);
  static_assert(pawl::backoff{90s, 60s}.bound(1) == 60s);
  static_assert(pawl::backoff{1s, std::chrono::nanoseconds::max()}.bound(200) == std::chrono::nanoseconds::max());
  pawl::backoff const at_run_time = b;
  CHECK(at_run_time.bound(7) == 60s);
  CHECK(at_run_time.bound(1'000'000) == 60s);
}

TEST_CASE("jitter is full: waits lie anywhere from nothing to the bound, and never beyond", "[loop]") {
  pawl::backoff const b{1s, 60s};
  pawl::jitter random(1);
  std::chrono::nanoseconds least = 1h, most{}, sum{};
  for (int i = 0; i < 10'000; ++i) {
    auto const wait = b.wait(3, random);
    least = (std::min)(least, wait);
    most = (std::max)(most, wait);
    sum += wait;
  }
  CHECK(least < 10ms);
  CHECK(most <= 4s);
  CHECK(most > 3990ms);
  CHECK(sum / 10'000 > 1900ms);
  CHECK(sum / 10'000 < 2100ms);
}

TEST_CASE("the same seed gives the same waits, another one others", "[loop]") {
  pawl::jitter a(42), b(42), c(43);
  bool same = true, other = false;
  for (int i = 0; i < 100; ++i) {
    auto const x = a.upto(1s), y = b.upto(1s), z = c.upto(1s);
    same = same && x == y;
    other = other || x != z;
  }
  CHECK(same);
  CHECK(other);
  CHECK(a.upto(0s) == 0s);
  CHECK(a.upto(-1s) == 0s);
}

}  // namespace backoff_test
