// expect: pawl: insert_if_absent works only on pawl's own tables; insert the rows of a mapped table with your own SQL
#include <string>

#include <pawl/sqlite/store.hpp>

enum class state { open, busy, done };
struct begin {
  std::string who;
};
struct finish {};
struct job : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
                             pawl::transition<state::open, begin, state::busy>,
                             pawl::transition<state::busy, finish, state::done>> {};
struct jobs_table : pawl::table<job> {
  static constexpr pawl::names names{.table = "jobs"};
  static constexpr auto columns = pawl::columns(pawl::on<begin>(pawl::set("who", &begin::who)));
};
#ifndef PAWL_FIXED
bool use(pawl::sqlite::store<jobs_table>& store) { return store.insert_if_absent("me"); }
#else
bool use(pawl::sqlite::store<job>& store) { return store.insert_if_absent("me"); }
#endif
