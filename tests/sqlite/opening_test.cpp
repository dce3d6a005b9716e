// Everything that can be wrong with a database at open has a message, distinct from later errors.
#include <cerrno>
#include <chrono>
#include <string>
#include <string_view>
#include <system_error>

#include <sqlite3.h>

#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/opening.hpp>
#include <pawl/sqlite/store.hpp>

#include "catch.hpp"
#include "sqlite/fixture.hpp"
#include "store/filing.hpp"

namespace opening_test {

using namespace filing;
using namespace sqlite_test;
using pawl::store_failure;
using pawl::sqlite::database;

bool has(std::string const& text, std::string_view words) { return text.find(words) != std::string::npos; }

TEST_CASE("every reason of the system why a file is not opened has words of its own", "[sqlite]") {
  using pawl::sqlite::detail::why_not_found;
  CHECK(has(why_not_found(EISDIR, true), "it is a folder"));
  CHECK(has(why_not_found(ENOENT, true), "create the folder"));
  CHECK(has(why_not_found(ENOENT, false), "there is no such file"));
  CHECK(has(why_not_found(ENOTDIR, true), "a file, not a folder"));
  CHECK(has(why_not_found(EACCES, true), "permission denied"));
  CHECK(why_not_found(EPERM, true) == why_not_found(EACCES, true));
  CHECK(has(why_not_found(EROFS, true), "read-only"));
  CHECK(has(why_not_found(EMFILE, true), std::generic_category().message(EMFILE)));  // in the user's language
}

TEST_CASE("every reason of SQLite's why a file is not opened has words of its own, and others are told by their number",
          "[sqlite]") {
  using pawl::sqlite::detail::why_not_opened;
  pawl::sqlite::detail::connection const none("a.db", std::chrono::milliseconds(70));
  CHECK(has(why_not_opened(none, SQLITE_READONLY_DIRECTORY, true), "must be writable"));
  CHECK(why_not_opened(none, SQLITE_PERM, true) == why_not_opened(none, SQLITE_READONLY, true));
  CHECK(has(why_not_opened(none, SQLITE_NOTADB, true), "not an SQLite database"));
  CHECK(has(why_not_opened(none, SQLITE_CORRUPT, true), ".recover"));
  CHECK(has(why_not_opened(none, SQLITE_BUSY_RECOVERY, true), "locked for 70 ms"));
  CHECK(why_not_opened(none, SQLITE_PROTOCOL, true) == why_not_opened(none, SQLITE_BUSY, true));
  CHECK(has(why_not_opened(none, SQLITE_IOERR_READ, true), "(SQLite error 266)"));
}

#ifndef _WIN32  // whose SQLite has nothing that stands in for such a file system
TEST_CASE("a file system that cannot keep a write-ahead log is refused, and nothing is left there", "[sqlite]") {
  temporary_folder folder;
  sqlite3_vfs* const before = sqlite3_vfs_find(nullptr);
  sqlite3_vfs* const without_shared_memory = sqlite3_vfs_find("unix-dotfile");
  REQUIRE(without_shared_memory != nullptr);
  sqlite3_vfs_register(without_shared_memory, 1);
  auto const e = error_of([&] { database db(folder / "a.db", quick()); });
  sqlite3_vfs_register(before, 1);
  CHECK(e.what_failed() == store_failure::refused);
  CHECK(mentions(e, "does not support a write-ahead log"));
  CHECK(mentions(e, folder / "a.db"));
  CHECK(size_of(folder / "a.db") == 0);
}
#endif

TEST_CASE("a poisoned database says so also where no cause was given", "[sqlite]") {
  temporary_folder folder;
  database db(folder / "a.db", quick());
  db.poison("");
  auto const e = error_of([&] { db.execute("SELECT 1"); });
  CHECK(e.what_failed() == store_failure::not_applied);
  CHECK(mentions(e, "Cause: not recorded"));
}

TEST_CASE("a dictionary that the database will not take is refused in words, and nothing of it is kept", "[sqlite]") {
  temporary_folder folder;
  database db(folder / "a.db", quick());
  db.execute("CREATE TABLE pawl_states(table_name TEXT,code INTEGER,name TEXT CHECK(length(name)<4),role TEXT)");
  auto const e = error_of([&] { pawl::sqlite::store<file_lifecycle> store(db); });
  CHECK(e.what_failed() == store_failure::refused);
  CHECK(mentions(e, "CHECK"));
  CHECK(mentions(e, folder / "a.db"));
  CHECK_FALSE(db.in_transaction());
  CHECK(ask(db, "SELECT count(*) FROM sqlite_schema") == "1");
}

// ---- only to be looked at ----

pawl::sqlite::options only_reading() {
  auto o = quick();
  o.mode = pawl::sqlite::access::read_only;
  return o;
}

TEST_CASE("a mapped table that pawl has not opened yet may be looked at, and stays as it is", "[sqlite]") {
  temporary_folder folder;
  database owner(folder / "files.db", quick());
  owner.execute(files_schema);
  owner.execute("INSERT INTO files(file_path,content_hash,filename,file_size) VALUES('a','','',0)");
  database reader(folder / "files.db", only_reading());
  pawl::sqlite::store<files_table> seen(reader);
  auto const a = seen.get("a");
  REQUIRE(a.item);
  CHECK(a.item->version == 0);
  CHECK(seen.parked(10).empty());
  CHECK_FALSE(seen.trouble_of(*a.item));
  CHECK(seen.runnable(untracked, {}, 10).size() == 1);
  CHECK(ask(owner, "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'pawl%'") == "0");
}

TEST_CASE("a table of pawl's own that is not there is not made by looking for it", "[sqlite]") {
  temporary_folder folder;
  database owner(folder / "a.db", quick());
  database reader(folder / "a.db", only_reading());
  auto const e = error_of([&] { pawl::sqlite::store<file_lifecycle> store(reader); });
  CHECK(e.what_failed() == store_failure::refused);
  CHECK(mentions(e, "there is no table [file_lifecycle]"));
  CHECK(mentions(e, "read-only"));
  CHECK(ask(owner, "SELECT count(*) FROM sqlite_schema") == "0");
}

}  // namespace opening_test
