// expect: pawl: pawl::gathers names an event that its state does not accept
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
#ifdef PAWL_FIXED
                               pawl::gathers<state::waiting, letter, all_sent>,
#else
                               pawl::gathers<state::waiting, letter, begin>,
#endif
                               pawl::waiting<state::also_waiting>, pawl::transition<state::open, begin, state::waiting>,
                               pawl::transition<state::waiting, all_sent, state::also_waiting>,
                               pawl::transition<state::also_waiting, begin, state::done>> {
};
static_assert(pawl::valid<batch>);
