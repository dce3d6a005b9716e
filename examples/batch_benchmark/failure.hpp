// The exception that ends the program early.
#ifndef BATCH_BENCHMARK_FAILURE_HPP
#define BATCH_BENCHMARK_FAILURE_HPP

#include <stdexcept>
#include <string>

namespace batch_benchmark {

enum class exit_code : int { ok = 0, fatal = 1, usage = 2, not_indexed = 3, gate = 5, signal = 128 };

// A sentence for stderr, and the exit code.
class failure : public std::runtime_error {
 public:
  failure(exit_code c, std::string const& sentence) : std::runtime_error(sentence), code(c) {}
  exit_code code;
};

}  // namespace batch_benchmark

#endif
