// Processes by their id.
#include <cstdint>

#include <sys/wait.h>
#include <unistd.h>

#include <pawl/system/process.hpp>

#include "catch.hpp"
#include "leave_child.hpp"

namespace process_test {

using pawl::detail::process_is_alive;
using pawl::detail::this_process;

TEST_CASE("this process has its own id and is alive, and so is the first process", "[system]") {
  CHECK(this_process() == std::int64_t{::getpid()});
  CHECK(process_is_alive(this_process()));
  CHECK(process_is_alive(1));
}

TEST_CASE("a process that has ended is alive until its parent has asked, and not after that", "[system]") {
  ::pid_t const child = ::fork();
  if (child == 0) leave_child(0);
  CHECK(process_is_alive(child));
  ::waitpid(child, nullptr, 0);
  CHECK_FALSE(process_is_alive(child));
}

}  // namespace process_test
