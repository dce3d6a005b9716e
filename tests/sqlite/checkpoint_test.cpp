// The write-ahead log: kept small, even with a reader, and empty after the database is closed.
#include <cstdint>
#include <filesystem>
#include <string>

#include <pawl/sqlite/checkpointer.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/options.hpp>

#include "catch.hpp"
#include "sqlite/fixture.hpp"

namespace checkpoint_test {

using namespace sqlite_test;
using pawl::sqlite::database;

struct counted {
  temporary_folder folder;
  int checkpoints = 0;
  std::string path = (make_with_pages_of(4096, folder / "a.db"), folder / "a.db");
  pawl::sqlite::options o = options();
  database db{path, o};

  counted() { db.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b BLOB)"); }
  pawl::sqlite::options options() {
    auto with = quick();
    with.checkpoint_frames = 100;
    with.on_span = [this](char const* what, auto) { checkpoints += std::string(what) == "checkpoint" ? 1 : 0; };
    return with;
  }
  void commit_some(int n) {
    auto s = db.prepare("INSERT INTO t(b) VALUES(zeroblob(3000))");
    for (int i = 0; i < n; ++i) {
      db.begin();
      s.step();
      s.reset();
      db.commit();
    }
  }
  std::uintmax_t log() const { return size_of(folder / "a.db-wal"); }
};
constexpr std::uintmax_t frame = 4096 + 24;

TEST_CASE("the log is copied back when it has its size, and begun anew", "[sqlite]") {
  counted c;
  c.commit_some(1000);  // about 2100 pages
  CHECK(c.checkpoints >= 15);
  CHECK(c.checkpoints <= 40);
  CHECK(c.log() < 150 * frame);
}

TEST_CASE("a reader that stays makes checkpoints rare, not frequent, and the log shrinks when it has left",
          "[sqlite]") {
  counted c;
  c.commit_some(30);
  {
    database reader(c.folder / "a.db", quick());
    auto s = reader.prepare("SELECT a FROM t");
    REQUIRE(s.step());  // a snapshot from before all that follows
    c.checkpoints = 0;
    c.commit_some(1000);
    CHECK(c.checkpoints <= 12);  // at 100, 200, 300, 450, 675, ... pages
    CHECK(c.log() > 1500 * frame);
  }
  c.commit_some(2000);
  CHECK(ask(c.db, "PRAGMA integrity_check") == "ok");
  c.checkpoints = 0;
  c.commit_some(200);
  CHECK(c.checkpoints >= 3);  // every 100 pages again
}

TEST_CASE("a log that a reader has let grow beyond what is normal is cut when it has left", "[sqlite]") {
  counted c;
  c.commit_some(1);
  constexpr std::uintmax_t normal = 16 << 20;
  {
    auto reading = quick();
    reading.mode = pawl::sqlite::access::read_only;  // another one would empty the log when it leaves
    database reader(c.folder / "a.db", reading);
    auto s = reader.prepare("SELECT a FROM t");
    REQUIRE(s.step());
    for (int i = 0; i < 20; ++i) c.db.execute("INSERT INTO t(b) VALUES(zeroblob(1000000))");
    CHECK(c.log() > normal + 1'000'000);
  }
  for (int i = 0; i < 4; ++i) c.commit_some(200);
  CHECK(c.log() <= normal);
  CHECK(c.log() > 0);
}

TEST_CASE("statements outside of a transaction are followed by a checkpoint too", "[sqlite]") {
  counted c;
  c.db.execute(
      "INSERT INTO t(b) WITH n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<300) "
      "SELECT zeroblob(3000) FROM n");
  CHECK(c.checkpoints == 1);
}

TEST_CASE("closing empties the log, also where another connection stays", "[sqlite]") {
  temporary_folder folder;
  database other(folder / "a.db", quick());
  ask(other, "SELECT count(*) FROM sqlite_schema");  // from now on it holds the log open
  {
    database db(folder / "a.db", quick());
    db.execute("CREATE TABLE t(a)");
    CHECK(size_of(folder / "a.db-wal") > 0);
  }
  CHECK(std::filesystem::exists(folder / "a.db-wal"));
  CHECK(size_of(folder / "a.db-wal") == 0);
  CHECK(ask(other, "SELECT count(*) FROM t") == "0");
}

TEST_CASE("a connection that was told not to checkpoint at close leaves the log to the next one", "[sqlite]") {
  temporary_folder folder;
  database other(folder / "a.db", quick());
  ask(other, "SELECT count(*) FROM sqlite_schema");
  {
    auto options = quick();
    options.checkpoint_at_close = false;
    database db(folder / "a.db", options);
    db.execute("CREATE TABLE t(a)");
  }
  CHECK(size_of(folder / "a.db-wal") > 0);
  CHECK(ask(other, "SELECT count(*) FROM t") == "0");
}

TEST_CASE("a failed checkpoint is an error, and one that was kept from finishing is not", "[sqlite]") {
  pawl::sqlite::detail::checkpointer c(10);
  c.note_size(9);
  CHECK_FALSE(c.due());
  c.note_size(10);
  CHECK(c.due());
  temporary_folder folder;
  database db(folder / "a.db", quick()), other(folder / "a.db", quick());
  REQUIRE(sqlite3_exec(other.handle(), "CREATE TABLE t(a); BEGIN; SELECT * FROM t", nullptr, nullptr, nullptr) ==
          SQLITE_OK);
  db.execute("INSERT INTO t VALUES(1)");
  CHECK(c.run(db.handle(), SQLITE_CHECKPOINT_PASSIVE) == SQLITE_OK);  // the other reads
  CHECK_FALSE(c.due());
  c.note_size(19);
  CHECK_FALSE(c.due());
  c.note_size(20);
  CHECK(c.due());
  c.note_size(3);  // the log was begun anew
  CHECK_FALSE(c.due());
  c.note_size(10);
  CHECK(c.due());
}

TEST_CASE("a checkpoint that meets that of another connection is no error", "[sqlite]") {
  temporary_folder folder;
  database db(folder / "a.db", quick()), other(folder / "a.db", quick()), reader(folder / "a.db", quick());
  db.execute("CREATE TABLE t(a)");
  REQUIRE(sqlite3_exec(reader.handle(), "BEGIN; SELECT * FROM t", nullptr, nullptr, nullptr) == SQLITE_OK);
  db.execute("INSERT INTO t VALUES(1)");
  struct meeting {
    database& db;
    int of_sqlite = -1, answer = -1;
  } met{db};
  // The other's checkpoint has its locks, waits for the reader, and meanwhile calls this.
  auto const meet = [](void* self, int) {
    auto& m = *static_cast<meeting*>(self);
    m.of_sqlite = sqlite3_wal_checkpoint_v2(m.db.handle(), "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    m.answer = pawl::sqlite::detail::checkpointer(1).run(m.db.handle(), SQLITE_CHECKPOINT_PASSIVE);
    return 0;
  };
  sqlite3_busy_handler(other.handle(), meet, &met);
  CHECK(sqlite3_wal_checkpoint_v2(other.handle(), "main", SQLITE_CHECKPOINT_FULL, nullptr, nullptr) == SQLITE_BUSY);
  CHECK(met.of_sqlite == SQLITE_BUSY);
  CHECK(met.answer == SQLITE_OK);
}

TEST_CASE("a database that one connection has for itself alone gets no index of the log that is shared", "[sqlite]") {
  temporary_folder const folder;
  auto with = quick();
  with.durable = GENERATE(pawl::sqlite::durability::power_loss, pawl::sqlite::durability::process_crash);
  with.checkpoint_frames = 3;
  database db(folder / "a.db", with);
  db.execute("PRAGMA journal_mode=DELETE; PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL");
  db.execute("CREATE TABLE t(a)");
  db.execute("INSERT INTO t VALUES(zeroblob(20000))");
  CHECK(std::filesystem::exists(folder / "a.db-wal"));
  CHECK_FALSE(std::filesystem::exists(folder / "a.db-shm"));
}

}  // namespace checkpoint_test
