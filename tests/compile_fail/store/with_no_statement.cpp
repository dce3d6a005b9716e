// expect: pawl: pawl::with takes an event, and then statements made by pawl::sql, or items by pawl::insert
#include <pawl/store/with.hpp>

struct mail {};

auto use() {
#ifdef PAWL_FIXED
  return pawl::with(mail{}, pawl::sql("DELETE FROM drafts"));
#else
  return pawl::with(mail{}, "DELETE FROM drafts");
#endif
}
