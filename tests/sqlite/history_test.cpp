// The optional history of items, and the removal of what is finished.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/sqlite/store.hpp>
#include <pawl/store/history_entry.hpp>
#include <pawl/store/memory_store.hpp>
#include <pawl/store/store_options.hpp>

#include "catch.hpp"
#include "sqlite/every_store.hpp"

namespace history_test {

using namespace filing;
using namespace sqlite_test;
using namespace std::chrono_literals;
using pawl::history_entry;
using pawl::stored_time;
using pawl::trouble_record;

constexpr pawl::store_options with_history{.history = true};

// The time is what a test says, and a second more at each look.
struct told_clock {
  std::chrono::system_clock::time_point at{std::chrono::sys_days(std::chrono::year(2026) / 11 / 30)};
};
pawl::sqlite::options by(told_clock& clock) {
  auto how = quick();
  how.now = [&clock] { return clock.at += 1s; };
  return how;
}

struct remembering_memory {
  told_clock clock{};
  pawl::memory_store<file_lifecycle> store{[this] { return stored_time(clock.at += 1s); }, with_history};
  void add(std::string_view key) { REQUIRE(store.insert_if_absent(key)); }
};
class remembering_mapped_table {
  temporary_folder folder_;

 public:
  told_clock clock{};
  pawl::sqlite::database db{folder_ / "files.db", by(clock)};
  pawl::sqlite::store<files_table> store =
      (db.execute(files_schema), pawl::sqlite::store<files_table>(db, with_history));
  void add(std::string_view key) {
    auto s = db.prepare("INSERT INTO files(file_path,content_hash,filename,file_size) VALUES(?1,'hash','name',1024)");
    s.bind(1, key);
    s.step();
  }
};
class remembering_own_table {
  temporary_folder folder_;

 public:
  told_clock clock{};
  pawl::sqlite::database db{folder_ / "own.db", by(clock)};
  pawl::sqlite::store<file_lifecycle> store{db, with_history};
  void add(std::string_view key) { REQUIRE(store.insert_if_absent(key)); }
};
#define EVERY_REMEMBERING_STORE remembering_memory, remembering_mapped_table, remembering_own_table

// "1 untracked -start_upload-> uploading", a line each.
template <class Store> std::string told(Store& store, std::string_view key, std::size_t most = 1000) {
  std::string lines;
  for (history_entry const& e : store.history(key, most)) {
    lines += std::to_string(e.version) + " " + e.from + " -" + e.event + "-> " + e.to;
    if (e.attempts > 0) lines += " after " + std::to_string(e.attempts) + ": " + e.error;
    lines += '\n';
  }
  return lines;
}
template <class Store> void index(Store& store, std::string_view key) {
  auto const begun = store.apply(read<untracked>(store, key), start_upload{});
  REQUIRE(begun);
  auto const sent = store.apply(*begun, complete_upload{"id", "uri"});
  REQUIRE(sent);
  REQUIRE(store.apply(*sent, complete_processing{"doc"}));
}
trouble_record troubled(std::int32_t attempts, std::string_view error) {
  trouble_record r;
  r.attempts = attempts;
  r.run = 7;
  r.next_at = stored_time(9s);
  r.last_error = error;
  return r;
}

TEMPLATE_TEST_CASE("a history tells each transition of an item, in their order, with what had failed before",
                   "[sqlite]", EVERY_REMEMBERING_STORE) {
  TestType t;
  t.add("a");
  t.add("b");
  CHECK(t.store.history("a").empty());
  CHECK(t.store.history("nobody").empty());
  REQUIRE(t.store.apply(read<untracked>(t.store, "b"), start_upload{}));
  auto const begun = t.store.apply(read<untracked>(t.store, "a"), start_upload{});
  REQUIRE(t.store.note(*t.store.get("a").item, troubled(3, "503 'busy'")));
  auto const sent = t.store.apply(*begun, complete_upload{"id", "uri"});
  REQUIRE(t.store.apply(*sent, complete_processing{"doc"}));
  CHECK(told(t.store, "a") ==
        "1 untracked -start_upload-> uploading\n"
        "2 uploading -complete_upload-> processing after 3: 503 'busy'\n"
        "3 processing -complete_processing-> indexed\n");
  CHECK(told(t.store, "b") == "1 untracked -start_upload-> uploading\n");
  CHECK(told(t.store, "a", 1) == "3 processing -complete_processing-> indexed\n");
  CHECK(t.store.history("a", 0).empty());
  auto const all = t.store.history("a");
  REQUIRE(all.size() == 3);
  CHECK(all[0].at < all[1].at);
  CHECK(all[1].at < all[2].at);
  CHECK(all[0].at > stored_time(t.clock.at) - 1min);
  CHECK(all[0].run == 0);
}

TEMPLATE_TEST_CASE("a release is in the history with whose it is, and one that finds nothing is not", "[sqlite]",
                   EVERY_REMEMBERING_STORE) {
  TestType t;
  t.add("a");
  CHECK_FALSE(t.store.release("a", "ada"));
  REQUIRE(t.store.note(*t.store.get("a").item, troubled(3, "503 'busy'")));
  t.store.rows().set_run(4711);
  CHECK(t.store.release("a", "ada: it is mended"));
  auto const begun = t.store.apply(read<untracked>(t.store, "a"), start_upload{});
  REQUIRE(t.store.note(*t.store.get("a").item, troubled(1, "503 'busy'")));
  CHECK(t.store.release("a"));
  REQUIRE(t.store.note(*t.store.get("a").item, troubled(1, "503 'busy'")));
  REQUIRE(t.store.try_begin());
  CHECK(t.store.release("a"));
  t.store.rollback();
  CHECK(told(t.store, "a") ==
        "0 untracked -hand: released-> untracked after 3: by ada: it is mended\n"
        "1 untracked -start_upload-> uploading\n"
        "1 uploading -hand: released-> uploading after 1: by hand\n");
  auto const all = t.store.history("a");
  REQUIRE(all.size() == 3);
  CHECK(all[0].by_hand() == "released");
  CHECK(all[0].run == 0);
  CHECK(all[1].by_hand().empty());
  CHECK(all[1].run == 4711);
}

TEMPLATE_TEST_CASE("an entry names the run that wrote it, until the run has ended", "[sqlite]",
                   EVERY_REMEMBERING_STORE) {
  TestType t;
  t.add("a");
  auto& rows = t.store.rows();
  rows.set_run(4711);
  auto const begun = t.store.apply(read<untracked>(t.store, "a"), start_upload{});
  rows.set_run(0);
  REQUIRE(t.store.apply(*begun, complete_upload{"id", "uri"}));
  auto const all = t.store.history("a");
  REQUIRE(all.size() == 2);
  CHECK(all[0].run == 4711);
  CHECK(all[1].run == 0);
}

TEMPLATE_TEST_CASE("what did not happen is not in the history: a conflict, a rollback", "[sqlite]",
                   EVERY_REMEMBERING_STORE) {
  TestType t;
  t.add("a");
  auto const it = read<untracked>(t.store, "a");
  REQUIRE(t.store.try_begin());
  REQUIRE(t.store.apply(it, start_upload{}));
  t.store.rollback();
  CHECK(t.store.history("a").empty());
  REQUIRE(t.store.try_begin());
  REQUIRE(t.store.apply(it, start_upload{}));
  t.store.commit();
  CHECK_FALSE(t.store.apply(it, start_upload{}));
  CHECK(told(t.store, "a") == "1 untracked -start_upload-> uploading\n");
}

TEMPLATE_TEST_CASE("a key's history is that of its latest row", "[sqlite]", remembering_memory, remembering_own_table) {
  TestType t;
  t.add("a");
  index(t.store, "a");
  t.clock.at += 1h;
  CHECK(t.store.remove_finished(30min, 10) == 1);
  t.add("a");
  REQUIRE(t.store.apply(read<untracked>(t.store, "a"), start_upload{}));
  CHECK(told(t.store, "a") == "1 untracked -start_upload-> uploading\n");
}

TEMPLATE_TEST_CASE("what is finished is removed once it is old enough, so many at a time, and nothing else", "[sqlite]",
                   remembering_memory, remembering_own_table) {
  TestType t;
  for (std::string const key : {"a", "b", "c", "d", "e"}) t.add(key);
  for (std::string const key : {"a", "c", "d"}) index(t.store, key);
  REQUIRE(t.store.note(*t.store.get("b").item, troubled(1, "ill")));
  t.clock.at += 1h;
  index(t.store, "e");  // too young
  CHECK(t.store.remove_finished(2h, 10) == 0);
  CHECK(t.store.remove_finished(30min, 0) == 0);
  CHECK(t.store.remove_finished(30min, 2) == 2);
  CHECK(t.store.remove_finished(30min, 2) == 1);
  CHECK(t.store.remove_finished(30min, 2) == 0);
  for (std::string const key : {"a", "c", "d"}) CHECK(t.store.get(key).gone());
  CHECK(t.store.get("e").item);
  REQUIRE(t.store.get("b").item);
  CHECK(t.store.trouble_of(*t.store.get("b").item));
  CHECK(t.store.remove_finished(std::chrono::nanoseconds::max(), 10) == 0);
  CHECK(t.store.remove_finished(-1h, 10) == 1);  // at once, as 0 is
  CHECK(t.store.get("e").gone());
}

TEMPLATE_TEST_CASE("a removed key that is inserted again has another life, and so other idempotency keys", "[sqlite]",
                   remembering_memory, remembering_own_table) {
  TestType t;
  t.add("a");
  auto const before = t.store.get("a").item->life;
  index(t.store, "a");
  t.clock.at += 1h;
  REQUIRE(t.store.remove_finished(0s, 10) == 1);
  t.add("a");
  CHECK(t.store.get("a").item->life != before);
  CHECK(t.store.get("a").item->version == 0);
}

TEMPLATE_TEST_CASE("a removal belongs to the transaction that is open", "[sqlite]", remembering_memory,
                   remembering_own_table) {
  TestType t;
  t.add("a");
  index(t.store, "a");
  t.clock.at += 1h;
  REQUIRE(t.store.try_begin());
  CHECK(t.store.remove_finished(0s, 10) == 1);
  t.store.rollback();
  CHECK(t.store.get("a").item);
}

TEMPLATE_TEST_CASE("a history is removed by its age, so many entries at a time, and that of others stays", "[sqlite]",
                   remembering_mapped_table, remembering_own_table) {
  TestType t;
  t.add("a");
  t.add("b");
  index(t.store, "a");
  t.clock.at += 1h;
  REQUIRE(t.store.apply(read<untracked>(t.store, "b"), start_upload{}));
  CHECK(t.store.remove_history(2h, 10) == 0);
  CHECK(t.store.remove_history(30min, 2) == 2);
  CHECK(told(t.store, "a") == "3 processing -complete_processing-> indexed\n");
  CHECK(t.store.remove_history(30min, 10) == 1);
  CHECK(t.store.history("a").empty());
  CHECK(t.store.history("b").size() == 1);
}

TEST_CASE("two tables of one database keep their histories apart, and a store without one writes none", "[sqlite]") {
  remembering_own_table t;
  t.db.execute(files_schema);
  pawl::sqlite::store<files_table> files{t.db, with_history};
  t.db.execute("INSERT INTO files(file_path,content_hash,filename,file_size) VALUES('a','hash','name',1024)");
  t.add("a");
  index(files, "a");
  CHECK(t.store.history("a").empty());
  CHECK(files.history("a").size() == 3);
  CHECK(t.store.remove_history(0s, 10) == 0);
  CHECK(files.history("a").size() == 3);
  pawl::sqlite::store<file_lifecycle> silent{t.db};
  REQUIRE(silent.apply(read<untracked>(silent, "a"), start_upload{}));
  CHECK(silent.history("a").empty());
  auto s = t.db.prepare(
      "SELECT count(*) FROM pawl_history_view WHERE table_name='files' AND key='a' AND event='complete_upload'");
  REQUIRE(s.step());
  CHECK(s.integer(0) == 1);
}

TEST_CASE("without a history no table is made for it, and a database that is only read has what was written",
          "[sqlite]") {
  temporary_folder const folder;
  auto const path = folder / "own.db";
  auto const tables = [](pawl::sqlite::database& db) {
    auto s = db.prepare("SELECT count(*) FROM sqlite_schema WHERE name IN('pawl_history','pawl_change')");
    return s.step() ? s.integer(0) : -1;
  };
  {
    pawl::sqlite::database db{path, quick()};
    pawl::sqlite::store<file_lifecycle> silent{db};
    CHECK(tables(db) == 0);
    CHECK(silent.history("a").empty());
    pawl::sqlite::store<file_lifecycle> store{db, with_history};
    CHECK(tables(db) == 2);
    store.insert_if_absent("a");
    index(store, "a");
  }
  pawl::sqlite::database db{path, {.mode = pawl::sqlite::access::read_only}};
  pawl::sqlite::store<file_lifecycle> store{db, with_history};
  CHECK(store.history("a").size() == 3);
}

// Until 0.1.0 pawl_history was made with the other tables, in another form, and nothing wrote it.
TEST_CASE("a history that was reserved in another form is made anew", "[sqlite]") {
  temporary_folder const folder;
  pawl::sqlite::database db{folder / "own.db", quick()};
  { pawl::sqlite::store<file_lifecycle> made{db}; }
  db.execute(
      "CREATE TABLE pawl_history(table_name TEXT NOT NULL,key TEXT NOT NULL,PRIMARY KEY(table_name,key)) WITHOUT "
      "ROWID");
  pawl::sqlite::store<file_lifecycle> before{db};
  CHECK(before.history("a").empty());
  CHECK(before.remove_history(0s, 1) == 0);
  pawl::sqlite::store<file_lifecycle> store{db, with_history};
  store.insert_if_absent("a");
  index(store, "a");
  CHECK(store.history("a").size() == 3);
}

TEST_CASE("opening a history makes what is missing in a transaction of its own, and else waits for nobody",
          "[sqlite]") {
  temporary_folder const folder;
  auto const path = folder / "own.db";
  pawl::sqlite::database db{path, quick()};
  { pawl::sqlite::store<file_lifecycle> made{db}; }
  db.begin();
  CHECK(failure_of([&] { pawl::sqlite::store<file_lifecycle>(db, with_history); }) == pawl::store_failure::misuse);
  db.rollback();
  { pawl::sqlite::store<file_lifecycle> made{db, with_history}; }
  pawl::sqlite::database other{path, quick()};
  other.begin();
  pawl::sqlite::store<file_lifecycle> store{db, with_history};
  other.rollback();
  store.insert_if_absent("a");
  index(store, "a");
  CHECK(store.history("a").size() == 3);
}

TEST_CASE("an entry of a clock that was wrong keeps no other from being removed", "[sqlite]") {
  remembering_own_table t;
  t.add("a");
  t.add("b");
  auto const now = t.clock.at;
  t.clock.at += 24h * 365 * 100;
  REQUIRE(t.store.apply(read<untracked>(t.store, "a"), start_upload{}));
  t.clock.at = now;
  REQUIRE(t.store.apply(read<untracked>(t.store, "b"), start_upload{}));
  t.clock.at += 1h;
  CHECK(t.store.remove_history(30min, 10) == 1);
  CHECK(t.store.history("a").size() == 1);
  CHECK(t.store.history("b").empty());
}

// A statement that SQLite compiles anew checks every constraint again: mapped_table spares it those that depend on the state.
TEST_CASE("making the history's tables leaves the statements as they were compiled", "[sqlite]") {
  temporary_folder const folder;
  pawl::sqlite::database db{folder / "files.db", quick()};
  db.execute(files_schema);
  db.execute(
      "INSERT INTO files(file_path,content_hash,filename,file_size) VALUES('a','hash','name',1),('b','hash','name',1)");
  pawl::sqlite::store<files_table> store{db, with_history};
  index(store, "a");
  db.execute(
      "PRAGMA ignore_check_constraints=1;UPDATE files SET file_size=-1 WHERE file_path='b';PRAGMA "
      "ignore_check_constraints=0");
  CHECK(store.history("a").size() == 3);
  int compiled_again = 0;
  for (sqlite3_stmt* s = sqlite3_next_stmt(db.handle(), nullptr); s != nullptr; s = sqlite3_next_stmt(db.handle(), s))
    if (std::string_view(sqlite3_sql(s)).starts_with("UPDATE [files]"))
      compiled_again += sqlite3_stmt_status(s, SQLITE_STMTSTATUS_REPREPARE, 0);
  CHECK(compiled_again == 0);
}

TEMPLATE_TEST_CASE("a migration is in the history, without an event", "[sqlite]", remembering_mapped_table,
                   remembering_own_table) {
  TestType t;
  t.add("a");
  index(t.store, "a");
  constexpr bool is_own = std::is_same_v<TestType, remembering_own_table>;
  if constexpr (is_own)
    t.db.execute(
        "INSERT INTO pawl_states(table_name,code,name) VALUES('file_lifecycle',77,'lost');"
        "UPDATE file_lifecycle SET state=77");
  else
    t.db.execute(
        "PRAGMA ignore_check_constraints=1;UPDATE files SET gemini_state='lost';PRAGMA ignore_check_constraints=0");
  t.store.migrate({{"lost", untracked}}, pawl::migration::apply);
  CHECK(told(t.store, "a") ==
        "1 untracked -start_upload-> uploading\n"
        "2 uploading -complete_upload-> processing\n"
        "3 processing -complete_processing-> indexed\n"
        "4 lost --> untracked\n");
}

TEST_CASE("a history is found whole behind a thousand transitions of others", "[sqlite]") {
  remembering_own_table t;
  t.add("a");
  index(t.store, "a");
  REQUIRE(t.store.try_begin());
  for (int i = 0; i < 500; ++i) {
    auto const key = "other " + std::to_string(i);
    t.add(key);
    REQUIRE(t.store.apply(read<untracked>(t.store, key), start_upload{}));
  }
  t.store.commit();
  CHECK(t.store.history("a").size() == 3);
}

}  // namespace history_test
