// What each of two shared objects, built with -fvisibility=hidden, offers to the program.
#ifndef PAWL_TESTS_SHARED_OBJECTS_PART_HPP
#define PAWL_TESTS_SHARED_OBJECTS_PART_HPP

#include <typeinfo>

struct part {
  // Opens the database in this object, until it opens another. Throws what pawl throws.
  void (*open)(char const* path);
  // How `attempt` ended, as this object's catch sees it: "done", or the id of a store_error, or what else it was.
  char const* (*ending_of)(void (*attempt)(char const* path), char const* path);
  // Of pawl's errors. Some standard libraries compare types by their names, others by where these are.
  std::type_info const* error;
  std::type_info const* store_error;
};

extern "C" {
[[gnu::visibility("default")]] part first_part();
[[gnu::visibility("default")]] part second_part();
}

#endif
