// Runs a program as its user would, and returns its output and exit status.
#ifndef PAWL_TESTS_EXAMPLES_PROGRAM_HPP
#define PAWL_TESTS_EXAMPLES_PROGRAM_HPP

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <pty.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files.hpp"

struct ending {
  int code = -1;   // of exit
  int signal = 0;  // that ended it, or 0
  std::string out, err;
};

// In a child that was forked: becomes the program words[0], with its arguments and these variables of the environment,
// "NAME=value".
[[noreturn]] inline void become_program(std::vector<std::string>& words, std::vector<std::string> const& environment,
                                        std::filesystem::path const& work) {
  for (auto const* name : {"NO_COLOR", "COLUMNS"}) ::unsetenv(name);
  for (std::string const& variable : environment)
    ::setenv(variable.substr(0, variable.find('=')).c_str(), variable.substr(variable.find('=') + 1).c_str(), 1);
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  if (::chdir(work.c_str()) == 0) ::execv(argv[0], argv.data());
  ::_exit(127);
}

// A started program with a working folder and a TMPDIR of its own. Its standard output and error go to files, so that
// it never waits for a reader.
class program {
 public:
  using arguments = std::vector<std::string>;

  program(char const* path, arguments const& args, arguments const& environment = {}) {
    std::filesystem::create_directory(tmp());
    std::filesystem::create_directory(work());
    std::vector<std::string> words{path};
    words.insert(words.end(), args.begin(), args.end());
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("cannot fork");
    if (pid_ == 0) become(words, environment);
  }
  program(program const&) = delete;
  program& operator=(program const&) = delete;
  ~program() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }

  std::filesystem::path work() const { return folder_.path() / "work"; }
  std::filesystem::path tmp() const { return folder_.path() / "tmp"; }

  ::pid_t pid() const { return pid_; }
  void signal(int number) const { ::kill(pid_, number); }
  bool running() {
    if (pid_ > 0 && ::wait4(pid_, &status_, WNOHANG, &used_) == pid_) pid_ = -1;
    return pid_ > 0;
  }

  // The most memory it had in use at a time, in bytes, once it has ended; at least what this process had when it began.
  std::size_t most_memory() const { return static_cast<std::size_t>(used_.ru_maxrss) * 1024; }

  // What it has written to its standard output so far.
  std::string written() const { return text_of(folder_.path() / "out"); }

  ending wait() {
    if (pid_ > 0) {
      while (::wait4(pid_, &status_, 0, &used_) < 0 && errno == EINTR) {}
      pid_ = -1;
    }
    ending e;
    if (WIFEXITED(status_)) e.code = WEXITSTATUS(status_);
    if (WIFSIGNALED(status_)) e.signal = WTERMSIG(status_);
    e.out = text_of(folder_.path() / "out");
    e.err = text_of(folder_.path() / "err");
    return e;
  }

 private:
  [[noreturn]] void become(std::vector<std::string>& words, arguments const& environment) const {
    redirect("out", STDOUT_FILENO);
    redirect("err", STDERR_FILENO);
    ::setenv("TMPDIR", tmp().c_str(), 1);
    become_program(words, environment, work());
  }
  void redirect(char const* name, int to) const {
    int const file = ::open((folder_.path() / name).c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(file, to);
    ::close(file);
  }

  temporary_folder folder_;
  pid_t pid_ = -1;
  int status_ = 0;
  ::rusage used_{};
};

// The exit code of a program, or -1, and what it wrote to the terminal of 200 columns that is its standard input, output and
// error. `typed` is typed there, and `look(pid, written)` called whenever it has written something.
template <class Look>
std::pair<int, std::string> use_at_terminal(char const* path, std::vector<std::string> words,
                                            std::vector<std::string> const& environment, std::string const& typed,
                                            Look look) {
  temporary_folder folder;
  words.insert(words.begin(), path);
  winsize size{50, 200, 0, 0};
  int terminal = -1;
  pid_t const pid = ::forkpty(&terminal, nullptr, nullptr, &size);
  if (pid < 0) throw std::runtime_error("cannot make a terminal");
  if (pid == 0) {
    ::setenv("TERM", "xterm", 1);
    become_program(words, environment, folder.path());
  }
  if (::write(terminal, typed.data(), typed.size()) < 0) throw std::runtime_error("cannot type on the terminal");
  std::string written;
  char buffer[4096];
  for (ssize_t n = 0; (n = ::read(terminal, buffer, sizeof buffer)) > 0;) {
    written.append(buffer, static_cast<std::size_t>(n));
    look(pid, written);
  }
  ::close(terminal);
  int status = -1;
  ::waitpid(pid, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, written};
}

// What the program writes on a terminal.
inline std::string run_on_terminal(char const* path, std::vector<std::string> words,
                                   std::vector<std::string> const& environment) {
  return use_at_terminal(path, std::move(words), environment, "", [](pid_t, std::string const&) {}).second;
}

// Looks again and again until `is_so`, at most for a minute.
template <class F> bool eventually(F is_so) {
  for (int i = 0; i < 6000; ++i) {
    if (is_so()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

#endif
