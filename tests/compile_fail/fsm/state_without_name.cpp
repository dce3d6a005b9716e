// expect: pawl: this state has no printable name
#include <pawl/fsm/check.hpp>

enum class state { open, done };
#ifdef PAWL_FIXED
constexpr std::string_view state_name(state s) {
  return s == state::open ? "open" : s == state::done ? "done" : "seven";
}
#endif
struct begin {};
struct finish {};

struct job
    : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
                      pawl::transition<state::open, begin, state{7}>, pawl::transition<state{7}, finish, state::done>> {
};
static_assert(pawl::valid<job>);
