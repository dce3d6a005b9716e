// What each SQLite error in a flush means for the waiters: the queue on a real database.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <vector>

#include <pawl/queue/commit_queue.hpp>
#include <pawl/sqlite/store.hpp>

#include "catch.hpp"
#include "files.hpp"
#include "runner/parcel.hpp"

namespace error_table_test {

using namespace std::chrono_literals;
using parcel::pack;
using parcel::ship;
using parcel::state;
using texts = std::vector<std::string>;
using sizes = std::vector<std::size_t>;
using virtual_loop = pawl::loop<pawl::virtual_clock>;
using sqlite_store = pawl::sqlite::store<parcel::life>;

struct batches {
  std::vector<std::size_t> sizes;
  void on_batch(pawl::batch_times const& b) { sizes.push_back(b.size); }
};

// Parcels that are packed and wait to be shipped; they may be shipped under a number of any length.
struct world {
  explicit world(pawl::commit_queue_options options = {}) : queue(loop, store, seen, options) {
    for (int i = 0; i < 8; ++i) {
      REQUIRE(store.insert_if_absent(key(i)));
      REQUIRE(store.apply(parcel::item<state::ordered>(key(i), 0), pack{}));
    }
  }
  static std::string key(int i) { return "parcel " + std::to_string(i); }
  void ask(int from, int to, std::string const& tracking = "t") {
    for (int i = from; i < to; ++i) {
      answers.emplace_back("unanswered");
      queue.apply(parcel::item<state::packed>(key(i), 1), ship{tracking},
                  [this, at = answers.size() - 1](std::exception_ptr failure, auto moved) {
                    try {
                      if (failure) std::rethrow_exception(failure);
                      answers[at] = moved ? "moved" : "conflict";
                    } catch (pawl::error const& e) {
                      answers[at] = e.id();
                      words.emplace_back(e.what());
                    }
                  });
    }
  }
  void pass(std::chrono::nanoseconds time) {
    loop.wait([](auto& l, auto d) -> pawl::task<void> { co_await l.sleep(d); }(loop, time));
  }
  // What the rows hold, as another connection sees it.
  std::vector<std::int64_t> versions(int from, int to) {
    pawl::sqlite::options look;
    look.mode = pawl::sqlite::access::read_only;
    pawl::sqlite::database other(db.path(), look);
    sqlite_store rows(other);
    std::vector<std::int64_t> found;
    for (int i = from; i < to; ++i) found.push_back(rows.get(key(i)).item->version);
    return found;
  }

  temporary_folder folder;
  pawl::sqlite::database db{folder / "parcels.db"};
  sqlite_store store{db};
  virtual_loop loop;
  batches seen;
  texts answers, words;
  test_queue<sqlite_store, virtual_loop, batches> queue;  // tells those who wait when it is destroyed
};
using numbers = std::vector<std::int64_t>;

TEST_CASE("a constraint, a mismatch and a value that is too big fail one item, and the others are written one by one",
          "[runner]") {
  world w;
  std::string big;
  SECTION("SQLITE_CONSTRAINT") {
    w.db.execute(
        "CREATE TRIGGER no BEFORE UPDATE ON life WHEN old.key='parcel 1' BEGIN SELECT RAISE(ABORT,'not this one'); "
        "END");
  }
  SECTION("SQLITE_MISMATCH") {
    w.db.execute(
        "CREATE TABLE n(id INTEGER PRIMARY KEY);"
        "CREATE TRIGGER no BEFORE UPDATE ON life WHEN old.key='parcel 1' BEGIN INSERT INTO n VALUES('one'); END");
  }
  SECTION("SQLITE_TOOBIG") {
    sqlite3_limit(w.db.handle(), SQLITE_LIMIT_LENGTH, 10'000);
    big.assign(20'000, 'x');
  }
  w.ask(0, 1);
  w.ask(1, 2, big.empty() ? "t" : big);
  w.ask(2, 4);
  w.pass(1s);
  CHECK(w.answers == texts{"moved", "store.rejected", "moved", "moved"});
  CHECK_THAT(w.words.at(0), ContainsSubstring("parcel 1") && ContainsSubstring(w.db.path()));
  CHECK(w.seen.sizes == sizes{1, 1, 1});
  CHECK(w.versions(0, 4) == numbers{2, 1, 2, 2});
  CHECK_FALSE(w.store.poisoned());
  w.ask(4, 8);
  w.pass(1s);
  CHECK(w.seen.sizes == sizes{1, 1, 1, 4});
}

TEST_CASE("a full disk applies nothing: the batch and those behind it are told, and nobody hangs", "[runner]") {
  world w({.batch = 2});
  w.db.execute("PRAGMA max_page_count=1");
  w.ask(0, 1);
  w.ask(1, 2, std::string(1 << 20, 'x'));
  w.ask(2, 5);
  w.pass(1s);
  CHECK(w.answers == texts(5, "store.not_applied"));
  for (auto const& words : w.words) CHECK_THAT(words, ContainsSubstring("full") && ContainsSubstring(w.db.path()));
  w.ask(5, 6);
  w.pass(1s);
  CHECK(w.answers.back() == "store.not_applied");
  CHECK(w.versions(0, 6) == numbers(6, 1));
}

TEST_CASE("an I/O error at COMMIT leaves the batch unknown, and applies nothing of those behind it", "[runner]") {
  world w({.batch = 2});
  sqlite3_file* log = nullptr;
  REQUIRE(sqlite3_file_control(w.db.handle(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK);
  static sqlite3_io_methods failing;
  failing = *log->pMethods;
  failing.xWrite = [](sqlite3_file*, void const*, int, sqlite3_int64) { return SQLITE_IOERR_WRITE; };
  auto const* const real = log->pMethods;
  log->pMethods = &failing;
  w.ask(0, 5);
  w.pass(1s);
  log->pMethods = real;
  CHECK(w.answers ==
        texts{"store.unknown", "store.unknown", "store.not_applied", "store.not_applied", "store.not_applied"});
  for (auto const& words : w.words) CHECK_THAT(words, ContainsSubstring(w.db.path()));
  CHECK(w.seen.sizes.empty());
  CHECK(w.versions(2, 5) == numbers(3, 1));
}

// So many reads of the log go well, and none after them. All that these worlds hold stands in the log.
struct unreadable_log {
  unreadable_log(pawl::sqlite::database& db, int reads) {
    db.execute("PRAGMA shrink_memory");  // nothing is cached
    left = reads;
    REQUIRE(sqlite3_file_control(db.handle(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK);
    real = log->pMethods;
    failing = *real;
    failing.xRead = [](sqlite3_file* f, void* into, int count, sqlite3_int64 from) {
      return left-- > 0 ? real->xRead(f, into, count, from) : SQLITE_IOERR_READ;
    };
    log->pMethods = &failing;
  }
  unreadable_log(unreadable_log const&) = delete;
  unreadable_log& operator=(unreadable_log const&) = delete;
  ~unreadable_log() { log->pMethods = real; }

  static inline int left = 0;
  static inline sqlite3_io_methods failing{};
  static inline sqlite3_io_methods const* real = nullptr;
  sqlite3_file* log = nullptr;
};

TEST_CASE("an I/O error of one statement ends all: its batch and those behind it are told, also once the disk is well",
          "[runner]") {
  world w({.batch = 2});
  {
    unreadable_log const log(w.db, 1);  // BEGIN reads the first page
    w.ask(0, 5);
    w.pass(1s);
  }
  CHECK(w.answers == texts(5, "store.not_applied"));
  for (auto const& words : w.words)
    CHECK_THAT(words,
               ContainsSubstring("I/O error") && ContainsSubstring("WHERE key=") && ContainsSubstring(w.db.path()));
  CHECK(w.store.poisoned());
  w.ask(5, 6);
  w.pass(1s);
  CHECK(w.answers.back() == "store.not_applied");
  CHECK(w.versions(0, 6) == numbers(6, 1));
}

TEST_CASE("while another connection holds the lock the batch stays queued, in its order, and up to the bound",
          "[runner]") {
  world w({.busy_bound = 10s});
  pawl::sqlite::database other(w.db.path());
  REQUIRE(other.try_begin());
  w.ask(0, 4);
  w.pass(9s);
  CHECK(w.answers == texts(4, "unanswered"));
  SECTION("and is written when it is free") {
    other.rollback();
    w.pass(1s);
    CHECK(w.answers == texts(4, "moved"));
    CHECK(w.seen.sizes == sizes{4});
  }
  SECTION("then each is told, with the path") {
    w.pass(2s);
    CHECK(w.answers == texts(4, "store.busy"));
    for (auto const& words : w.words)
      CHECK_THAT(words, ContainsSubstring(w.db.path()) && ContainsSubstring("busy_bound"));
    CHECK_FALSE(w.store.poisoned());
    other.rollback();
    w.ask(0, 4);
    w.pass(1s);
    CHECK(w.versions(0, 4) == numbers(4, 2));
  }
}

TEST_CASE("every code of SQLite that is not known to concern one statement alone poisons", "[runner]") {
  using pawl::store_failure;
  using pawl::sqlite::detail::meaning_of;
  for (int const code : {SQLITE_IOERR, SQLITE_IOERR_FSYNC, SQLITE_FULL, SQLITE_CORRUPT, SQLITE_CORRUPT_INDEX,
                         SQLITE_NOTADB, SQLITE_READONLY, SQLITE_READONLY_DBMOVED, SQLITE_NOMEM, SQLITE_IOERR_NOMEM,
                         SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_INTERNAL, SQLITE_NOLFS, 12345}) {
    CAPTURE(code);
    CHECK(meaning_of(code) == store_failure::not_applied);
  }
  for (int const code : {SQLITE_CONSTRAINT, SQLITE_CONSTRAINT_CHECK, SQLITE_TOOBIG, SQLITE_MISMATCH, SQLITE_ERROR})
    CHECK(meaning_of(code) == store_failure::rejected);
  for (int const code : {SQLITE_INTERRUPT, SQLITE_ABORT, SQLITE_ABORT_ROLLBACK})
    CHECK(meaning_of(code) == store_failure::cancelled);
  for (int const code : {SQLITE_BUSY, SQLITE_BUSY_SNAPSHOT, SQLITE_BUSY_RECOVERY, SQLITE_LOCKED, SQLITE_PROTOCOL})
    CHECK(meaning_of(code) == store_failure::busy);
}

}  // namespace error_table_test
