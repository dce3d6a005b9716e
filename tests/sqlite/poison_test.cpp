// After an error that leaves the connection in doubt, it is never used again.
#include <string>

#include <pawl/sqlite/store.hpp>

#include "catch.hpp"
#include "files.hpp"
#include "sqlite/every_store.hpp"

namespace poison_test {

using namespace filing;
using namespace sqlite_test;
using pawl::store_failure;

// The database may not grow any more: the next page that is wanted is an SQLITE_FULL.
template <class Face> void fill(Face& t) { t.db.execute("PRAGMA max_page_count=1"); }

TEMPLATE_TEST_CASE("a full disk applies nothing, poisons, and names the cause and the path from then on", "[sqlite]",
                   in_mapped_table, in_own_table) {
  TestType t;
  auto const a = fresh(t, "a"), b = fresh(t, "b");
  auto const up = *t.store.apply(b, start_upload{});
  REQUIRE(t.store.try_begin());
  REQUIRE(t.store.apply(a, start_upload{}));
  poison_test::fill(t);
  complete_upload const big{std::string(1 << 20, 'x'), "uri"};
  auto const first = error_of([&] { (void)t.store.apply(up, big); });
  CHECK(first.what_failed() == store_failure::not_applied);
  CHECK(mentions(first, "full"));
  CHECK(mentions(first, t.db.path()));
  CHECK(t.store.poisoned());
  for (auto const& e :
       {error_of([&] { (void)t.store.apply(a, start_upload{}); }), error_of([&] { t.store.commit(); }),
        error_of([&] { (void)t.store.get("a"); }), error_of([&] { (void)t.store.unrecognised(); }),
        error_of([&] { (void)t.store.runnable(untracked, {}, 1); }),
        error_of([&] { (void)t.store.template recorded<complete_upload>(a); }),
        error_of([&] { t.db.execute("SELECT 1"); }), error_of([&] { (void)t.db.prepare("SELECT 1"); })}) {
    CHECK(e.what_failed() == store_failure::not_applied);
    CHECK(mentions(e, "full"));
    CHECK(mentions(e, t.db.path()));
  }
  t.store.rollback();
  CHECK_FALSE(t.db.in_transaction());
  CHECK(failure_of([&] { (void)t.store.try_begin(); }) == store_failure::not_applied);

  pawl::sqlite::database anew(t.db.path(), quick());
  pawl::sqlite::store<std::conditional_t<std::is_same_v<TestType, in_own_table>, file_lifecycle, files_table>> again(
      anew);
  CHECK(again.get("a").item->version == 0);
  CHECK(again.get("b").item->version == 1);
  CHECK(again.apply(a, start_upload{}));
}

TEST_CASE("an error at COMMIT is unknown, and poisons", "[sqlite]") {
  in_mapped_table t;
  auto const a = fresh(t, "a");
  // A commit hook that uses the connection is forbidden; ending its life here makes COMMIT fail as a disk would.
  temporary_folder elsewhere;
  REQUIRE(t.store.try_begin());
  REQUIRE(t.store.apply(a, start_upload{}));
  t.db.execute("PRAGMA wal_autocheckpoint=0");
  sqlite3_file* file = nullptr;
  REQUIRE(sqlite3_file_control(t.db.handle(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &file) == SQLITE_OK);
  REQUIRE(file != nullptr);
  // The log's own methods, but with a write that fails.
  static sqlite3_io_methods failing;
  failing = *file->pMethods;
  failing.xWrite = [](sqlite3_file*, void const*, int, sqlite3_int64) { return SQLITE_IOERR_WRITE; };
  auto const* const real = file->pMethods;
  file->pMethods = &failing;
  auto const e = error_of([&] { t.store.commit(); });
  file->pMethods = real;
  CHECK(e.what_failed() == store_failure::unknown);
  CHECK(mentions(e, "unknown"));
  CHECK(mentions(e, t.db.path()));
  CHECK(t.store.poisoned());
  t.store.rollback();
  CHECK(failure_of([&] { (void)t.store.get("a"); }) == store_failure::not_applied);
  pawl::sqlite::database anew(t.db.path(), quick());
  pawl::sqlite::store<files_table> again(anew);
  CHECK(again.get("a").item->version == 0);
}

TEST_CASE("a checkpoint that fails leaves the commit standing, and the next call says so", "[sqlite]") {
  auto o = quick();
  o.checkpoint_frames = 1;
  temporary_folder folder;
  pawl::sqlite::database db(folder / "a.db", o);
  pawl::sqlite::store<file_lifecycle> store(db);
  REQUIRE(store.insert_if_absent("a"));
  sqlite3_file* file = nullptr;
  REQUIRE(sqlite3_file_control(db.handle(), "main", SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK);
  static sqlite3_io_methods failing;
  failing = *file->pMethods;
  failing.iVersion = 2;  // no mmap
  failing.xWrite = [](sqlite3_file*, void const*, int, sqlite3_int64) { return SQLITE_IOERR_WRITE; };
  auto const* const real = file->pMethods;
  file->pMethods = &failing;
  auto const moved = store.apply(read<untracked>(store, "a"), start_upload{});
  file->pMethods = real;
  CHECK(moved);
  CHECK(store.poisoned());
  CHECK(mentions(error_of([&] { (void)store.get("a"); }), "checkpoint"));
  pawl::sqlite::database anew(folder / "a.db", quick());
  pawl::sqlite::store<file_lifecycle> again(anew);
  CHECK(again.get("a").item->version == 1);
}

// What is in the log is what was acknowledged; to copy it back by a connection in doubt may spoil both.
TEST_CASE("a poisoned database is not checkpointed at close: log and file stay as they are", "[sqlite]") {
  temporary_folder folder;
  std::string const file = folder / "a.db", log = file + "-wal";
  std::string file_before, log_before;
  {
    pawl::sqlite::database db(file, quick());
    pawl::sqlite::store<file_lifecycle> store(db);
    REQUIRE(store.insert_if_absent("a"));
    REQUIRE(store.apply(read<untracked>(store, "a"), start_upload{}));
    file_before = text_of(file);
    log_before = text_of(log);
    REQUIRE_FALSE(log_before.empty());
    db.poison("the flood");
  }
  CHECK((text_of(file) == file_before));
  CHECK((text_of(log) == log_before));
  {
    pawl::sqlite::database anew(file, quick());
    pawl::sqlite::store<file_lifecycle> again(anew);
    CHECK(again.get("a").item->version == 1);
  }
  CHECK((text_of(file) != file_before));
  CHECK(text_of(log).empty());
}

TEST_CASE("the first cause is the one that is told, and the user may give one", "[sqlite]") {
  in_own_table t;
  t.db.poison("the flood");
  t.db.poison("the fire");
  auto const e = error_of([&] { (void)t.store.get("a"); });
  CHECK(mentions(e, "the flood"));
  CHECK_FALSE(mentions(e, "the fire"));
}

}  // namespace poison_test
