// expect: pawl: the item's state is not a state of the lifecycle's enum
#include <string>

#include <pawl/store/item.hpp>

enum class state { open, busy, done };
struct begin {
  std::string who;
};
struct finish {};
struct job : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
                             pawl::transition<state::open, begin, state::busy>,
                             pawl::transition<state::busy, finish, state::done>> {};
enum class color { red };
#ifndef PAWL_FIXED
pawl::item<job, color::red> it;
#else
pawl::item<job, state::open> it;
#endif
