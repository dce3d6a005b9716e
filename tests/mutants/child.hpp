// Runs a program to its end and captures its output.
#ifndef PAWL_TESTS_MUTANTS_CHILD_HPP
#define PAWL_TESTS_MUTANTS_CHILD_HPP

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <spawn.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mutants {

struct child_end {
  enum kind : std::uint8_t { by_exit, by_signal, timed_out };

  kind how = by_exit;
  int code = 0;  // of its exit
  double seconds = 0;
  std::string output{};  // of both its streams
};

// Runs the command with one more variable in its environment (empty: none). After `limit` seconds it is ended, with all
// that it has started. Its output goes to a file, so that no amount of it stops the program.
inline child_end run_child(std::vector<std::string> command, std::string variable, double limit) {
  std::FILE* const output = std::tmpfile();
  if (output == nullptr) throw std::runtime_error("cannot make a temporary file");
  std::vector<char*> arguments, environment;
  for (auto& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  for (char** known = ::environ; *known != nullptr; ++known) environment.push_back(*known);
  if (!variable.empty()) environment.push_back(variable.data());
  environment.push_back(nullptr);

  ::posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ::fileno(output), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, ::fileno(output), STDERR_FILENO);
  ::posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  ::pid_t child = 0;
  auto const begun = std::chrono::steady_clock::now();
  int const failed = ::posix_spawn(&child, arguments[0], &actions, &attributes, arguments.data(), environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (failed != 0) throw std::system_error(failed, std::generic_category(), command[0]);

  child_end end;
  int status = 0;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    end.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    if (end.seconds < limit) continue;
    end.how = child_end::timed_out;
    ::kill(-child, SIGKILL);
    ::waitpid(child, &status, 0);
    break;
  }
  if (end.how != child_end::timed_out) end.how = WIFEXITED(status) ? child_end::by_exit : child_end::by_signal;
  if (WIFEXITED(status)) end.code = WEXITSTATUS(status);
  std::rewind(output);
  char part[4096];
  for (std::size_t size; (size = std::fread(part, 1, sizeof part, output)) > 0;) end.output.append(part, size);
  std::fclose(output);
  return end;
}

}  // namespace mutants

#endif
