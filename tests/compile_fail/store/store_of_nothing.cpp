// expect: pawl: pawl::sqlite::store needs a mapped table \(pawl::table\) or a lifecycle
#include <string>

#include <pawl/sqlite/store.hpp>

enum class door { shut, open };
struct push {
  std::string who;
};
struct pull {};
struct door_life
    : pawl::lifecycle<pawl::initial<door::shut>, pawl::goal<door::open>, pawl::transition<door::shut, push, door::open>,
                      pawl::transition<door::open, pull, door::shut>> {};

#ifdef PAWL_FIXED
using kept = door_life;
#else
using kept = door;
#endif
void open(pawl::sqlite::database& db) { pawl::sqlite::store<kept> doors{db}; }
