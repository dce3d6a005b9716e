// The SQLite store on a table that the user owns.
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>

#include <pawl/sqlite/store.hpp>
#include <pawl/store/explanation.hpp>

#include "catch.hpp"
#include "sqlite/every_store.hpp"

namespace mapped_table_test {

using namespace filing;
using namespace sqlite_test;
using namespace std::chrono_literals;
using pawl::store_failure;
using pawl::sqlite::database;

// The table t of the test, with one column for the field.
enum class note_state { fresh, kept };
struct keep {
  std::string text;
};
struct note : pawl::lifecycle<pawl::initial<note_state::fresh>, pawl::goal<note_state::kept>,
                              pawl::transition<note_state::fresh, keep, note_state::kept>> {};
struct notes_table : pawl::table<note> {
  static constexpr pawl::names names{.table = "notes", .changed_at = "at"};
  static constexpr auto columns = pawl::columns(pawl::on<keep>(pawl::set("text", &keep::text)));
};
static_assert(pawl::valid<notes_table>);

pawl::store_error refused(std::string const& ddl) {
  temporary_folder folder;
  database db(folder / "a.db", quick());
  db.execute(ddl);
  return error_of([&] { pawl::sqlite::store<notes_table> store(db); });
}
bool refused_with(std::string const& ddl, std::string_view words) {
  auto const e = refused(ddl);
  return e.what_failed() == store_failure::refused && mentions(e, "notes") && mentions(e, "a.db") && mentions(e, words);
}
void accept(std::string const& ddl) {
  temporary_folder folder;
  database db(folder / "a.db", quick());
  db.execute(ddl);
  pawl::sqlite::store<notes_table> store(db);
  db.execute("INSERT INTO notes(key,state,version) VALUES('7','fresh',0)");
  REQUIRE(store.apply(pawl::item<note, note_state::fresh>("7", 0), keep{"007"}));
  CHECK(store.recorded<keep>(*store.get("7").item)->text == "007");
}

std::chrono::system_clock::time_point given_time{1'709'210'096s + 789'012us};

TEST_CASE("a transition writes its own columns and no others", "[sqlite]") {
  in_mapped_table t;
  t.add("a");
  std::string const others =
      "SELECT "
      "json_array(content_hash,filename,file_size,metadata_json,metadata_quality,is_deleted,remote_expiration_ts,"
      "created_at,updated_at,ai_metadata_status,upload_attempt_count,mtime,intent_type) FROM files";
  std::string const before = ask(t.db, others);
  auto const up = *t.store.apply(read<untracked>(t.store, "a"), start_upload{});
  auto const processed = *t.store.apply(up, complete_upload{"id", "uri"});
  REQUIRE(t.store.apply(processed, fail_processing{"broken"}));
  CHECK(ask(t.db, others) == before);
  CHECK(ask(t.db,
            "SELECT json_array(gemini_state,version,gemini_file_id,gemini_file_uri,error_message,"
            "gemini_store_doc_id) FROM files") == R"(["failed",3,"id","uri","broken",null])");
  REQUIRE(t.store.apply(read<failed>(t.store, "a"), retry{}));
  CHECK(ask(t.db,
            "SELECT json_array(gemini_state,version,gemini_file_id,gemini_file_uri,error_message,upload_timestamp) "
            "FROM files") == R"(["untracked",4,null,null,null,null])");
}

TEST_CASE("times come from the clock that is given, in UTC to the microsecond", "[sqlite]") {
  temporary_folder folder;
  auto o = quick();
  auto time = given_time;
  o.now = [&time] { return time; };
  database db(folder / "a.db", o);
  db.execute(files_schema);
  db.execute("INSERT INTO files(file_path,content_hash,filename,file_size) VALUES('a','','',0)");
  pawl::sqlite::store<files_table> store(db);
  auto const up = *store.apply(file<untracked>("a", 0), start_upload{});
  CHECK(ask(db, "SELECT gemini_state_updated_at FROM files") == "2024-02-29T12:34:56.789012");
  CHECK(ask(db, "SELECT upload_timestamp FROM files") == "(NULL)");
  time += 1s;
  REQUIRE(store.apply(up, complete_upload{"id", "uri"}));
  CHECK(ask(db, "SELECT gemini_state_updated_at FROM files") == "2024-02-29T12:34:57.789012");
  CHECK(ask(db, "SELECT upload_timestamp FROM files") == "2024-02-29T12:34:57.789012");
}

TEST_CASE("pages of runnable rows come from the index on the state, without a sort, and troubles by their key",
          "[sqlite]") {
  in_mapped_table t;
  auto s = t.db.prepare("EXPLAIN QUERY PLAN " + std::string(pawl::detail::runnable_sql<files_table>));
  std::string plan;
  while (s.step()) plan += std::string(s.text(3)) + "\n";
  CHECK(plan ==
        "SEARCH files USING INDEX idx_gemini_state (gemini_state=? AND rowid>?)\n"
        "CORRELATED SCALAR SUBQUERY 1\n"
        "SEARCH pawl_record USING PRIMARY KEY (table_name=? AND key=?)\n");
}

TEST_CASE("the UPDATE finds its row by the key's index", "[sqlite]") {
  in_mapped_table t;
  auto s = t.db.prepare("EXPLAIN QUERY PLAN " + std::string(pawl::update_sql<files_table, untracked, start_upload>));
  REQUIRE(s.step());
  CHECK(std::string(s.text(3)) == "SEARCH files USING INDEX sqlite_autoindex_files_1 (file_path=?)");
}

TEST_CASE("a table that cannot be mapped is refused at open, with the table, the column and the path", "[sqlite]") {
  CHECK(refused_with("", "there is no such table"));
  CHECK(refused_with("CREATE VIEW notes AS SELECT 1 AS key", "it is a view"));
  CHECK(refused_with("CREATE TABLE notes(key TEXT PRIMARY KEY,state,version INT NOT NULL,at,text TEXT) WITHOUT ROWID",
                     "WITHOUT ROWID"));
  CHECK(refused_with("CREATE TABLE notes(name TEXT PRIMARY KEY,state,version INT NOT NULL,at,text TEXT)",
                     "there is no column key"));
  CHECK(refused_with("CREATE TABLE notes(key TEXT PRIMARY KEY,version INT NOT NULL,at,text TEXT)",
                     "there is no column state"));
  CHECK(refused_with("CREATE TABLE notes(key TEXT PRIMARY KEY,state,at,text TEXT)", "there is no column version"));
  CHECK(refused_with("CREATE TABLE notes(key TEXT PRIMARY KEY,state,version INT NOT NULL,text TEXT)",
                     "there is no column at"));
  CHECK(refused_with("CREATE TABLE notes(key TEXT PRIMARY KEY,state,version INT NOT NULL,at)",
                     "there is no column text"));
  CHECK(refused_with("CREATE TABLE notes(key TEXT PRIMARY KEY,state,version INT,at,text TEXT)",
                     "version is declared INT and may be NULL"));
  CHECK(refused_with("CREATE TABLE notes(key TEXT,state,version INT NOT NULL,at,text TEXT)", "key is not unique"));
  CHECK(refused_with("CREATE TABLE notes(key TEXT,state,version INT NOT NULL,at,text TEXT,PRIMARY KEY(key,at))",
                     "key is not unique"));
  CHECK(
      refused_with("CREATE TABLE notes(key TEXT,state,version INT NOT NULL,at,text TEXT);"
                   "CREATE UNIQUE INDEX i ON notes(key) WHERE version>0",
                   "key is not unique"));
  CHECK(refused_with("CREATE TABLE notes(key TEXT PRIMARY KEY,state,version INT NOT NULL,at,text INTEGER)",
                     "text is declared INTEGER"));
  CHECK(refused_with("CREATE TABLE notes(key TEXT PRIMARY KEY,state,version INT NOT NULL,at,text TEXT AS ('x'))",
                     "text"));
  CHECK(refused_with("CREATE TABLE notes(key TEXT PRIMARY KEY,state,version INT NOT NULL,at,text TEXT,RowID INTEGER)",
                     "a column named rowid"));
  CHECK(refused_with("CREATE TABLE notes(key TEXT PRIMARY KEY,state,version TEXT NOT NULL,at,text TEXT)",
                     "version is declared TEXT"));
  CHECK(refused_with("CREATE TABLE notes(key TEXT PRIMARY KEY,state,version DOUBLE NOT NULL,at,text TEXT)",
                     "version is declared DOUBLE"));
}

TEST_CASE("tables of many makes can be mapped", "[sqlite]") {
  accept("CREATE TABLE notes(key TEXT PRIMARY KEY,state TEXT,version INTEGER NOT NULL,at TEXT,text TEXT)");
  accept("CREATE TABLE notes(key TEXT NOT NULL UNIQUE,state,version INT NOT NULL,at DATETIME,text VARCHAR(10))");
  accept("CREATE TABLE notes(key INTEGER PRIMARY KEY,state,version INT NOT NULL,at,text)");
  accept("CREATE TABLE notes(key TEXT PRIMARY KEY,state,version NOT NULL,at,text)");
  accept("CREATE TABLE notes(key TEXT PRIMARY KEY,state TEXT,version ANY NOT NULL,at ANY,text TEXT) STRICT");
  accept("CREATE TABLE notes(key TEXT PRIMARY KEY,state,version NUMERIC NOT NULL,at,text)");
  accept("CREATE TABLE notes(KEY TEXT,State,Version INT NOT NULL,At,Text BLOB); CREATE UNIQUE INDEX i ON Notes(Key)");
  accept("CREATE TABLE notes(key TEXT PRIMARY KEY,state TEXT,version INTEGER NOT NULL,at TEXT,text TEXT) STRICT");
}

TEST_CASE("rows that no UPDATE could match are not handed out, but counted, and are told in words", "[sqlite]") {
  temporary_folder folder;
  database db(folder / "a.db", quick());
  db.execute("CREATE TABLE notes(key TEXT PRIMARY KEY,state,version INTEGER NOT NULL,at,text TEXT)");
  db.execute(
      "INSERT INTO notes(key,state,version) VALUES('good','fresh',0),('words','fresh','first'),(x'00','fresh',0),"
      "(NULL,'fresh',0),('bytes',CAST('fresh' AS BLOB),0),('null',NULL,0)");
  pawl::sqlite::store<notes_table> store(db);
  auto const page = store.runnable(note_state::fresh, {}, 10);
  REQUIRE(page.size() == 1);
  CHECK(page[0].key == "good");
  CHECK(store.get("words").unknown_state == "fresh, but its version is not an integer");
  CHECK(store.get("bytes").unknown_state == "fresh");
  CHECK(store.get("null").unknown_state == "NULL");
  CHECK(store.get("null").describe() == "it is in a state that note does not know: NULL");
  CHECK(pawl::explain(store, "null").text() == store.get("null").describe());
  CHECK(store.get("words").describe() ==
        "it is in a state that note does not know: fresh, but its version is not an integer");
  CHECK(store.unrecognised() == 5);
}

enum class seal : std::int8_t { red, blue };
struct weigh {
  std::int32_t grams = 0;
  double price = 0;
  bool fragile = false;
  seal in = seal::red;
  std::optional<std::uint64_t> code;
};
struct letter : pawl::lifecycle<pawl::initial<note_state::fresh>, pawl::goal<note_state::kept>,
                                pawl::transition<note_state::fresh, weigh, note_state::kept>> {};
struct letters_table : pawl::table<letter> {
  static constexpr auto columns = pawl::columns(pawl::on<weigh>(
      pawl::set("grams", &weigh::grams), pawl::set("price", &weigh::price), pawl::set("fragile", &weigh::fragile),
      pawl::set("seal", &weigh::in), pawl::set("code", &weigh::code)));
};

TEST_CASE("what is no number is not read as one", "[sqlite]") {
  temporary_folder folder;
  database db(folder / "a.db", quick());
  for (std::string const type : {"", "INTEGER", "NUMERIC", "TEXT"}) {
    CAPTURE(type);
    db.execute(
        "DROP TABLE IF EXISTS letter; CREATE TABLE letter(key TEXT PRIMARY KEY,state,version INTEGER NOT "
        "NULL,changed_at,grams " +
        type + ",price,fragile " + type + ",seal " + type + ",code " + type + ")");
    pawl::sqlite::store<letters_table> store(db);
    auto const reads = [&](std::string const& column, std::string const& value) {
      db.execute(
          "DELETE FROM letter; INSERT INTO letter VALUES('a','kept',1,NULL,20,0.5,1,1,NULL); UPDATE letter SET " +
          column + "=" + value);
      return store.recorded<weigh>(pawl::any_item<letter>("a", 1, note_state::kept)).has_value();
    };
    for (std::string const column : {"grams", "fragile", "seal", "code"}) {
      CAPTURE(column);
      CHECK(reads(column, "1"));
      CHECK(reads(column, "'1'"));  // as a column of text has it
      CHECK(reads(column, "1.0") == (type != "TEXT"));
      for (std::string const wrong :
           {"'one'", "''", "' '", "'0x1'", "'1 '", "'1e0 '", "0.5", "'0.5'", "x'31'", "x''", "9223372036854775808.0"}) {
        bool const is_number_by_then = type == "INTEGER" || type == "NUMERIC";  // these columns have made one of it
        if (is_number_by_then && (wrong == "'1 '" || wrong == "'1e0 '")) continue;
        CAPTURE(wrong);
        CHECK_FALSE(reads(column, wrong));
      }
      CHECK(reads(column, "NULL") == (column == "code"));
    }
    for (std::string const value : {"1", "0.25", "-1e300"}) CHECK(reads("price", value));
    for (std::string const wrong : {"'0.25'", "'much'", "''", "x'31'", "NULL"}) CHECK_FALSE(reads("price", wrong));
  }
}

TEST_CASE("also runs in the transaction of the transition, and only if the row moved", "[sqlite]") {
  in_mapped_table t;
  t.db.execute("CREATE TABLE audit(path TEXT)");
  auto const a = fresh(t, "a");
  auto const note = [&](database& db) { db.execute("INSERT INTO audit VALUES('moved')"); };
  auto const up = t.store.apply(a, start_upload{}, note);
  REQUIRE(up);
  CHECK_FALSE(t.store.apply(a, start_upload{}, note));
  CHECK(ask(t.db, "SELECT count(*) FROM audit") == "1");
  CHECK_FALSE(t.db.in_transaction());
}

TEST_CASE("in an open transaction also runs with its transition, and both wait for the commit", "[sqlite]") {
  in_mapped_table t;
  t.db.execute("CREATE TABLE audit(path TEXT)");
  auto const a = fresh(t, "a");
  auto const note = [&](database& db) { db.execute("INSERT INTO audit VALUES('moved')"); };
  REQUIRE(t.store.try_begin());
  REQUIRE(t.store.apply(a, start_upload{}, note));
  CHECK_FALSE(t.store.apply(a, start_upload{}, note));
  CHECK(t.db.in_transaction());
  t.store.rollback();
  CHECK(read<untracked>(t.store, "a").version == 0);
  CHECK(ask(t.db, "SELECT count(*) FROM audit") == "0");
  REQUIRE(t.store.try_begin());
  REQUIRE(t.store.apply(a, start_upload{}, note));
  t.store.commit();
  CHECK(read<uploading>(t.store, "a").version == 1);
  CHECK(ask(t.db, "SELECT count(*) FROM audit") == "1");
}

TEST_CASE("an exception from also takes its transition back, alone or inside a transaction", "[sqlite]") {
  in_mapped_table t;
  t.db.execute("CREATE TABLE audit(path TEXT)");
  auto const a = fresh(t, "a"), b = fresh(t, "b");
  auto const fail = [](database& db) {
    db.execute("INSERT INTO audit VALUES('gone')");
    throw std::runtime_error("no");
  };
  CHECK_THROWS_WITH(t.store.apply(a, start_upload{}, fail), "no");
  CHECK_FALSE(t.db.in_transaction());
  REQUIRE(t.store.try_begin());
  REQUIRE(t.store.apply(b, start_upload{}));
  CHECK_THROWS_WITH(t.store.apply(a, start_upload{}, fail), "no");
  t.store.commit();
  CHECK(read<untracked>(t.store, "a").version == 0);
  CHECK(read<uploading>(t.store, "b").version == 1);
  CHECK(ask(t.db, "SELECT count(*) FROM audit") == "0");
}

TEST_CASE("several stores stand on one database and share its transaction", "[sqlite]") {
  in_mapped_table t;
  pawl::sqlite::store<file_lifecycle> own(t.db);
  auto const a = fresh(t, "a");
  REQUIRE(t.store.try_begin());
  REQUIRE(own.insert_if_absent("a"));
  REQUIRE(t.store.apply(a, start_upload{}));
  own.rollback();
  CHECK(read<untracked>(t.store, "a").version == 0);
  CHECK(own.get("a").gone());
}

TEST_CASE("apply outside of a transaction waits for another process up to the bound, then is busy", "[sqlite]") {
  in_mapped_table t;
  auto const a = fresh(t, "a");
  database theirs(t.db.path(), quick());
  REQUIRE(theirs.try_begin());
  CHECK_FALSE(t.store.try_begin());
  auto const e = error_of([&] { (void)t.store.apply(a, start_upload{}); });
  CHECK(e.what_failed() == store_failure::busy);
  CHECK(mentions(e, t.db.path()));
  theirs.rollback();
  CHECK(t.store.apply(a, start_upload{}));
}

TEST_CASE("a transition of another connection is a conflict and not an error", "[sqlite]") {
  in_mapped_table t;
  auto const a = fresh(t, "a");
  database other(t.db.path(), quick());
  pawl::sqlite::store<files_table> theirs(other);
  REQUIRE(theirs.apply(a, start_upload{}));
  auto const missed = t.store.apply(a, start_upload{});
  REQUIRE_FALSE(missed);
  CHECK(missed.why().now.item->state == uploading);
}
enum class step_state { from, done };
struct finish {
  std::optional<std::string> order;
};
struct select : pawl::lifecycle<pawl::initial<step_state::from>, pawl::goal<step_state::done>,
                                pawl::transition<step_state::from, finish, step_state::done>> {};
struct keywords : pawl::table<select> {
  static constexpr pawl::names names{
      .table = "group", .key = "primary", .state = "case", .version = "values", .priority = "limit"};
  static constexpr auto columns = pawl::columns(pawl::on<finish>(pawl::set("order", &finish::order)));
};
static_assert(pawl::valid<keywords>);

struct in_keywords {
  temporary_folder folder;
  pawl::sqlite::database db{folder / "a.db", quick()};
  in_keywords() {
    db.execute(
        "CREATE TABLE [group]([primary] TEXT PRIMARY KEY, [case] TEXT NOT NULL DEFAULT 'from', [values] INTEGER NOT "
        "NULL "
        "DEFAULT 0, [order] TEXT, [limit] INTEGER)");
    db.execute("INSERT INTO [group]([primary],[limit]) VALUES('a',NULL),('b',5),('c',-1),('d',5),('e',7)");
  }
};
using mapped_select = pawl::item<select, step_state::from>;

TEST_CASE("a table and its columns may be called by the words of SQL", "[sqlite]") {
  in_keywords t;
  pawl::sqlite::store<keywords> store{t.db};
  auto const moved = store.apply(mapped_select("a", 0), finish{"x"});
  REQUIRE(moved);
  CHECK(store.recorded<finish>(*moved)->order == "x");
  CHECK(store.unrecognised() == 0);
  CHECK(store.count_items()[0] == 4);
  pawl::trouble_record parked;
  parked.parked = true;
  CHECK(store.note(mapped_select("b", 0), parked));
  CHECK(store.parked(5).size() == 1);
}

// Words by which the statements of the library call a table of their own.
template <char... Letters> struct called : pawl::table<select> {
  static constexpr char word[] = {Letters...};
  static constexpr pawl::names names{.table = std::string_view(word, sizeof word)};
  static constexpr auto columns = pawl::columns(pawl::on<finish>(pawl::set("wanted", &finish::order)));
};

TEMPLATE_TEST_CASE("a table may have the name that a statement of the library gives to another", "[sqlite]",
                   (called<'p'>), (called<'t'>), (called<'l'>), (called<'s'>), (called<'x'>), (called<'o', 'l', 'd'>),
                   (called<'n', 'e', 'w'>)) {
  temporary_folder folder;
  pawl::sqlite::database db{folder / "a.db", quick()};
  std::string const table(TestType::names.table);
  db.execute(
      "CREATE TABLE [" + table +
      "](key TEXT PRIMARY KEY, state TEXT NOT NULL DEFAULT 'from', version INTEGER NOT NULL DEFAULT 0, wanted TEXT);"
      "INSERT INTO [" +
      table + "](key) VALUES('a'),('b'),('c'),('d')");
  pawl::sqlite::store<TestType> store{db};
  pawl::trouble_record parked, delayed;
  parked.parked = true;
  delayed.next_at = store.now() + std::chrono::hours(1);
  delayed.run = 1;
  REQUIRE(store.note(mapped_select("a", 0), parked));
  REQUIRE(store.note(mapped_select("b", 0), delayed));
  CHECK(store.runnable(step_state::from, {}, 10).items.size() == 2);
  CHECK(store.parked(5).size() == 1);
  CHECK(store.count_troubles().delayed == 1);
  CHECK(store.due(store.now() + std::chrono::hours(2), pawl::delayed_by::anybody, 10).size() == 1);
  CHECK(store.unrecognised() == 0);
  CHECK(store.release("a"));
  CHECK(store.runnable(step_state::from, {}, 10).items.size() == 3);
  CHECK(store.apply(mapped_select("a", 0), finish{"x"}));
}

TEST_CASE("an event of optional fields that are all empty is read back as it was", "[sqlite]") {
  in_keywords t;
  pawl::sqlite::store<keywords> store{t.db};
  auto const moved = store.apply(mapped_select("a", 0), finish{});
  REQUIRE(store.recorded<finish>(*moved));
  CHECK_FALSE(store.recorded<finish>(*moved)->order);
}

TEST_CASE("rows of a higher priority come first, page by page, and of equal priority the older row", "[sqlite]") {
  in_keywords t;
  pawl::sqlite::store<keywords> store{t.db};
  std::string order;
  pawl::row_mark mark;
  for (;;) {
    auto const page = store.runnable(step_state::from, mark, 2);
    for (auto const& item : page) order += item.key;
    if (page.is_last) break;
    mark = page.next;
  }
  CHECK(order == "ebdac");
}

}  // namespace mapped_table_test
