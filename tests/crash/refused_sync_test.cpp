// After a failed sync, what it should have written counts as written but exists only in memory.
#include <cstddef>
#include <cstdint>
#include <string>

#include <sqlite3.h>

#include <pawl/error.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/options.hpp>

#include "catch.hpp"
#include "crash/faults.hpp"
#include "crash/long_rows.hpp"
#include "crash/memory_files.hpp"
#include "crash/recovery.hpp"

namespace refused_sync_test {

using namespace crash;
using namespace crash::long_rows;

// Simulated as seeds 72449 and 92552: the transaction whose sync was refused stood in the log, whole for whoever read it
// and with gaps on the disk. The next process committed behind it.
TEST_CASE("what is acknowledged after a process whose sync was refused survives a power cut", "[crash]") {
  bool const alone = GENERATE(true, false);  // or by COMMIT
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed << (alone ? ", a statement alone" : ", a transaction"));
    disk_of_a_database disk(seed);
    {
      pawl::sqlite::database first(disk.path, options_of(pawl::sqlite::durability::power_loss));
      insert(first, 1);
      disk.refuse_sync(0);
      if (alone)
        CHECK_THROWS_AS(first.execute(insertion_of(2)), pawl::store_error);
      else
        REQUIRE(refuses_to_insert(first, 2));
      REQUIRE(disk.vfs.faults.struck() == 1);
      CHECK(first.poisoned());
    }
    {
      pawl::sqlite::database next(disk.path, options_of(pawl::sqlite::durability::power_loss));
      insert(next, 3);
      CHECK(disk.keeps(1));
      CHECK(disk.keeps(3));
    }
  }
}

TEST_CASE("what is acknowledged after a refused sync survives where another process has begun the log anew",
          "[crash]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    disk_of_a_database disk(seed);
    auto const o = options_of(pawl::sqlite::durability::power_loss);
    {
      pawl::sqlite::database first(disk.path, o);
      for (int row = 1; row <= 4; ++row) insert(first, row);
      pawl::sqlite::database(disk.path, o).execute("PRAGMA wal_checkpoint(TRUNCATE)");
      disk.refuse_sync(1);  // the first one is that of the header of the log
      REQUIRE(refuses_to_insert(first, 5));
    }
    pawl::sqlite::database next(disk.path, o);
    insert(next, 6);
    CHECK(disk.keeps(6));
  }
}

TEST_CASE("what is acknowledged after a refused sync survives where one who does not sync has begun the log anew",
          "[crash]") {
  auto const full = options_of(pawl::sqlite::durability::power_loss);
  auto normal = options_of(pawl::sqlite::durability::process_crash);
  normal.checkpoint_at_close = false;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    disk_of_a_database disk(seed);
    {
      pawl::sqlite::database first(disk.path, full);
      for (int row = 1; row <= 4; ++row) insert(first, row);
      {
        pawl::sqlite::database other(disk.path, normal);
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)");
        for (int row = 5; row <= 6; ++row) insert(other, row);
      }
      disk.refuse_sync(0);
      REQUIRE(refuses_to_insert(first, 7));
      REQUIRE(disk.vfs.faults.struck() == 1);
    }
    disk.vfs.faults = {};
    pawl::sqlite::database next(disk.path, full);
    insert(next, 8);
    CHECK(disk.keeps(8));
  }
}

// A disk that was full has left it, behind what is shorter and was committed over the rest.
TEST_CASE("what is acknowledged after a refused sync survives where the log ends in half a page", "[crash]") {
  fault_kind const full{"disk full", operation::write, SQLITE_FULL};
  auto const o = options_of(pawl::sqlite::durability::power_loss);
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    disk_of_a_database disk(seed);
    {
      pawl::sqlite::database first(disk.path, o);
      for (int row = 1; row <= 2; ++row) insert(first, row);
      first.execute("CREATE TABLE other(i)");
      disk.vfs.faults = fault_plan(full, 9, false);  // the fifth page; its header is written before
      first.begin();
      for (int row = 10; row < 14; ++row) first.execute(insertion_of(row));
      CHECK_THROWS_AS(first.commit(), pawl::store_error);
    }
    {
      pawl::sqlite::database second(disk.path, o);
      disk.refuse_sync(0);
      REQUIRE(refuses_to_insert(second, 3));
      REQUIRE(disk.vfs.faults.struck() == 1);
    }
    disk.vfs.faults = {};
    pawl::sqlite::database next(disk.path, o);
    insert(next, 4);
    CHECK(disk.keeps(4));
  }
}

// A power cut in a write may spoil what is written over.
TEST_CASE("after a sync was refused what was on the disk before is not written over", "[crash]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    disk_of_a_database disk(seed);
    auto const o = options_of(pawl::sqlite::durability::power_loss);
    pawl::sqlite::database first(disk.path, o);
    insert(first, 1);
    disk.refuse_sync(0);
    std::size_t points = 0;
    disk.fail_after_refusal([&] {
      ++points;
      pawl::sqlite::database last(disk.path, o);
      CHECK(has_row(last, 1));
    });
    REQUIRE(refuses_to_insert(first, 2));
    disk.vfs.before = {};
    CHECK(points > 0);
  }
}

// Opens and closes it, which copies the log back, and the power fails at each point of that. How often it was damaged.
std::size_t count_damages_by_a_checkpoint(disk_of_a_database& disk) {
  std::size_t damages = 0;
  disk.vfs.before = [&](change const* under_way) {
    auto const left = disk.files.after(ending::subset_kept, under_way, disk.random);
    mounted_instead const crashed(disk.vfs, *left);
    if (!is_whole(disk.path)) ++damages;
  };
  pawl::sqlite::database(disk.path, options_of(pawl::sqlite::durability::process_crash)).execute("SELECT 1");
  disk.vfs.before = {};
  return damages;
}

// A log that is there for whoever reads it and has gaps on the disk must not be copied back: the first half of that would
// stand in the database alone.
TEST_CASE("a power cut in the checkpoint after one whose sync was refused leaves the database whole", "[crash]") {
  bool const at_close = GENERATE(false, true);
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed << (at_close ? ", at close" : ", after a commit"));
    disk_of_a_database disk(seed);
    {
      pawl::sqlite::database first(disk.path, options_of(pawl::sqlite::durability::process_crash));
      for (int row = 1; row < 3; ++row) insert(first, row);
      disk.refuse_sync(0);
      for (int row = 3; !at_close && !first.poisoned() && row < 100; ++row) insert(first, row);
    }
    REQUIRE(disk.vfs.faults.struck() == 1);
    disk.vfs.faults = {};
    CHECK(count_damages_by_a_checkpoint(disk) == 0);
  }
}

// While the file is half written the log alone knows what is to be in it. Where its own sync was refused, it may not.
TEST_CASE("whichever sync was refused, the log is not written over where the file needs it", "[crash]") {
  bool const at_close = GENERATE(false, true);
  std::size_t refused = 0;
  for (std::size_t number = 0; number < 4; ++number) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      INFO("sync " << number << ", seed " << seed << (at_close ? ", at close" : ", after a commit"));
      disk_of_a_database disk(seed);
      {
        pawl::sqlite::database first(disk.path, options_of(pawl::sqlite::durability::process_crash));
        for (int row = 1; row < 3; ++row) insert(first, row);
        disk.refuse_sync(number);
        disk.fail_after_refusal([&] { CHECK(is_whole(disk.path)); });
        for (int row = 3; !at_close && row < 100 && !refuses_to_insert(first, row); ++row) {}
      }
      disk.vfs.before = {};
      refused += disk.vfs.faults.struck();
      disk.vfs.faults = {};
      CHECK(count_damages_by_a_checkpoint(disk) == 0);
    }
  }
  CHECK(refused >= 30);
}

TEST_CASE("the log is not written over where the file needs it, also where a reader keeps checkpoints from copying all",
          "[crash]") {
  auto const o = options_of(pawl::sqlite::durability::process_crash);
  std::size_t refused = 0;
  for (std::size_t number = 3; number < 7; ++number) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      INFO("sync " << number << ", seed " << seed);
      disk_of_a_database disk(seed);
      {
        pawl::sqlite::database before(disk.path, o);
        for (int row = 1; row <= 100; ++row) insert(before, row);
      }
      pawl::sqlite::database reader(disk.path, o);
      pawl::sqlite::database first(disk.path, o);
      disk.refuse_sync(number);
      disk.fail_after_refusal([&] { CHECK(is_whole(disk.path)); });
      for (int row = 1; row <= 100 && !first.poisoned(); ++row) {
        try {
          first.execute("DELETE FROM t WHERE i=" + std::to_string(row));
        } catch (pawl::store_error const&) {
          REQUIRE(first.poisoned());
        }
        if (row % 10 != 1) continue;
        reader.rollback();
        reader.execute("BEGIN; SELECT count(*) FROM t");
      }
      disk.vfs.before = {};
      refused += disk.vfs.faults.struck();
    }
  }
  CHECK(refused == 12);
}

TEST_CASE("what a refused sync has lost of another connection's commits is no more copied back by that one either",
          "[crash]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    disk_of_a_database disk(seed);
    {
      pawl::sqlite::database other(disk.path, options_of(pawl::sqlite::durability::process_crash));
      for (int row = 1; row < 3; ++row) insert(other, row);
      {
        pawl::sqlite::database first(disk.path, options_of(pawl::sqlite::durability::power_loss));
        disk.refuse_sync(0);
        REQUIRE(refuses_to_insert(first, 3));
        disk.vfs.faults = {};
      }
      for (int row = 4; row < 100 && !refuses_to_insert(other, row); ++row) {}
      CHECK(other.poisoned());
    }
    CHECK(count_damages_by_a_checkpoint(disk) == 0);
  }
}

// Only a checkpoint that copies all syncs the file, and the next one begins where the last one has come to.
TEST_CASE("what half a checkpoint has copied is there after the file's own sync was refused", "[crash]") {
  auto o = options_of(pawl::sqlite::durability::power_loss);
  o.checkpoint_at_close = false;
  o.checkpoint_frames = 1000;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    disk_of_a_database disk(seed);
    pawl::sqlite::database reader(disk.path, o);  // while it is open nobody begins at the beginning
    {
      pawl::sqlite::database first(disk.path, o);
      for (int row = 1; row < 8; ++row) insert(first, row);
      reader.execute("BEGIN; SELECT count(*) FROM t");
      insert(first, 8);
      first.execute("PRAGMA wal_checkpoint(PASSIVE)");
      reader.rollback();
      disk.refuse_sync(1);  // the first one is that of the log
      CHECK_THROWS_AS(first.execute("PRAGMA wal_checkpoint(PASSIVE)"), pawl::store_error);
      REQUIRE(disk.vfs.faults.struck() == 1);
    }
    disk.vfs.faults = {};
    {
      pawl::sqlite::database next(disk.path, o);
      next.execute("PRAGMA wal_checkpoint(PASSIVE)");
      insert(next, 9);  // which begins the log anew
    }
    auto const left = disk.files.after(ending::all_unsynced_lost, nullptr, disk.random);
    mounted_instead const crashed(disk.vfs, *left);
    CHECK(is_whole(disk.path));
  }
}

}  // namespace refused_sync_test
