// expect: pawl: pawl::on_failure names an event that this state does not accept
#include <pawl/fsm/check.hpp>

enum class state { open, busy, done };
struct begin {};
struct finish {};

struct job : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
#ifdef PAWL_FIXED
                             pawl::on_failure<state::busy, finish>,
#else
                             pawl::on_failure<state::busy, begin>,
#endif
                             pawl::transition<state::open, begin, state::busy>,
                             pawl::transition<state::busy, finish, state::done>> {
};
static_assert(pawl::valid<job>);
