// Objects in a forked child of the process that created them, and the lock that fork() waits for.
#include <atomic>
#include <chrono>
#include <thread>

#include <pawl/system/fork_guard.hpp>

#include "catch.hpp"
#include "child_process.hpp"

namespace fork_guard_test {

using pawl::detail::birthplace;
using pawl::detail::fork_guard;

TEST_CASE("what was made before a fork is not here in the child, and what is made there is", "[system]") {
  pawl::detail::count_forks();
  birthplace const made;
  CHECK(made.is_here());
  CHECK(holds_in_child([&made] {
    birthplace const of_child;
    bool const grandchild = holds_in_child([&] { return !made.is_here() && !of_child.is_here(); });
    return grandchild && !made.is_here() && of_child.is_here();
  }));
  CHECK(made.is_here());
}

TEST_CASE("a fork waits for another thread's guard, and the lock is free afterwards in parent and child", "[system]") {
  std::atomic<bool> held{false}, finished{false};
  std::thread other([&] {
    fork_guard const guard;
    held = true;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    finished = true;
  });
  while (!held) std::this_thread::yield();
  CHECK(holds_in_child([&finished] {
    fork_guard const guard;
    return finished.load();
  }));
  { fork_guard const guard; }
  other.join();
}

}  // namespace fork_guard_test
