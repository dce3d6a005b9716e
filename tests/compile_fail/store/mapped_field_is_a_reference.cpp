// expect: pawl: a field of this event has a type that no column can hold
#include "recorded_event.hpp"

struct begin {
  std::string who;
#ifndef PAWL_FIXED
  std::string& why;
#endif
};
struct jobs_table : pawl::table<job<begin>> {
  static constexpr pawl::names names{.table = "jobs"};
  static constexpr auto columns = pawl::columns(pawl::on<begin>(pawl::set("who", &begin::who)));
};
template void use<jobs_table>(pawl::sqlite::database&, begin const&);
