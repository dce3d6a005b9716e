// expect: pawl: pawl's own table is named after the lifecycle, and this name is not an SQL identifier
#include <string_view>

#include <pawl/sqlite/store.hpp>

enum class state { open, done };
struct begin {};
struct job : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
                             pawl::transition<state::open, begin, state::done>> {
#ifndef PAWL_FIXED
  static constexpr std::string_view name = "pawl_job";
#else
  static constexpr std::string_view name = "the_job";
#endif
};
void use(pawl::sqlite::database& db) { pawl::sqlite::store<job> store(db); }
