// expect: pawl: this event has no name that is the same on every compiler; give it a static constexpr std::string_view name
#include <pawl/fsm/check.hpp>

enum class state { open, busy, done };
template <class T> struct boxed {
#ifdef PAWL_FIXED
  static constexpr std::string_view name = "boxed";
#endif
};
struct finish {};

struct job : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
                             pawl::transition<state::open, boxed<unsigned long>, state::busy>,
                             pawl::transition<state::busy, finish, state::done>> {};
static_assert(pawl::valid<job>);
