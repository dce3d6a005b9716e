// A database of schema 2 in the hands of this version, and a program of schema 2 beside it.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/sqlite/owner_file.hpp>
#include <pawl/sqlite/store.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/store/table.hpp>

#include "catch.hpp"
#include "files.hpp"
#include "sqlite/fixture.hpp"
#include "sqlite/schema_2.hpp"

namespace upgrade_test {

using namespace sqlite_test;
using pawl::sqlite::database;

enum class state { written, sent, delivered };
struct mail {
  std::string receipt;
};
struct deliver {};
struct letter : pawl::lifecycle<pawl::initial<state::written>, pawl::goal<state::delivered>,
                                pawl::transition<state::written, mail, state::sent>,
                                pawl::transition<state::sent, deliver, state::delivered>> {};
struct letters : pawl::table<letter> {
  static constexpr pawl::names names{.table = "letters", .key = "name"};
  static constexpr auto columns = pawl::columns(pawl::on<mail>(pawl::set("receipt", &mail::receipt)));
};
struct letters_with_birth : letters {
  static constexpr pawl::names names{.table = "letters", .key = "name", .born = "at"};
};
std::string const with_number =
    "CREATE TABLE letters(id INTEGER PRIMARY KEY,name TEXT UNIQUE,state TEXT,version INTEGER NOT NULL,receipt TEXT,at "
    "DEFAULT 5);";
std::string const without_number =
    "CREATE TABLE letters(name TEXT PRIMARY KEY,state TEXT,version INTEGER NOT NULL,receipt TEXT,at DEFAULT 5);";

pawl::sqlite::options looking() {
  auto o = quick();
  o.mode = pawl::sqlite::access::read_only;
  return o;
}

// A file of schema 2 with both tables.
struct older {
  temporary_folder folder;
  std::string path = folder / "a.db";
  explicit older(std::string const& table) {
    database db{path, quick()};
    db.execute(schema_2::records + std::string(schema_2::own_table) + table + schema_2::mapped_table);
  }
};

// "-": the key of now; "plain": that of schema 2; else the life in it.
template <class Store> std::string form_of_key(Store& store, std::string_view key) {
  auto const former = store.former_key_of(*store.get(key).item);
  return !former ? "-" : former->is_plain ? "plain" : std::to_string(former->life);
}
template <class Store> void check_rows(Store& store) {
  CHECK(store.count_troubles() == pawl::trouble_counts{1, 1, 0});
  CHECK(store.parked(9).at(0).item.key == "bob");
  CHECK(store.trouble_of(*store.get("bob").item)->last_error == "permanent: no such address");
  CHECK(store.trouble_of(*store.get("eve").item)->next_at == pawl::stored_time(std::chrono::nanoseconds(9000)));
  auto const runnable = store.runnable(state::written, {}, 9);
  REQUIRE(runnable.size() == 1);
  CHECK(runnable[0].key == "ada");
}
template <class Store> auto written(Store& store, std::string_view key) {
  return *store.get(key).item->template as<state::written>();
}

template <class Store> void check_upgrade(database& db, Store& store) {
  check_rows(store);
  CHECK(ask(db, "SELECT count(*) FROM pawl_trouble WHERE key='gone' AND table_name='" +
                    std::string(store.table_name()) + "'") == "0");
  for (auto const key : {"ada", "bob", "eve"}) CHECK(form_of_key(store, key) == "plain");
  CHECK(form_of_key(store, "old") == "-");
  // The next version has a key of now, and nothing of before is left.
  auto const sent = store.apply(written(store, "ada"), mail{"x"});
  REQUIRE(sent);
  CHECK(form_of_key(store, "ada") == "-");
  store.release("eve");
  REQUIRE(store.apply(written(store, "eve"), mail{"x"}));
  db.execute("DELETE FROM " + std::string(store.table_name()) + " WHERE version=2");  // bob
  store.sweep_leftovers();
  CHECK(ask(db, "SELECT count(*) FROM pawl_earlier WHERE table_name='" + std::string(store.table_name()) + "'") == "0");
  store.sweep_leftovers();
  CHECK(form_of_key(store, "eve") == "-");
}

TEST_CASE("a database of schema 2 is upgraded when it is opened for writing", "[sqlite]") {
  older const file(GENERATE(with_number, without_number));
  database db{file.path, quick()};
  SECTION("pawl's own table") {
    pawl::sqlite::store<letter> store(db);
    check_upgrade(db, store);
    REQUIRE(store.insert_if_absent("bob"));
    CHECK(form_of_key(store, "bob") == "-");
    CHECK_FALSE(store.trouble_of(*store.get("bob").item));
  }
  SECTION("a mapped table") {
    pawl::sqlite::store<letters> store(db);
    check_upgrade(db, store);
  }
  SECTION("a mapped table that is told apart from now on") {
    pawl::sqlite::store<letters_with_birth> store(db);
    check_upgrade(db, store);
  }
  CHECK(ask(db, "PRAGMA user_version") == "3");
  CHECK(ask(db, "SELECT group_concat(schema) FROM pawl_meta") == "3,3");
  CHECK(ask(db, "SELECT count(DISTINCT identity) FROM pawl_meta") == "1");
  CHECK(db.identity().size() == 32);
  CHECK(db.identity().find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(ask(db, "SELECT count(*) FROM pawl_states WHERE role='step'") == "2");
  CHECK(ask(db, "PRAGMA integrity_check") == "ok");
  CHECK(ask(db, "SELECT count(*) FROM sqlite_temp_schema WHERE type='table'") == "0");
}

TEST_CASE("a table that is opened later is taken over then, with the rows that it has then", "[sqlite]") {
  older const file(with_number);
  database db{file.path, quick()};
  { pawl::sqlite::store<letter> first(db); }
  auto const identity = db.identity();
  db.execute("INSERT INTO letters(name,state,version) VALUES('new','written',0)");
  pawl::sqlite::store<letters> store(db);
  CHECK(db.identity() == identity);
  CHECK(form_of_key(store, "new") == "plain");
  db.execute("DELETE FROM letters WHERE name='new'");
  check_upgrade(db, store);
}

TEST_CASE("a new table in a database of schema 2 has keys of now", "[sqlite]") {
  temporary_folder folder;
  database db{folder / "a.db", quick()};
  db.execute(schema_2::records + std::string(schema_2::own_table) + with_number);
  db.execute("INSERT INTO letters(name,state,version) VALUES('new','written',0)");
  pawl::sqlite::store<letters> store(db);
  CHECK(form_of_key(store, "new") == "-");
  pawl::sqlite::store<letter> own(db);
  CHECK(form_of_key(own, "ada") == "plain");
}

TEST_CASE("a table that is told apart otherwise keeps the keys of its items, and their troubles", "[sqlite]") {
  temporary_folder folder;
  database db{folder / "a.db", quick()};
  db.execute(with_number +
             "INSERT INTO letters(id,name,state,version) "
             "VALUES(7,'ada','written',0),(8,'bob','written',2),(9,'old','sent',1)");
  pawl::trouble_record parked;
  parked.parked = true;
  std::int64_t born = 0;
  {
    pawl::sqlite::store<letters> store(db);
    REQUIRE(store.note(*store.get("ada").item, parked));
    db.execute(
        "INSERT INTO pawl_trouble SELECT "
        "table_name,'bob',version,life,attempts,recoveries,next_at,since,parked,in_doubt,run,last_error FROM "
        "pawl_trouble");
  }
  {
    pawl::sqlite::store<letters_with_birth> store(db);
    CHECK(store.count_troubles().parked == 1);
    CHECK(store.trouble_of(*store.get("ada").item) == parked);
    CHECK(ask(db, "SELECT count(*) FROM pawl_trouble") == "1");
    CHECK(form_of_key(store, "ada") == "7");
    CHECK(form_of_key(store, "bob") == "8");
    REQUIRE(store.apply(written(store, "bob"), mail{"x"}));
    db.execute("INSERT INTO letters(id,name,state,version) VALUES(10,'new','written',0)");
    CHECK(form_of_key(store, "new") == "-");
    born = store.get("new").item->life;
  }
  for (int again = 0; again < 2; ++again) {  // and back, and forth: each key is that of its item's first call
    {
      pawl::sqlite::store<letters> store(db);
      CHECK(store.trouble_of(*store.get("ada").item) == parked);
      CHECK(form_of_key(store, "ada") == "7");
      CHECK(form_of_key(store, "new") == std::to_string(born));
    }
    pawl::sqlite::store<letters_with_birth> store(db);
    CHECK(form_of_key(store, "ada") == "7");
    CHECK(form_of_key(store, "new") == std::to_string(born));
  }
}

TEST_CASE("a table that was made anew with a number keeps the keys of its items", "[sqlite]") {
  temporary_folder folder;
  database db{folder / "a.db", quick()};
  db.execute(without_number + "INSERT INTO letters(name,state,version) VALUES('ada','written',0)");
  { pawl::sqlite::store<letters> store(db); }
  db.execute("ALTER TABLE letters RENAME TO former;" + with_number +
             "INSERT INTO letters(name,state,version) SELECT name,state,version FROM former");
  pawl::sqlite::store<letters> store(db);
  CHECK(store.get("ada").item->life == 1);
  CHECK(form_of_key(store, "ada") == "0");
}

TEST_CASE("a column of births that is gone takes the keys of before with it, and no record", "[sqlite]") {
  temporary_folder folder;
  database db{folder / "a.db", quick()};
  db.execute(with_number + "INSERT INTO letters(name,state,version) VALUES('ada','written',0)");
  pawl::trouble_record parked;
  parked.parked = true;
  {
    pawl::sqlite::store<letters_with_birth> store(db);
    REQUIRE(store.note(*store.get("ada").item, parked));
  }
  db.execute("ALTER TABLE letters DROP COLUMN at");
  pawl::sqlite::store<letters> store(db);
  CHECK(store.trouble_of(*store.get("ada").item) == parked);
  CHECK(form_of_key(store, "ada") == "-");
}

TEST_CASE("a database of schema 2 that is only read works, and is not changed", "[sqlite]") {
  older const file(GENERATE(with_number, without_number));
  auto const before = text_of(file.path);
  {
    database db{file.path, looking()};
    pawl::sqlite::store<letter> own(db);
    pawl::sqlite::store<letters> mapped(db);
    check_rows(own);
    check_rows(mapped);
    CHECK(own.change().added.empty());
    CHECK(db.identity().empty());
    own.sweep_leftovers();
    CHECK(form_of_key(own, "ada") == "-");
    CHECK(failure_of([&] { db.new_identity(); }) == pawl::store_failure::misuse);
    {  // while another process upgrades it
      database writer{file.path, quick()};
      pawl::sqlite::store<letter> upgraded(writer);
      pawl::sqlite::store<letters> upgraded_too(writer);
      check_rows(own);
      check_rows(mapped);
      writer.execute("SELECT 1");
    }
  }
}

TEST_CASE("a database of schema 2 that is only read is not changed by a byte", "[sqlite]") {
  older const file(with_number);
  auto const before = text_of(file.path);
  {
    database db{file.path, looking()};
    pawl::sqlite::store<letter> own(db);
    pawl::sqlite::store<letters_with_birth> mapped(db);
    check_rows(own);
    check_rows(mapped);
  }
  CHECK(text_of(file.path) == before);
}

TEST_CASE("a table that pawl has not opened yet, beside one that it has, hides no record of that", "[sqlite]") {
  temporary_folder folder;
  bool const upgraded = GENERATE(true, false);
  std::string const path = folder / "a.db";
  {
    database db{path, quick()};
    db.execute(schema_2::records + std::string(schema_2::own_table) + with_number);
    if (upgraded) pawl::sqlite::store<letter> store(db);
  }
  database db{path, looking()};
  pawl::sqlite::store<letters> unknown(db);
  pawl::sqlite::store<letter> known(db);
  check_rows(known);
  CHECK(unknown.count_troubles() == pawl::trouble_counts{});
}

TEST_CASE("a program of schema 2 is refused in words where a newer one has been", "[sqlite]") {
  older const file(with_number);
  database db{file.path, quick()}, theirs{file.path, quick()};
  auto notes = theirs.prepare(schema_2::notes);  // it was there before
  { pawl::sqlite::store<letter> store(db); }
  for (auto const table : {"letter", "letters"}) {  // also the table that nobody has opened since
    auto s = theirs.prepare(schema_2::asks);
    s.bind(1, std::string_view(table));
    REQUIRE(s.step());
    CHECK(s.integer(0) > 2);
  }
  auto const made = error_of([&] { theirs.execute(schema_2::makes); });
  CHECK(mentions(made, "use a newer version of pawl"));
  auto const noted = error_of([&] { notes.step(); });
  CHECK(mentions(noted, "use a newer version of pawl"));
  CHECK(ask(db, "SELECT count(*) FROM pawl_trouble WHERE key='ada'") == "0");
}

TEST_CASE("a view of the user's that is broken does not stop an upgrade", "[sqlite]") {
  older const file(with_number);
  database db{file.path, quick()};
  db.execute("CREATE VIEW broken AS SELECT * FROM nowhere");
  pawl::sqlite::store<letter> store(db);
  check_rows(store);
}

TEST_CASE("a table is described so that it can be read without its types", "[sqlite]") {
  temporary_folder folder;
  database db{folder / "a.db", quick()};
  db.execute(with_number);
  pawl::sqlite::store<letter> own(db);
  pawl::sqlite::store<letters_with_birth> mapped(db);
  std::string const columns =
      "lifecycle||' '||kept||' '||key_column||' '||state_column||' '||version_column||' "
      "'||coalesce(changed_at_column,'-')||' '||coalesce(born_column,'-')||' '||coalesce(priority_column,'-')||' "
      "'||row_column";
  CHECK(ask(db, "SELECT " + columns + " FROM pawl_meta WHERE table_name='letter'") ==
        "letter codes key state version changed_at - - id");
  CHECK(ask(db, "SELECT " + columns + " FROM pawl_meta WHERE table_name='letters'") ==
        "letter names name state version - at - id");
  CHECK(ask(db,
            "SELECT group_concat(code||name||role) FROM (SELECT * FROM pawl_states WHERE table_name='letters' ORDER BY "
            "code)") == "0writtenstep,1sentstep,2deliveredgoal");
  CHECK(ask(db, "SELECT group_concat(from_state||event||to_state) FROM pawl_rows WHERE table_name='letters'") ==
        "sentdeliverdelivered,writtenmailsent");
  for (auto const table : {"pawl_lease", "pawl_pause"})
    CHECK(ask(db, std::string("SELECT count(*) FROM ") + table) == "0");
}

TEST_CASE("an identity is made once, kept by a copy, and made anew when it is asked for", "[sqlite]") {
  temporary_folder folder;
  auto const path = folder / "a.db", copy = folder / "b.db";
  std::string identity;
  {
    database db{path, quick()};
    CHECK(db.identity().empty());
    CHECK(failure_of([&] { db.new_identity(); }) == pawl::store_failure::misuse);
    CHECK_FALSE(db.in_transaction());
    pawl::sqlite::store<letter> store(db);
    identity = db.identity();
    CHECK(identity.size() == 32);
    CHECK(store.identity() == identity);
    database theirs{path, quick()};
    pawl::sqlite::store<letter> other(theirs);
    CHECK(theirs.identity() == identity);
    db.execute("VACUUM INTO '" + copy + "'");
  }
  database db{copy, quick()};
  pawl::sqlite::store<letter> store(db);
  CHECK(db.identity() == identity);
  {
    pawl::store_lock const lock(store);
    try {
      db.new_identity();
      FAIL("it was made");
    } catch (pawl::error const& e) {
      CHECK(std::string(e.id()) == "run.owned");
    }
    CHECK(db.identity() == identity);
    CHECK_FALSE(db.in_transaction());
  }
  auto const made = db.new_identity();
  CHECK(made != identity);
  CHECK(db.identity() == made);
  CHECK(database(path, quick()).identity() == identity);
}

TEST_CASE("a copy that becomes another database has none of the keys of before", "[sqlite]") {
  older const file(with_number);
  database db{file.path, quick()};
  pawl::sqlite::store<letter> store(db);
  CHECK(form_of_key(store, "ada") == "plain");
  db.new_identity();
  CHECK(form_of_key(store, "ada") == "-");
}

TEST_CASE("a copy that becomes another database has none of the keys of before in tables that are opened later",
          "[sqlite]") {
  older const file(GENERATE(with_number, without_number));
  database db{file.path, quick()};
  SECTION("first pawl's own table") {
    { pawl::sqlite::store<letter> first(db); }
    db.new_identity();
    pawl::sqlite::store<letters> later(db);
    check_rows(later);
    for (auto const key : {"ada", "bob", "eve"}) CHECK(form_of_key(later, key) == "-");
  }
  SECTION("first a mapped table") {
    { pawl::sqlite::store<letters_with_birth> first(db); }
    db.new_identity();
    pawl::sqlite::store<letter> later(db);
    check_rows(later);
    for (auto const key : {"ada", "bob", "eve"}) CHECK(form_of_key(later, key) == "-");
  }
}

TEST_CASE("a database of schema 2 is upgraded under no run of any of its tables", "[sqlite]") {
  older const file(with_number);
  auto const how = GENERATE(pawl::ownership::sole, pawl::ownership::shared);
  std::string const table = GENERATE("letter", "letters");
  auto const refused = [&](auto open) {
    database db{file.path, quick()};
    auto const e = error_of([&] { open(db); });
    CHECK(e.what_failed() == pawl::store_failure::refused);
    CHECK(mentions(e, "an older pawl"));
    CHECK(mentions(e, table));
    CHECK_FALSE(db.in_transaction());
    CHECK(ask(db, "SELECT max(schema) FROM pawl_meta") == "2");
    CHECK(ask(db, "PRAGMA user_version") == "2");
  };
  auto const open_own = [](database& db) { pawl::sqlite::store<letter> const store(db); };
  auto const open_mapped = [](database& db) { pawl::sqlite::store<letters> const store(db); };
  {
    pawl::sqlite::detail::owner_file run(pawl::sqlite::detail::lock_file_of(file.path, table));
    REQUIRE(run.try_acquire(how));
    refused(open_own);
    refused(open_mapped);
  }
  database db{file.path, quick()};
  open_own(db);
  {  // the other table is taken over when it is opened
    pawl::sqlite::detail::owner_file run(pawl::sqlite::detail::lock_file_of(file.path, "letters"));
    REQUIRE(run.try_acquire(how));
    CHECK(failure_of([&] { open_mapped(db); }) == pawl::store_failure::refused);
    open_own(db);
  }
  open_mapped(db);
  pawl::sqlite::detail::owner_file run(pawl::sqlite::detail::lock_file_of(file.path, "letters"));
  REQUIRE(run.try_acquire(how));
  open_mapped(db);  // nothing is to be taken over any more
}

TEST_CASE("many items that are inserted into an upgraded table inherit nothing of deleted ones", "[sqlite]") {
  bool const by_query = GENERATE(false, true);
  older const file(with_number);
  database db{file.path, quick()};
  pawl::sqlite::store<letter> store(db);
  auto const last = store.get("old").item->life;
  db.execute("DELETE FROM letter WHERE key IN('bob','eve','old')");
  std::vector<std::string> const keys{"bob", "ada", "eve", "new", "old"};
  CHECK((by_query ? store.insert_from(pawl::sql("VALUES('bob'),('ada'),('eve'),('new'),('old')"))
                  : store.insert_many(keys)) == 4);
  for (auto const& key : keys) {
    auto const item = *store.get(key).item;
    CAPTURE(key);
    CHECK_FALSE(store.trouble_of(item));
    CHECK(form_of_key(store, key) == (key == "ada" ? "plain" : "-"));
    CHECK((item.life > last) == (key != "ada"));
  }
  CHECK(ask(db, "SELECT group_concat(key) FROM pawl_earlier WHERE table_name='letter'") == "ada");
  CHECK(ask(db, "SELECT count(*) FROM pawl_trouble WHERE table_name='letter' AND key<>'gone'") == "0");
  CHECK(store.items().size() == 5);
}

TEST_CASE("items of a database of schema 2 are listed by who only reads it", "[sqlite]") {
  older const file(GENERATE(with_number, without_number));
  database db{file.path, looking()};
  pawl::sqlite::store<letter> own(db);
  pawl::sqlite::store<letters> mapped(db);
  CHECK(own.items({.trouble = pawl::trouble_is::parked})[0].item.key == "bob");
  CHECK(own.items().size() == 4);
  CHECK(mapped.items({.trouble = pawl::trouble_is::delayed})[0].item.key == "eve");
  CHECK(mapped.items()[1].trouble->last_error == "permanent: no such address");
}

// ---- tables that are dropped and made again ----

TEST_CASE("pawl's own table that was dropped and is made again gives out no id of before, and has no record of before",
          "[sqlite]") {
  temporary_folder folder;
  std::string const path = folder / "a.db";
  bool const by_sql = GENERATE(true, false), is_old = GENERATE(true, false);
  pawl::trouble_record parked;
  parked.parked = true;
  std::vector<std::int64_t> given;
  if (is_old) {
    database db{path, quick()};
    db.execute(schema_2::records + std::string(schema_2::own_table));
  }
  for (int again = 0; again < 4; ++again) {
    database db{path, quick()};
    if (again > 0 || is_old) db.execute("DROP VIEW letter_view;DROP TABLE letter");
    pawl::sqlite::store<letter> store(db);
    CHECK(ask(db, "SELECT count(*) FROM pawl_trouble") == "0");
    CHECK(ask(db, "SELECT count(*) FROM pawl_earlier") == "0");
    for (std::string const key : {"ada", "bob", "eve"}) {
      if (by_sql)
        db.execute("INSERT INTO letter(key,state,version,changed_at) VALUES('" + key + "',0,0,0)");
      else
        REQUIRE(store.insert_if_absent(key));
      auto const item = *store.get(key).item;
      CHECK_FALSE(store.trouble_of(item));
      CHECK(form_of_key(store, key) == "-");
      given.push_back(item.life);
      REQUIRE(store.note(item, parked));
    }
    db.execute("INSERT OR REPLACE INTO pawl_earlier VALUES('letter','ada',0," + std::to_string(given.back() - 2) +
               ",NULL)");
  }
  std::sort(given.begin(), given.end());
  CHECK(std::unique(given.begin(), given.end()) == given.end());
  CHECK(given.front() > 0);
}

// ---- names in another case ----

struct letters_shouted : letters {
  static constexpr pawl::names names{.table = "LETTERS", .key = "name"};
};

TEST_CASE("a table has one name, as the database has it", "[sqlite]") {
  temporary_folder folder;
  database db{folder / "a.db", quick()};
  db.execute(with_number);
  auto const e = error_of([&] { pawl::sqlite::store<letters_shouted> const store(db); });
  CHECK(e.what_failed() == pawl::store_failure::refused);
  CHECK(mentions(e, "table LETTERS"));
  CHECK(mentions(e, "letters"));
  pawl::sqlite::store<letters> const store(db);
}

TEST_CASE("what schema 2 has recorded of a table under another spelling is found under its own", "[sqlite]") {
  older const file(with_number);
  database db{file.path, quick()};
  bool const under_both = GENERATE(false, true);
  if (under_both)
    db.execute(
        "INSERT INTO pawl_meta SELECT 'LETTERS',lifecycle,fingerprint,schema FROM pawl_meta WHERE table_name='letters';"
        "INSERT INTO pawl_states SELECT 'LETTERS',code,name FROM pawl_states WHERE table_name='letters';"
        "UPDATE pawl_trouble SET table_name='LETTERS' WHERE table_name='letters' AND key='bob';"
        "INSERT INTO pawl_trouble SELECT 'letters',key,1,1,0,1,1,0,0,7,'of before' FROM pawl_trouble WHERE key='bob' "
        "AND "
        "table_name='LETTERS'");
  else
    for (auto const records : {"pawl_meta", "pawl_states", "pawl_trouble"})
      db.execute(std::string("UPDATE ") + records + " SET table_name='LETTERS' WHERE table_name='letters'");
  if (GENERATE(false, true)) pawl::sqlite::store<letter> first(db);
  pawl::sqlite::store<letters> store(db);
  check_upgrade(db, store);
  CHECK(ask(db, "SELECT count(*) FROM pawl_meta WHERE table_name='LETTERS'") == "0");
}

TEST_CASE("a recorded name that no pawl has written makes no lock file, and holds up no upgrade", "[sqlite]") {
  older const file(with_number);
  database db{file.path, quick()};
  db.execute("INSERT INTO pawl_meta VALUES('no such/folder','letter','0123456789abcdef',2)");
  pawl::sqlite::store<letters> store(db);
  check_upgrade(db, store);
  CHECK_NOTHROW(db.new_identity());
}

}  // namespace upgrade_test
