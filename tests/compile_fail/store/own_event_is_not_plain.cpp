// expect: pawl: a recorded event must be a plain struct: no constructors, no private fields, no base classes
#include <string>

#include <pawl/sqlite/store.hpp>

enum class state { open, done };
#ifndef PAWL_FIXED
struct begin {
  begin();
  std::string who;
};
#else
struct begin {
  std::string who;
};
#endif
struct job : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
                             pawl::transition<state::open, begin, state::done>> {};
void use(pawl::sqlite::database& db) { pawl::sqlite::store<job> store(db); }
