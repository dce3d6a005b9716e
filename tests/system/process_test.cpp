// Processes by their id.
#include <cstdint>

#include <unistd.h>

#include <pawl/system/process.hpp>

#include "catch.hpp"
#include "child_process.hpp"

namespace process_test {

using pawl::detail::process_is_alive;
using pawl::detail::this_process;

TEST_CASE("this process has its own id and is alive, and so is the first process", "[system]") {
  CHECK(this_process() == std::int64_t{::getpid()});
  CHECK(process_is_alive(this_process()));
  CHECK(process_is_alive(1));
}

TEST_CASE("a process that has ended counts as alive until its parent has waited for it", "[system]") {
  child_process child([] { return 0; });
  CHECK(process_is_alive(child.pid()));
  CHECK(child.wait() == 0);
  CHECK_FALSE(process_is_alive(child.pid()));
}

}  // namespace process_test
