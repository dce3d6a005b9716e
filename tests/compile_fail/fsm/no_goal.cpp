// expect: pawl: a lifecycle has a pawl::goal, the state in which an item is done
#include <pawl/fsm/check.hpp>

enum class state { open, busy, done };
struct begin {};
struct finish {};

struct job : pawl::lifecycle<pawl::initial<state::open>,
#ifdef PAWL_FIXED
                             pawl::goal<state::done>,
#else
                             pawl::terminal<state::done>,
#endif
                             pawl::transition<state::open, begin, state::busy>,
                             pawl::transition<state::busy, finish, state::done>> {
};
static_assert(pawl::valid<job>);
