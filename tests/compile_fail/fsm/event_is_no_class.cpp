// expect: pawl: an event is a class, without const, volatile or reference
#include <pawl/fsm/check.hpp>

enum class state { open, busy, done };
struct begin {};
struct finish {};

struct job : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
#ifndef PAWL_FIXED
                             pawl::transition<state::busy, int, state::open>,
#endif
                             pawl::transition<state::open, begin, state::busy>,
                             pawl::transition<state::busy, finish, state::done>> {
};
static_assert(pawl::valid<job>);
