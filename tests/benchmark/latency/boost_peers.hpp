// Boost's counterparts, in a file of their own because their headers are expensive to compile.
#ifndef PAWL_TESTS_BENCHMARK_LATENCY_BOOST_PEERS_HPP
#define PAWL_TESTS_BENCHMARK_LATENCY_BOOST_PEERS_HPP

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>

namespace latency_benchmark {

struct peer {
  std::function<void()> record_all;      // the samples, into one histogram, each time into the same
  std::function<std::uint64_t()> count;  // of what was recorded
};

// 3500 bins whose width grows with the value, for 1 ns to 4.9 hours: about the memory of pawl's histogram, and like it
// filled one by one. It keeps no sum and no extremes.
peer boost_histogram(std::span<std::chrono::nanoseconds const> samples);

// Boost.Accumulators' estimate of five quantiles (extended P^2), with count, mean, min and max as pawl has them.
peer boost_accumulators(std::span<std::chrono::nanoseconds const> samples);

}  // namespace latency_benchmark

#endif
