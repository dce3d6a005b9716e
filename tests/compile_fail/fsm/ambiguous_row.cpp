// expect: pawl: two transitions leave this state on this event
#include <pawl/fsm/check.hpp>

enum class state { open, busy, done };
struct begin {};
struct finish {};

struct job : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
#ifndef PAWL_FIXED
                             pawl::transition<state::busy, begin, state::open>,
#endif
                             pawl::transition<state::open, begin, state::busy>,
                             pawl::transition<state::busy, begin, state::done>> {
};
static_assert(pawl::valid<job>);
