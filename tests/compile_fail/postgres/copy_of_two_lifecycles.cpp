// expect: pawl: pawl::copy needs two stores of one lifecycle
#include <pawl/postgres/copy.hpp>
#include <pawl/sqlite/store.hpp>

enum class state { open, done };
struct finish {};
struct job : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
                             pawl::transition<state::open, finish, state::done>> {};
struct errand : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
                                pawl::transition<state::open, finish, state::done>> {};
#ifndef PAWL_FIXED
using moved = errand;
#else
using moved = job;
#endif
pawl::task<pawl::copy_summary> use(pawl::sqlite::store<moved>& from, pawl::postgres::store<job>& to) {
  return pawl::copy(from, to);
}
