// The lock on a file: it names its holder and ends with it.
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

#include <pawl/system/failure.hpp>
#include <pawl/system/file_lock.hpp>
#include <pawl/system/process.hpp>

#include "catch.hpp"
#include "child_process.hpp"
#include "files.hpp"

namespace file_lock_test {

using pawl::detail::file_lock;
using pawl::detail::lock_mode;

TEST_CASE("an exclusive lock excludes all others, and its file goes with it", "[system]") {
  temporary_folder folder;
  file_lock first(folder / "lock"), second(folder / "lock");
  REQUIRE(first.try_acquire(lock_mode::exclusive));
  CHECK(first.is_held());
  CHECK_FALSE(second.try_acquire(lock_mode::exclusive));
  CHECK_FALSE(second.try_acquire(lock_mode::shared));
  CHECK_FALSE(second.is_held());
  first.release();
  CHECK_FALSE(first.is_held());
  CHECK_FALSE(std::filesystem::exists(folder / "lock"));
  CHECK(second.try_acquire(lock_mode::exclusive));
}

TEST_CASE("shared locks exclude only an exclusive one, and leave their file to the next exclusive one", "[system]") {
  temporary_folder folder;
  file_lock first(folder / "lock"), second(folder / "lock"), third(folder / "lock");
  REQUIRE(first.try_acquire(lock_mode::shared));
  REQUIRE(second.try_acquire(lock_mode::shared));
  CHECK_FALSE(third.try_acquire(lock_mode::exclusive));
  first.release();
  CHECK_FALSE(third.try_acquire(lock_mode::exclusive));
  second.release();
  CHECK(std::filesystem::exists(folder / "lock"));
  CHECK(third.try_acquire(lock_mode::exclusive));
  third.release();
  CHECK_FALSE(std::filesystem::exists(folder / "lock"));
}

TEST_CASE("a shared lock is never refused while others that share come and go", "[system]") {
  temporary_folder folder;
  auto const hammer = [&folder] {
    file_lock lock(folder / "lock");
    for (int held = 0; held < 10'000; ++held) {
      if (!lock.try_acquire(lock_mode::shared)) return 1;
      lock.release();
    }
    return 0;
  };
  child_process other(hammer);
  CHECK(hammer() == 0);
  CHECK(other.wait() == 0);
}

TEST_CASE("the file names the process that acquired the lock last", "[system]") {
  temporary_folder folder;
  file_lock lock(folder / "lock");
  CHECK_FALSE(lock.owner());
  REQUIRE(lock.try_acquire(lock_mode::exclusive));
  CHECK(lock.owner() == pawl::detail::this_process());
  auto id = pawl::detail::this_process();
  for (char const byte : text_of(folder / "lock")) {  // the least significant byte first, on every machine
    CHECK(static_cast<unsigned char>(byte) == (id & 0xFF));
    id >>= 8;
  }
  CHECK(file_lock(folder / "lock").owner() == pawl::detail::this_process());
}

TEST_CASE("a lock ends with a process that is killed, whose id stays in the file", "[system]") {
  temporary_folder folder;
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  child_process child([&]() -> int {
    file_lock lock(folder / "lock");
    char const held = lock.try_acquire(lock_mode::exclusive) ? 'y' : 'n';
    static_cast<void>(::write(ready[1], &held, 1));
    for (;;) ::pause();
  });
  char held = 'n';
  REQUIRE(::read(ready[0], &held, 1) == 1);
  file_lock lock(folder / "lock");
  bool const excluded = !lock.try_acquire(lock_mode::exclusive);
  CHECK(child.end(SIGKILL) == 128 + SIGKILL);
  CHECK(held == 'y');
  CHECK(excluded);
  CHECK(lock.owner() == std::int64_t{child.pid()});
  CHECK(lock.try_acquire(lock_mode::exclusive));
  for (int end : ready) ::close(end);
}

TEST_CASE("a child that releases an inherited lock leaves it to its parent", "[system]") {
  temporary_folder folder;
  file_lock lock(folder / "lock");
  REQUIRE(lock.try_acquire(lock_mode::exclusive));
  CHECK(holds_in_child([&lock] {
    lock.release();
    return !lock.is_held();
  }));
  CHECK(std::filesystem::exists(folder / "lock"));
  CHECK_FALSE(file_lock(folder / "lock").try_acquire(lock_mode::exclusive));
}

TEST_CASE("processes that acquire and release the lock all the time never hold it together", "[system]") {
  temporary_folder folder;
  auto const hammer = [&folder] {
    file_lock lock(folder / "lock");
    for (int held = 0; held < 2000;) {
      if (!lock.try_acquire(lock_mode::exclusive)) continue;
      ++held;
      if (::mkdir((folder / "inside").c_str(), 0700) != 0) return 1;
      ::rmdir((folder / "inside").c_str());
      lock.release();
    }
    return 0;
  };
  child_process other(hammer);
  CHECK(hammer() == 0);
  CHECK(other.wait() == 0);
}

TEST_CASE("closing a lock gives it up and leaves the file", "[system]") {
  temporary_folder folder;
  file_lock lock(folder / "lock");
  REQUIRE(lock.try_acquire(lock_mode::exclusive));
  lock.close();
  CHECK_FALSE(lock.is_held());
  CHECK(std::filesystem::exists(folder / "lock"));
  CHECK(file_lock(folder / "lock").try_acquire(lock_mode::exclusive));
}

TEST_CASE("a release leaves a file alone that has taken the place of its own", "[system]") {
  temporary_folder folder;
  file_lock first(folder / "lock"), second(folder / "lock");
  REQUIRE(first.try_acquire(lock_mode::exclusive));
  std::filesystem::remove(folder / "lock");
  REQUIRE(second.try_acquire(lock_mode::exclusive));
  first.release();
  CHECK(std::filesystem::exists(folder / "lock"));
  CHECK_FALSE(first.try_acquire(lock_mode::exclusive));
}

TEST_CASE("a file that cannot be opened is a failure with the system's reason, and nothing is held", "[system]") {
  temporary_folder folder;
  std::filesystem::create_directory(folder / "lock");
  file_lock lock(folder / "lock");
  try {
    lock.try_acquire(lock_mode::exclusive);
    FAIL("it was acquired");
  } catch (pawl::detail::system_failure const& failed) {
    CHECK(std::string(failed.doing()) == "open");
    CHECK(failed.code().value() == EISDIR);
  }
  CHECK_FALSE(lock.is_held());
}

}  // namespace file_lock_test
