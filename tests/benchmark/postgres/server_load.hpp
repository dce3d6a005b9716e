// The processor's time of a server's processes, and how long the disk takes to keep what is written.
#ifndef PAWL_TESTS_BENCHMARK_POSTGRES_SERVER_LOAD_HPP
#define PAWL_TESTS_BENCHMARK_POSTGRES_SERVER_LOAD_HPP

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "benchmark/measuring.hpp"
#include "files.hpp"

namespace server_benchmark {

// All processes of one server: the one that begot the session's, and its other children. Of a process that has ended, what
// it did after the last reading is not seen.
class server_load {
 public:
  // Of any session with the server, its process.
  explicit server_load(int session) : parent_(std::stoi(stat_of(session).at(parent_field))) {}

  // Since the server began. Only differences mean something.
  double seconds() {
    for (auto const& entry : std::filesystem::directory_iterator("/proc")) {
      auto const name = entry.path().filename().string();
      if (name.find_first_not_of("0123456789") != std::string::npos) continue;
      int const process = std::stoi(name);
      try {
        if (process == parent_ || std::stoi(stat_of(process).at(parent_field)) == parent_)
          spent_[process] = nanoseconds_of(process);
      } catch (std::exception const&) {}  // it has just ended
    }
    double sum = 0;
    for (auto const& [process, spent] : spent_) sum += spent * 1e-9;
    return sum;
  }

 private:
  static constexpr std::size_t parent_field = 1;

  // The fields of /proc/PID/stat behind the name: state, parent, ...
  static std::vector<std::string> stat_of(int process) {
    auto const text = text_of("/proc/" + std::to_string(process) + "/stat");
    std::istringstream in(text.substr(text.rfind(')') + 1));
    std::vector<std::string> fields;
    for (std::string one; in >> one;) fields.push_back(one);
    return fields;
  }
  // On a processor, as the scheduler counts it. A server's process has one thread.
  static double nanoseconds_of(int process) {
    std::istringstream in(text_of("/proc/" + std::to_string(process) + "/schedstat"));
    double spent = 0;
    if (!(in >> spent))
      throw std::runtime_error("the kernel does not tell how long a process ran (/proc/PID/schedstat)");
    return spent;
  }

  int parent_;
  std::map<int, double> spent_{};  // of processes that have ended, what was seen last
};

// Milliseconds that it takes until 8 KiB are on the disk: a page of the log, as a COMMIT waits for it.
inline double flush_ms(std::string const& file) {
  int const to = ::open(file.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
  if (to < 0) throw std::runtime_error("cannot write " + file);
  std::vector<char> const page(8192, 'x');
  std::vector<double> samples;
  for (int i = 0; i < 50; ++i) {
    measuring::stopwatch const watch;
    bool const kept = ::pwrite(to, page.data(), page.size(), 8192 * (i % 16)) == 8192 && ::fdatasync(to) == 0;
    if (!kept) throw std::runtime_error("cannot write " + file);
    samples.push_back(watch.seconds() * 1e3);
  }
  ::close(to);
  return measuring::median(samples);
}

}  // namespace server_benchmark

#endif
