// expect: pawl: no path leads from the initial state to this state
#include <pawl/fsm/check.hpp>

enum class state { open, busy, done };
struct begin {};
struct finish {};

struct job : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
#ifdef PAWL_FIXED
                             pawl::transition<state::open, begin, state::busy>,
#endif
                             pawl::transition<state::open, finish, state::done>,
                             pawl::transition<state::busy, finish, state::done>> {
};
static_assert(pawl::valid<job>);
