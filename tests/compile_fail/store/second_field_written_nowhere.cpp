// expect: pawl: a field of this event is not written to any column, so it would be lost; map it with pawl::set
#include <string>

#include <pawl/store/table.hpp>

#ifndef PAWL_FIXED
struct begin {
  std::string who, why;
};
#else
struct begin {
  std::string who;
};
#endif
enum class state { open, done };
struct job : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
                             pawl::transition<state::open, begin, state::done>> {};
struct jobs_table : pawl::table<job> {
  static constexpr pawl::names names{.table = "jobs"};
  static constexpr auto columns =
      pawl::columns(pawl::on<begin>(pawl::set("who", &begin::who), pawl::set("too", &begin::who)));
};
static_assert(pawl::valid<jobs_table>);
