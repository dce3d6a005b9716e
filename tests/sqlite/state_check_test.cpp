// A CHECK that depends on the state alone runs once per row of the lifecycle; every other CHECK runs each time.
#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sqlite3.h>

#include <pawl/sqlite/store.hpp>

#include "catch.hpp"
#include "sqlite/fixture.hpp"

namespace state_check_test {

using namespace sqlite_test;
using pawl::store_failure;
using pawl::sqlite::database;

enum class page_state { blank, drawn };
struct draw {
  std::string picture;
};
struct erase {};
struct page : pawl::lifecycle<pawl::initial<page_state::blank>, pawl::goal<page_state::drawn>,
                              pawl::transition<page_state::blank, draw, page_state::drawn>,
                              pawl::transition<page_state::drawn, erase, page_state::blank>> {};
struct pages_table : pawl::table<page> {
  static constexpr pawl::names names{.table = "pages"};
  static constexpr auto columns = pawl::columns(pawl::on<draw>(pawl::set("picture", &draw::picture)));
};
static_assert(pawl::valid<pages_table>);

constexpr char const* state_is_known = "CHECK(state IN('blank','drawn','framed'))";

// Pages p0 to p9, all blank, in a table with these constraints.
struct pages {
  explicit pages(std::string const& constraints, std::string const& also = {}) {
    db.execute(
        "CREATE TABLE pages(key TEXT PRIMARY KEY,state TEXT NOT NULL DEFAULT 'blank',version INTEGER NOT NULL "
        "DEFAULT 0,picture TEXT" +
        (constraints.empty() ? "" : "," + constraints) + ");" + also);
    for (int i = 0; i < 10; ++i) db.execute("INSERT INTO pages(key) VALUES('" + key(i) + "')");
  }
  static std::string key(int i) { return "p" + std::to_string(i); }
  auto draw_on(pawl::sqlite::store<pages_table>& store, int i, std::string const& picture = "tree") {
    return store.apply(pawl::item<page, page_state::blank>(key(i), 0), draw{picture});
  }

  temporary_folder folder{};
  database db{folder / "a.db", quick()};
};

// The instructions that SQLite has carried out for all statements since it was asked last.
std::int64_t instructions(database& db) {
  std::int64_t sum = 0;
  for (sqlite3_stmt* s = nullptr; (s = sqlite3_next_stmt(db.handle(), s)) != nullptr;)
    sum += sqlite3_stmt_status(s, SQLITE_STMTSTATUS_VM_STEP, 1);
  return sum;
}
// Whether the third transition of its kind does without something that the first one did.
bool asks_once(std::string const& constraints, std::string const& also = {}, std::string const& setting = {}) {
  pages t(constraints, also);
  if (!setting.empty()) t.db.execute(setting);
  pawl::sqlite::store<pages_table> store(t.db);
  std::int64_t steps[3]{};
  for (int i = 0; i < 3; ++i) {
    t.db.begin();
    instructions(t.db);
    REQUIRE(t.draw_on(store, i));
    steps[i] = instructions(t.db);
    t.db.commit();
  }
  CHECK(steps[1] == steps[2]);
  return steps[1] < steps[0];
}

TEST_CASE("a CHECK of the state alone is asked once for each transition", "[sqlite]") {
  CHECK(asks_once(state_is_known));
  CHECK(asks_once("CHECK(state<>'torn' AND state IN('blank','drawn','framed'))"));
  CHECK(asks_once(std::string(state_is_known) + ",CHECK(state<>'torn')"));
  CHECK(!asks_once(""));
}

TEST_CASE("a CHECK that may answer otherwise for another row is asked each time", "[sqlite]") {
  CHECK(!asks_once("CHECK(state IN('blank','drawn') OR picture='x')"));
  CHECK(!asks_once("CHECK(state IN('blank','drawn','framed') AND version<100)"));
  CHECK(!asks_once("CHECK(state IN('blank','drawn','framed') AND key<>'x')"));
  CHECK(!asks_once("CHECK(state IN('blank','drawn','framed') AND rowid>0)"));
  CHECK(!asks_once(std::string(state_is_known) + ",CHECK(picture<>'blot')"));
  CHECK(!asks_once("CHECK(state IN('blank','drawn','framed') AND length(state)>0)"));
  CHECK(!asks_once("long AS (picture||'x'),CHECK(state IN('blank','drawn','framed') AND long<>'xx')"));
  CHECK(!asks_once(state_is_known, "CREATE TABLE log(state TEXT " + std::string(state_is_known) +
                                       ");CREATE TRIGGER t AFTER UPDATE ON pages BEGIN INSERT INTO log "
                                       "VALUES(new.state); END"));
  CHECK(!asks_once(state_is_known, "CREATE TEMP TRIGGER t AFTER UPDATE ON main.pages BEGIN SELECT 1; END"));
  CHECK(!asks_once(state_is_known, "CREATE TABLE frames(key TEXT REFERENCES pages ON UPDATE CASCADE)",
                   "PRAGMA foreign_keys=ON"));
}

TEST_CASE("a state that the CHECK allows to no row is refused each time", "[sqlite]") {
  pages t("CHECK(state IN('blank','framed'))");
  pawl::sqlite::store<pages_table> store(t.db);
  for (int i = 0; i < 5; ++i) CHECK(failure_of([&] { (void)t.draw_on(store, i); }) == store_failure::refused);
  CHECK(ask(t.db, "SELECT count(*) FROM pages WHERE state<>'blank' OR version<>0") == "0");
}

TEST_CASE("a CHECK of what an event writes is asked of each event", "[sqlite]") {
  pages t(std::string(state_is_known) + ",CHECK(picture<>'blot')");
  pawl::sqlite::store<pages_table> store(t.db);
  for (int i = 0; i < 4; ++i) REQUIRE(t.draw_on(store, i));
  CHECK(failure_of([&] { (void)t.draw_on(store, 4, "blot"); }) == store_failure::rejected);
  CHECK(store.get("p4").item->version == 0);
}

TEST_CASE("a CHECK that comes later is met by the next transition", "[sqlite]") {
  pages t(state_is_known);
  pawl::sqlite::store<pages_table> store(t.db);
  for (int i = 0; i < 3; ++i) REQUIRE(t.draw_on(store, i));
  std::string const later =
      "ALTER TABLE pages ADD COLUMN size INTEGER CHECK(size IS NULL AND state<>'drawn' OR rowid<4)";
  if (GENERATE(true, false))
    t.db.execute(later);
  else
    database(t.folder / "a.db", quick()).execute(later);
  CHECK(failure_of([&] { (void)t.draw_on(store, 3); }) == store_failure::rejected);
  CHECK(store.get("p3").item->version == 0);
}

TEST_CASE("a trigger that comes later writes no row that its table forbids", "[sqlite]") {
  pages t(state_is_known);
  pawl::sqlite::store<pages_table> store(t.db);
  for (int i = 0; i < 3; ++i) REQUIRE(t.draw_on(store, i));
  std::string const temporary = GENERATE("", "TEMP ");
  t.db.execute("CREATE " + temporary + "TABLE log(key TEXT CHECK(key<>'p3'));CREATE " + temporary +
               "TRIGGER t AFTER UPDATE ON main.pages BEGIN INSERT INTO log VALUES(new.key); END");
  CHECK(failure_of([&] { (void)t.draw_on(store, 3); }) == store_failure::rejected);
  CHECK(t.draw_on(store, 4));
}

TEST_CASE("the user's own statements keep their CHECKs", "[sqlite]") {
  pages t(state_is_known);
  std::string const torn = "UPDATE pages SET state='torn' WHERE key='p9'";
  auto before = t.db.prepare(torn);
  pawl::sqlite::store<pages_table> store(t.db);
  for (int i = 0; i < 3; ++i) REQUIRE(t.draw_on(store, i));
  auto after = t.db.prepare(torn);
  for (auto* s : {&before, &after}) CHECK(failure_of([&] { s->step(); }) == store_failure::rejected);
  CHECK(failure_of([&] { t.db.execute(torn); }) == store_failure::rejected);
  CHECK(ask(t.db, "PRAGMA ignore_check_constraints") == "0");
  CHECK(ask(t.db, "SELECT state FROM pages WHERE key='p9'") == "blank");
}

TEST_CASE("who wants no CHECKs at all is left with that", "[sqlite]") {
  pages t("CHECK(state IN('blank','framed'))");
  t.db.execute("PRAGMA ignore_check_constraints=ON");
  pawl::sqlite::store<pages_table> store(t.db);
  CHECK(t.draw_on(store, 0));
  CHECK(ask(t.db, "PRAGMA ignore_check_constraints") == "1");
}

// What a user's authorizer may answer.
int no_other_pragmas(void*, int action, char const* name, char const*, char const*, char const*) {
  std::string_view const looks[] = {"table_list", "table_info",  "table_xinfo", "index_list",
                                    "index_info", "index_xinfo", "data_version"};
  if (action != SQLITE_PRAGMA) return SQLITE_OK;
  return std::find(std::begin(looks), std::end(looks), name) != std::end(looks) ? SQLITE_OK : SQLITE_DENY;
}
int no_switching_on(void*, int action, char const*, char const* value, char const*, char const*) {
  return action == SQLITE_PRAGMA && value && value == std::string_view("OFF") ? SQLITE_DENY : SQLITE_OK;
}
int size_is_left_out(void*, int action, char const*, char const* column, char const*, char const*) {
  return action == SQLITE_UPDATE && column == std::string_view("size") ? SQLITE_IGNORE : SQLITE_OK;
}

TEST_CASE("an authorizer that forbids to look at CHECKs forbids no store", "[sqlite]") {
  pages t(state_is_known);
  sqlite3_set_authorizer(t.db.handle(), no_other_pragmas, nullptr);
  pawl::sqlite::store<pages_table> store(t.db);
  CHECK(t.draw_on(store, 0));
}

TEST_CASE("a CHECK of a column that an authorizer leaves out is asked each time", "[sqlite]") {
  pages t("size TEXT,CHECK(state='blank' OR size IS 'large')");
  t.db.execute("UPDATE pages SET size='large' WHERE key='p0'");
  sqlite3_set_authorizer(t.db.handle(), size_is_left_out, nullptr);
  pawl::sqlite::store<pages_table> store(t.db);
  REQUIRE(t.draw_on(store, 0));
  CHECK(failure_of([&] { (void)t.draw_on(store, 1); }) == store_failure::rejected);
}

TEST_CASE("where CHECKs cannot be switched on again nothing is compiled any more", "[sqlite]") {
  pages t(state_is_known);
  sqlite3_set_authorizer(t.db.handle(), no_switching_on, nullptr);
  CHECK(failure_of([&] { pawl::sqlite::store<pages_table> store(t.db); }) == store_failure::not_applied);
  sqlite3_set_authorizer(t.db.handle(), nullptr, nullptr);
  CHECK(sqlite3_exec(t.db.handle(), "UPDATE pages SET state='torn'", nullptr, nullptr, nullptr) == SQLITE_TOOBIG);
}

TEST_CASE("a function of the user's called printf changes nothing", "[sqlite]") {
  pages t("size TEXT,CHECK(state='blank' OR size IS 'large')");
  t.db.execute("UPDATE pages SET size='large' WHERE key='p0'");
  auto const key_is_key = [](sqlite3_context* c, int, sqlite3_value**) {
    sqlite3_result_text(c, "\"key\"=\"key\"", -1, SQLITE_STATIC);
  };
  sqlite3_create_function(t.db.handle(), "printf", -1, SQLITE_UTF8, nullptr, key_is_key, nullptr, nullptr);
  pawl::sqlite::store<pages_table> store(t.db);
  REQUIRE(t.draw_on(store, 0));
  CHECK(failure_of([&] { (void)t.draw_on(store, 1); }) == store_failure::rejected);
}

// Another connection makes a trigger after the nth statement of the opening of a store.
struct intruder {
  explicit intruder(std::string path) : db(std::move(path), quick()) {}
  static int after_statement(unsigned, void* self, void*, void*) {
    auto& i = *static_cast<intruder*>(self);
    if (i.statements++ != i.at) return 0;
    char const* const make =
        "SELECT 1 FROM sqlite_schema;"  // or it would know of the trigger before
        "CREATE TRIGGER t AFTER UPDATE OF state ON pages BEGIN INSERT INTO log VALUES(new.key); END";
    i.made = sqlite3_exec(i.db.handle(), make, nullptr, nullptr, nullptr) == SQLITE_OK;
    return 0;
  }
  database db;
  int statements = 0, at = 0;
  bool made = false;
};

TEST_CASE("a trigger that another process makes while a store is opened writes no row that its table forbids",
          "[sqlite]") {
  pages t(state_is_known, "CREATE TABLE log(key TEXT CHECK(key<>'p1'))");
  { pawl::sqlite::store<pages_table> store(t.db); }
  intruder other(t.folder / "a.db");
  for (;; ++other.at, other.statements = 0, other.made = false) {
    sqlite3_trace_v2(t.db.handle(), SQLITE_TRACE_PROFILE, intruder::after_statement, &other);
    pawl::sqlite::store<pages_table> store(t.db);
    sqlite3_trace_v2(t.db.handle(), 0, nullptr, nullptr);
    if (other.statements <= other.at) break;
    REQUIRE(other.made);
    REQUIRE(t.draw_on(store, 0));
    INFO("after statement " << other.at);
    CHECK(failure_of([&] { (void)t.draw_on(store, 1); }) == store_failure::rejected);
    t.db.execute("DROP TRIGGER t;UPDATE pages SET state='blank',version=0;DELETE FROM log");
  }
  CHECK(other.at > 5);
}

// A statement that a user's profiler compiles while a store is opened, say to note what is slow.
TEST_CASE("a statement that is compiled while a store looks at CHECKs has its own", "[sqlite]") {
  pages t(state_is_known);
  static std::vector<sqlite3_stmt*> compiled;
  compiled.clear();
  auto const profile = [](unsigned, void* db, void*, void*) {
    sqlite3_stmt* s = nullptr;
    sqlite3_prepare_v2(static_cast<sqlite3*>(db), "UPDATE pages SET state='torn'", -1, &s, nullptr);
    compiled.push_back(s);
    return 0;
  };
  sqlite3_trace_v2(t.db.handle(), SQLITE_TRACE_PROFILE, profile, t.db.handle());
  pawl::sqlite::store<pages_table> store(t.db);
  sqlite3_trace_v2(t.db.handle(), 0, nullptr, nullptr);
  CHECK(compiled.size() > 5);
  for (auto* s : compiled) {
    CHECK(sqlite3_step(s) == SQLITE_CONSTRAINT_CHECK);
    sqlite3_finalize(s);
  }
}

// SQLite's memory, of which one allocation fails, and all that follow for a while.
struct scarce_memory {
  scarce_memory() {
    sqlite3_shutdown();
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real);
    auto scarce = real;
    scarce.xMalloc = [](int size) { return fails() ? nullptr : real.xMalloc(size); };
    scarce.xRealloc = [](void* old, int size) { return fails() ? nullptr : real.xRealloc(old, size); };
    sqlite3_config(SQLITE_CONFIG_MALLOC, &scarce);
    sqlite3_initialize();
  }
  scarce_memory(scarce_memory const&) = delete;
  scarce_memory& operator=(scarce_memory const&) = delete;
  ~scarce_memory() {
    sqlite3_shutdown();
    sqlite3_config(SQLITE_CONFIG_MALLOC, &real);
    sqlite3_initialize();
  }
  static bool fails() {
    if (!on) return false;
    int const n = asked++;
    return n >= at && n < at + failures;
  }
  static inline sqlite3_mem_methods real{};
  static inline bool on = false;
  static inline int asked = 0, at = 0, failures = 1;
};

TEST_CASE("no statement runs without its CHECKs where memory ends while a store is opened", "[sqlite]") {
  scarce_memory memory;
  memory.failures = GENERATE(1, 1000);
  temporary_folder folder;
  std::string const path = folder / "a.db";
  database(path, quick())
      .execute("CREATE TABLE pages(key TEXT PRIMARY KEY,state TEXT NOT NULL,version INTEGER NOT NULL,picture TEXT," +
               std::string(state_is_known) + ");INSERT INTO pages VALUES('p0','blank',0,NULL)");
  {
    database db(path, quick());
    pawl::sqlite::store<pages_table> store(db);
  }
  bool ended = true;
  for (memory.at = 0; ended; ++memory.at) {
    database db(path, quick());
    memory.asked = 0;
    memory.on = true;
    try {
      pawl::sqlite::store<pages_table> store(db);
    } catch (pawl::store_error const&) {}
    memory.on = false;
    ended = memory.asked > memory.at;
    if (sqlite3_exec(db.handle(), "UPDATE pages SET state='torn'", nullptr, nullptr, nullptr) == SQLITE_OK)
      FAIL("without its CHECK, after allocation " << memory.at);
  }
  CHECK(memory.at > 100);
}

TEST_CASE("to look at a table's CHECKs changes nothing, also in a database that is only read", "[sqlite]") {
  pages t(state_is_known);
  auto options = quick();
  options.mode = pawl::sqlite::access::read_only;
  database reader(t.folder / "a.db", options);
  pawl::sqlite::store<pages_table> store(reader);
  CHECK(store.get("p0").item->state == page_state::blank);
  CHECK(ask(reader, "PRAGMA ignore_check_constraints") == "0");
}

}  // namespace state_check_test
