// expect: pawl: every state of a lifecycle belongs to one enum
#include <pawl/fsm/check.hpp>

enum class state { open, busy, done };
enum class colour { red, green };
struct begin {};
struct finish {};

struct job : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
#ifndef PAWL_FIXED
                             pawl::waiting<colour::red>,
#endif
                             pawl::transition<state::open, begin, state::busy>,
                             pawl::transition<state::busy, finish, state::done>> {
};
static_assert(pawl::valid<job>);
