// expect: pawl: no transition leaves this state; declare it with pawl::goal or pawl::terminal
#include <pawl/fsm/machine.hpp>

enum class state { open, busy, done };
struct begin {};
struct finish {};

struct job : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
#ifdef PAWL_FIXED
                             pawl::terminal<state::busy>,
#endif
                             pawl::transition<state::open, begin, state::busy>,
                             pawl::transition<state::open, finish, state::done>> {
};

// Nobody asked whether it is valid; the machine does.
bool run() {
  pawl::machine<job> machine;
  return machine.fire(begin{}) && machine.can<finish>() && machine.name() == "busy";
}
