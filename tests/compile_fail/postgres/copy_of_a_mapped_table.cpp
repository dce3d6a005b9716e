// expect: pawl: pawl::copy needs pawl's own tables: a store of a lifecycle, not of a mapped table
#include <pawl/postgres/copy.hpp>
#include <pawl/sqlite/store.hpp>

enum class state { open, done };
struct finish {};
struct job : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
                             pawl::transition<state::open, finish, state::done>> {};
struct jobs_table : pawl::table<job> {
  static constexpr pawl::names names{.table = "jobs"};
  static constexpr auto columns = pawl::columns();
};
#ifndef PAWL_FIXED
using moved = jobs_table;
#else
using moved = job;
#endif
pawl::task<pawl::copy_summary> use(pawl::sqlite::store<moved>& from, pawl::postgres::store<job>& to) {
  return pawl::copy(from, to);
}
