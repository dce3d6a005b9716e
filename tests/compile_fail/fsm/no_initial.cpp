// expect: pawl: a lifecycle names the state of a new item with pawl::initial<state>
#include <pawl/fsm/check.hpp>

enum class state { open, busy, done };
struct begin {};
struct finish {};

struct job : pawl::lifecycle<pawl::goal<state::done>,
#ifdef PAWL_FIXED
                             pawl::initial<state::open>,
#endif
                             pawl::transition<state::open, begin, state::busy>,
                             pawl::transition<state::busy, finish, state::done>> {
};
static_assert(pawl::valid<job>);
