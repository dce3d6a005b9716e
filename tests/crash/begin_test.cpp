// Disk failures at the start of a transaction.
#include <string>

#include <pawl/error.hpp>
#include <pawl/sqlite/database.hpp>

#include "catch.hpp"
#include "crash/fault_vfs.hpp"
#include "crash/memory_files.hpp"
#include "files.hpp"

namespace begin_test {

using namespace crash;

TEST_CASE("an I/O error at BEGIN is not taken for a lock of another process: it poisons", "[crash]") {
  temporary_folder folder;
  fault_vfs vfs(1);
  memory_files files;
  vfs.mounted = &files;
  pawl::sqlite::database db(folder / "a.db");
  db.execute("CREATE TABLE t(i); PRAGMA shrink_memory");
  auto const& unreadable = fault_kinds[1];
  REQUIRE(unreadable.where == operation::read);
  vfs.faults = fault_plan(unreadable, 0, true);
  auto const begin = [&](bool waits) {
    try {
      waits ? db.begin() : void(db.try_begin());
    } catch (pawl::store_error const& e) {
      CHECK(std::string(e.what()).find("BEGIN IMMEDIATE") != std::string::npos);
      return e.what_failed();
    }
    return pawl::store_failure::misuse;
  };
  SECTION("where it would wait") { CHECK(begin(true) == pawl::store_failure::not_applied); }
  SECTION("where it would not") { CHECK(begin(false) == pawl::store_failure::not_applied); }
  CHECK(vfs.faults.struck() > 0);
  CHECK(db.poisoned());
  CHECK_FALSE(db.in_transaction());
}

}  // namespace begin_test
