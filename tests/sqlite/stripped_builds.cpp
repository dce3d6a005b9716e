// SQLite as some build it: with SQLITE_OMIT_AUTOINIT, where whoever uses it without sqlite3_initialize() crashes,
// and with SQLITE_OMIT_INTROSPECTION_PRAGMAS. The linker (--wrap) puts these functions before those of the library.
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/store.hpp>

#include "catch.hpp"
#include "files.hpp"

static bool initialized = false, used_too_early = false;
static int missing_tables_asked_for = 0;

extern "C" {
int real_initialize() __asm__("__real_sqlite3_initialize");
sqlite3_vfs* real_vfs_find(char const*) __asm__("__real_sqlite3_vfs_find");
int real_open_v2(char const*, sqlite3**, int, char const*) __asm__("__real_sqlite3_open_v2");
int real_prepare_v2(sqlite3*, char const*, int, sqlite3_stmt**, char const**) __asm__("__real_sqlite3_prepare_v2");
int real_prepare_v3(sqlite3*, char const*, int, unsigned, sqlite3_stmt**,
                    char const**) __asm__("__real_sqlite3_prepare_v3");
int wrapped_initialize() __asm__("__wrap_sqlite3_initialize");
sqlite3_vfs* wrapped_vfs_find(char const*) __asm__("__wrap_sqlite3_vfs_find");
int wrapped_open_v2(char const*, sqlite3**, int, char const*) __asm__("__wrap_sqlite3_open_v2");
int wrapped_prepare_v2(sqlite3*, char const*, int, sqlite3_stmt**, char const**) __asm__("__wrap_sqlite3_prepare_v2");
int wrapped_prepare_v3(sqlite3*, char const*, int, unsigned, sqlite3_stmt**,
                       char const**) __asm__("__wrap_sqlite3_prepare_v3");

int wrapped_initialize() {
  initialized = true;
  return real_initialize();
}
sqlite3_vfs* wrapped_vfs_find(char const* name) {
  if (!initialized) used_too_early = true;
  return real_vfs_find(name);
}
int wrapped_open_v2(char const* path, sqlite3** db, int flags, char const* vfs) {
  if (!initialized) used_too_early = true;
  return real_open_v2(path, db, flags, vfs);
}
static bool asks_for_a_missing_table(char const* sql, int size) {
  std::string_view const text =
      size < 0 ? std::string_view(sql) : std::string_view(sql, static_cast<std::size_t>(size));
  for (std::string_view const name : {"function_list", "module_list", "pragma_list"}) {
    if (text.find(name) == text.npos) continue;
    ++missing_tables_asked_for;
    return true;
  }
  return false;
}
int wrapped_prepare_v2(sqlite3* db, char const* sql, int size, sqlite3_stmt** s, char const** tail) {
  if (asks_for_a_missing_table(sql, size)) return real_prepare_v2(db, "SELECT 1 FROM [no such table]", -1, s, tail);
  return real_prepare_v2(db, sql, size, s, tail);
}
int wrapped_prepare_v3(sqlite3* db, char const* sql, int size, unsigned flags, sqlite3_stmt** s, char const** tail) {
  if (asks_for_a_missing_table(sql, size))
    return real_prepare_v3(db, "SELECT 1 FROM [no such table]", -1, flags, s, tail);
  return real_prepare_v3(db, sql, size, flags, s, tail);
}
}

namespace stripped_builds {

enum class door { shut, open };
struct push {
  std::string by;
};
struct front : pawl::lifecycle<pawl::initial<door::shut>, pawl::goal<door::open>,
                               pawl::transition<door::shut, push, door::open>> {};
struct back : pawl::lifecycle<pawl::initial<door::shut>, pawl::goal<door::open>,
                              pawl::transition<door::shut, push, door::open>> {};

template <class L> std::string pushed_by(pawl::sqlite::store<L>& store) {
  store.insert_if_absent("one");
  REQUIRE(store.apply(*store.get("one").item->template as<door::shut>(), push{"ada"}));
  std::optional<push> const recorded = store.template recorded<push>(*store.get("one").item);
  return recorded ? recorded->by : "nobody";
}

TEST_CASE("a SQLite that does not initialise itself is initialised before it is used", "[sqlite]") {
  temporary_folder const folder;
  initialized = false;
  CHECK_NOTHROW(pawl::sqlite::database(folder / "a.db"));
  CHECK(initialized);
  CHECK_FALSE(used_too_early);
}

TEST_CASE("events are recorded by a SQLite that cannot list its functions", "[sqlite]") {
  temporary_folder const folder;
  REQUIRE(sqlite3_initialize() == SQLITE_OK);
  pawl::sqlite::database db(folder / "a.db");
  pawl::sqlite::store<front> first(db);
  CHECK(pushed_by(first) == "ada");
  db.execute("CREATE TABLE numbers(n); INSERT INTO numbers VALUES(1),(2)");
  auto reading = db.prepare("SELECT n FROM numbers");
  REQUIRE(reading.step());  // while a statement is on a row, a function cannot be registered again
  pawl::sqlite::store<back> second(db);
  CHECK(pushed_by(second) == "ada");
  CHECK(reading.step());
  CHECK(missing_tables_asked_for == 0);
}

}  // namespace stripped_builds
