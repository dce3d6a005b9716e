// expect: pawl: a schedule inserts an item for each tick, and pawl inserts only into its own tables
#include <chrono>

#include <pawl/recurring/recurring.hpp>
#include <pawl/sqlite/store.hpp>

enum class state { due, done };
struct finish {};
struct night : pawl::lifecycle<pawl::initial<state::due>, pawl::goal<state::done>,
                               pawl::transition<state::due, finish, state::done>> {};
struct nights_table : pawl::table<night> {
  static constexpr pawl::names names{.table = "nights"};
  static constexpr auto columns = pawl::columns();
};

#ifndef PAWL_FIXED
using table = nights_table;
#else
using table = night;
#endif

void use(pawl::sqlite::store<table>& nights) { pawl::every(nights, "nightly", std::chrono::hours(24)).make_due(); }
