// The promises common to all collectors, tested on each of them.
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <type_traits>

#include <pawl/latency/collector.hpp>
#include <pawl/latency/exact_collector.hpp>
#include <pawl/latency/hybrid_collector.hpp>
#include <pawl/latency/log_linear_collector.hpp>

#include "catch.hpp"

namespace collector_test {

using std::chrono::nanoseconds;
using namespace std::chrono_literals;

#define EVERY_COLLECTOR                                                                                                \
  pawl::exact_collector, pawl::log_linear_collector<>, (pawl::log_linear_collector<10, 40>), pawl::hybrid_collector<>, \
      pawl::hybrid_collector<2>

static_assert(pawl::latency_collector<pawl::exact_collector>);
static_assert(pawl::latency_collector<pawl::log_linear_collector<>>);
static_assert(pawl::latency_collector<pawl::hybrid_collector<0>>);
static_assert(pawl::latency_collector<pawl::null_collector>);
static_assert(!pawl::latency_collector<int>);
static_assert(std::is_empty_v<pawl::null_collector>);

template <class Collector> Collector with(std::initializer_list<nanoseconds> durations) {
  Collector result;
  for (auto const duration : durations) result.record(duration);
  return result;
}

// Of a collector that changes over, the one it uses now.
template <class Collector> auto method_of(Collector const& collector) {
  if constexpr (requires { collector.method(); })
    return collector.method();
  else
    return Collector::method;
}

TEMPLATE_TEST_CASE("an empty collector has no quantile and a snapshot of zeros", "[latency]", EVERY_COLLECTOR,
                   pawl::null_collector) {
  TestType const empty{};
  CHECK(empty.count() == 0);
  CHECK(empty.quantile(0.5) == std::nullopt);
  auto const snapshot = empty.snapshot();
  CHECK(snapshot.count == 0);
  CHECK(snapshot.overflow == 0);
  CHECK(snapshot.min == 0ns);
  CHECK(snapshot.max == 0ns);
  CHECK(snapshot.mean.count() == 0);
  CHECK(snapshot.method == method_of(empty));
  CHECK(snapshot.quantiles.size() == 3);
  CHECK(snapshot.quantile(0.5) == std::nullopt);
}

TEMPLATE_TEST_CASE("every quantile of one sample is that sample, exactly", "[latency]", EVERY_COLLECTOR) {
  auto const one = with<TestType>({123'456'789ns});
  for (double const p : {0.0, 0.5, 0.99, 1.0}) CHECK(one.quantile(p) == 123'456'789ns);
  CHECK(one.snapshot().quantile(0.99) == 123'456'789ns);
}

TEMPLATE_TEST_CASE("the first and the last index are the true extremes", "[latency]", EVERY_COLLECTOR) {
  auto const some = with<TestType>({1'000'003ns, 2'000'003ns, 3'000'003ns, 999'999'937ns});
  CHECK(some.quantile(0) == 1'000'003ns);
  CHECK(some.quantile(1) == 999'999'937ns);
  CHECK(some.snapshot().min == 1'000'003ns);
  CHECK(some.snapshot().max == 999'999'937ns);
  auto const ends = with<TestType>({1'048'576ns, 1'056'767ns});  // the ends of one bucket of the histogram
  CHECK(ends.quantile(0) == 1'048'576ns);
  CHECK(ends.quantile(1) == 1'056'767ns);
}

TEMPLATE_TEST_CASE("count, sum and mean are exact", "[latency]", EVERY_COLLECTOR) {
  auto const snapshot = with<TestType>({1ns, 1'000'000ns, 333'333'331ns}).snapshot();
  CHECK(snapshot.count == 3);
  CHECK(snapshot.sum.count() == 334'333'332);
  CHECK(snapshot.mean.count() == 111'444'444);
}

TEMPLATE_TEST_CASE("durations below 256 ns are answered exactly", "[latency]", EVERY_COLLECTOR) {
  TestType collector;
  for (int i = 817; i >= 0; --i) collector.record(nanoseconds{i % 256});
  TestType ordered;
  for (int i = 0; i < 100; ++i) ordered.record(nanoseconds{i});
  CHECK(ordered.quantile(0.50) == 50ns);
  CHECK(ordered.quantile(0.95) == 95ns);
  CHECK(ordered.quantile(0.29) == 28ns);
  CHECK(collector.count() == 818);
}

TEMPLATE_TEST_CASE("a negative duration counts as 0", "[latency]", EVERY_COLLECTOR) {
  auto const snapshot = with<TestType>({-5ns, (nanoseconds::min)(), 7ns}).snapshot();
  CHECK(snapshot.count == 3);
  CHECK(snapshot.min == 0ns);
  CHECK(snapshot.max == 7ns);
  CHECK(snapshot.sum.count() == 7);
  CHECK(snapshot.quantile(0.5) == 0ns);
}

TEMPLATE_TEST_CASE("merging is the same as having recorded everything in one place", "[latency]", EVERY_COLLECTOR) {
  TestType all, first, second;
  std::uint64_t x = 42;
  for (int i = 0; i < 5000; ++i) {
    x = x * 6364136223846793005u + 1442695040888963407u;
    auto const duration = nanoseconds{static_cast<std::int64_t>(x >> (20 + (x & 31)))};
    all.record(duration);
    (i % 3 == 0 ? first : second).record(duration);
  }
  first.merge(second);
  first.merge(TestType{});
  auto const expected = all.snapshot();
  auto const merged = first.snapshot();
  CHECK(merged.count == expected.count);
  CHECK(merged.overflow == expected.overflow);
  CHECK(merged.min == expected.min);
  CHECK(merged.max == expected.max);
  CHECK(merged.sum.count() == expected.sum.count());
  for (double p = 0; p <= 1; p += 1.0 / 256) CHECK(first.quantile(p) == all.quantile(p));
}

TEMPLATE_TEST_CASE("merging into an empty collector keeps the extremes", "[latency]", EVERY_COLLECTOR) {
  TestType empty;
  empty.merge(with<TestType>({5ns, 9ns}));
  CHECK(empty.snapshot().min == 5ns);
  CHECK(empty.snapshot().max == 9ns);
}

TEMPLATE_TEST_CASE("a collector merged into itself holds everything twice", "[latency]", EVERY_COLLECTOR) {
  auto collector = with<TestType>({1ns, 2ns, 30ns});
  collector.merge(collector);
  auto const snapshot = collector.snapshot();
  CHECK(snapshot.count == 6);
  CHECK(snapshot.sum.count() == 66);
  CHECK(collector.quantile(0.5) == 2ns);
  CHECK(snapshot.max == 30ns);
}

TEMPLATE_TEST_CASE("a snapshot answers the quantiles it was asked for, in their order", "[latency]", EVERY_COLLECTOR) {
  TestType collector;
  for (int i = 0; i < 1000; ++i) collector.record(nanoseconds{(i * 617) % 1000 * 1000});
  constexpr std::array ps{0.99, 0.0, 0.5, 1.0, 0.5};
  auto const snapshot = collector.snapshot(ps);
  REQUIRE(snapshot.quantiles.size() == ps.size());
  for (std::size_t i = 0; i < ps.size(); ++i) {
    CHECK(snapshot.quantiles[i].p == ps[i]);
    CHECK(snapshot.quantiles[i].value == collector.quantile(ps[i]));
  }
  CHECK(snapshot.quantile(0.99) == collector.quantile(0.99));
  CHECK(snapshot.quantile(0.25) == std::nullopt);
}

TEMPLATE_TEST_CASE("a sum of more than 64 bits is still right", "[latency]", EVERY_COLLECTOR) {
  TestType collector;
  for (int i = 0; i < 5; ++i) collector.record((nanoseconds::max)());
  TestType twice = collector;
  twice.merge(collector);
  CHECK(twice.snapshot().mean.count() == Approx(0x1p63));
  CHECK(twice.snapshot().sum.count() == Approx(10 * 0x1p63));
}

#undef EVERY_COLLECTOR

}  // namespace collector_test
