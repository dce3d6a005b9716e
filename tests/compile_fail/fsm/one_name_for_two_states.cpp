// expect: pawl: two states have one stored name
#include <pawl/fsm/check.hpp>

enum class state { open, busy, done };
constexpr std::string_view state_name(state s) {
#ifdef PAWL_FIXED
  return s == state::open ? "new" : s == state::busy ? "working" : "done";
#else
  return s == state::done ? "done" : "working";
#endif
}
struct begin {};
struct finish {};

struct job : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
                             pawl::transition<state::open, begin, state::busy>,
                             pawl::transition<state::busy, finish, state::done>> {};
static_assert(pawl::valid<job>);
