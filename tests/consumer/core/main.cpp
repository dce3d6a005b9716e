#include <cstdio>

#include <pawl/core.hpp>

enum class door { open, closed };
struct push {};
struct pull {};
struct door_lifecycle : pawl::lifecycle<pawl::initial<door::open>, pawl::goal<door::closed>,
                                        pawl::transition<door::open, push, door::closed>,
                                        pawl::transition<door::closed, pull, door::open>> {};

int main() {
  pawl::memory_store<door_lifecycle> doors;
  doors.insert_if_absent("front");
  auto const closed = doors.apply(*doors.get("front").item->as<door::open>(), push{});
  std::printf("pawl %s: %s\n", PAWL_VERSION_STRING, doors.get("front").describe().c_str());
  return closed && closed->version == 1 ? 0 : 1;
}
