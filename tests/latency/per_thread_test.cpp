// A collector for many threads: nothing is lost, in whatever order threads and objects are created and destroyed. Also
// run under ThreadSanitizer.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include <pawl/latency/exact_collector.hpp>
#include <pawl/latency/hybrid_collector.hpp>
#include <pawl/latency/log_linear_collector.hpp>
#include <pawl/latency/per_thread.hpp>

#include "catch.hpp"

namespace per_thread_test {

using std::chrono::nanoseconds;
using namespace std::chrono_literals;

#define EVERY_COLLECTOR pawl::exact_collector, pawl::log_linear_collector<>, pawl::hybrid_collector<1000>

// Runs it on a new thread, until it is over.
template <class Work> void on_a_thread(Work work) { std::thread{work}.join(); }

// A collector that tells how many of its kind there are.
class counted {
 public:
  counted() { ++alive; }
  counted(counted const& other) : inner_{other.inner_} { ++alive; }
  counted& operator=(counted const&) = default;
  ~counted() { --alive; }

  void record(nanoseconds duration) { inner_.record(duration); }
  void merge(counted const& other) { inner_.merge(other.inner_); }
  std::uint64_t count() const noexcept { return inner_.count(); }
  std::optional<nanoseconds> quantile(double p) const { return inner_.quantile(p); }
  pawl::latency_snapshot snapshot(std::span<double const> ps = pawl::usual_quantiles) const {
    return inner_.snapshot(ps);
  }

  inline static std::atomic<int> alive{0};

 private:
  pawl::exact_collector inner_{};
};

TEMPLATE_TEST_CASE("what many threads recorded is what one would have", "[latency]", EVERY_COLLECTOR) {
  constexpr int threads = 4, each = 5000;
  auto const nth = [](int thread, int i) { return nanoseconds{(i * 1'000'003LL + thread * 777LL) % 10'000'019}; };
  pawl::per_thread<TestType> all;
  CHECK(all.count() == 0);
  CHECK(all.quantile(0.5) == std::nullopt);
  TestType expected;
  std::vector<std::thread> running;
  for (int thread = 0; thread < threads; ++thread) {
    for (int i = 0; i < each; ++i) expected.record(nth(thread, i));
    running.emplace_back([&, thread] {
      for (int i = 0; i < each; ++i) all.record(nth(thread, i));
    });
  }
  for (auto& thread : running) thread.join();
  auto const answer = all.snapshot(), truth = expected.snapshot();
  CHECK(answer.count == truth.count);
  CHECK(answer.min == truth.min);
  CHECK(answer.max == truth.max);
  CHECK(answer.sum.count() == truth.sum.count());
  CHECK(answer.method == truth.method);
  CHECK(all.count() == threads * each);
  for (int i = 0; i <= 100; ++i) CHECK(all.merged().quantile(i / 100.0) == expected.quantile(i / 100.0));
  CHECK(all.quantile(0.5) == expected.quantile(0.5));
}

TEMPLATE_TEST_CASE("a collector of many threads may be read while they record and while they end", "[latency]",
                   EVERY_COLLECTOR) {
  constexpr std::uint64_t rounds = 20, threads = 2, each = 200, most = rounds * threads * each;
  pawl::per_thread<TestType> all;
  std::atomic<std::uint64_t> recorded{0};
  std::thread starting{[&] {
    for (std::uint64_t round = 0; round < rounds; ++round) {
      std::vector<std::thread> running;
      for (std::uint64_t thread = 0; thread < threads; ++thread)
        running.emplace_back([&] {
          for (std::uint64_t i = 0; i < each; ++i) {
            all.record(5us);
            recorded.fetch_add(1, std::memory_order_release);
          }
        });
      for (auto& thread : running) thread.join();
    }
  }};
  bool sound = true;
  for (std::uint64_t count = 0, before = 0; count < most; before = count) {
    auto const known = recorded.load(std::memory_order_acquire);
    count = all.count();
    sound = sound && count >= known && count >= before && count <= most;
    std::this_thread::yield();
  }
  starting.join();
  CHECK(sound);
  CHECK(all.snapshot().sum.count() == 5000.0 * static_cast<double>(most));
}

TEST_CASE("two collectors that one thread uses in turn do not mix", "[latency]") {
  pawl::per_thread<pawl::exact_collector> seconds, minutes;
  on_a_thread([&] {
    for (int i = 0; i < 3; ++i) {
      seconds.record(1s);
      minutes.record(1min);
    }
    seconds.record(1s);
  });
  seconds.record(1s);
  CHECK(seconds.count() == 5);
  CHECK(seconds.snapshot().max == 1s);
  CHECK(minutes.count() == 3);
  CHECK(minutes.snapshot().min == 1min);
}

TEST_CASE("a collector in the place of one that is gone begins with nothing", "[latency]") {
  std::optional<pawl::per_thread<pawl::exact_collector>> place;
  for (int i = 0; i < 3; ++i) {
    place.emplace();
    CHECK(place->count() == 0);
    place->record(1s);
    CHECK(place->count() == 1);
  }
}

TEST_CASE("threads that come one after another share a slot, and none of them loses what it recorded", "[latency]") {
  REQUIRE(counted::alive == 0);
  {
    pawl::per_thread<counted> all;
    for (int i = 0; i < 10; ++i) on_a_thread([&] { all.record(1s); });
    CHECK(counted::alive == 1);
    CHECK(all.count() == 10);
    on_a_thread([&] {
      all.record(1s);
      on_a_thread([&] { all.record(1s); });
      CHECK(counted::alive == 2);
    });
    CHECK(counted::alive == 2);
    CHECK(all.count() == 12);
  }
  CHECK(counted::alive == 0);
}

TEST_CASE("a collector may end before the threads that recorded into it", "[latency]") {
  REQUIRE(counted::alive == 0);
  on_a_thread([] {
    auto first = std::make_unique<pawl::per_thread<counted>>();
    pawl::per_thread<counted> second;
    first->record(1s);
    first.reset();
    CHECK(counted::alive == 1);  // the thread's, of the first
    second.record(1s);
    CHECK(counted::alive == 1);  // of the second
    CHECK(second.count() == 1);
    pawl::per_thread<counted> third;
    second.record(1s);
    third.record(1s);
    CHECK(counted::alive == 2);
    CHECK(second.count() == 2);
  });
  CHECK(counted::alive == 0);
}

#ifndef __MINGW32__  // where a thread's own objects are no longer in its memory when they are destroyed
// Made before the thread's first record and so destroyed after what that made.
struct records_at_the_end {
  pawl::per_thread<counted>* into = nullptr;
  ~records_at_the_end() {
    for (int i = 0; into != nullptr && i < 3; ++i) into->record(1s);
  }
};

TEST_CASE("a thread may record to its very end", "[latency]") {
  REQUIRE(counted::alive == 0);
  {
    pawl::per_thread<counted> all;
    for (int i = 0; i < 2; ++i)
      on_a_thread([&] {
        static thread_local records_at_the_end last;
        last.into = &all;
        all.record(1s);
      });
    CHECK(all.count() == 8);
    CHECK(counted::alive == 1);
  }
  CHECK(counted::alive == 0);
}
#endif

#undef EVERY_COLLECTOR

}  // namespace per_thread_test
