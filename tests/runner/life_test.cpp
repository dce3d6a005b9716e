// One row, one life, for runs: a row that was deleted and written anew, whatever its predecessor was in the middle of.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

#include <pawl/runner/run.hpp>
#include <pawl/sqlite/store.hpp>
#include <pawl/store/memory_store.hpp>

#include "catch.hpp"
#include "child_process.hpp"
#include "files.hpp"
#include "runner/test_queue.hpp"
#include "sqlite/schema_2.hpp"

namespace life_test {

using namespace std::chrono_literals;
using pawl::sqlite::database;
using virtual_loop = pawl::loop<pawl::virtual_clock>;

enum class state { written, sent, delivered };
struct mail {
  std::string receipt;
};
struct deliver {};
struct letter : pawl::lifecycle<pawl::initial<state::written>, pawl::goal<state::delivered>,
                                pawl::transition<state::written, mail, state::sent>,
                                pawl::transition<state::sent, deliver, state::delivered>> {};
struct by_row : pawl::table<letter> {
  static constexpr pawl::names names{.table = "letters", .key = "name"};
  static constexpr auto columns = pawl::columns(pawl::on<mail>(pawl::set("receipt", &mail::receipt)));
};
struct by_birth : by_row {
  static constexpr pawl::names names{.table = "letters", .key = "name", .born = "at"};
};

std::string const columns = "state TEXT NOT NULL DEFAULT 'written',version INTEGER NOT NULL DEFAULT 0,receipt TEXT,at";

// What the user does to the row of the key "1", in each kind of table. `born` is a new value each time.
struct own {
  static constexpr bool is_told = true;
  using table = letter;
  static void make(database&) {}
  static void erase(database& db) { db.execute("DELETE FROM letter WHERE key='1'"); }
  static void write(database& db, int) {
    db.execute("INSERT INTO letter(key,state,version,changed_at) VALUES('1',0,0,0)");
  }
};
template <class Table> struct mapped {
  using table = Table;
  static void erase(database& db) { db.execute("DELETE FROM letters WHERE name='1'"); }
};
struct with_counted_number : mapped<by_row> {
  static constexpr bool is_told = true;
  static void make(database& db) {
    db.execute("CREATE TABLE letters(id INTEGER PRIMARY KEY AUTOINCREMENT,name TEXT UNIQUE," + columns + ")");
  }
  static void write(database& db, int) { db.execute("INSERT INTO letters(name) VALUES('1')"); }
};
struct with_text_and_birth : mapped<by_birth> {
  static constexpr bool is_told = true;
  static void make(database& db) {
    db.execute("CREATE TABLE letters(name TEXT PRIMARY KEY," + columns + " TEXT UNIQUE)");
  }
  static void write(database& db, int born) {
    db.execute("INSERT INTO letters(name,at) VALUES('1','day " + std::to_string(born) + "')");
  }
};
struct with_number_and_birth : mapped<by_birth> {
  static constexpr bool is_told = true;
  static void make(database& db) { db.execute("CREATE TABLE letters(name INTEGER PRIMARY KEY," + columns + ")"); }
  static void write(database& db, int born) {
    db.execute("INSERT INTO letters(name,at) VALUES(1," + (born == 1 ? std::string("NULL") : std::to_string(born)) +
               ")");
  }
};
struct one_tick_with_number : mapped<by_birth> {
  static constexpr bool is_told = true;
  static void make(database& db) {
    db.execute("CREATE TABLE letters(id INTEGER PRIMARY KEY AUTOINCREMENT,name TEXT UNIQUE," + columns + ")");
  }
  static void write(database& db, int) { db.execute("INSERT INTO letters(name,at) VALUES('1',17)"); }
};
struct with_number_alone : mapped<by_row> {
  static constexpr bool is_told = false;
  static void make(database& db) { db.execute("CREATE TABLE letters(name INTEGER PRIMARY KEY," + columns + ")"); }
  static void write(database& db, int) { db.execute("INSERT INTO letters(name) VALUES(1)"); }
};
#define PAWL_LIVES \
  own, with_counted_number, with_text_and_birth, with_number_and_birth, one_tick_with_number, with_number_alone

struct call {
  std::string key;
  int attempt;
};

// Steps that say what they were called with, and do what the test says at each call.
template <class Context> struct steps_of {
  std::vector<call>* calls;
  std::function<pawl::task<std::optional<pawl::trouble>>(std::size_t call)> at_call;

  pawl::task<pawl::one_of<mail>> operator()(pawl::item<letter, state::written>, Context& context) {
    std::string key;
    if constexpr (std::is_same_v<Context, pawl::keyed>) key = context.key();
    calls->push_back({key, context.attempt()});
    std::string const receipt = "call " + std::to_string(calls->size());
    auto doing = at_call(calls->size());
    auto const trouble = co_await std::move(doing);
    if (trouble) co_return *trouble;
    co_return mail{receipt};
  }
  deliver operator()(pawl::item<letter, state::sent>) { return {}; }
};

template <class Kind> struct world {
  using store_type = pawl::sqlite::store<typename Kind::table>;
  using doing = std::function<std::optional<pawl::trouble>(std::size_t call)>;

  temporary_folder folder;
  std::string path = folder / "letters.db";
  std::vector<call> calls;
  int written = 0;

  world() {
    database db{path};
    Kind::make(db);
    store_type store(db);
    write(db);
  }
  void write(database& db) { Kind::write(db, ++written); }
  void replace(database& db) {
    Kind::erase(db);
    write(db);
  }
  void replace() {
    database db{path};
    replace(db);
  }
  template <class F> auto with_store(F f) {
    database db{path};
    store_type store(db);
    return f(db, store);
  }
  // A run; `at_call` is told the database and the number of the call, from 1.
  template <class Context = pawl::keyed, class AtCall>
  pawl::summary run(AtCall at_call, pawl::run_options options = {}) {
    database db{path};
    store_type store(db);
    virtual_loop loop;
    test_queue queue{loop, store};
    return pawl::run(queue,
                     steps_of<Context>{&calls,
                                       [&](std::size_t number) -> pawl::task<std::optional<pawl::trouble>> {
                                         auto answer = at_call(db, number);
                                         co_return answer;
                                       }},
                     options);
  }
  static std::optional<pawl::trouble> nothing(database&, std::size_t) { return std::nullopt; }
  std::string receipt() {
    return with_store([](database&, store_type& store) {
      auto const now = store.get("1");
      if (!now.item) return now.describe();
      auto const recorded = store.template recorded<mail>(*now.item);
      return recorded ? recorded->receipt : "none";
    });
  }
};

// The successor gets a call of its own, under a key of its own, and what that answers: or, where nothing tells it from
// its predecessor, all of that as if it were the same row.
template <class World> void check_calls(World& w, bool told, std::vector<int> const& attempts) {
  REQUIRE(w.calls.size() == attempts.size());
  CHECK((w.calls[0].key != w.calls.back().key) == told);
  for (std::size_t i = 0; i < attempts.size() && told; ++i) CHECK(w.calls[i].attempt == attempts[i]);
  CHECK(w.receipt() == "call " + std::to_string(w.calls.size()));
}

TEMPLATE_TEST_CASE("a row that is written anew before the next run has a key of its own", "[runner]", PAWL_LIVES) {
  world<TestType> w;
  CHECK(w.run(w.nothing).finished == 1);
  w.replace();
  CHECK(w.run(w.nothing).finished == 1);
  check_calls(w, TestType::is_told, {1, 1});
}

TEMPLATE_TEST_CASE("a row that is written anew while its predecessor is in a step is not moved by that step's answer",
                   "[runner]", PAWL_LIVES) {
  world<TestType> w;
  auto const sum = w.run([&](database& db, std::size_t number) {
    if (number == 1) w.replace(db);
    return w.nothing(db, number);
  });
  if (!TestType::is_told) {
    CHECK(w.calls.size() == 1);  // its answer is taken for the successor's
    return;
  }
  CHECK(sum.dropped == 1);
  CHECK(sum.finished == 1);
  check_calls(w, true, {1, 1});
}

TEMPLATE_TEST_CASE("a row that is written anew while its predecessor waits for another attempt does not wait",
                   "[runner]", PAWL_LIVES) {
  bool const at_once = GENERATE(true, false);  // within the attempt, or while it is delayed
  world<TestType> w;
  auto const wait = [&](database& db, std::size_t number) -> std::optional<pawl::trouble> {
    if (number != 1) return std::nullopt;
    if (at_once) w.replace(db);
    return pawl::trouble::pending(1h);
  };
  pawl::stop_source stop;
  auto const sum = w.run(wait);
  if (at_once) {
    CHECK(sum.finished == 1);
    if (TestType::is_told) check_calls(w, true, {1, 1});
    return;
  }
  CHECK(sum.finished == 1);  // on the virtual clock it has waited
  // The next one is delayed, and its successor is not.
  w.replace();
  auto const record = w.with_store([](auto&, auto& store) {
    pawl::trouble_record delayed;
    delayed.attempts = 3;
    delayed.run = 7;
    delayed.next_at = store.now() + 24h;
    CHECK(store.note(*store.get("1").item, delayed));
    return delayed;
  });
  w.replace();
  w.calls.clear();
  auto const next = w.run(w.nothing);
  CHECK(next.finished == (TestType::is_told ? 1 : next.finished));
  REQUIRE(w.calls.size() <= 1);
  if (TestType::is_told) {
    REQUIRE(w.calls.size() == 1);
    CHECK(w.calls[0].attempt == 1);
  } else if (!w.calls.empty()) {
    CHECK(w.calls[0].attempt == record.attempts + 1);
  }
}

TEMPLATE_TEST_CASE("a row that is written anew is not parked from birth", "[runner]", PAWL_LIVES) {
  world<TestType> w;
  CHECK(w.run([](database&, std::size_t) { return pawl::trouble::permanent("no such address"); }).parked == 1);
  w.replace();
  auto const sum = w.run(w.nothing);
  CHECK(sum.taken == (TestType::is_told ? 1 : 0));
  CHECK(sum.finished == (TestType::is_told ? 1 : 0));
  if (TestType::is_told) check_calls(w, true, {1, 1});
}

TEMPLATE_TEST_CASE("a row that is written anew is not in doubt because of its predecessor", "[runner]", PAWL_LIVES) {
  world<TestType> w;
  w.with_store([](auto&, auto& store) {
    pawl::trouble_record mark;
    mark.in_doubt = true;
    mark.run = 7;
    CHECK(store.note(*store.get("1").item, mark));
  });
  w.replace();
  auto const sum = w.template run<pawl::step_context>(w.nothing);
  CHECK(sum.parked == (TestType::is_told ? 0 : 1));
  CHECK(sum.finished == (TestType::is_told ? 1 : 0));
}

TEMPLATE_TEST_CASE("a row that is written anew is parked by nobody who had its predecessor in hand", "[runner]",
                   PAWL_LIVES) {
  world<TestType> w;
  auto const sum = w.run([&](database& db, std::size_t number) -> std::optional<pawl::trouble> {
    if (number == 1) w.replace(db);
    if (number == 1) return pawl::trouble::permanent("no such address");
    return std::nullopt;
  });
  CHECK(sum.parked == (TestType::is_told ? 0 : 1));
  CHECK(sum.finished == (TestType::is_told ? 1 : 0));
}

TEMPLATE_TEST_CASE("a row that is written anew is not suspected of the death of a process that had its predecessor",
                   "[runner]", PAWL_LIVES) {
  world<TestType> w;
  auto* const called = static_cast<int volatile*>(
      ::mmap(nullptr, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  child_process dying([&] {
    w.run([&](database&, std::size_t) -> std::optional<pawl::trouble> {
      *called = 1;
      for (;;) ::pause();
    });
    return 0;
  });
  while (*called == 0) ::usleep(1000);
  dying.end(SIGKILL);
  ::munmap(const_cast<int*>(called), sizeof(int));
  w.replace();
  auto const sum = w.run(w.nothing);
  CHECK(sum.recoveries == (TestType::is_told ? 0 : 1));
  CHECK(sum.finished == 1);
}

// A row that is replaced each time it is in hand is no row that its store does not move.
TEMPLATE_TEST_CASE("a row that is written anew again and again is parked for no reason of the run's", "[runner]", own,
                   with_text_and_birth) {
  world<TestType> w;
  auto const sum = w.run([&](database& db, std::size_t number) {
    if (number <= 5) w.replace(db);
    return w.nothing(db, number);
  });
  CHECK(sum.parked == 0);
  CHECK(sum.dropped == 5);
  CHECK(sum.finished == 1);
  for (std::size_t i = 1; i < w.calls.size(); ++i) CHECK(w.calls[i].key != w.calls[i - 1].key);
}

// ---- keys ----

TEMPLATE_TEST_CASE("a key is the same for each repetition, in this run and after it", "[runner]", PAWL_LIVES) {
  world<TestType> w;
  int const refusals = 3;
  auto const refuse = [&](database&, std::size_t number) -> std::optional<pawl::trouble> {
    if (number <= refusals) return pawl::trouble::transient("busy");
    return std::nullopt;
  };
  CHECK(w.run(refuse, {.retry = {.attempts = 2}}).parked == 1);
  w.with_store([](auto&, auto& store) { CHECK(store.release("1")); });
  CHECK(w.run(refuse).finished == 1);
  REQUIRE(w.calls.size() == 4);
  for (auto const& one : w.calls) CHECK(one.key == w.calls[0].key);
}

TEMPLATE_TEST_CASE("another database has other keys, a copy the same, and a copy that is made another one has others",
                   "[runner]", own, with_text_and_birth) {
  world<TestType> first, second;
  std::string const copy = first.folder / "copy.db", staging = first.folder / "staging.db";
  first.with_store(
      [&](database& db, auto&) { db.execute("VACUUM INTO '" + copy + "'; VACUUM INTO '" + staging + "'"); });
  first.run(first.nothing);
  second.run(second.nothing);
  CHECK(first.calls[0].key != second.calls[0].key);
  first.path = copy;
  first.run(first.nothing);
  first.path = staging;
  { database(staging).new_identity(); }
  first.run(first.nothing);
  REQUIRE(first.calls.size() == 3);
  CHECK(first.calls[1].key == first.calls[0].key);
  CHECK(first.calls[2].key != first.calls[0].key);
}

TEST_CASE("a key says which database, lifecycle, state, version, life and item it is of", "[runner]") {
  world<own> w;
  w.run(w.nothing);
  auto const identity = w.with_store([](database& db, auto&) { return db.identity(); });
  CHECK(w.calls.at(0).key == identity + "/letter/written/0/1/1");
}

// Tables of one lifecycle, with one row each, which are alike in all but the table's name.
struct in_another_table : by_row {
  static constexpr pawl::names names{.table = "letters_2", .key = "name"};
};
struct in_a_longer_table : by_row {
  static constexpr pawl::names names{.table = "letters_22", .key = "name"};
};
template <class Table> std::string key_of_one(database& db) {
  if constexpr (pawl::a_table<Table>)
    db.execute("CREATE TABLE " + std::string(Table::names.table) +
               "(id INTEGER PRIMARY KEY AUTOINCREMENT,name TEXT UNIQUE," + columns + ");INSERT INTO " +
               std::string(Table::names.table) + "(name) VALUES('1')");
  pawl::sqlite::store<Table> store(db);
  if constexpr (!pawl::a_table<Table>) store.insert_if_absent("1");
  std::vector<call> calls;
  virtual_loop loop;
  test_queue queue{loop, store};
  auto const sum = pawl::run(
      queue, steps_of<pawl::keyed>{
                 &calls, [](std::size_t) -> pawl::task<std::optional<pawl::trouble>> { co_return std::nullopt; }});
  CHECK(sum.finished == 1);
  CHECK(sum.warnings.empty());
  REQUIRE(calls.size() == 1);
  return calls[0].key;
}
TEST_CASE("rows of two tables have two keys, also where nothing but the table tells them apart", "[runner]") {
  temporary_folder folder;
  database db{folder / "a.db"};
  std::vector<std::string> keys{key_of_one<letter>(db), key_of_one<by_row>(db), key_of_one<in_another_table>(db),
                                key_of_one<in_a_longer_table>(db)};
  CHECK(keys[0] == db.identity() + "/letter/written/0/1/1");
  CHECK(keys[1] == db.identity() + "/letters/letter/written/0/1/1");
  std::sort(keys.begin(), keys.end());
  CHECK(std::unique(keys.begin(), keys.end()) == keys.end());
}

TEST_CASE("no two keys are the same, whatever is in the names and in the keys of items", "[runner]") {
  std::vector<std::string> const names{"a", "a/1", "a/", "/", "", "%", "%2F", "a%2F1", "1/2", "0"};
  std::vector<std::string> keys;
  pawl::detail::job j(pawl::detail::found_item{});
  temporary_folder folder;
  database db{folder / "a.db"};
  db.execute("CREATE TABLE letters(name TEXT PRIMARY KEY," + columns +
             ");CREATE TABLE letters_2(name TEXT PRIMARY KEY," + columns + ")");
  pawl::sqlite::store<by_row> const one(db);
  pawl::sqlite::store<in_another_table> const another(db);
  for (std::string const& root : {std::string("/"), std::string("i/"), one.identity() + "/", another.identity() + "/"})
    for (auto const& lifecycle : names)
      for (auto const& state : names)
        for (auto const& key : names)
          for (std::int64_t const version : {0, 1, 12})
            for (std::int64_t const life : {-1, 0, 1, 21}) {
              j.key_root = root;
              j.item = {key, version, 0, 7, life};
              keys.push_back(pawl::detail::idempotency_key({lifecycle, state}, j));
            }
  std::size_t const all = keys.size();
  std::sort(keys.begin(), keys.end());
  CHECK(static_cast<std::size_t>(std::unique(keys.begin(), keys.end()) - keys.begin()) == all);
}

#ifndef PAWL_TEST_DELAYED  // a store that answers later has never been one of schema 2
TEST_CASE("an item of a database of schema 2 keeps its key until it moves, and others have keys of now", "[runner]") {
  temporary_folder folder;
  std::string const path = folder / "a.db";
  {
    database db{path};
    db.execute(schema_2::records + std::string(schema_2::own_table));
  }
  std::vector<call> calls;
  auto const run = [&](std::optional<pawl::trouble> answer) {
    database db{path};
    pawl::sqlite::store<letter> store(db);
    store.insert_if_absent("new");
    virtual_loop loop;
    test_queue queue{loop, store};
    calls.clear();
    pawl::run(queue,
              steps_of<pawl::keyed>{&calls,
                                    [&](std::size_t) -> pawl::task<std::optional<pawl::trouble>> { co_return answer; }},
              {.concurrency = 1});
    return db.identity();
  };
  auto const identity = run(pawl::trouble::permanent("not yet"));
  REQUIRE(calls.size() == 3);  // bob is parked
  std::vector<std::string> keys;
  for (auto const& one : calls) keys.push_back(one.key);
  std::sort(keys.begin(), keys.end());
  std::vector<std::string> expected{"letter/written/0/ada", "letter/written/4/eve",
                                    identity + "/letter/written/0/5/new"};
  std::sort(expected.begin(), expected.end());
  CHECK(keys == expected);
  {
    database db{path};
    pawl::sqlite::store<letter> store(db);
    for (auto const key : {"ada", "eve", "new"}) CHECK(store.release(key));
  }
  run(std::nullopt);
  keys.clear();
  for (auto const& one : calls) keys.push_back(one.key);
  std::sort(keys.begin(), keys.end());
  CHECK(keys == expected);
}
#endif

// ---- a table that is told apart otherwise ----

struct by_text_alone : mapped<by_row> {
  static void make(database& db) {
    db.execute("CREATE TABLE letters(name TEXT PRIMARY KEY," + columns + " DEFAULT (random()))");
  }
  static void write(database& db, int) { db.execute("INSERT INTO letters(name) VALUES('1')"); }
};
struct by_text_and_chance : mapped<by_birth> {
  static void make(database& db) { by_text_alone::make(db); }
  static void write(database& db, int) { by_text_alone::write(db, 0); }
};
template <class Kind>
using otherwise = std::conditional_t<std::is_same_v<typename Kind::table, by_row>, by_birth, by_row>;
// What the opening of a store says; empty if it is opened.
template <class Table> std::string refusal_of(std::string const& path) {
  database db{path};
  try {
    pawl::sqlite::store<Table> const store(db);
    return {};
  } catch (pawl::store_error const& e) {
    CHECK(e.what_failed() == pawl::store_failure::refused);
    CHECK_FALSE(db.in_transaction());
    return e.what();
  }
}

TEMPLATE_TEST_CASE("a program that tells the rows of a table apart otherwise waits for the run that goes on there",
                   "[runner]", by_text_alone, by_text_and_chance) {
  auto const how = GENERATE(pawl::ownership::sole, pawl::ownership::shared);
  world<TestType> w;
  std::string said;
  auto const sum = w.template run<pawl::step_context>(
      [&](database& db, std::size_t number) {
        said = refusal_of<otherwise<TestType>>(w.path);
        return w.nothing(db, number);
      },
      {.owner = how});
  CHECK(sum.finished == 1);
  for (auto const words : {"table letters", "pawl::names::born", "this program", "open it again"})
    CHECK_THAT(said, ContainsSubstring(words));
  CHECK(refusal_of<otherwise<TestType>>(w.path).empty());
}

TEMPLATE_TEST_CASE("what a run was in the middle of is in doubt for a program that tells rows apart otherwise",
                   "[runner]", by_text_alone, by_text_and_chance) {
  world<TestType> w;
  auto* const called = static_cast<int volatile*>(
      ::mmap(nullptr, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  child_process dying([&] {
    w.template run<pawl::step_context>([&](database&, std::size_t) -> std::optional<pawl::trouble> {
      *called = 1;
      for (;;) ::pause();
    });
    return 0;
  });
  while (*called == 0) ::usleep(1000);
  CHECK_THAT(refusal_of<otherwise<TestType>>(w.path), ContainsSubstring("process "));
  dying.end(SIGKILL);
  ::munmap(const_cast<int*>(called), sizeof(int));
  database db{w.path};
  pawl::sqlite::store<otherwise<TestType>> store(db);
  virtual_loop loop;
  test_queue queue{loop, store};
  auto const sum = pawl::run(
      queue, steps_of<pawl::step_context>{
                 &w.calls, [](std::size_t) -> pawl::task<std::optional<pawl::trouble>> { co_return std::nullopt; }});
  CHECK(sum.parked == 1);
  CHECK(w.calls.empty());
}

TEMPLATE_TEST_CASE("a store that was opened before its table was told apart otherwise runs no more, and sweeps nothing",
                   "[runner]", by_text_alone, by_text_and_chance) {
  world<TestType> w;
  database db{w.path};
  pawl::sqlite::store<typename TestType::table> store(db);
  virtual_loop loop;
  test_queue queue{loop, store};
  steps_of<pawl::step_context> const steps{&w.calls, [](std::size_t) -> pawl::task<std::optional<pawl::trouble>> {
                                             co_return pawl::trouble::unknown_outcome("the answer was lost");
                                           }};
  CHECK(pawl::run(queue, steps).parked == 1);
  CHECK(refusal_of<otherwise<TestType>>(w.path).empty());
  auto const refuses = [&](auto what) {
    try {
      what();
      return std::string("it did not");
    } catch (pawl::store_error const& e) {
      CHECK(e.what_failed() == pawl::store_failure::refused);
      return std::string(e.what());
    }
  };
  CHECK_THAT(refuses([&] { pawl::run(queue, steps); }), ContainsSubstring("open it again"));
  CHECK_THAT(refuses([&] { store.verify(); }), ContainsSubstring("open it again"));
  CHECK_THAT(refuses([&] { store.sweep_leftovers(); }), ContainsSubstring("open it again"));
  CHECK(w.calls.size() == 1);
  database theirs{w.path};
  pawl::sqlite::store<otherwise<TestType>> now(theirs);
  CHECK(now.count_troubles().parked == 1);
}

// ---- warnings ----

TEMPLATE_TEST_CASE("a run with a keyed step says that a table may give a key again, and no other run does", "[runner]",
                   own, with_text_and_birth, with_number_alone) {
  world<TestType> w;
  auto const keyed = w.run(w.nothing);
  w.replace();
  auto const safe = w.template run<pawl::safe>(w.nothing);
  CHECK(safe.warnings.empty());
  REQUIRE(keyed.warnings.size() == (TestType::is_told ? 0 : 1));
  if (TestType::is_told) return;
  for (auto const words : {"table letters", "pawl::names::born", "AUTOINCREMENT"})
    CHECK_THAT(keyed.warnings[0], ContainsSubstring(words));
}

TEST_CASE("the store in memory has the same keys in each test, and none twice", "[runner]") {
  std::vector<call> calls;
  auto const run = [&] {
    pawl::memory_store<letter> store;
    virtual_loop loop;
    test_queue queue{loop, store};
    steps_of<pawl::keyed> const steps{
        &calls, [](std::size_t) -> pawl::task<std::optional<pawl::trouble>> { co_return std::nullopt; }};
    store.insert_if_absent("1");
    pawl::run(queue, steps);
    store.erase("1");
    store.insert_if_absent("1");
    pawl::run(queue, steps);
  };
  run();
  run();
  REQUIRE(calls.size() == 4);
  CHECK(calls[0].key == "memory/letter/written/0/1/1");
  CHECK(calls[1].key == "memory/letter/written/0/2/1");
  CHECK(calls[2].key == calls[0].key);
  CHECK(calls[3].key == calls[1].key);
}

}  // namespace life_test
