// Parts of a proof that run in parallel, each in a process of its own, because SQLite's settings and its in-memory file
// system are global to a process.
#ifndef PAWL_TESTS_SIDE_BY_SIDE_HPP
#define PAWL_TESTS_SIDE_BY_SIDE_HPP

#include <cstddef>
#include <cstdio>
#include <exception>
#include <functional>
#include <stdexcept>
#include <vector>

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

namespace proof {

using part = std::function<bool()>;

// Exit codes as those of the programs: 0 it holds, 1 it does not, 2 it could not be found out.
[[noreturn]] inline void run_and_exit(part const& what) {
  int code = 2;
  try {
    code = what() ? 0 : 1;
  } catch (std::exception const& e) {
    std::fprintf(stderr, "%s\n", e.what());
  }
  std::fflush(nullptr);
  ::_exit(code);
}

// Runs them in their order, `jobs` at a time; with one at a time, in this process. Answers whether all hold. Throws
// where one of the processes did not come to a verdict.
inline bool side_by_side(std::vector<part> const& parts, std::size_t jobs) {
  bool all = true, whole = true;
  if (jobs < 2) {
    for (auto const& what : parts) all = what() && all;
    return all;
  }
  std::size_t running = 0;
  auto const wait_for_one = [&] {
    int status = 0;
    if (::wait(&status) < 0) throw std::runtime_error("a process was lost");
    --running;
    if (!WIFEXITED(status) || WEXITSTATUS(status) > 1) whole = false;
    if (status != 0) all = false;
  };
  for (auto const& what : parts) {
    if (running == jobs) wait_for_one();
    std::fflush(nullptr);
    ::pid_t const child = ::fork();
    if (child < 0) throw std::runtime_error("no process can be made");
    if (child == 0) run_and_exit(what);
    ++running;
  }
  while (running > 0) wait_for_one();
  if (!whole) throw std::runtime_error("a part of the proof died");
  return all;
}

}  // namespace proof

#endif
