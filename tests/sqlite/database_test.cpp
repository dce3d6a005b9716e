// Opening, options, transactions and closing of a database.
#include <chrono>
#include <climits>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <set>
#include <string>
#include <thread>

#include <unistd.h>

#include <pawl/sqlite/database.hpp>

#include "catch.hpp"
#include "child_process.hpp"
#include "sqlite/fixture.hpp"

namespace database_test {

using namespace sqlite_test;
using pawl::store_failure;
using pawl::sqlite::database;
using pawl::sqlite::durability;

// In a process without the rights of root: 0 where check() holds there.
int as_nobody(std::function<bool()> check) {
  auto const look = [&check] {
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) return 2;
    return check() ? 0 : 1;
  };
  return child_process(look).wait();
}
bool refused_with(std::string const& path, std::string_view words) {
  try {
    database db(path, quick());
  } catch (pawl::store_error const& e) {
    return e.what_failed() == store_failure::refused && mentions(e, path) && mentions(e, words);
  }
  return false;
}

TEST_CASE("a database is made where there is none, in WAL mode", "[sqlite]") {
  temporary_folder folder;
  database db(folder / "new.db");
  CHECK(size_of(folder / "new.db") > 0);
  CHECK(ask(db, "PRAGMA journal_mode") == "wal");
  CHECK(ask(db, "PRAGMA trusted_schema") == "0");
  CHECK(ask(db, "PRAGMA application_id") == "0");  // not pawl's to set
  CHECK(std::string(database::version()) == ask(db, "SELECT sqlite_version()"));
}

TEST_CASE(
    "the journal mode may be changed to and fro: a log of which SQLite keeps the place in memory is not taken for lost",
    "[sqlite]") {
  temporary_folder const folder;
  bool const is_alone = GENERATE(false, true);
  CAPTURE(is_alone);
  database db(folder / "a.db", quick());
  db.execute("CREATE TABLE t(a)");
  auto const log = [&] {
    sqlite3_file* file = nullptr;
    sqlite3_file_control(db.handle(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &file);
    return file;
  };
  auto const before = log();
  for (int i = 0; i < 100; ++i) {
    db.execute("PRAGMA journal_mode=DELETE");
    std::ofstream(folder / ("in the place of the log" + std::to_string(i)))
        << i;  // a file system gives it the log's number
    db.execute(is_alone ? "PRAGMA locking_mode=EXCLUSIVE;PRAGMA journal_mode=WAL" : "PRAGMA journal_mode=WAL");
    db.execute("INSERT INTO t VALUES(1)");
    if (log() == before) break;
    if (is_alone) db.execute("PRAGMA locking_mode=NORMAL;SELECT * FROM t");
  }
  if (log() != before) WARN("SQLite never had a log at the same place again");
  REQUIRE_NOTHROW(db.verify());
  std::filesystem::remove(folder / "a.db-wal");
  CHECK_THROWS_WITH(db.verify(), ContainsSubstring("removed"));
}

TEST_CASE("durability is set on every open, whatever it was before", "[sqlite]") {
  temporary_folder folder;
  for (auto const durable : {durability::power_loss, durability::process_crash, durability::power_loss}) {
    database db(folder / "a.db", {.durable = durable});
    CHECK(ask(db, "PRAGMA synchronous") == (durable == durability::power_loss ? "2" : "1"));
  }
  database db(folder / "b.db");
  CHECK(ask(db, "PRAGMA synchronous") == "2");
}

TEST_CASE("what cannot be opened is refused in words, with the path, and left as it was", "[sqlite]") {
  temporary_folder folder;
  CHECK(refused_with(folder / "", "folder"));
  CHECK(refused_with(folder / "missing/a.db", "its folder does not exist"));
  CHECK(refused_with(":memory:", "memory_store"));
  CHECK(failure_of([] { database db(""); }) == store_failure::refused);
  CHECK(failure_of([&] { database db((folder / "a.db") + std::string("\0b", 2)); }) == store_failure::refused);

  std::string const text(5000, 'x');
  std::ofstream(folder / "text.db") << text;
  CHECK(refused_with(folder / "text.db", "not an SQLite database"));
  CHECK(refused_with(folder / "text.db/below", "not a folder"));
  std::ifstream back(folder / "text.db");
  CHECK(std::string(std::istreambuf_iterator<char>(back), {}) == text);
}

TEST_CASE("a missing file is refused where it must not be made", "[sqlite]") {
  temporary_folder folder;
  auto o = quick();
  o.create = false;
  auto const e = error_of([&] { database db(folder / "a.db", o); });
  CHECK(e.what_failed() == store_failure::refused);
  CHECK(mentions(e, "there is no such file"));
  CHECK_FALSE(std::filesystem::exists(folder / "a.db"));
}

TEST_CASE("a damaged database is refused and not touched", "[sqlite]") {
  temporary_folder folder;
  {
    database db(folder / "a.db", quick());
    db.execute("CREATE TABLE t(a)");
  }
  std::filesystem::resize_file(folder / "a.db", 4096 + 100);
  {
    std::fstream file(folder / "a.db", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(100);
    file << std::string(200, '\xff');  // the root of the schema
  }
  CHECK(refused_with(folder / "a.db", "damaged"));
  CHECK(size_of(folder / "a.db") == 4196);
}

TEST_CASE("a database whose texts are not UTF-8 is refused and keeps its journal mode", "[sqlite]") {
  temporary_folder folder;
  sqlite3* raw = nullptr;
  REQUIRE(sqlite3_open((folder / "a.db").c_str(), &raw) == SQLITE_OK);
  REQUIRE(sqlite3_exec(raw, "PRAGMA encoding='UTF-16le'; CREATE TABLE t(a)", nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(raw);
  CHECK(refused_with(folder / "a.db", "UTF-16le"));
  REQUIRE(sqlite3_open((folder / "a.db").c_str(), &raw) == SQLITE_OK);
  sqlite3_stmt* s = nullptr;
  REQUIRE(sqlite3_prepare_v2(raw, "PRAGMA journal_mode", -1, &s, nullptr) == SQLITE_OK);
  REQUIRE(sqlite3_step(s) == SQLITE_ROW);
  CHECK(std::string(reinterpret_cast<char const*>(sqlite3_column_text(s, 0))) == "delete");
  sqlite3_finalize(s);
  sqlite3_close(raw);
}

TEST_CASE("a file or a folder that cannot be written is refused in words", "[sqlite]") {
  temporary_folder folder;
  std::filesystem::permissions(folder / "", std::filesystem::perms::all);
  { database db(folder / "a.db", quick()); }
  std::filesystem::permissions(folder / "a.db", std::filesystem::perms(0444));
  CHECK(as_nobody([&] { return refused_with(folder / "a.db", "must be readable and writable"); }) == 0);
  std::filesystem::permissions(folder / "a.db", std::filesystem::perms(0666));
  std::filesystem::permissions(folder / "", std::filesystem::perms(0555));
  CHECK(as_nobody([&] { return refused_with(folder / "a.db", "writable"); }) == 0);
  CHECK(as_nobody([&] { return refused_with(folder / "b.db", "is not writable; create the folder"); }) == 0);
  std::filesystem::permissions(folder / "", std::filesystem::perms::all);
}

TEST_CASE("a database that another one keeps locked is refused at open, with its path, when the time is over",
          "[sqlite]") {
  temporary_folder folder;
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open((folder / "a.db").c_str(), &other) == SQLITE_OK);
  REQUIRE(sqlite3_exec(other, "CREATE TABLE t(a)", nullptr, nullptr, nullptr) == SQLITE_OK);
  // Without a write-ahead log both keep it from being opened: one to be read, the other to be made one with a log.
  char const* const how = GENERATE("BEGIN EXCLUSIVE", "BEGIN IMMEDIATE");
  REQUIRE(sqlite3_exec(other, how, nullptr, nullptr, nullptr) == SQLITE_OK);
  auto o = quick();
  o.busy_timeout = std::chrono::milliseconds(100);
  auto const begun = std::chrono::steady_clock::now();
  auto const e = error_of([&] { database db(folder / "a.db", o); });
  CHECK(std::chrono::steady_clock::now() - begun >= std::chrono::milliseconds(100));
  CHECK(e.what_failed() == store_failure::refused);
  CHECK(mentions(e, folder / "a.db"));
  CHECK(mentions(e, "another connection, of this process or of another, has kept it locked for"));
  std::thread ends([other] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    sqlite3_close(other);
  });
  o.busy_timeout = std::chrono::seconds(30);
  CHECK_NOTHROW(database(folder / "a.db", o));
  ends.join();
}

TEST_CASE("another process that holds the lock makes try_begin answer false at once, and begin wait and throw",
          "[sqlite]") {
  temporary_folder folder;
  auto o = quick();
  o.busy_timeout = std::chrono::milliseconds(100);
  database ours(folder / "a.db", o), theirs(folder / "a.db", quick());
  REQUIRE(theirs.try_begin());
  auto const begun = std::chrono::steady_clock::now();
  CHECK_FALSE(ours.try_begin());
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::milliseconds(90));
  CHECK_FALSE(ours.in_transaction());
  auto const e = error_of([&] { ours.begin(); });
  CHECK(e.what_failed() == store_failure::busy);
  CHECK(mentions(e, ours.path()));
  CHECK(std::chrono::steady_clock::now() - begun >= std::chrono::milliseconds(100));
  theirs.rollback();
  CHECK_FALSE(ours.poisoned());
  CHECK(ours.try_begin());
}

TEST_CASE("an option of a database that is out of range is refused by name, and nothing is created", "[sqlite]") {
  temporary_folder folder;
  auto const refusal = [&](auto set) {
    auto o = quick();
    set(o);
    auto const e = error_of([&] { database db(folder / "a.db", o); });
    CHECK(e.what_failed() == store_failure::refused);
    CHECK(mentions(e, folder / "a.db"));
    return std::string(e.what());
  };
  for (auto const timeout : {std::chrono::milliseconds(-1), (std::chrono::milliseconds::min)()})
    CHECK_THAT(refusal([&](auto& o) { o.busy_timeout = timeout; }),
               ContainsSubstring("sqlite::options::busy_timeout is " + std::to_string(timeout.count()) +
                                 " ms, it must be 0 or longer"));
  for (int const frames : {0, -1, INT_MIN})
    CHECK_THAT(refusal([&](auto& o) { o.checkpoint_frames = frames; }),
               ContainsSubstring("sqlite::options::checkpoint_frames is " + std::to_string(frames) +
                                 ", it must be at least 1"));
  CHECK_FALSE(std::filesystem::exists(folder / "a.db"));
}

TEST_CASE("begin goes on as soon as the other has let go", "[sqlite]") {
  temporary_folder folder;
  auto o = quick();
  o.busy_timeout = GENERATE(std::chrono::milliseconds(30'000), (std::chrono::milliseconds::max)());
  database ours(folder / "a.db", o), theirs(folder / "a.db", quick());
  std::promise<bool> begun;  // a transaction belongs to the thread that began it
  std::thread other([&] {
    begun.set_value(theirs.try_begin());
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    theirs.rollback();
  });
  bool const locked = begun.get_future().get();
  CHECK(locked);
  CHECK_NOTHROW(ours.begin());
  CHECK(ours.in_transaction());
  other.join();
}

TEST_CASE("a deferred constraint that does not hold rejects the whole transaction at COMMIT, and poisons nothing",
          "[sqlite]") {
  temporary_folder folder;
  database db(folder / "a.db", quick());
  db.execute(
      "PRAGMA foreign_keys=ON; CREATE TABLE p(id INTEGER PRIMARY KEY);"
      "CREATE TABLE c(p REFERENCES p(id) DEFERRABLE INITIALLY DEFERRED)");
  db.begin();
  db.execute("INSERT INTO c VALUES(1)");
  CHECK(failure_of([&] { db.commit(); }) == store_failure::rejected);
  CHECK(db.in_transaction());
  CHECK_FALSE(db.poisoned());
  db.rollback();
  CHECK(ask(db, "SELECT count(*) FROM c") == "0");
  db.begin();
  db.execute("INSERT INTO p VALUES(1); INSERT INTO c VALUES(1)");
  db.commit();
  CHECK(ask(db, "SELECT count(*) FROM c") == "1");
}

TEST_CASE("wrong SQL is rejected with its text, and poisons nothing", "[sqlite]") {
  temporary_folder folder;
  database db(folder / "a.db", quick());
  CHECK(mentions(error_of([&] { db.execute("SELEKT 1"); }), "SELEKT"));
  CHECK(mentions(error_of([&] { (void)db.prepare("SELECT nothing FROM nowhere"); }), "nowhere"));
  CHECK_FALSE(db.poisoned());
}

TEST_CASE("opening, checkpoints and closing are told to the one who asks", "[sqlite]") {
  temporary_folder folder;
  std::multiset<std::string> spans;
  auto o = quick();
  o.checkpoint_frames = 1;
  o.on_span = [&](char const* what, std::chrono::nanoseconds duration) {
    CHECK(duration.count() >= 0);
    spans.insert(what);
  };
  {
    database db(folder / "a.db", o);
    db.begin();
    db.execute("CREATE TABLE t(a)");
    db.commit();
  }
  CHECK(spans == std::multiset<std::string>{"open", "checkpoint", "close"});
}

TEST_CASE("a statement that is still held does not keep the database from closing", "[sqlite]") {
  temporary_folder folder;
  pawl::sqlite::statement held;
  {
    database db(folder / "a.db", quick());
    held = db.prepare("SELECT 1");
  }
  held = pawl::sqlite::statement();
  database again(folder / "a.db", quick());
  CHECK(again.try_begin());
}

TEST_CASE("commits of others are told from those of its own", "[sqlite]") {
  temporary_folder folder;
  database db(folder / "a.db", quick()), other(folder / "a.db", quick());
  db.execute("CREATE TABLE t(a)");
  auto const write = [](database& into, int times) {
    for (int i = 0; i < times; ++i) into.execute("INSERT INTO t VALUES(1)");
  };
  for (int const others : {0, 1, 5})
    for (int const own : {0, 1, 5})
      for (bool const others_first : {true, false}) {
        CAPTURE(others, own, others_first);
        auto const seen = db.others_commits();
        if (others_first) write(other, others);
        write(db, own);
        if (!others_first) write(other, others);
        db.begin();
        db.execute("INSERT INTO t VALUES(2)");
        CHECK((db.others_commits() != seen) == (others > 0));
        CHECK(db.others_commits() == db.others_commits());
        db.commit();
      }
}

TEST_CASE("what was not committed when the database closes is rolled back", "[sqlite]") {
  temporary_folder folder;
  {
    database db(folder / "a.db", quick());
    db.execute("CREATE TABLE t(a)");
    db.begin();
    db.execute("INSERT INTO t VALUES(1)");
  }
  database db(folder / "a.db", quick());
  CHECK(ask(db, "SELECT count(*) FROM t") == "0");
}

}  // namespace database_test
