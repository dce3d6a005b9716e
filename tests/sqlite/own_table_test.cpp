// pawl's own table: its schema, its dictionary, and what is refused after the lifecycle has changed.
#include <chrono>
#include <string>
#include <vector>

#include <pawl/sqlite/store.hpp>

#include "catch.hpp"
#include "sqlite/every_store.hpp"

namespace own_table_test {

using namespace filing;
using namespace sqlite_test;
using namespace std::chrono_literals;
using pawl::store_failure;
using pawl::sqlite::database;

struct go {};
struct stop {};

// The same lifecycle as it changes from release to release.
namespace first {
enum class state { idle, running, done };
struct order : pawl::lifecycle<pawl::initial<state::idle>, pawl::goal<state::done>,
                               pawl::transition<state::idle, go, state::running>,
                               pawl::transition<state::running, stop, state::done>> {};
}  // namespace first
namespace grown {
enum class state { idle, running, done, paused = -5 };
struct order : pawl::lifecycle<pawl::initial<state::idle>, pawl::goal<state::done>, pawl::waiting<state::paused>,
                               pawl::transition<state::idle, go, state::running>,
                               pawl::transition<state::running, stop, state::paused>,
                               pawl::transition<state::paused, go, state::done>> {};
}  // namespace grown
namespace shrunk {
enum class state { idle, done = 2 };
struct order : pawl::lifecycle<pawl::initial<state::idle>, pawl::goal<state::done>,
                               pawl::transition<state::idle, go, state::done>> {};
}  // namespace shrunk
namespace renamed {
enum class state { idle, active, done };
struct order : pawl::lifecycle<pawl::initial<state::idle>, pawl::goal<state::done>,
                               pawl::transition<state::idle, go, state::active>,
                               pawl::transition<state::active, stop, state::done>> {};
}  // namespace renamed
namespace renumbered {
enum class state { idle, running = 7, done };
struct order : pawl::lifecycle<pawl::initial<state::idle>, pawl::goal<state::done>,
                               pawl::transition<state::idle, go, state::running>,
                               pawl::transition<state::running, stop, state::done>> {};
}  // namespace renumbered

template <class L> using store = pawl::sqlite::store<L>;

TEST_CASE("pawl's own table is made with its dictionary and a view for people", "[sqlite]") {
  in_own_table t;
  t.add("a");
  REQUIRE(t.store.apply(read<untracked>(t.store, "a"), start_upload{}));
  CHECK(ask(t.db, "SELECT state||version FROM file_lifecycle") == "11");
  CHECK(ask(t.db, "SELECT key||' '||state||' '||version FROM file_lifecycle_view") == "a uploading 1");
  CHECK(ask(t.db, "SELECT group_concat(code||name) FROM pawl_states") ==
        "0untracked,1uploading,2processing,3indexed,4failed");
  CHECK(ask(t.db, "SELECT length(fingerprint)||' '||schema FROM pawl_meta") == "16 3");
  CHECK(ask(t.db, "SELECT strict FROM pragma_table_list WHERE name='file_lifecycle'") == "1");
  CHECK(t.store.change().added.empty());
  CHECK(t.store.change().removed.empty());
}

TEST_CASE("the marks of pawl are set in a database that it makes, and in no other", "[sqlite]") {
  in_own_table t;
  CHECK(ask(t.db, "PRAGMA application_id") == "1885435756");
  CHECK(ask(t.db, "PRAGMA user_version") == "3");
  in_mapped_table other;
  store<file_lifecycle> own(other.db);
  CHECK(ask(other.db, "PRAGMA application_id") == "0");
  CHECK(ask(other.db, "PRAGMA user_version") == "0");
}

TEST_CASE("times come from the clock that is given; the table keeps microseconds, the view shows text", "[sqlite]") {
  temporary_folder folder;
  auto o = quick();
  std::chrono::system_clock::time_point time{1'709'210'096s + 789'012us};
  o.now = [&time] { return time; };
  database db(folder / "a.db", o);
  store<first::order> orders(db);
  REQUIRE(orders.insert_if_absent("a"));
  CHECK(ask(db, "SELECT changed_at FROM [order]") == "1709210096789012");
  time += 1us;
  REQUIRE(orders.apply(pawl::item<first::order, first::state::idle>("a", 0), go{}));
  CHECK(ask(db, "SELECT changed_at FROM order_view") == "2024-02-29T12:34:56.789013");
}

TEST_CASE("insert_if_absent inserts once, and leaves what is there as it is", "[sqlite]") {
  in_own_table t;
  CHECK(t.store.insert_if_absent("a"));
  REQUIRE(t.store.apply(read<untracked>(t.store, "a"), start_upload{}));
  CHECK_FALSE(t.store.insert_if_absent("a"));
  CHECK(read<uploading>(t.store, "a").version == 1);
  REQUIRE(t.store.try_begin());
  CHECK(t.store.insert_if_absent("b"));
  CHECK_FALSE(t.store.insert_if_absent("b"));
  t.store.rollback();
  CHECK(t.store.get("b").gone());
}

TEST_CASE("a table is opened again with its items and what they recorded", "[sqlite]") {
  temporary_folder folder;
  {
    database db(folder / "a.db", quick());
    store<file_lifecycle> s(db);
    REQUIRE(s.insert_if_absent("a"));
    auto const up = *s.apply(read<untracked>(s, "a"), start_upload{});
    REQUIRE(s.apply(up, complete_upload{"id", "uri"}));
  }
  database db(folder / "a.db", quick());
  store<file_lifecycle> s(db);
  CHECK(s.recorded<complete_upload>(read<processing>(s, "a"))->file_uri == "uri");
}

TEST_CASE("states that are new are added to the dictionary and reported", "[sqlite]") {
  temporary_folder folder;
  database db(folder / "a.db", quick());
  { store<first::order> s(db); }
  std::string const print = ask(db, "SELECT fingerprint FROM pawl_meta");
  store<grown::order> s(db);
  CHECK(s.change().added == std::vector<std::string>{"paused"});
  CHECK(s.change().removed.empty());
  CHECK(ask(db, "SELECT code FROM pawl_states WHERE name='paused'") == "-5");
  CHECK(ask(db, "SELECT fingerprint FROM pawl_meta") != print);
  REQUIRE(s.insert_if_absent("a"));
  auto const running = *s.apply(pawl::item<grown::order, grown::state::idle>("a", 0), go{});
  REQUIRE(s.apply(running, stop{}));
  CHECK(s.get("a").item->state == grown::state::paused);
  CHECK(s.runnable(grown::state::paused, {}, 9).size() == 1);
}

TEST_CASE("states that are no more stay in the dictionary; their rows are reported by name, counted and left alone",
          "[sqlite]") {
  temporary_folder folder;
  database db(folder / "a.db", quick());
  {
    store<first::order> s(db);
    REQUIRE(s.insert_if_absent("a"));
    REQUIRE(s.apply(pawl::item<first::order, first::state::idle>("a", 0), go{}));
  }
  {
    store<shrunk::order> s(db);
    CHECK(s.change().removed == std::vector<pawl::sqlite::removed_state>{{"running", 1}});
    CHECK(s.unrecognised() == 1);
    CHECK(s.get("a").unknown_state == "running");
  }
  store<first::order> s(db);
  CHECK(s.unrecognised() == 0);
  CHECK(s.get("a").item->state == first::state::running);
}

TEST_CASE("a state that has another name or another number than the rows were written with is refused, both named",
          "[sqlite]") {
  temporary_folder folder;
  database db(folder / "a.db", quick());
  { store<first::order> s(db); }
  auto const name = error_of([&] { store<renamed::order> s(db); });
  CHECK(name.what_failed() == store_failure::refused);
  CHECK(mentions(name, "'active'"));
  CHECK(mentions(name, "'running'"));
  CHECK(mentions(name, db.path()));
  auto const number = error_of([&] { store<renumbered::order> s(db); });
  CHECK(number.what_failed() == store_failure::refused);
  CHECK(mentions(number, "code 7"));
  CHECK(mentions(number, "code 1"));
  CHECK_FALSE(db.in_transaction());
  store<first::order> s(db);
  CHECK(ask(db, "SELECT count(*) FROM pawl_states") == "3");
}

TEST_CASE("a newer schema of pawl's is refused, both named", "[sqlite]") {
  temporary_folder folder;
  database db(folder / "a.db", quick());
  { store<first::order> s(db); }
  db.execute("UPDATE pawl_meta SET schema=4");
  auto const e = error_of([&] { store<first::order> s(db); });
  CHECK(e.what_failed() == store_failure::refused);
  CHECK(mentions(e, "schema 4"));
  CHECK(mentions(e, "up to 3"));
}

TEST_CASE("a table of the lifecycle's name that pawl did not make is refused and left as it is", "[sqlite]") {
  temporary_folder folder;
  database db(folder / "a.db", quick());
  db.execute("CREATE TABLE [Order](a)");
  auto const e = error_of([&] { store<first::order> s(db); });
  CHECK(e.what_failed() == store_failure::refused);
  CHECK(mentions(e, "[order]"));
  CHECK(ask(db, "SELECT count(*) FROM sqlite_schema") == "1");
}

TEST_CASE("two lifecycles keep their tables in one database", "[sqlite]") {
  temporary_folder folder;
  database db(folder / "a.db", quick());
  store<first::order> orders(db);
  store<file_lifecycle> files(db);
  REQUIRE(orders.insert_if_absent("a"));
  CHECK(files.get("a").gone());
  CHECK(ask(db, "SELECT count(*) FROM pawl_meta") == "2");
}

TEST_CASE("the table is opened while another process holds the lock as soon as that lets go, or is busy", "[sqlite]") {
  temporary_folder folder;
  database db(folder / "a.db", quick()), theirs(folder / "a.db", quick());
  REQUIRE(theirs.try_begin());
  CHECK(failure_of([&] { store<first::order> s(db); }) == store_failure::busy);
  theirs.rollback();
  store<first::order> s(db);
}

TEST_CASE("pages and updates of pawl's own table need no sort and no search but by id", "[sqlite]") {
  in_own_table t;
  auto const plan = [&](std::string const& sql) {
    auto s = t.db.prepare("EXPLAIN QUERY PLAN " + sql);
    REQUIRE(s.step());
    return std::string(s.text(3));
  };
  CHECK(plan("SELECT id,key,version FROM file_lifecycle WHERE state=?1 AND id>?2 ORDER BY id LIMIT ?3") ==
        "SEARCH file_lifecycle USING INTEGER PRIMARY KEY (rowid>?)");
  CHECK(plan("UPDATE file_lifecycle SET state=1 WHERE id=?4 AND key=?2 AND state=0 AND version=?3") ==
        "SEARCH file_lifecycle USING INTEGER PRIMARY KEY (rowid=?)");
}
namespace one {
enum class state { a, b };
struct go {};
struct Job : pawl::lifecycle<pawl::initial<state::a>, pawl::goal<state::b>, pawl::transition<state::a, go, state::b>> {
};
}  // namespace one
namespace two {
using one::go;
using one::state;
struct job : pawl::lifecycle<pawl::initial<state::a>, pawl::goal<state::b>, pawl::transition<state::a, go, state::b>> {
};
}  // namespace two

TEST_CASE("a second lifecycle of the same name is refused on one database, not mixed up with the first", "[sqlite]") {
  temporary_folder folder;
  pawl::sqlite::database db{folder / "a.db", quick()};
  pawl::sqlite::store<one::Job> first{db}, again{db};
  auto const e = error_of([&] { pawl::sqlite::store<two::job> second{db}; });
  CHECK(e.what_failed() == pawl::store_failure::refused);
  CHECK(mentions(e, "table job is already used by another lifecycle"));
}

TEST_CASE("a table that stands where the view is to be is refused by its name", "[sqlite]") {
  temporary_folder folder;
  pawl::sqlite::database db{folder / "a.db", quick()};
  db.execute("CREATE TABLE Job_view(a)");
  auto const e = error_of([&] { pawl::sqlite::store<one::Job> store{db}; });
  CHECK(mentions(e, "the view Job_view for table [Job], but that name is already taken"));
  CHECK(ask(db, "SELECT count(*) FROM sqlite_schema") == "1");
}

}  // namespace own_table_test
