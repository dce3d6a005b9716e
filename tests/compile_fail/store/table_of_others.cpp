// expect: pawl: the table in names begins with pawl_ or sqlite_
#include <string>

#include <pawl/store/table.hpp>

enum class state { open, busy, done };
struct begin {
  std::string who;
};
struct finish {};
struct job : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
                             pawl::transition<state::open, begin, state::busy>,
                             pawl::transition<state::busy, finish, state::done>> {};
struct jobs_table : pawl::table<job> {
#ifndef PAWL_FIXED
  static constexpr pawl::names names{.table = "Pawl_trouble"};
#else
  static constexpr pawl::names names{.table = "jobs"};
#endif
  static constexpr auto columns = pawl::columns(pawl::on<begin>(pawl::set("who", &begin::who)));
};
static_assert(pawl::valid<jobs_table>);
