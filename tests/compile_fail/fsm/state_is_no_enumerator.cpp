// expect: pawl: every state of a lifecycle belongs to one enum
#include <pawl/fsm/check.hpp>

struct begin {};

#ifdef PAWL_FIXED
enum class state { open = 0, done = 1 };
using enum state;
#else
inline constexpr int open = 0, done = 1;
#endif
struct job : pawl::lifecycle<pawl::initial<open>, pawl::goal<done>, pawl::transition<open, begin, done>> {};
static_assert(pawl::valid<job>);
