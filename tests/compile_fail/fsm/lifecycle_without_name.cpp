// expect: pawl: this lifecycle has no name that is the same on every compiler
#include <pawl/fsm/check.hpp>

enum class state { open, busy, done };
struct begin {};
struct finish {};

#ifdef PAWL_FIXED
struct job : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
                             pawl::transition<state::open, begin, state::busy>,
                             pawl::transition<state::busy, finish, state::done>> {};
#else
using job = pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
                            pawl::transition<state::open, begin, state::busy>,
                            pawl::transition<state::busy, finish, state::done>>;
#endif
static_assert(pawl::valid<job>);
