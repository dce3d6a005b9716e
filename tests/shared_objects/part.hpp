// What each of two shared objects, built with -fvisibility=hidden, offers to the program.
#ifndef PAWL_TESTS_SHARED_OBJECTS_PART_HPP
#define PAWL_TESTS_SHARED_OBJECTS_PART_HPP

struct part {
  // Opens the database in this object, for as long as the process lives. Throws what pawl throws.
  void (*open)(char const* path);
  // How that ended for `attempt`, as this object's catch sees it: "done", an error's id, "another error".
  char const* (*ending_of)(void (*attempt)(char const* path), char const* path);
};

extern "C" {
[[gnu::visibility("default")]] part first_part();
[[gnu::visibility("default")]] part second_part();
}

#endif
