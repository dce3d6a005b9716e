// expect: pawl: the key, state, version, changed_at and born columns belong to the store; no event may set them
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
  static constexpr pawl::names names{.table = "jobs", .changed_at = "at"};
#ifndef PAWL_FIXED
  static constexpr auto columns =
      pawl::columns(pawl::on<begin>(pawl::set("who", &begin::who)), pawl::on<finish>(pawl::clear("at")));
#else
  static constexpr auto columns = pawl::columns(pawl::on<begin>(pawl::set("who", &begin::who)));
#endif
};
static_assert(pawl::valid<jobs_table>);
