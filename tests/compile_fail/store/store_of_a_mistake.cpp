// expect: pawl:
#include <pawl/sqlite/store.hpp>

enum class state { open, done };
struct begin {};
struct job : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
#ifndef PAWL_FIXED
                             pawl::transition<state::open, begin, state::open>,
#endif
                             pawl::transition<state::open, begin, state::done>> {
};
struct jobs_table : pawl::table<job> {};
static_assert(pawl::valid<jobs_table>);
