// A database inherited by a forked child: refused there with a message, and intact for the parent.
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <unistd.h>

#include <pawl/sqlite/store.hpp>

#include "catch.hpp"
#include "child_process.hpp"
#include "sqlite/fixture.hpp"
#include "store/filing.hpp"

namespace fork_test {

using namespace filing;
using namespace sqlite_test;
using pawl::store_failure;
using pawl::sqlite::database;

// A child that waits until it is asked, and has inherited nothing that was opened since.
class bystander {
 public:
  explicit bystander(std::function<bool()> const& check) {
    REQUIRE(pipe(question_) == 0);
    child_.emplace([this, &check] {
      char none = 0;
      return read(question_[0], &none, 1) == 1 && check() ? 0 : 1;
    });
  }
  bystander(bystander const&) = delete;
  bystander& operator=(bystander const&) = delete;
  ~bystander() {
    for (int end : question_) close(end);
  }
  bool asked() {
    REQUIRE(write(question_[1], "", 1) == 1);
    return child_->wait() == 0;
  }

 private:
  int question_[2] = {-1, -1};
  std::optional<child_process> child_{};
};

TEST_CASE("every call on an inherited database is refused, with its path and what to do", "[sqlite]") {
  temporary_folder folder;
  database db(folder / "a.db", quick());
  pawl::sqlite::store<file_lifecycle> store(db);
  REQUIRE(store.insert_if_absent("a"));
  auto const a = pawl::item<file_lifecycle, untracked>("a", 0);
  auto count = db.prepare("SELECT count(*) FROM file_lifecycle");
  auto const refused = [&](auto call) {
    return [&db, call] {
      try {
        call();
      } catch (pawl::store_error const& e) {
        return e.what_failed() == store_failure::misuse && mentions(e, db.path()) &&
               mentions(e, "close it before fork() and open it in the child, or let the child exec()");
      }
      return false;
    };
  };
  CHECK(holds_in_child(refused([&] { db.execute("SELECT 1"); })));
  CHECK(holds_in_child(refused([&] { (void)db.prepare("SELECT 1"); })));
  CHECK(holds_in_child(refused([&] { db.begin(); })));
  CHECK(holds_in_child(refused([&] { (void)db.try_begin(); })));
  CHECK(holds_in_child(refused([&] { db.commit(); })));
  CHECK(holds_in_child(refused([&] { (void)db.data_version(); })));
  CHECK(holds_in_child(refused([&] { count.step(); })));
  CHECK(holds_in_child(refused([&] { (void)store.get("a"); })));
  CHECK(holds_in_child(refused([&] { (void)store.apply(a, start_upload{}); })));
  CHECK(holds_in_child(refused([&] { store.insert_if_absent("b"); })));
  CHECK(holds_in_child(refused([&] { (void)store.runnable(untracked, {}, 1); })));
  CHECK(holds_in_child(refused([&] { pawl::sqlite::store<file_lifecycle> another(db); })));
  CHECK(holds_in_child([&] { return holds_in_child(refused([&] { db.execute("SELECT 1"); })); }));
  CHECK(store.apply(a, start_upload{}));  // the parent's is as it was
  CHECK(ask(db, "PRAGMA integrity_check") == "ok");
}

TEST_CASE("what a child destroys leaves the parent's transaction, its lock and the log alone", "[sqlite]") {
  temporary_folder folder;
  std::string const path = folder / "a.db";
  { database(path, quick()).execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b BLOB)"); }
  bystander locked_out([&path] {
    database other(path, quick());
    return !other.try_begin();
  });
  bool closed_in_child = false;
  auto o = quick();
  o.on_span = [&](char const* what, auto) { closed_in_child = std::string(what) == "close"; };
  auto db = std::make_unique<database>(path, o);
  db->execute("INSERT INTO t(b) VALUES(zeroblob(3000)); PRAGMA cache_size=2");
  auto reading = std::make_unique<pawl::sqlite::statement>(db->prepare("SELECT a FROM t"));
  REQUIRE(reading->step());
  db->begin();
  // More than the cache holds: some of it is in the log already, and its index in the memory that processes share.
  db->execute(
      "INSERT INTO t(b) WITH n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<200) SELECT zeroblob(3000) FROM n");
  auto const log = size_of(path + "-wal");
  CHECK(log > 300'000);
  CHECK(holds_in_child([&] {
    reading->reset();
    db->rollback();
    reading.reset();
    db.reset();
    return !closed_in_child;
  }));
  CHECK(size_of(path + "-wal") == log);
  CHECK(locked_out.asked());
  db->commit();
  CHECK(ask(*db, "SELECT count(*) FROM t") == "201");
  CHECK(ask(*db, "PRAGMA integrity_check") == "ok");
  reading.reset();
  db.reset();
  database again(path, quick());
  CHECK(ask(again, "SELECT count(*) FROM t") == "201");
}

TEST_CASE("a statement that is in the middle of its work is not ended by a child", "[sqlite]") {
  temporary_folder folder;
  std::string const path = folder / "a.db";
  database db(path, quick());
  db.execute("CREATE TABLE t(a)");
  std::optional<pawl::sqlite::statement> adding(db.prepare("INSERT INTO t VALUES(1) RETURNING a"));
  REQUIRE(adding->step());  // its end is the COMMIT
  auto const log = size_of(path + "-wal");
  bool const destroys = GENERATE(false, true);
  CHECK(holds_in_child([&] {
    destroys ? adding.reset() : adding->reset();
    return true;
  }));
  CHECK(size_of(path + "-wal") == log);
  adding.reset();
  CHECK(size_of(path + "-wal") > log);
  CHECK(ask(db, "SELECT count(*) FROM t") == "1");
}

TEST_CASE("a statement of an inherited database may be destroyed after it", "[sqlite]") {
  temporary_folder folder;
  auto db = std::make_unique<database>(folder / "a.db", quick());
  db->execute("CREATE TABLE t(a); INSERT INTO t VALUES(1)");
  std::optional<pawl::sqlite::statement> held(db->prepare("SELECT a FROM t"));
  REQUIRE(held->step());
  CHECK(holds_in_child([&] {
    db.reset();
    pawl::sqlite::statement moved(std::move(*held));
    held.reset();
    return true;
  }));
  CHECK(held->integer(0) == 1);
}

TEST_CASE("a child may not open the file anew that its parent has open, by whatever path, and other files it may",
          "[sqlite]") {
  temporary_folder folder;
  { database(folder / "b.db", quick()).execute("CREATE TABLE t(a)"); }
  database db(folder / "a.db", quick());
  std::filesystem::create_symlink("a.db", folder / "link.db");
  auto const refused = [&](std::string const& path) {
    return holds_in_child([&path] {
      try {
        database again(path, quick());
      } catch (pawl::store_error const& e) {
        return e.what_failed() == store_failure::refused && mentions(e, path) && mentions(e, "fork()");
      }
      return false;
    });
  };
  CHECK(refused(folder / "a.db"));
  CHECK(refused(folder / "link.db"));
  CHECK(holds_in_child([&] { return refused(folder / "a.db"); }));
  auto const opens = [&](std::string const& path) {
    return holds_in_child([&path] {
      database own(path, quick());
      own.execute("CREATE TABLE IF NOT EXISTS t(a); INSERT INTO t VALUES(1)");
      return ask(own, "SELECT count(*)>0 FROM t") == "1";
    });
  };
  CHECK(opens(folder / "b.db"));
  CHECK(opens(folder / "new.db"));
  { database second(folder / "b.db", quick()); }
  CHECK(opens(folder / "b.db"));  // closed before the fork
  { database second(folder / "a.db", quick()); }
  CHECK(refused(folder / "a.db"));  // of two that were open one is
}

TEST_CASE("a file that was closed before the fork is the child's to open, as often as it likes", "[sqlite]") {
  temporary_folder folder;
  { database(folder / "a.db", quick()).execute("CREATE TABLE t(a)"); }
  CHECK(holds_in_child([&] {
    for (int i = 0; i < 3; ++i) {
      database db(folder / "a.db", quick());
      db.execute("INSERT INTO t VALUES(1)");
    }
    return true;
  }));
  database db(folder / "a.db", quick());
  CHECK(ask(db, "SELECT count(*) FROM t") == "3");
}

}  // namespace fork_test
