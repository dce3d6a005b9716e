// Shows the benchmark's progress on stderr.
#ifndef BATCH_BENCHMARK_PROGRESS_HPP
#define BATCH_BENCHMARK_PROGRESS_HPP

#include <chrono>
#include <cstddef>
#include <string>

#include "../progress_line.hpp"
#include "settings.hpp"

namespace batch_benchmark {

// A bar that is redrawn at most ten times a second, or a line every few seconds. Rate and time left are those of the
// configuration at hand, in real time. An update that shows nothing costs one reading of the clock.
class progress {
 public:
  progress(progress_kind kind, std::size_t configurations);
  progress(progress const&) = delete;
  progress& operator=(progress const&) = delete;

  // The next configuration begins.
  void begin(std::string label, std::size_t files);
  // One file more is done.
  void advance();
  // Gives the line of the bar back to others.
  void clear() { line_.clear(); }

 private:
  using clock = std::chrono::steady_clock;
  std::string words(clock::time_point now) const;
  void show(clock::time_point now);

  progress_kind kind_;
  std::size_t configurations_;
  std::size_t at_ = 0;
  std::string label_;
  std::size_t files_ = 0;
  std::size_t done_ = 0;
  clock::time_point began_{};
  clock::time_point shown_{};
  progress_line line_;
};

}  // namespace batch_benchmark

#endif
