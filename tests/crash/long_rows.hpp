// Rows longer than a page, on a disk that may fail to sync: each transaction takes several pages of the log.
#ifndef PAWL_TESTS_CRASH_LONG_ROWS_HPP
#define PAWL_TESTS_CRASH_LONG_ROWS_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

#include <sqlite3.h>

#include <pawl/error.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/options.hpp>

#include "crash/fault_vfs.hpp"
#include "crash/faults.hpp"
#include "crash/memory_files.hpp"
#include "crash/recovery.hpp"
#include "files.hpp"

namespace crash::long_rows {

inline constexpr fault_kind refused_sync{"sync error", operation::sync, SQLITE_IOERR_FSYNC};

inline pawl::sqlite::options options_of(pawl::sqlite::durability durable) {
  pawl::sqlite::options o;
  o.durable = durable;
  o.busy_timeout = std::chrono::milliseconds(0);
  o.checkpoint_frames = 40;
  return o;
}
inline constexpr char const* schema = "CREATE TABLE t(i INTEGER PRIMARY KEY, name UNIQUE, big)";
inline std::string insertion_of(int row) {
  std::string const number = std::to_string(row);
  return "INSERT INTO t VALUES(" + number + ", 'row " + number + "', zeroblob(5000))";
}
inline void insert(pawl::sqlite::database& db, int row) {
  db.begin();
  db.execute(insertion_of(row));
  db.commit();
}
inline bool refuses_to_insert(pawl::sqlite::database& db, int row) {
  try {
    return insert(db, row), false;
  } catch (pawl::store_error const&) {
    return true;
  }
}
inline bool has_row(pawl::sqlite::database& db, int row) {
  return db.prepare("SELECT 1 FROM t WHERE i=" + std::to_string(row)).step();
}
inline bool is_whole(std::string const& path) {
  try {
    pawl::sqlite::database db(path, options_of(pawl::sqlite::durability::process_crash));
    return !db.prepare("SELECT 1 FROM pragma_integrity_check WHERE integrity_check <> 'ok'").step();
  } catch (pawl::store_error const&) {
    return false;
  }
}

// A disk with the database on it, and nothing in that yet.
struct disk_of_a_database {
  temporary_folder folder{};
  std::string path = folder / "a.db";
  fault_vfs vfs;
  memory_files files{};
  random_bits random;

  explicit disk_of_a_database(std::uint64_t seed) : vfs(seed), random(seed) {
    vfs.mounted = &files;
    make();
    pawl::sqlite::database const in_wal_mode(path);
  }
  disk_of_a_database(disk_of_a_database const&) = delete;
  disk_of_a_database& operator=(disk_of_a_database const&) = delete;
  // With pages shorter than its rows, whatever the size that this SQLite gives them.
  void make() const {
    sqlite3* made = nullptr;
    sqlite3_open(path.c_str(), &made);
    int const code =
        sqlite3_exec(made, (std::string("PRAGMA page_size=4096;") + schema).c_str(), nullptr, nullptr, nullptr);
    sqlite3_close(made);
    if (code != SQLITE_OK) throw std::runtime_error("the database of long rows cannot be made");
  }
  void refuse_sync(std::size_t number) { vfs.faults = fault_plan(refused_sync, number, false); }
  // Whether the row is there after a power cut that takes all that was not synced.
  bool keeps(int row) {
    auto const left = files.after(ending::all_unsynced_lost, nullptr, random);
    mounted_instead const crashed(vfs, *left);
    pawl::sqlite::database next(path, options_of(pawl::sqlite::durability::power_loss));
    return has_row(next, row);
  }
  // From the first refused sync on the power fails at each change, which garbles what is under way, and what that leaves
  // is looked at; until vfs.before is another one.
  template <class Look> void fail_after_refusal(Look look) {
    vfs.before = [this, look](change const* under_way) {
      if (vfs.faults.struck() == 0) return;
      auto const left = files.after(ending::sectors_garbled, under_way, random);
      mounted_instead const crashed(vfs, *left);
      look();
    };
  }
};

}  // namespace crash::long_rows

#endif
