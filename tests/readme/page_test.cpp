// The block of examples/README.md with a live page: it is compiled, and not run, for its port may be another program's.
#include <cstdio>

#include <pawl/page.hpp>
#include <pawl/pawl.hpp>

#include "first_screen_1.declarations.hpp"
#include "page/fake_console.hpp"

// Stands in for the console of a database of SQLite's, until that is part of pawl.
namespace pawl::inline PAWL_ABI {
struct sqlite_console {
  explicit sqlite_console(sqlite::database&) {}
  pawl::loop<> loop{};
  page_test::fake_console of{loop};
  operator console&() { return of; }
};
}  // namespace pawl::inline PAWL_ABI

[[maybe_unused]] static void show_a_live_page(pawl::loop<>& loop, pawl::sqlite::database& db,
                                              pawl::sqlite::store<letter>& letters) {
#include "a_live_page_1.cpp"
}
