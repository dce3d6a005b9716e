// An object in a child of the process that made it.
#include <pawl/system/fork_guard.hpp>

#include "catch.hpp"
#include "child_process.hpp"

namespace fork_guard_test {

using pawl::detail::birthplace;

int before = 0, after_in_parent = 0;

TEST_CASE("what was made before a fork is not here in the child, and what is made there is", "[system]") {
  pawl::detail::call_around_fork([] { ++before; }, [] { ++after_in_parent; }, [] { ++pawl::detail::forks; });
  birthplace const made;
  CHECK(made.is_here());
  CHECK(holds_in_child([&made] {
    birthplace const of_child;
    bool const in_grandchild = holds_in_child([&] { return !made.is_here() && !of_child.is_here(); });
    return !made.is_here() && of_child.is_here() && in_grandchild;
  }));
  CHECK(made.is_here());
  CHECK(before == 1);
  CHECK(after_in_parent == 1);
}

}  // namespace fork_guard_test
