// expect: pawl: this state has no printable name
#include <pawl/fsm/check.hpp>

enum class state { open, busy, done };
constexpr std::string_view state_name(state s) {
#ifdef PAWL_FIXED
  return s == state::open ? "open" : s == state::busy ? "busy" : "all done";
#else
  return s == state::open ? "open" : s == state::busy ? "busy" : "all\ndone";
#endif
}
struct begin {};
struct finish {};

struct job : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
                             pawl::transition<state::open, begin, state::busy>,
                             pawl::transition<state::busy, finish, state::done>> {};
static_assert(pawl::valid<job>);
