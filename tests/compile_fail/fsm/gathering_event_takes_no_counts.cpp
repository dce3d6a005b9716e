// expect: pawl: the event of pawl::gathers has fields other than the integers arrived and failed
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

struct all_in {
  long arrived;
#ifdef PAWL_FIXED
  long failed;
#else
  double share;
#endif
};
struct batch : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
                               pawl::gathers<state::waiting, letter, all_in>, pawl::waiting<state::also_waiting>,
                               pawl::transition<state::open, begin, state::waiting>,
                               pawl::transition<state::waiting, all_in, state::also_waiting>,
                               pawl::transition<state::also_waiting, begin, state::done>> {};
static_assert(pawl::valid<batch>);
