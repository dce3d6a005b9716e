// expect: pawl: a recorded event must be a plain struct: no constructors, no private fields, no base classes
#include <string>

#include <pawl/store/table.hpp>

#ifndef PAWL_FIXED
struct begin {
  explicit begin(std::string w) : who(w) {}
  std::string who;
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
  static constexpr auto columns = pawl::columns(pawl::on<begin>(pawl::set("who", &begin::who)));
};
static_assert(pawl::valid<jobs_table>);
