// The collectors' error bound, verified against sorted samples of many distributions.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <pawl/latency/exact_collector.hpp>
#include <pawl/latency/hybrid_collector.hpp>
#include <pawl/latency/log_linear_collector.hpp>
#include <pawl/latency/per_thread.hpp>
#include <pawl/latency/quantile.hpp>

#include "catch.hpp"

namespace error_bound_test {

using std::chrono::nanoseconds;

struct distribution {
  std::string name;
  std::function<double(std::mt19937_64&)> draw;
};

static double uniform(std::mt19937_64& random) { return static_cast<double>(random() >> 11) * 0x1p-53; }

static double normal(std::mt19937_64& random) {  // Box-Muller: the same numbers with every standard library
  return std::sqrt(-2 * std::log(1 - uniform(random))) * std::cos(6.283185307179586 * uniform(random));
}

// The first or the last duration of some bucket, where a middle is farthest away.
template <class Histogram> double edge(std::mt19937_64& random) {
  auto const bucket = random() % Histogram::bucket_count;
  auto const lower = Histogram::bucket_lower(bucket);
  return static_cast<double>(random() % 2 == 0 ? lower : lower + (Histogram::bucket_width(bucket) - 1));
}

static std::vector<distribution> distributions() {
  return {
      {"uniform, up to 1 ms", [](auto& random) { return 1e6 * uniform(random); }},
      {"exponential, mean 50 us", [](auto& random) { return -5e4 * std::log(1 - uniform(random)); }},
      {"log-normal, median 2 s", [](auto& random) { return 2e9 * std::exp(0.25 * normal(random)); }},
      {"log-uniform, 100 ns to 10 s", [](auto& random) { return std::pow(10, 2 + 8 * uniform(random)); }},
      {"Pareto, from 20 us", [](auto& random) { return 2e4 / std::pow(1 - uniform(random), 1 / 1.5); }},
      {"two modes, 10 us and 2 s",
       [](auto& random) { return uniform(random) < 0.98 ? 1e4 + 100 * uniform(random) : 2e9; }},
      {"constant", [](auto&) { return 4'012'345'678.0; }},
      {"small integers", [](auto& random) { return std::floor(300 * uniform(random)); }},
      {"edges of 2^5 buckets", edge<pawl::log_linear_collector<5>>},
      {"edges of 2^7 buckets", edge<pawl::log_linear_collector<7>>},
      {"edges of 2^10 buckets", edge<pawl::log_linear_collector<10>>},
      {"powers of two and their neighbours",
       [](auto& random) {
         return std::ldexp(1.0, static_cast<int>(2 + random() % 40)) + static_cast<double>(random() % 3) - 1;
       }},
  };
}

static std::vector<nanoseconds> samples_of(distribution const& from, std::size_t count) {
  std::mt19937_64 random{42};
  std::vector<nanoseconds> result;
  for (std::size_t i = 0; i < count; ++i) result.emplace_back(static_cast<std::int64_t>(from.draw(random)));
  return result;
}

static std::vector<double> dense_grid() {
  std::vector<double> ps;
  for (int i = 1; i < 2000; ++i) ps.push_back(i / 2000.0);
  return ps;
}

// The greatest relative error of a snapshot's quantiles, where `ordered` are all samples, in order.
static double worst_error(pawl::latency_snapshot const& answer, std::vector<nanoseconds> const& ordered) {
  double worst = 0;
  for (auto const& [p, value] : answer.quantiles) {
    auto const truth = ordered[static_cast<std::size_t>(pawl::floor_index(p, ordered.size()))];
    auto const off = static_cast<double>(std::abs((value - truth).count()));
    if (off != 0) worst = (std::max)(worst, off / static_cast<double>(truth.count()));  // of 0 all is too far: infinity
  }
  return worst;
}

// What is left of a collector after many samples: 0 where it keeps them.
template <class Collector> constexpr double bound_of = Collector::max_relative_error;
template <> inline constexpr double bound_of<pawl::exact_collector> = 0;
template <> inline constexpr double bound_of<pawl::hybrid_collector<100'000>> = 0;
template <class Collector> inline constexpr double bound_of<pawl::per_thread<Collector>> = bound_of<Collector>;

#define EVERY_COLLECTOR                                                                                               \
  pawl::exact_collector, pawl::log_linear_collector<1>, pawl::log_linear_collector<5>, pawl::log_linear_collector<7>, \
      pawl::log_linear_collector<10>, pawl::log_linear_collector<14>, pawl::hybrid_collector<>,                       \
      (pawl::hybrid_collector<1000, 5>), pawl::hybrid_collector<100'000>,                                             \
      pawl::per_thread<pawl::log_linear_collector<7>>, pawl::per_thread<pawl::hybrid_collector<>>

TEMPLATE_TEST_CASE("every quantile is within the error that its collector promises, and the rest is exact", "[latency]",
                   EVERY_COLLECTOR) {
  constexpr double bound = bound_of<TestType>;
  auto const ps = dense_grid();
  double worst_of_all = 0;
  for (auto const& distribution : error_bound_test::distributions()) {
    auto samples = samples_of(distribution, 20'000);
    auto const collector = std::make_unique<TestType>();  // some are large for a stack
    std::uint64_t sum = 0;
    for (auto const sample : samples) {
      collector->record(sample);
      sum += static_cast<std::uint64_t>(sample.count());
    }
    std::sort(samples.begin(), samples.end());
    auto const answer = collector->snapshot(ps);
    auto const worst = worst_error(answer, samples);
    INFO(distribution.name << ": worst error " << worst);
    CHECK((worst == 0 || worst < bound));
    CHECK(answer.count == samples.size());
    CHECK(answer.overflow == 0);
    CHECK(answer.min == samples.front());
    CHECK(answer.max == samples.back());
    CHECK(answer.sum.count() == static_cast<double>(sum));
    CHECK(answer.mean.count() == static_cast<double>(sum) / 20'000);
    worst_of_all = (std::max)(worst_of_all, worst);
  }
  // And no smaller bound would be true: some of these distributions come near it.
  CHECK(worst_of_all >= 0.9 * bound);
}

TEST_CASE("a collector that changes over has no error before it does", "[latency]") {
  for (auto const& distribution : error_bound_test::distributions()) {
    auto samples = samples_of(distribution, 4096);
    pawl::hybrid_collector<> collector;
    for (auto const sample : samples) collector.record(sample);
    std::sort(samples.begin(), samples.end());
    INFO(distribution.name);
    CHECK(worst_error(collector.snapshot(dense_grid()), samples) == 0);
    collector.record(samples.front());
    samples.insert(samples.begin(), samples.front());
    CHECK(worst_error(collector.snapshot(dense_grid()), samples) < collector.max_relative_error);
  }
}

#undef EVERY_COLLECTOR

}  // namespace error_bound_test
