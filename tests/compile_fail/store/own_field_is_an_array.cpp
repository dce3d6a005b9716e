// expect: pawl: a field of this event has a type that no column can hold
#include <string>

#include <pawl/sqlite/store.hpp>

enum class state { open, done };
struct begin {
  std::string who;
#ifndef PAWL_FIXED
  char why[16] = {};
#else
  std::string why;
#endif
};
struct job : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
                             pawl::transition<state::open, begin, state::done>> {};
void use(pawl::sqlite::database& db, begin const& event) {
  pawl::sqlite::store<job> store(db);
  pawl::any_item<job> const found = *store.get("one").item;
  store.recorded<begin>(found);
  store.apply(*found.as<state::open>(), event);
}
