// expect: pawl: a field of this event has a type that no column can hold
#include <string>

#include <pawl/sqlite/store.hpp>

enum class state { open, done };
#ifndef PAWL_FIXED
struct begin {
  std::string who;
  char const* why;
};
#else
struct begin {
  std::string who;
};
#endif
struct job : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
                             pawl::transition<state::open, begin, state::done>> {};
void use(pawl::sqlite::database& db) { pawl::sqlite::store<job> store(db); }
