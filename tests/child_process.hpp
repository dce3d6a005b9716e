// A process forked by a test, and how it ended.
#ifndef PAWL_TESTS_CHILD_PROCESS_HPP
#define PAWL_TESTS_CHILD_PROCESS_HPP

#include <csignal>
#include <cstdio>
#include <exception>
#include <functional>
#include <stdexcept>

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

// There in a build that measures coverage (tests/coverage).
extern "C" void __gcov_dump(void) __attribute__((weak));

// Does its work in a child made by fork() and ends with what that returns, 99 where it throws and
// says what on stderr. Nothing is destroyed in
// the child; what it has reached counts as reached. Killed where it is destroyed before it has ended.
class child_process {
 public:
  explicit child_process(std::function<int()> const& work) : pid_(::fork()) {
    if (pid_ < 0) throw std::runtime_error("no process can be made");
    if (pid_ > 0) return;
    int code = 99;
    try {
      code = work();
    } catch (std::exception const& e) {
      std::fprintf(stderr, "a child process ended with: %s\n", e.what());
    } catch (...) {}
    if (&__gcov_dump != nullptr) __gcov_dump();
    ::_exit(code);
  }
  child_process(child_process const&) = delete;
  child_process& operator=(child_process const&) = delete;
  ~child_process() {
    if (!has_ended()) end(SIGKILL);
  }

  ::pid_t pid() const { return pid_; }
  bool has_ended() {
    look(WNOHANG);
    return ended_;
  }
  // How it ended: its exit code, or 128 and the signal.
  int wait() {
    look(0);
    return code_;
  }
  int end(int signal) {
    if (!has_ended()) ::kill(pid_, signal);
    return wait();
  }

 private:
  void look(int how) {
    int status = 0;
    if (ended_ || ::waitpid(pid_, &status, how) != pid_) return;
    ended_ = true;
    code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  ::pid_t pid_;
  bool ended_ = false;
  int code_ = -1;
};

// Whether the check held in a child.
inline bool holds_in_child(std::function<bool()> const& check) {
  return child_process([&check] { return check() ? 0 : 1; }).wait() == 0;
}

#endif
