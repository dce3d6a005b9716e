// The histogram's buckets, verified, including both ends of its range and beyond. Its error: error_bound_test.cpp.
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <pawl/latency/log_linear_collector.hpp>

#include "catch.hpp"

namespace log_linear_test {

using std::chrono::nanoseconds;
using namespace std::chrono_literals;

// Buckets follow one another without gap or overlap, from 0 to the end of the range, and both ends of each map back to
// it.
template <class Collector> constexpr bool buckets_are_a_bijection() {
  std::uint64_t expected = 0;
  for (std::size_t bucket = 0; bucket < Collector::bucket_count; ++bucket) {
    auto const lower = Collector::bucket_lower(bucket);
    auto const last = lower + (Collector::bucket_width(bucket) - 1);
    if (lower != expected || Collector::bucket_of(lower) != bucket || Collector::bucket_of(last) != bucket)
      return false;
    expected = last + 1;
  }
  return expected == Collector::range;
}
static_assert(buckets_are_a_bijection<pawl::log_linear_collector<7, 44>>());
static_assert(buckets_are_a_bijection<pawl::log_linear_collector<5, 44>>());
static_assert(buckets_are_a_bijection<pawl::log_linear_collector<1, 63>>());
static_assert(buckets_are_a_bijection<pawl::log_linear_collector<9, 30>>());

// The middle that a bucket is answered with is nearer than the promise to every duration in it.
template <class Collector> constexpr bool middles_are_near() {
  for (std::size_t bucket = 0; bucket < Collector::bucket_count; ++bucket) {
    auto const lower = Collector::bucket_lower(bucket);
    auto const below = (Collector::bucket_width(bucket) - 1) / 2;
    auto const above = Collector::bucket_width(bucket) - 1 - below;
    auto const last = lower + below + above;
    if (below != 0 && static_cast<double>(below) >= Collector::max_relative_error * static_cast<double>(lower))
      return false;
    if (above != 0 && static_cast<double>(above) >= Collector::max_relative_error * static_cast<double>(last))
      return false;
  }
  return true;
}
static_assert(middles_are_near<pawl::log_linear_collector<7, 44>>());
static_assert(middles_are_near<pawl::log_linear_collector<5, 44>>());

static_assert(pawl::log_linear_collector<>::bucket_count == 4864);
static_assert(sizeof(pawl::log_linear_collector<>) < 39 * 1024);
static_assert(pawl::log_linear_collector<>::max_relative_error < 0.004);
static_assert(pawl::log_linear_collector<>::method == "floor_index_log_linear_7");
static_assert(pawl::log_linear_collector<12>::method == "floor_index_log_linear_12");
static_assert(std::is_trivially_copyable_v<pawl::log_linear_collector<>>);
static_assert(noexcept(std::declval<pawl::log_linear_collector<>&>().record(std::declval<nanoseconds>())));

TEST_CASE("a quantile is never outside of what was recorded", "[latency]") {
  pawl::log_linear_collector<> collector;
  for (int i = 0; i < 9; ++i) collector.record(1'000'000'007ns);
  for (double const p : {0.0, 0.3, 0.5, 0.9, 1.0}) CHECK(collector.quantile(p) == 1'000'000'007ns);
}

TEST_CASE("durations beyond the range are counted as overflow and answered with the maximum", "[latency]") {
  using collector = pawl::log_linear_collector<7, 20>;
  collector some;
  auto const last = nanoseconds{static_cast<std::int64_t>(collector::range) - 1};
  some.record(last);
  CHECK(some.overflow() == 0);
  some.record(last + 1ns);
  some.record(5s);
  some.record((nanoseconds::max)());
  CHECK(some.overflow() == 3);
  CHECK(some.count() == 4);
  CHECK(some.quantile(0) == last);
  CHECK(some.quantile(0.25) == (nanoseconds::max)());
  CHECK(some.quantile(0.5) == (nanoseconds::max)());
  auto const snapshot = some.snapshot();
  CHECK(snapshot.overflow == 3);
  CHECK(snapshot.max == (nanoseconds::max)());
  CHECK(snapshot.quantile(0.5) == (nanoseconds::max)());
  collector other;
  other.record(1h);
  other.merge(some);
  CHECK(other.overflow() == 4);
}

TEST_CASE("four hours are within the default range, five are not", "[latency]") {
  pawl::log_linear_collector<> collector;
  collector.record(4h);
  CHECK(collector.overflow() == 0);
  collector.record(5h);
  CHECK(collector.overflow() == 1);
}

TEST_CASE("how many durations are at most a limit is counted by buckets, overflow and extremes included", "[latency]") {
  pawl::log_linear_collector<7, 20> some;
  CHECK(some.count_at_most(1h) == 0);
  for (auto const time : std::array<std::chrono::nanoseconds, 4>{-5ns, 10ns, 500000ns, 1h}) some.record(time);
  CHECK(some.count_at_most(-1ns) == 0);
  CHECK(some.count_at_most(0ns) == 1);
  CHECK(some.count_at_most(9ns) == 1);
  CHECK(some.count_at_most(10ns) == 2);
  CHECK(some.count_at_most(495'000ns) == 2);
  CHECK(some.count_at_most(500'000ns) == 3);
  CHECK(some.count_at_most(1min) == 3);
  CHECK(some.count_at_most(1h) == 4);
}

}  // namespace log_linear_test
