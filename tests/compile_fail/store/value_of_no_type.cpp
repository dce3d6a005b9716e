// expect: pawl: the value of a statement is text, an integer, bool, float, double
#include <pawl/store/sql_statement.hpp>

struct address {};

auto use([[maybe_unused]] address where) {
#ifdef PAWL_FIXED
  return pawl::sql("INSERT INTO mailings VALUES(?1)", 1);
#else
  return pawl::sql("INSERT INTO mailings VALUES(?1)", where);
#endif
}
