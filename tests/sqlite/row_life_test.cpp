// One row, one life: what a row that was deleted and written anew inherits from its predecessor, in every shape of table.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <pawl/sqlite/store.hpp>
#include <pawl/store/memory_store.hpp>
#include <pawl/store/table.hpp>

#include "catch.hpp"
#include "files.hpp"
#include "sqlite/fixture.hpp"

namespace row_life_test {

using namespace sqlite_test;
using pawl::sqlite::database;

enum class state { written, sent, delivered };
struct mail {
  std::string receipt;
};
struct deliver {};
struct reset {};
struct letter : pawl::lifecycle<pawl::initial<state::written>, pawl::goal<state::delivered>,
                                pawl::transition<state::written, mail, state::sent>,
                                pawl::transition<state::sent, reset, state::written>,
                                pawl::transition<state::sent, deliver, state::delivered>> {};

struct plain : pawl::table<letter> {
  static constexpr pawl::names names{.table = "letters", .key = "name"};
  static constexpr auto columns =
      pawl::columns(pawl::on<mail>(pawl::set("receipt", &mail::receipt)), pawl::on<reset>(pawl::clear("receipt")));
};
struct born : plain {
  static constexpr pawl::names names{.table = "letters", .key = "name", .born = "at"};
};

struct born_as_key : plain {
  static constexpr pawl::names names{.table = "letters", .key = "name", .born = "name"};
};

// How the rows of a table are told apart, if they are: `first` and `second` are the values of `at` of a row and of its
// successor, as SQL.
struct shape {
  std::string name, columns, first, second;
  bool told;
  bool has_born = true;
};
std::string const others = ",state TEXT NOT NULL DEFAULT 'written',version INTEGER NOT NULL DEFAULT 0,receipt TEXT";
std::string const by_text = "name TEXT PRIMARY KEY" + others;
std::string const by_number = "name INTEGER PRIMARY KEY" + others;
std::string const by_counted_number = "name INTEGER PRIMARY KEY AUTOINCREMENT" + others;
std::string const beside_counted_number = "id INTEGER PRIMARY KEY AUTOINCREMENT,name TEXT NOT NULL UNIQUE" + others;
std::string const beside_number = "id INTEGER PRIMARY KEY,name TEXT NOT NULL UNIQUE" + others;
std::string const by_descending_number = "name INTEGER PRIMARY KEY DESC" + others;

std::vector<shape> shapes() {
  std::vector<shape> all{
      {"a text", by_text + ",at", "NULL", "NULL", false, false},
      {"a number", by_number + ",at", "NULL", "NULL", false, false},
      {"a number that has an index", by_descending_number + ",at", "NULL", "NULL", false, false},
      {"beside a number", beside_number + ",at", "NULL", "NULL", false, false},
      {"beside a counted number", beside_counted_number + ",at", "NULL", "NULL", true, false},
      {"a counted number, another one is written", by_counted_number + ",at", "NULL", "NULL", false, false},
      {"one tick, beside a counted number", beside_counted_number + ",at INTEGER", "17", "17", true},
      {"both NULL, beside a counted number", beside_counted_number + ",at", "NULL", "NULL", true},
      {"one tick, and nothing else", by_text + ",at INTEGER", "17", "17", false},
      {"both NULL, and nothing else", by_text + ",at", "NULL", "NULL", false},
      {"its own key", by_number, "0", "0", false},
  };
  struct values {
    std::string type, first, second;
  };
  for (auto const& [type, first, second] : std::vector<values>{{"INTEGER", "1", "2"},
                                                               {"INTEGER", "9007199254740993", "9007199254740992"},
                                                               {"INTEGER", "0", "NULL"},
                                                               {"REAL", "1.5", "1.25"},
                                                               {"REAL", "0.1+0.2", "0.3"},
                                                               {"TEXT", "'2026-01-01'", "'2026-01-02'"},
                                                               {"TEXT", "'a'", "char(97,0,98)"},
                                                               {"TEXT", "''", "NULL"},
                                                               {"BLOB", "x'00'", "x'0000'"},
                                                               {"BLOB", "x''", "NULL"},
                                                               {"NUMERIC", "1", "'one'"},
                                                               {"", "1", "'1'"},
                                                               {"", "1", "1.0"},
                                                               {"", "'1'", "x'31'"},
                                                               {"", "''", "x''"},
                                                               {"", "NULL", "'NULL'"}})
    for (auto const& [key, columns] : {std::pair{"a text", by_text}, {"a number", by_number}})
      all.push_back({std::string(key) + " born " + first + " and " + second + " in a column of type '" + type + "'",
                     columns + ",at " + type, first, second, true});
  return all;
}

// A store, and what its user does to the row with the key "1".
template <class Table> struct in_a_table {
  in_a_table(database& db, shape const& of) : db_(db), shape_(of), store((make(), db)) {}
  void write() {
    bool const has_at = shape_.columns.find(",at") != std::string::npos;
    std::string const at = ++written_ == 1 ? shape_.first : shape_.second;
    db_.execute(has_at ? "INSERT INTO letters(name,at) VALUES(1," + at + ")" : "INSERT INTO letters(name) VALUES(1)");
  }
  void erase() { db_.execute("DELETE FROM letters"); }

 private:
  void make() { db_.execute("CREATE TABLE letters(" + shape_.columns + ")"); }

  database& db_;
  shape const& shape_;
  int written_ = 0;

 public:
  pawl::sqlite::store<Table> store;
};
struct in_own_table {
  explicit in_own_table(database& db) : db_(db), store(db) {}
  void write() { REQUIRE(store.insert_if_absent("1")); }
  void erase() { db_.execute("DELETE FROM letter"); }

 private:
  database& db_;

 public:
  pawl::sqlite::store<letter> store;
};
struct in_memory {
  void write() { REQUIRE(store.insert_if_absent("1")); }
  void erase() { store.erase("1"); }
  pawl::memory_store<letter> store;
};

using written = pawl::item<letter, state::written>;
template <class Store> written read(Store& store) {
  return store.get("1").item.value().template as<state::written>().value();
}

pawl::trouble_record parked() {
  pawl::trouble_record record;
  record.parked = true;
  record.run = 7;
  return record;
}
pawl::trouble_record delayed() {
  pawl::trouble_record record;
  record.next_at = pawl::stored_time(std::chrono::nanoseconds(5));
  record.attempts = 1;
  record.run = 7;
  return record;
}
pawl::trouble_record marked() {
  pawl::trouble_record record;
  record.in_doubt = true;
  record.run = 7;
  return record;
}

// What the successor of a row inherits; in words, so that a difference says which.
template <class Face> std::vector<std::string> inherited(Face& face, pawl::trouble_record const& record) {
  std::vector<std::string> all;
  auto& store = face.store;
  auto const note = [&all](bool inherits, char const* what) {
    if (inherits) all.emplace_back(what);
  };
  face.write();
  auto const first = read(store);
  REQUIRE(store.note(first, record));
  face.erase();
  CHECK(store.count_troubles() == pawl::trouble_counts{});
  CHECK(store.parked(9).empty());
  face.write();
  auto const second = read(store);
  note(first.life == second.life, "life");
  note(store.trouble_of(second).has_value(), "record");
  note(store.runnable(state::written, {}, 9).items.empty() && record.holds_back(), "delay");
  note(!store.due(pawl::stored_time(std::chrono::nanoseconds(9)), pawl::delayed_by::anybody, 9).empty(), "time");
  note(store.next_due(pawl::stored_time(), pawl::delayed_by::anybody).has_value(), "next time");
  note(store.count_troubles() != pawl::trouble_counts{}, "count");
  note(!store.parked(9).empty(), "place among the parked");
  if (store.release("1")) note(store.trouble_of(second).has_value(), "release");
  note(store.note(first, record), "late record");
  store.release("1");
  REQUIRE(store.try_begin());
  note(store.note(first, pawl::trouble_record()), "late end of a record");
  note(bool(store.apply(first, mail{"of the first"})), "transition");
  store.rollback();
  auto const sent = store.apply(second, mail{"of the second"});
  REQUIRE(sent);
  CHECK(sent->life == second.life);
  CHECK(store.template recorded<mail>(*sent)->receipt == "of the second");
  auto stranger = *sent;
  stranger.life = first.life;
  note(store.template recorded<mail>(stranger).has_value(), "event");
  stranger.life = 0;  // an item that the program has made itself
  CHECK(store.template recorded<mail>(stranger).has_value());
  CHECK(store.apply(stranger, deliver{}));
  return all;
}

TEST_CASE("a row that is written anew under the key of a deleted one inherits nothing where the two can be told apart",
          "[sqlite]") {
  using words = std::vector<std::string>;
  std::size_t told = 0;
  for (auto const& record : {parked(), delayed(), marked()})
    for (auto const& of : shapes()) {
      CAPTURE(of.name, of.first, of.second, record.parked, record.in_doubt);
      temporary_folder folder;
      database db{folder / "a.db", quick()};
      auto const check = [&](auto&& face) {
        bool const names_key = of.has_born && of.columns.find(",at") == std::string::npos;
        bool const may_come_again = !names_key && of.columns.find("AUTOINCREMENT") == std::string::npos;
        CHECK(face.store.warning_when_keyed().empty() == !may_come_again);
        auto const got = inherited(face, record);
        CHECK(got.empty() == of.told);
        if (of.told) CHECK(got == words{});
        told += of.told;
      };
      if (!of.has_born)
        check(in_a_table<plain>(db, of));
      else if (of.columns.find(",at") == std::string::npos)
        check(in_a_table<born_as_key>(db, of));
      else
        check(in_a_table<born>(db, of));
    }
  CHECK(told == 3 * 35);
}

TEMPLATE_TEST_CASE("pawl's own table and the store in memory give no row what a deleted one with its key has left",
                   "[sqlite]", in_own_table, in_memory) {
  auto const record = GENERATE(parked(), delayed(), marked());
  temporary_folder folder;
  database db{folder / "a.db", quick()};
  auto const face = [&]() -> TestType {
    if constexpr (std::is_same_v<TestType, in_own_table>)
      return TestType(db);
    else
      return TestType{};
  };
  auto&& made = face();
  CHECK(inherited(made, record) == std::vector<std::string>{});
}

TEST_CASE("a row's life is the same however it is read, and stays the same while it lives", "[sqlite]") {
  for (auto const& of : shapes()) {
    if (!of.has_born || of.columns.find(",at") == std::string::npos) continue;
    CAPTURE(of.name);
    temporary_folder folder;
    database db{folder / "a.db", quick()};
    in_a_table<born> face(db, of);
    face.write();
    auto const first = read(face.store);
    REQUIRE(first.life != 0);
    CHECK(face.store.runnable(state::written, {}, 9)[0].life == first.life);
    REQUIRE(face.store.note(first, delayed()));
    CHECK(face.store.due(pawl::stored_time(std::chrono::nanoseconds(9)), pawl::delayed_by::anybody, 9)[0].life ==
          first.life);
    REQUIRE(face.store.note(first, parked()));
    CHECK(face.store.parked(9)[0].item.life == first.life);
    face.store.release("1");
    auto const again = face.store.apply(*face.store.apply(first, mail{"x"}), reset{});
    CHECK(again->life == first.life);
    db.execute("VACUUM");
    CHECK(read(face.store).life == first.life);
    CHECK(pawl::sqlite::store<born>(db).get("1").item->life == first.life);
  }
}

TEST_CASE("a row number that SQLite may change is no part of a life", "[sqlite]") {
  temporary_folder folder;
  database db{folder / "a.db", quick()};
  db.execute("CREATE TABLE letters(" + by_text + ",at); INSERT INTO letters(name,at) VALUES('0',1),('1',2)");
  pawl::sqlite::store<born> store(db);
  auto const before = read(store);
  REQUIRE(store.note(before, parked()));
  db.execute(
      "DELETE FROM letters WHERE name='0'; CREATE TABLE copy AS SELECT * FROM letters; DELETE FROM letters; INSERT "
      "INTO "
      "letters SELECT * FROM copy");
  CHECK(ask(db, "SELECT rowid FROM letters") == "1");
  CHECK(read(store).life == before.life);
  CHECK(store.trouble_of(read(store)) == parked());
  CHECK(store.apply(before, mail{"x"}));
}

TEST_CASE("a row that is deleted on the store's own connection takes its records with it, in every table", "[sqlite]") {
  for (auto const& of : shapes()) {
    if (of.has_born) continue;
    CAPTURE(of.name);
    temporary_folder folder;
    database db{folder / "a.db", quick()};
    in_a_table<plain> face(db, of);
    face.write();
    REQUIRE(face.store.note(read(face.store), parked()));
    REQUIRE(db.try_begin());
    face.erase();
    face.write();
    CHECK_FALSE(face.store.trouble_of(read(face.store)));
    face.store.rollback();
    CHECK(face.store.trouble_of(read(face.store)) == parked());
    face.erase();
    face.write();
    CHECK_FALSE(face.store.trouble_of(read(face.store)));
    CHECK(face.store.runnable(state::written, {}, 9).size() == 1);
    CHECK(face.store.count_troubles() == pawl::trouble_counts{});
  }
}

TEST_CASE("a row that replaces another on the store's own connection has none of its records, in every table",
          "[sqlite]") {
  for (auto const& of : shapes()) {
    if (of.has_born) continue;
    CAPTURE(of.name);
    temporary_folder folder;
    database db{folder / "a.db", quick()};
    in_a_table<plain> face(db, of);
    auto& store = face.store;
    db.execute("INSERT INTO letters(name) VALUES(1)");
    REQUIRE(store.note(read(store), parked()));
    REQUIRE(db.try_begin());
    db.execute("INSERT OR REPLACE INTO letters(name) VALUES(1)");
    CHECK_FALSE(store.trouble_of(read(store)));
    store.rollback();
    CHECK(store.trouble_of(read(store)) == parked());
    db.execute("INSERT INTO letters(name) VALUES(1) ON CONFLICT DO UPDATE SET receipt='x'");  // replaces no row
    db.execute("INSERT OR IGNORE INTO letters(name) VALUES(1)");
    CHECK(store.trouble_of(read(store)) == parked());
    db.execute("REPLACE INTO letters(name) VALUES(1)");
    CHECK_FALSE(store.trouble_of(read(store)));
    CHECK(store.runnable(state::written, {}, 9).items.size() == 1);
    CHECK(store.count_troubles() == pawl::trouble_counts{});
  }
}

TEST_CASE("a store warns where two lives of a key may be one, also where a column tells most of them apart",
          "[sqlite]") {
  struct column {
    std::string declared;
    bool warns;
  };
  std::vector<column> const declared{
      {"at", true},
      {"at TEXT DEFAULT CURRENT_TIMESTAMP", true},
      {"at TEXT DEFAULT (strftime('%f'))", true},
      {"at INTEGER DEFAULT 7", true},
      {"at INTEGER NOT NULL DEFAULT (random())", false},
      {"at BLOB DEFAULT (RANDOMBLOB(16))", false},
      {"AT TEXT UNIQUE", false},
      {"at TEXT, UNIQUE(at)", false},
      {"at TEXT, UNIQUE(at,receipt)", true},
      {"at TEXT DEFAULT 'now', more TEXT DEFAULT (random())", true},
  };
  for (auto const& [at, warns] : declared)
    for (auto const& key : {by_text, by_number, beside_number, beside_counted_number, by_counted_number}) {
      CAPTURE(at, key);
      temporary_folder folder;
      database db{folder / "a.db", quick()};
      db.execute("CREATE TABLE letters(" + key + "," + at + ")");
      auto const said = pawl::sqlite::store<born>(db).warning_when_keyed();
      bool const is_counted = key.find("AUTOINCREMENT") != std::string::npos;
      CHECK(said.empty() == (is_counted || !warns));
      if (!said.empty())
        for (auto const words : {"letters", "column at", "random()", "AUTOINCREMENT"})
          CHECK_THAT(said, ContainsSubstring(words));
    }
  temporary_folder folder;
  database db{folder / "a.db", quick()};
  db.execute("CREATE TABLE letters(" + by_text + ",at TEXT);CREATE UNIQUE INDEX some ON letters(at) WHERE at>'x'");
  CHECK_FALSE(pawl::sqlite::store<born>(db).warning_when_keyed().empty());
  db.execute("CREATE UNIQUE INDEX each ON letters(at)");
  CHECK(pawl::sqlite::store<born>(db).warning_when_keyed().empty());
  CHECK(pawl::sqlite::store<born_as_key>(db).warning_when_keyed().empty());
}

TEST_CASE("what a row has left is swept, and nothing else", "[sqlite]") {
  temporary_folder folder;
  database db{folder / "a.db", quick()};
  db.execute("CREATE TABLE letters(" + by_number + ",at)");
  pawl::sqlite::store<born> store(db);
  REQUIRE(store.try_begin());
  for (int i = 1; i <= 30; ++i) {
    db.execute("INSERT INTO letters(name,at) VALUES(" + std::to_string(i) + ",1)");
    REQUIRE(store.note(*store.get(std::to_string(i)).item, i % 2 != 0 ? parked() : delayed()));
  }
  store.commit();
  store.sweep_leftovers();
  CHECK(ask(db, "SELECT count(*) FROM pawl_trouble") == "30");
  db.execute(
      "DELETE FROM letters WHERE name%3=0; UPDATE letters SET version=1 WHERE name=1; UPDATE letters SET at=2 WHERE "
      "name=2");
  std::string from;
  auto const before = ask(db, "SELECT total_changes()");
  for (int looks = 0; looks < 20; ++looks)
    pawl::sqlite::detail::sweep_leftovers(
        db,
        pawl::sqlite::detail::items_sql{.table = "letters",
                                        .row = "rowid",
                                        .key = "name",
                                        .state = "state",
                                        .version = "version",
                                        .kept = pawl::sqlite::detail::states_kept_as::names,
                                        .life = pawl::sqlite::detail::row_life("name", "at")},
        from, 4);
  CHECK(ask(db, "SELECT count(*) FROM pawl_trouble") == "18");
  CHECK(ask(db, "SELECT total_changes()-" + before) == "12");
  CHECK(store.count_troubles().parked + store.count_troubles().delayed == 18);
}

TEST_CASE("a sweep waits for nobody, and leaves a database alone that it may not write", "[sqlite]") {
  temporary_folder folder;
  database db{folder / "a.db", quick()};
  pawl::sqlite::store<letter> store(db);
  REQUIRE(store.insert_if_absent("1"));
  REQUIRE(store.note(*store.get("1").item, parked()));
  db.execute("DELETE FROM letter");
  {
    database theirs{folder / "a.db", quick()};
    REQUIRE(theirs.try_begin());
    store.sweep_leftovers();
    CHECK(ask(db, "SELECT count(*) FROM pawl_trouble") == "1");
  }
  {
    pawl::sqlite::options looking;
    looking.mode = pawl::sqlite::access::read_only;
    database reader{folder / "a.db", looking};
    pawl::sqlite::store<letter>(reader).sweep_leftovers();
  }
  store.sweep_leftovers();
  CHECK(ask(db, "SELECT count(*) FROM pawl_trouble") == "0");
}

TEST_CASE("an id of pawl's own table is never given out twice, in a table of before schema 3 neither", "[sqlite]") {
  temporary_folder folder;
  database db{folder / "a.db", quick()};
  bool const older = GENERATE(false, true);
  if (older) {
    { pawl::sqlite::store<letter> made(db); }
    db.execute(
        "DROP VIEW letter_view; DROP TABLE letter; CREATE TABLE letter(id INTEGER PRIMARY KEY,key TEXT NOT NULL UNIQUE,"
        "state INTEGER NOT NULL,version INTEGER NOT NULL,changed_at INTEGER NOT NULL,data BLOB) STRICT;"
        "UPDATE pawl_meta SET fingerprint='of before'");
  }
  pawl::sqlite::store<letter> store(db);
  std::vector<std::int64_t> given;
  std::uint64_t random = 1;
  for (int i = 0; i < 400; ++i) {
    if (older && i == 200) {  // an id that the user chooses
      db.execute("INSERT INTO letter(id,key,state,version,changed_at) VALUES(1,'chosen',0,0,0)");
      CHECK(store.get("chosen").item->life > given.back());
    }
    random = random * 6364136223846793005u + 1442695040888963407u;
    std::string const key = std::to_string(random >> 61);
    if (random >> 40 & 1) db.execute("DELETE FROM letter WHERE key>='" + key + "'");
    if (random >> 41 & 1)
      db.execute("INSERT OR REPLACE INTO letter(key,state,version,changed_at) VALUES('" + key + "',0,0,0)");
    if (random >> 42 & 1 && random >> 43 & 1) db.execute("DELETE FROM letter");
    if (store.insert_if_absent(key)) given.push_back(store.get(key).item->life);
  }
  REQUIRE(given.size() > 100);
  for (std::size_t i = 1; i < given.size(); ++i) REQUIRE(given[i] > given[i - 1]);
}

}  // namespace row_life_test
