// expect: pawl: this state is declared with pawl::waiting and no transition leaves it
#include <pawl/fsm/check.hpp>

enum class state { open, busy, done };
struct begin {};
struct finish {};

struct job : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>, pawl::waiting<state::busy>,
#ifdef PAWL_FIXED
                             pawl::transition<state::busy, finish, state::done>,
#endif
                             pawl::transition<state::open, begin, state::busy>,
                             pawl::transition<state::open, finish, state::done>> {
};
static_assert(pawl::valid<job>);
