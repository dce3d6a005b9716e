// expect: pawl: pawl::columns\(...\) takes pawl::on<event>\(...\); put pawl::set
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

struct doors : pawl::table<door_life> {
  static constexpr pawl::names names{.table = "doors"};
#ifdef PAWL_FIXED
  static constexpr auto columns = pawl::columns(pawl::on<push>(pawl::set("pushed_by", &push::who)));
#else
  static constexpr auto columns = pawl::columns(pawl::set("pushed_by", &push::who));
#endif
};
static_assert(pawl::valid<doors>);
