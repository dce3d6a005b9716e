// The exact collector against the definition, written out.
#include <chrono>
#include <vector>

#include <pawl/latency/exact_collector.hpp>

#include "catch.hpp"

namespace exact_collector_test {

using std::chrono::nanoseconds;
using namespace std::chrono_literals;

TEST_CASE("of 818 samples in any order the exact collector answers the one at index min(int(p * n), n - 1)",
          "[latency]") {
  pawl::exact_collector collector;
  collector.reserve(818);
  for (int i = 0; i < 818; ++i) collector.record(nanoseconds{(i * 401) % 818 * 1'000'003LL});  // 401 is coprime to 818
  CHECK(collector.quantile(0.5) == nanoseconds{409 * 1'000'003LL});
  CHECK(collector.quantile(0.95) == nanoseconds{777 * 1'000'003LL});
  CHECK(collector.quantile(0.99) == nanoseconds{809 * 1'000'003LL});
  CHECK(collector.quantile(0.999) == nanoseconds{817 * 1'000'003LL});
  CHECK(collector.snapshot().quantile(0.95) == nanoseconds{777 * 1'000'003LL});
}

TEST_CASE("the samples stay in the order of recording, queries and merges included", "[latency]") {
  pawl::exact_collector first, second;
  for (auto const duration : {9ns, 1ns, 5ns}) first.record(duration);
  second.record(3ns);
  second.record(-2ns);
  (void)first.quantile(0.5);
  (void)first.snapshot();
  first.merge(second);
  CHECK(std::vector(first.samples().begin(), first.samples().end()) == std::vector{9ns, 1ns, 5ns, 3ns, 0ns});
}

TEST_CASE("within the reserved room nothing is allocated", "[latency]") {
  pawl::exact_collector collector;
  collector.reserve(100);
  collector.record(1ns);
  auto const* const where = collector.samples().data();
  for (int i = 1; i < 100; ++i) collector.record(1ns);
  CHECK(collector.samples().data() == where);
}

TEST_CASE("the exact collector names its method as the reports do", "[latency]") {
  CHECK(pawl::exact_collector::method == "floor_index");
}

TEST_CASE("how many durations are at most a limit is counted exactly", "[latency]") {
  pawl::exact_collector some;
  for (auto const time : {-5ns, 1ns, 2ns, 2ns, 9ns}) some.record(time);
  CHECK(some.count_at_most(-1ns) == 0);
  CHECK(some.count_at_most(0ns) == 1);
  CHECK(some.count_at_most(2ns) == 4);
  CHECK(some.count_at_most(8ns) == 4);
  CHECK(some.count_at_most(9ns) == 5);
}

}  // namespace exact_collector_test
