// expect: pawl: this event is in no transition of the lifecycle
#include <pawl/fsm/machine.hpp>

enum class state { open, busy, done };
struct begin {};
struct finish {};

struct unheard_of {};
struct job : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
                             pawl::transition<state::open, begin, state::busy>,
                             pawl::transition<state::busy, finish, state::done>> {};

bool run(pawl::machine<job> const& machine) {
#ifdef PAWL_FIXED
  return machine.can<begin>();
#else
  return machine.can<unheard_of>();
#endif
}
