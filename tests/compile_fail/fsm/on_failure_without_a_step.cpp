// expect: pawl: pawl::on_failure names a state that has no step
#include <pawl/fsm/check.hpp>

enum class state { open, busy, done };
struct begin {};
struct finish {};

struct job : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>, pawl::on_failure<state::busy, finish>,
#ifndef PAWL_FIXED
                             pawl::waiting<state::busy>,
#endif
                             pawl::transition<state::open, begin, state::busy>,
                             pawl::transition<state::busy, finish, state::done>> {
};
static_assert(pawl::valid<job>);
