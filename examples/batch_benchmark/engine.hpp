// Runs one configuration in one mode on one of the clocks. Its implementation contains everything that needs Asio.
#ifndef BATCH_BENCHMARK_ENGINE_HPP
#define BATCH_BENCHMARK_ENGINE_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "file_set.hpp"
#include "files_database.hpp"
#include "measurements.hpp"
#include "settings.hpp"

namespace batch_benchmark {

struct run_request {
  mode how;
  configuration what;
  file_set const& files;
  std::chrono::nanoseconds delay;  // of each call of the remote
  files_database& database;        // with a row for each of the files
};

struct run_outcome {
  std::chrono::nanoseconds elapsed{};            // by the loop's clock, from the start of the intake to the end
  std::chrono::nanoseconds jumped{};             // of these; the rest is real
  std::uintmax_t log_before = 0, log_after = 0;  // bytes of the write-ahead log
  bool stopped = false;                          // by a signal
  std::string why_not_all;                       // of the first file that was given up, if one was
};

class engine {
 public:
  engine() = default;
  engine(engine const&) = delete;
  engine& operator=(engine const&) = delete;
  virtual ~engine() = default;

  virtual std::chrono::nanoseconds now() const = 0;
  // Throws what the library throws when the database breaks.
  virtual run_outcome run(run_request const& request, measurements& to) = 0;
  // The signal that asked for a stop, or 0. After one, run() takes no file any more.
  virtual int signal() const = 0;
};

// From here on SIGINT and SIGTERM ask for a stop, once.
std::unique_ptr<engine> make_engine(clock_kind clock);

}  // namespace batch_benchmark

#endif
