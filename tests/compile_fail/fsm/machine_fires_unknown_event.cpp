// expect: pawl: this event is in no transition of the lifecycle
#include <pawl/fsm/machine.hpp>

enum class state { open, busy, done };
struct begin {};
struct finish {};

struct unheard_of {};
struct job : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
                             pawl::transition<state::open, begin, state::busy>,
                             pawl::transition<state::busy, finish, state::done>> {};

bool run(pawl::machine<job>& machine) {
#ifdef PAWL_FIXED
  return machine.fire(begin{});
#else
  return machine.fire(unheard_of{});
#endif
}
