// The block of examples/README.md with a live page: it is compiled, and not run, for its port may be another program's.
#include <cstdio>

#include <pawl/console/sqlite_console.hpp>
#include <pawl/page.hpp>
#include <pawl/pawl.hpp>

#include "first_screen_1.declarations.hpp"

[[maybe_unused]] static void show_a_live_page(pawl::loop<>& loop, pawl::sqlite::database& db,
                                              pawl::sqlite::store<letter>& letters) {
#include "a_live_page_1.cpp"
}
