// The hybrid collector: when it switches, that nothing is lost then, and that it reports its current method.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include <pawl/latency/exact_collector.hpp>
#include <pawl/latency/hybrid_collector.hpp>
#include <pawl/latency/log_linear_collector.hpp>

#include "catch.hpp"

namespace hybrid_collector_test {

using std::chrono::nanoseconds;
using namespace std::chrono_literals;

using hybrid = pawl::hybrid_collector<100, 5, 40>;
using histogram = pawl::log_linear_collector<5, 40>;

// The i-th of a row of durations that are far apart, so that a bucket's middle is not one of them.
static nanoseconds sample(std::size_t i) { return nanoseconds{1'000'003 + static_cast<std::int64_t>(i) * 777'777}; }

template <class Collector> Collector with(std::size_t first, std::size_t last) {
  Collector result;
  for (auto i = first; i < last; ++i) result.record(sample(i));
  return result;
}

// Whether both answer every question alike.
template <class Left, class Right> bool alike(Left const& left, Right const& right) {
  auto const a = left.snapshot(), b = right.snapshot();
  bool same = a.count == b.count && a.overflow == b.overflow && a.min == b.min && a.max == b.max &&
              a.sum.count() == b.sum.count() && a.method == b.method;
  for (int i = -1; i <= 201; ++i) same = same && left.quantile(i / 200.0) == right.quantile(i / 200.0);
  for (std::size_t i = 0; i < 250; ++i) same = same && left.count_at_most(sample(i)) == right.count_at_most(sample(i));
  return same;
}

static_assert(pawl::hybrid_collector<>::most_exact == 4096);
static_assert(pawl::hybrid_collector<>::max_relative_error == pawl::log_linear_collector<>::max_relative_error);

TEST_CASE("the hybrid collector is exact up to its last exact sample, and a histogram from the next one on",
          "[latency]") {
  auto some = with<hybrid>(0, 100);
  CHECK(some.exact());
  CHECK(some.method() == "floor_index");
  CHECK(alike(some, with<pawl::exact_collector>(0, 100)));
  some.record(sample(100));
  CHECK_FALSE(some.exact());
  CHECK(some.method() == "floor_index_log_linear_5");
  CHECK(alike(some, with<histogram>(0, 101)));
  for (std::size_t i = 101; i < 250; ++i) some.record(sample(i));
  CHECK(alike(some, with<histogram>(0, 250)));
}

TEST_CASE("two hybrid collectors merge into what one that recorded everything would be", "[latency]") {
  // Exact and exact, that fit and that do not; exact and histogram; histogram and exact; two histograms; with nothing.
  std::pair<std::size_t, std::size_t> const sizes[] = {{40, 60},   {40, 61},   {100, 1}, {1, 100}, {20, 130}, {130, 20},
                                                       {101, 149}, {100, 100}, {0, 120}, {120, 0}, {0, 0}};
  for (auto const& [mine, more] : sizes) {
    INFO(mine << " and " << more);
    auto merged = with<hybrid>(0, mine);
    auto const other = with<hybrid>(mine, mine + more);
    merged.merge(other);
    CHECK(alike(merged, with<hybrid>(0, mine + more)));
    CHECK(alike(other, with<hybrid>(mine, mine + more)));
  }
}

TEST_CASE("a hybrid collector merged into itself holds everything twice, whichever it is", "[latency]") {
  for (std::size_t const size : {50u, 51u, 150u}) {
    INFO(size);
    auto twice = with<hybrid>(0, size);
    auto expected = twice;
    expected.merge(with<hybrid>(0, size));
    twice.merge(twice);
    CHECK(twice.count() == 2 * size);
    CHECK(alike(twice, expected));
  }
}

TEST_CASE("a copy of a hybrid collector is one of its own", "[latency]") {
  for (std::size_t const size : {10u, 150u}) {
    INFO(size);
    auto const original = with<hybrid>(0, size);
    auto copy = original;
    copy.record(1ns);
    CHECK(copy.count() == size + 1);
    CHECK(alike(original, with<hybrid>(0, size)));
    copy = original;
    CHECK(alike(copy, original));
    auto moved = std::move(copy);
    CHECK(alike(moved, original));
  }
}

TEST_CASE("what a hybrid collector expects settles early what it is", "[latency]") {
  hybrid few, many;
  few.expect(100);
  many.expect(101);
  CHECK(few.exact());
  CHECK_FALSE(many.exact());
  CHECK(many.quantile(0.5) == std::nullopt);
  CHECK(many.snapshot().method == histogram::method);
  many.record(5s);
  CHECK(many.quantile(0.5) == 5s);

  auto has_some = with<hybrid>(0, 20);
  has_some.expect((std::numeric_limits<std::size_t>::max)());
  CHECK(alike(has_some, with<histogram>(0, 20)));
  has_some.expect(1);  // there is no way back
  CHECK(alike(has_some, with<histogram>(0, 20)));
}

TEST_CASE("a hybrid collector may be exact for no sample at all", "[latency]") {
  pawl::hybrid_collector<0, 5, 40> none;
  none.record(sample(0));
  CHECK_FALSE(none.exact());
  CHECK(alike(none, with<histogram>(0, 1)));
}

TEST_CASE("durations beyond the histogram's range are exact first and overflow later", "[latency]") {
  hybrid some;
  some.record(1h);  // 2^40 ns are 18 minutes
  some.record(2h);
  some.record(1ns);
  CHECK(some.overflow() == 0);
  CHECK(some.quantile(0.5) == 1h);
  some.expect(101);
  CHECK(some.overflow() == 2);
  CHECK(some.snapshot().overflow == 2);
  CHECK(some.quantile(0.5) == 2h);
}

}  // namespace hybrid_collector_test
