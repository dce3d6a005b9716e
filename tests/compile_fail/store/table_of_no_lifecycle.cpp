// expect: pawl: pawl::table<...> takes the lifecycle that it maps
#include <string>

#include <pawl/store/table.hpp>

enum class door { shut, open };
struct push {
  std::string who;
};
struct pull {};
struct door_life
    : pawl::lifecycle<pawl::initial<door::shut>, pawl::goal<door::open>, pawl::transition<door::shut, push, door::open>,
                      pawl::transition<door::open, pull, door::shut>> {};

#ifdef PAWL_FIXED
struct doors : pawl::table<door_life> {
  static constexpr auto columns = pawl::columns(pawl::on<push>(pawl::set("pushed_by", &push::who)));
};
#else
struct doors : pawl::table<door> {};
#endif
static_assert(pawl::valid<doors>);
