// A collector read while it is written. Also run under ThreadSanitizer.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

#include <pawl/latency/exact_collector.hpp>
#include <pawl/latency/hybrid_collector.hpp>
#include <pawl/latency/log_linear_collector.hpp>
#include <pawl/latency/single_writer.hpp>

#include "catch.hpp"

namespace single_writer_test {

using std::chrono::nanoseconds;
using namespace std::chrono_literals;

#define EVERY_COLLECTOR \
  pawl::exact_collector, pawl::log_linear_collector<>, (pawl::log_linear_collector<5, 30>), pawl::hybrid_collector<100>

TEMPLATE_TEST_CASE("a single writer holds what its collector would", "[latency]", EVERY_COLLECTOR) {
  pawl::single_writer<TestType> writer;
  CHECK(writer.read().count() == 0);
  CHECK(writer.read().snapshot().max == 0ns);
  TestType expected;
  for (int i = 0; i < 500; ++i) {
    auto const duration = i % 100 == 7 ? (nanoseconds::max)() : nanoseconds{(i - 3) * 123'457LL * (i % 5 + 1)};
    writer.record(duration);
    expected.record(duration);
  }
  auto twice = writer.read();
  for (int time = 0; time < 2; ++time) {
    auto const answer = twice.snapshot(), truth = expected.snapshot();
    CHECK(answer.count == truth.count);
    CHECK(answer.overflow == truth.overflow);
    CHECK(answer.min == truth.min);
    CHECK(answer.max == truth.max);
    CHECK(answer.sum.count() == truth.sum.count());  // of more than 2^64 ns
    CHECK(answer.method == truth.method);
    for (int i = 0; i <= 100; ++i) CHECK(twice.quantile(i / 100.0) == expected.quantile(i / 100.0));
    writer.add_to(twice);
    expected.merge(TestType{expected});
  }
}

// All that a reader can know of a writer that goes on: what was recorded before it looked is there, and what it sees
// agrees with itself.
TEMPLATE_TEST_CASE("a single writer may be read while it records", "[latency]", EVERY_COLLECTOR) {
  constexpr std::int64_t most = 20'000, longest = 1'000'000;
  auto const nth = [](std::int64_t i) { return nanoseconds{longest - 10 * i}; };  // each is the shortest so far
  pawl::single_writer<TestType> writer;
  std::atomic<std::int64_t> recorded{0};
  std::thread recording{[&] {
    for (std::int64_t i = 0; i < most; ++i) {
      writer.record(nth(i));
      recorded.store(i + 1, std::memory_order_release);
    }
  }};
  bool sound = true;
  for (std::int64_t count = 0, before = 0; count < most; before = count) {
    auto const known = recorded.load(std::memory_order_acquire);
    auto const seen = writer.read().snapshot();
    count = static_cast<std::int64_t>(seen.count);
    sound = sound && count >= known && count >= before && count <= most;
    if (count == 0) continue;
    sound = sound && seen.max == nth(0) && seen.min <= nth(count - 1) && seen.min >= nth(most - 1);
    for (auto const& point : seen.quantiles) sound = sound && seen.min <= point.value && point.value <= seen.max;
    std::this_thread::yield();
  }
  recording.join();
  CHECK(sound);
}

TEST_CASE("a sum that is carried over is never seen half", "[latency]") {
  // Nearly every other record carries. Few buckets, so that many looks fall between them.
  constexpr std::int64_t each = 0x7000'0000'0000'0000;
  constexpr std::uint64_t most = 500'000;
  pawl::single_writer<pawl::log_linear_collector<1, 10>> writer;
  std::thread recording{[&] {
    for (std::uint64_t i = 0; i < most; ++i) writer.record(nanoseconds{each});
  }};
  double missing = 0;  // of the sum, in records: it may run ahead of the count, and never behind
  for (std::uint64_t count = 0; count < most;) {
    auto const seen = writer.read().snapshot();
    count = seen.count;
    missing = (std::max)(missing, static_cast<double>(count) - seen.sum.count() / static_cast<double>(each));
  }
  recording.join();
  CHECK(missing < 0.01);
  CHECK(writer.read().snapshot().mean.count() == Approx(static_cast<double>(each)));
}

#undef EVERY_COLLECTOR

}  // namespace single_writer_test
