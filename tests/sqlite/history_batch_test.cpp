// A batch of a queue writes its entries of the history together, with its commit.
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/sqlite/store.hpp>
#include <pawl/store/history_entry.hpp>
#include <pawl/store/insertion.hpp>
#include <pawl/store/sql_statement.hpp>
#include <pawl/store/store_options.hpp>

#include "catch.hpp"
#include "sqlite/every_store.hpp"

namespace history_batch_test {

using namespace filing;
using namespace sqlite_test;

struct mapped_table {
  temporary_folder folder{};
  pawl::sqlite::database db{folder / "files.db", quick()};
  pawl::sqlite::store<files_table> store =
      (db.execute(files_schema), pawl::sqlite::store<files_table>(db, pawl::store_options{.history = true}));
  void add(std::string_view key) {
    auto s = db.prepare("INSERT INTO files(file_path,content_hash,filename,file_size) VALUES(?1,'hash','name',1024)");
    s.bind(1, key);
    s.step();
  }
};
struct own_table {
  temporary_folder folder{};
  pawl::sqlite::database db{folder / "own.db", quick()};
  pawl::sqlite::store<file_lifecycle> store{db, pawl::store_options{.history = true}};
  void add(std::string_view key) { REQUIRE(store.insert_if_absent(key)); }
};

template <class World> struct batch_world : World {
  batch_world() {
    this->db.execute("CREATE TABLE notes(of TEXT NOT NULL CHECK(of<>'bad'))");
    for (int i = 0; i < 100; ++i) this->add(key(i));
  }
  static std::string key(int i) { return "file " + std::to_string(100 + i); }
  auto item(int i) { return read<untracked>(this->store, key(i)); }
  void begin() {
    REQUIRE(this->store.try_begin());
    this->store.begin_batch();
  }
  std::int64_t number(std::string const& sql) {
    auto s = this->db.prepare(sql);
    REQUIRE(s.step());
    return s.integer(0);
  }
  std::int64_t rows() { return number("SELECT count(*) FROM pawl_history"); }
  std::string keys() {
    std::string all;
    auto s = this->db.prepare("SELECT key FROM pawl_history ORDER BY id");
    while (s.step()) all += std::string(s.text(0).substr(5)) + ' ';
    return all;
  }
};
#define EVERY_BATCH batch_world<mapped_table>, batch_world<own_table>

TEMPLATE_TEST_CASE("a batch of any size leaves an entry for each transition, in their order", "[sqlite]", EVERY_BATCH) {
  TestType w;
  int next = 0;
  std::string wanted;
  for (int const size : {0, 1, 7, 8, 9, 31, 44}) {
    w.begin();
    for (int i = 0; i < size; ++i, ++next) {
      REQUIRE(w.store.apply(w.item(next), start_upload{}));
      wanted += std::to_string(100 + next) + ' ';
    }
    w.store.commit();
    CHECK(w.keys() == wanted);
  }
  REQUIRE(next == 100);
  CHECK(w.number("SELECT count(DISTINCT key||version) FROM pawl_history") == 100);
  w.begin();  // more than one transition of an item
  auto const sent = w.store.apply(read<uploading>(w.store, w.key(0)), complete_upload{"id", "uri"});
  REQUIRE(sent);
  REQUIRE(w.store.apply(*sent, complete_processing{"doc"}));
  w.store.commit();
  auto const all = w.store.history(w.key(0));
  REQUIRE(all.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(all[i].version == static_cast<std::int64_t>(i) + 1);
  CHECK(all[2].event == "complete_processing");
}

TEMPLATE_TEST_CASE("a batch that is rolled back leaves no entry, and the next one none of its", "[sqlite]",
                   EVERY_BATCH) {
  TestType w;
  w.begin();
  REQUIRE(w.store.apply(w.item(0), start_upload{}));
  w.store.rollback();
  CHECK(w.rows() == 0);
  w.begin();
  REQUIRE(w.store.apply(w.item(1), start_upload{}));
  w.store.commit();
  CHECK(w.keys() == "101 ");
  REQUIRE(w.store.apply(w.item(2), start_upload{}));  // without a batch
  CHECK(w.keys() == "101 102 ");
}

TEMPLATE_TEST_CASE("what is undone alone in a batch leaves no entry, and all others stay", "[sqlite]", EVERY_BATCH) {
  TestType w;
  w.begin();
  for (int i = 0; i < 12; ++i) {
    auto note = pawl::sql("INSERT INTO notes VALUES(?1)", i % 3 == 1 ? "bad" : "good");
    if (i % 3 == 0)
      REQUIRE(w.store.apply(w.item(i), start_upload{}));
    else if (i % 3 == 1)
      REQUIRE_THROWS(w.store.apply(w.item(i), pawl::with(start_upload{}, note)));
    else
      REQUIRE(w.store.apply(w.item(i), pawl::with(start_upload{}, note)));
  }
  w.store.commit();
  CHECK(w.keys() == "100 102 103 105 106 108 109 111 ");
}

TEMPLATE_TEST_CASE("a function in a batch finds the entries of before, and may undo what it does", "[sqlite]",
                   EVERY_BATCH) {
  TestType w;
  w.begin();
  REQUIRE(w.store.apply(w.item(0), start_upload{}));
  REQUIRE(w.store.apply(w.item(1), start_upload{}, [&](pawl::sqlite::database& db) {
    CHECK(w.keys() == "100 101 ");
    db.execute("SAVEPOINT mine");
    REQUIRE(w.store.apply(w.item(2), start_upload{}));
    db.execute("ROLLBACK TO mine;RELEASE mine");
    REQUIRE(w.store.apply(w.item(3), start_upload{}));
  }));
  REQUIRE_THROWS(w.store.apply(w.item(4), start_upload{}, [&](pawl::sqlite::database&) {
    REQUIRE(w.store.apply(w.item(5), start_upload{}));
    throw std::runtime_error("no");
  }));
  REQUIRE(w.store.apply(w.item(6), start_upload{}));
  CHECK(w.keys() == "100 101 103 ");
  CHECK(w.store.history(w.key(6)).size() == 1);  // which asks for it
  REQUIRE(w.store.apply(w.item(7), start_upload{}));
  w.store.commit();
  CHECK(w.keys() == "100 101 103 106 107 ");
}

TEMPLATE_TEST_CASE("an entry of a batch has what had failed before", "[sqlite]", EVERY_BATCH) {
  TestType w;
  for (int i = 0; i < 10; i += 2) {
    pawl::trouble_record failed;
    failed.attempts = i + 1;
    failed.last_error = "error " + std::to_string(i);
    REQUIRE(w.store.note(*w.store.get(w.key(i)).item, failed));
  }
  w.begin();
  for (int i = 0; i < 10; ++i) REQUIRE(w.store.apply(w.item(i), start_upload{}));
  w.store.commit();
  for (int i = 0; i < 10; ++i) {
    auto const all = w.store.history(w.key(i));
    REQUIRE(all.size() == 1);
    CHECK(all[0].attempts == (i % 2 == 0 ? i + 1 : 0));
    CHECK(all[0].error == (i % 2 == 0 ? "error " + std::to_string(i) : std::string()));
  }
}

// ---- more than one store ----

enum class branch { fresh, waits, done };
struct grow {};
struct all_grown {
  std::int64_t arrived, failed;
};
struct tree
    : pawl::lifecycle<
          pawl::initial<branch::fresh>, pawl::goal<branch::done>, pawl::transition<branch::fresh, grow, branch::waits>,
          pawl::transition<branch::waits, all_grown, branch::done>, pawl::gathers<branch::waits, tree, all_grown>> {};

TEST_CASE("entries of one item keep their order whichever store of its table has written them", "[sqlite]") {
  bool const first_has_history = GENERATE(true, false), is_batch = GENERATE(true, false);
  temporary_folder const folder;
  pawl::sqlite::database db(folder / "tree.db", quick());
  pawl::sqlite::store<tree> first(db, pawl::store_options{.history = first_has_history});
  pawl::sqlite::store<tree> second(db, pawl::store_options{.history = true});
  REQUIRE(second.insert_if_absent("root"));
  REQUIRE(second.try_begin());
  if (is_batch) second.begin_batch();
  REQUIRE(second.apply(*second.get("root").item->as<branch::fresh>(), pawl::with(grow{}, pawl::insert<tree>("leaf"))));
  REQUIRE(second.apply(*second.get("leaf").item->as<branch::fresh>(), grow{}));  // waits for nobody
  second.commit();
  for (char const* const key : {"leaf", "root"}) {
    INFO(key);
    auto const all = second.history(key);
    REQUIRE(all.size() == 2);
    CHECK(all[0].version == 1);
    CHECK(all[1].version == 2);
  }
}

}  // namespace history_batch_test
