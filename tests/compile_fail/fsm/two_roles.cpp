// expect: pawl: this state is given a role twice
#include <pawl/fsm/check.hpp>

enum class state { open, busy, done };
struct begin {};
struct finish {};

struct job : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
#ifndef PAWL_FIXED
                             pawl::waiting<state::busy, state::done>,
#else
                             pawl::waiting<state::busy>,
#endif
                             pawl::transition<state::open, begin, state::busy>,
                             pawl::transition<state::busy, finish, state::done>> {
};
static_assert(pawl::valid<job>);
