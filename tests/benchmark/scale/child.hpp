// Runs this program again in a child process, so that its output and memory use can be measured separately.
#ifndef PAWL_TESTS_BENCHMARK_SCALE_CHILD_HPP
#define PAWL_TESTS_BENCHMARK_SCALE_CHILD_HPP

#include <array>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

namespace scale {

// What the program with these arguments writes to standard output. Throws if it does not end with 0.
inline std::string output_of_self(std::vector<std::string> arguments) {
  std::string const self = std::filesystem::read_symlink("/proc/self/exe").string();
  std::vector<char*> words{const_cast<char*>(self.c_str())};
  for (auto& one : arguments) words.push_back(one.data());
  words.push_back(nullptr);
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) throw std::runtime_error("scale: no pipe");
  ::pid_t const child = ::fork();
  if (child < 0) throw std::runtime_error("scale: no process");
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
    ::execv(self.c_str(), words.data());
    ::_exit(127);
  }
  ::close(ends[1]);
  std::string text;
  std::array<char, 4096> part{};
  for (::ssize_t got = 0; (got = ::read(ends[0], part.data(), part.size())) > 0;)
    text.append(part.data(), static_cast<std::size_t>(got));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (status != 0) throw std::runtime_error("scale: the process for " + arguments.front() + " has failed");
  return text;
}

// The most memory that this process has had so far, in megabytes. Not that of getrusage, which remembers what the
// process was before exec.
inline double peak_megabytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    double kilobytes = 0;
    if (word == "VmHWM:" && status >> kilobytes) return kilobytes * 1024 / 1e6;
  }
  throw std::runtime_error("scale: /proc/self/status tells no VmHWM");
}

}  // namespace scale

#endif
