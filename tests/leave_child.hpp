// The end of a child that fork() made in a test: nothing is destroyed there.
#ifndef PAWL_TESTS_LEAVE_CHILD_HPP
#define PAWL_TESTS_LEAVE_CHILD_HPP

#include <unistd.h>

// There in a build that measures coverage (tests/coverage).
extern "C" void __gcov_dump(void) __attribute__((weak));

// What the child has reached counts as reached.
[[noreturn]] inline void leave_child(int code) {
  if (&__gcov_dump != nullptr) __gcov_dump();
  ::_exit(code);
}

#endif
