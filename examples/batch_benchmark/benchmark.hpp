// Runs the whole benchmark: every mode and every configuration in turn.
#ifndef BATCH_BENCHMARK_BENCHMARK_HPP
#define BATCH_BENCHMARK_BENCHMARK_HPP

#include "engine.hpp"
#include "results.hpp"
#include "settings.hpp"

namespace batch_benchmark {

// Throws failure: not_indexed when a configuration did not bring every file to its end, fatal when there is no place
// for the databases. After a signal it returns what there is.
benchmark_result run_benchmark(settings const& asked, engine& on);

}  // namespace batch_benchmark

#endif
