// expect: pawl: this type is neither a lifecycle nor anything else that pawl can check
#include <pawl/fsm/check.hpp>

enum class state { open, done };
struct finish {};

struct job : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
                             pawl::transition<state::open, finish, state::done>> {};
#ifdef PAWL_FIXED
static_assert(pawl::valid<job>);
#else
static_assert(pawl::valid<finish>);
#endif
