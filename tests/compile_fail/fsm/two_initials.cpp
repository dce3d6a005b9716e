// expect: pawl: a lifecycle has one pawl::initial<state>, and this one has several
#include <pawl/fsm/check.hpp>

enum class state { open, busy, done };
struct begin {};
struct finish {};

struct job : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
#ifndef PAWL_FIXED
                             pawl::initial<state::busy>,
#endif
                             pawl::transition<state::open, begin, state::busy>,
                             pawl::transition<state::busy, finish, state::done>> {
};
static_assert(pawl::valid<job>);
