// expect: pawl: without children the events of pawl::gathers lead from this state back to it
#include <pawl/fsm/check.hpp>

enum class letter_state { written, sent };
struct send {};
struct letter : pawl::lifecycle<pawl::initial<letter_state::written>, pawl::goal<letter_state::sent>,
                                pawl::transition<letter_state::written, send, letter_state::sent>> {};

enum class state { open, waiting, also_waiting, done };
struct begin {};
struct all_sent {
  int arrived, failed;
};

struct batch : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
                               pawl::gathers<state::waiting, letter, all_sent>,
#ifdef PAWL_FIXED
                               pawl::waiting<state::also_waiting>,
#else
                               pawl::gathers<state::also_waiting, letter, all_sent>,
#endif
                               pawl::transition<state::open, begin, state::waiting>,
                               pawl::transition<state::waiting, all_sent, state::also_waiting>,
                               pawl::transition<state::also_waiting, all_sent, state::waiting>,
                               pawl::transition<state::also_waiting, begin, state::done>> {
};
static_assert(pawl::valid<batch>);
