// expect: pawl: a lifecycle names the state of a new item with pawl::initial<state>
#include <pawl/fsm/machine.hpp>

enum class state { open, done };
struct finish {};

#ifdef PAWL_FIXED
struct job : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
                             pawl::transition<state::open, finish, state::done>> {};
#else
struct job : pawl::lifecycle<> {};
#endif
pawl::machine<job> machine;
