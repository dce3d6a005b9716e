// expect: pawl: two events have one name; give one of them a static constexpr std::string_view name
#include <pawl/fsm/check.hpp>

enum class state { open, busy, done };
namespace upload {
struct done {};
}  // namespace upload
namespace check {
struct done {
#ifdef PAWL_FIXED
  static constexpr std::string_view name = "checked";
#endif
};
}  // namespace check

struct job : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
                             pawl::transition<state::open, upload::done, state::busy>,
                             pawl::transition<state::busy, check::done, state::done>> {};
static_assert(pawl::valid<job>);
