// Rows in states that a new version of the program no longer has.
#include <string>
#include <vector>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/sqlite/store.hpp>
#include <pawl/store/table.hpp>

#include "catch.hpp"
#include "sqlite/fixture.hpp"

namespace migration_test {

using namespace sqlite_test;
using pawl::migration;

// Two versions of one lifecycle: the new one has no `drafted`, and a state more.
namespace before {
enum class state { drafted, written, sent };
struct write {};
struct send {
  std::string receipt;
};
struct letter : pawl::lifecycle<pawl::initial<state::drafted>, pawl::goal<state::sent>,
                                pawl::transition<state::drafted, write, state::written>,
                                pawl::transition<state::written, send, state::sent>> {};
}  // namespace before
namespace after {
enum class state { written = 1, sent = 2, read = 7 };
struct send {
  std::string receipt;
};
struct open {};
struct letter : pawl::lifecycle<pawl::initial<state::written>, pawl::goal<state::read>,
                                pawl::transition<state::written, send, state::sent>,
                                pawl::transition<state::sent, open, state::read>> {};
}  // namespace after

struct world {
  temporary_folder folder;
  pawl::sqlite::database db{folder / "letters.db", quick()};

  world() {
    pawl::sqlite::store<before::letter> store{db};
    for (auto key : {"a", "b", "c"}) REQUIRE(store.insert_if_absent(key));
    using draft = pawl::item<before::letter, before::state::drafted>;
    REQUIRE(store.apply(draft("c", 0), before::write{}));
    pawl::trouble_record parked;
    parked.parked = true;
    REQUIRE(store.note(*store.get("a").item, parked));
  }
};

TEST_CASE("a lifecycle that changed opens, and says which states are new, which are gone, and how many rows are there",
          "[sqlite]") {
  world w;
  pawl::sqlite::store<after::letter> store{w.db};
  auto const& change = store.change();
  CHECK(change.added == std::vector<std::string>{"read"});
  REQUIRE(change.removed.size() == 1);
  CHECK(change.removed[0].name == "drafted");
  CHECK(change.removed[0].rows == 2);
  CHECK(store.unrecognised() == 2);
  CHECK(store.get("a").unknown_state == "drafted");
  CHECK(store.runnable(after::state::written, {}, 10).size() == 1);  // the others are left alone
}

TEST_CASE("a dry run of a migration counts and changes nothing", "[sqlite]") {
  world w;
  pawl::sqlite::store<after::letter> store{w.db};
  auto const would = store.migrate({{"drafted", after::state::written}}, migration::dry_run);
  REQUIRE(would.size() == 1);
  CHECK(would[0].old_state == "drafted");
  CHECK(would[0].state == "written");
  CHECK(would[0].rows == 2);
  CHECK(store.unrecognised() == 2);
}

TEST_CASE("a migration moves the rows, counts their versions up and ends their troubles", "[sqlite]") {
  world w;
  pawl::sqlite::store<after::letter> store{w.db};
  auto const done = store.migrate({{"drafted", after::state::written}}, migration::apply);
  CHECK(done[0].rows == 2);
  CHECK(store.unrecognised() == 0);
  auto const a = store.get("a").item;
  REQUIRE(a);
  CHECK(a->state == after::state::written);
  CHECK(a->version == 1);
  CHECK_FALSE(store.trouble_of(*a));
  CHECK(store.get("c").item->version == 1);  // was not in a removed state
  CHECK(store.migrate({{"drafted", after::state::written}}, migration::apply)[0].rows == 0);

  pawl::sqlite::store<after::letter> again{w.db};
  CHECK(again.change().removed.empty());
}

TEST_CASE("a migration of a state that the lifecycle has is refused in words, and nothing is moved", "[sqlite]") {
  world w;
  pawl::sqlite::store<after::letter> store{w.db};
  auto const e = error_of([&] {
    store.migrate({{"drafted", after::state::written}, {"sent", after::state::read}}, migration::apply);
  });
  CHECK(e.what_failed() == pawl::store_failure::refused);
  CHECK(mentions(e, "cannot migrate 'sent'"));
  CHECK(store.change().removed.size() == 1);
  CHECK(store.unrecognised() == 2);
}

// The same lifecycles, mapped onto a table of the user's own.
struct old_letters : pawl::table<before::letter> {
  static constexpr pawl::names names{.table = "letters"};
  static constexpr auto columns = pawl::columns(pawl::on<before::send>(pawl::set("receipt", &before::send::receipt)));
};
struct new_letters : pawl::table<after::letter> {
  static constexpr pawl::names names{.table = "letters"};
  static constexpr auto columns = pawl::columns(pawl::on<after::send>(pawl::set("receipt", &after::send::receipt)));
};

TEST_CASE("rows of a mapped table in a state that is no more are counted at open, and moved by a migration",
          "[sqlite]") {
  temporary_folder folder;
  pawl::sqlite::database db{folder / "letters.db", quick()};
  db.execute(
      "CREATE TABLE letters(id INTEGER PRIMARY KEY,key TEXT NOT NULL UNIQUE,state TEXT NOT NULL DEFAULT 'drafted',"
      "version INTEGER NOT NULL DEFAULT 0,receipt TEXT);"
      "INSERT INTO letters(key) VALUES('a'),('b'),('c');"
      "UPDATE letters SET state='written',version=1 WHERE key='c'");
  { pawl::sqlite::store<old_letters> const store{db}; }
  pawl::sqlite::store<new_letters> store{db};
  CHECK(store.change().removed == std::vector<pawl::sqlite::removed_state>{{"drafted", 2}});
  CHECK_FALSE(store.change().removed == std::vector<pawl::sqlite::removed_state>{{"drafted", 3}});
  CHECK_FALSE(store.change().removed == std::vector<pawl::sqlite::removed_state>{{"written", 2}});
  CHECK(store.migrate({{"drafted", after::state::written}}, migration::dry_run)[0].rows == 2);
  CHECK(store.get("a").unknown_state == "drafted");
  CHECK(store.migrate({{"drafted", after::state::written}}, migration::apply)[0].rows == 2);
  for (auto key : {"a", "b", "c"}) {
    REQUIRE(store.get(key).item);
    CHECK(store.get(key).item->state == after::state::written);
    CHECK(store.get(key).item->version == 1);
  }
  pawl::sqlite::store<new_letters> again{db};
  CHECK(again.change().removed.empty());
}

TEST_CASE("what pawl kept before its first release is refused in words", "[sqlite]") {
  temporary_folder folder;
  pawl::sqlite::database db{folder / "old.db", quick()};
  db.execute("CREATE TABLE pawl_meta(lifecycle TEXT PRIMARY KEY,fingerprint TEXT NOT NULL,schema INTEGER NOT NULL)");
  auto const e = error_of([&] { pawl::sqlite::store<after::letter> store{db}; });
  CHECK(e.what_failed() == pawl::store_failure::refused);
  CHECK(mentions(e, "schema 1"));
}

TEST_CASE("a database may be looked into while another connection writes, and nothing can be written", "[sqlite]") {
  world w;
  auto only_read = quick();
  only_read.mode = pawl::sqlite::access::read_only;
  pawl::sqlite::database reader{w.folder / "letters.db", only_read};
  pawl::sqlite::store<before::letter> seen{reader};
  pawl::sqlite::store<before::letter> writer{w.db};
  REQUIRE(w.db.try_begin());
  CHECK(seen.count_items()[0] == 2);
  REQUIRE(writer.insert_if_absent("d"));
  CHECK(seen.count_items()[0] == 2);
  w.db.commit();
  CHECK(seen.count_items()[0] == 3);
  CHECK(seen.parked(10).size() == 1);
  CHECK(failure_of([&] { seen.insert_if_absent("e"); }) == pawl::store_failure::misuse);
}

TEST_CASE("a database that nobody has made is not made by looking into it", "[sqlite]") {
  temporary_folder folder;
  auto only_read = quick();
  only_read.mode = pawl::sqlite::access::read_only;
  auto const e = error_of([&] { pawl::sqlite::database db(folder / "none.db", only_read); });
  CHECK(e.what_failed() == pawl::store_failure::refused);
  CHECK(mentions(e, "none.db"));
  CHECK(size_of(folder / "none.db") == 0);
}

}  // namespace migration_test
