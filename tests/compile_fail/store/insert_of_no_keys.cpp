// expect: pawl: pawl::insert[(][)] takes the keys of the new items: texts, or ranges of texts
#include <pawl/store/with.hpp>

enum class letter_state { written, sent };
struct send {};
struct letter : pawl::lifecycle<pawl::initial<letter_state::written>, pawl::goal<letter_state::sent>,
                                pawl::transition<letter_state::written, send, letter_state::sent>> {};

enum class state { open, waiting, also_waiting, done };
struct begin {};
struct all_sent {
  int arrived, failed;
};

#ifdef PAWL_FIXED
auto const children = pawl::insert<letter>("7");
#else
auto const children = pawl::insert<letter>(7);
#endif
