// expect: pawl: this is no state of the lifecycle
#include <pawl/fsm/machine.hpp>

enum class state { open, busy, done };
enum class colour { red, green };
struct begin {};
struct finish {};

struct job : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
                             pawl::transition<state::open, begin, state::busy>,
                             pawl::transition<state::busy, finish, state::done>> {};

#ifdef PAWL_FIXED
auto machine = pawl::machine<job>::at<state::busy>();
#else
auto machine = pawl::machine<job>::at<colour::red>();
#endif
