// What this program was built with and runs on, for reports and --version.
#ifndef BATCH_BENCHMARK_VERSIONS_HPP
#define BATCH_BENCHMARK_VERSIONS_HPP

#include <string>
#include <utility>
#include <vector>

namespace batch_benchmark {

// (name, version) of pawl, sqlite, libpq, boost, fmt and the compiler. SQLite's is the one that runs, and the one that it was
// compiled with where they differ.
std::vector<std::pair<std::string, std::string>> versions();

}  // namespace batch_benchmark

#endif
