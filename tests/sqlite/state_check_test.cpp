// A CHECK that looks at the state alone is asked once for each transition; everything else is asked each time.
#include <cstdint>
#include <string>
#include <string_view>

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

TEST_CASE("a CHECK of the state alone is asked once for each transition") {
  CHECK(asks_once(state_is_known));
  CHECK(asks_once("CHECK(state<>'torn' AND state IN('blank','drawn','framed'))"));
  CHECK(asks_once(std::string(state_is_known) + ",CHECK(state<>'torn')"));
  CHECK(!asks_once(""));
}

TEST_CASE("a CHECK that may answer otherwise for another row is asked each time") {
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
  CHECK(!asks_once(state_is_known, {}, "PRAGMA foreign_keys=ON"));
}

TEST_CASE("a state that the CHECK does not allow is rejected each time") {
  pages t("CHECK(state IN('blank','framed'))");
  pawl::sqlite::store<pages_table> store(t.db);
  for (int i = 0; i < 5; ++i) CHECK(failure_of([&] { (void)t.draw_on(store, i); }) == store_failure::rejected);
  CHECK(ask(t.db, "SELECT count(*) FROM pages WHERE state<>'blank' OR version<>0") == "0");
}

TEST_CASE("a CHECK of what an event writes is asked of each event") {
  pages t(std::string(state_is_known) + ",CHECK(picture<>'blot')");
  pawl::sqlite::store<pages_table> store(t.db);
  for (int i = 0; i < 4; ++i) REQUIRE(t.draw_on(store, i));
  CHECK(failure_of([&] { (void)t.draw_on(store, 4, "blot"); }) == store_failure::rejected);
  CHECK(store.get("p4").item->version == 0);
}

TEST_CASE("a CHECK that comes later is met by the next transition") {
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

TEST_CASE("a trigger that comes later writes no row that its table forbids") {
  pages t(state_is_known);
  pawl::sqlite::store<pages_table> store(t.db);
  for (int i = 0; i < 3; ++i) REQUIRE(t.draw_on(store, i));
  std::string const temporary = GENERATE("", "TEMP ");
  t.db.execute("CREATE " + temporary + "TABLE log(key TEXT CHECK(key<>'p3'));CREATE " + temporary +
               "TRIGGER t AFTER UPDATE ON main.pages BEGIN INSERT INTO log VALUES(new.key); END");
  CHECK(failure_of([&] { (void)t.draw_on(store, 3); }) == store_failure::rejected);
  CHECK(t.draw_on(store, 4));
}

TEST_CASE("the user's own statements keep their CHECKs") {
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

TEST_CASE("who wants no CHECKs at all is left with that") {
  pages t("CHECK(state IN('blank','framed'))");
  t.db.execute("PRAGMA ignore_check_constraints=ON");
  pawl::sqlite::store<pages_table> store(t.db);
  CHECK(t.draw_on(store, 0));
  CHECK(ask(t.db, "PRAGMA ignore_check_constraints") == "1");
}

TEST_CASE("to look at a table's CHECKs changes nothing, also in a database that is only read") {
  pages t(state_is_known);
  auto options = quick();
  options.mode = pawl::sqlite::access::read_only;
  database reader(t.folder / "a.db", options);
  pawl::sqlite::store<pages_table> store(reader);
  CHECK(store.get("p0").item->state == page_state::blank);
  CHECK(ask(reader, "PRAGMA ignore_check_constraints") == "0");
}

}  // namespace state_check_test
