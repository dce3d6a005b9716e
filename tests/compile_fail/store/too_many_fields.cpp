// expect: pawl: an event recorded in pawl's own table can have at most 8 fields
#include <string>

#include <pawl/sqlite/store.hpp>

enum class state { open, done };
#ifndef PAWL_FIXED
struct begin {
  int a, b, c, d, e, f, g, h, i;
};
#else
struct begin {
  int a, b, c, d, e, f, g, h;
};
#endif
struct job : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
                             pawl::transition<state::open, begin, state::done>> {};
void use(pawl::sqlite::database& db) { pawl::sqlite::store<job> store(db); }
