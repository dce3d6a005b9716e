// The command line options.
#ifndef BATCH_BENCHMARK_OPTIONS_HPP
#define BATCH_BENCHMARK_OPTIONS_HPP

#include <optional>
#include <string>

#include "settings.hpp"

namespace batch_benchmark {

// Nothing: --help or --version has been answered on stdout. Throws failure (usage) with one sentence.
std::optional<settings> parse_options(int argc, char const* const* argv);

}  // namespace batch_benchmark

#endif
