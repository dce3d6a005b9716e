// Regression tests: one for each bug found by the crash proofs.
#include <cstddef>
#include <string>

#include <sqlite3.h>

#include <pawl/error.hpp>
#include <pawl/sqlite/database.hpp>

#include "catch.hpp"
#include "crash/fault_vfs.hpp"
#include "crash/memory_files.hpp"
#include "files.hpp"

namespace found_test {

using namespace crash;

// SQLite answers "wal" to PRAGMA journal_mode=WAL, and only then meets the error. The database went on with a rollback
// journal, whose removal is not synced: a power cut took back the last commit.
TEST_CASE("an error while the database becomes one with a write-ahead log is an error at open", "[crash]") {
  temporary_folder folder;
  std::string const path = folder / "a.db";
  for (auto const& kind : fault_kinds) {
    for (std::size_t at = 0;; ++at) {
      fault_vfs vfs(1);
      memory_files files;
      vfs.mounted = &files;
      vfs.faults = fault_plan(kind, at, false);
      INFO(kind.name << " at " << at);
      try {
        pawl::sqlite::database db(path);
        if (vfs.faults.struck() == 0) break;
        db.execute("CREATE TABLE t(i)");
        CHECK(files.find(path + "-wal") != nullptr);
      } catch (pawl::store_error const& e) {
        CHECK(vfs.faults.struck() > 0);
      }
      REQUIRE(at < 1000);
    }
  }
}

}  // namespace found_test
