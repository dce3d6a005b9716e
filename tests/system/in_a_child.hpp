// A function that is called in a child made by fork().
#ifndef PAWL_TESTS_SYSTEM_IN_A_CHILD_HPP
#define PAWL_TESTS_SYSTEM_IN_A_CHILD_HPP

#include <exception>

#include <sys/wait.h>
#include <unistd.h>

#include "leave_child.hpp"

namespace system_test {

// What it answered, or -1 if it threw or was killed.
template <class Function> int in_a_child(Function function) {
  ::pid_t const child = ::fork();
  if (child == 0) {
    int answer = 255;
    try {
      answer = function();
    } catch (std::exception const&) {}
    leave_child(answer);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) != 255 ? WEXITSTATUS(status) : -1;
}

}  // namespace system_test

#endif
