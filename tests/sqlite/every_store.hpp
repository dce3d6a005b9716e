// The three stores behind one interface, so that their common promises are tested on each.
#ifndef PAWL_TESTS_SQLITE_EVERY_STORE_HPP
#define PAWL_TESTS_SQLITE_EVERY_STORE_HPP

#include <cstdint>
#include <string>
#include <string_view>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/sqlite/store.hpp>
#include <pawl/store/memory_store.hpp>

#include "sqlite/fixture.hpp"
#include "store/filing.hpp"

namespace sqlite_test {

// What every face has: a `store`, items that are added to it, rows that another program has written into it, and a way
// to make the next transition of one item fail for itself alone.
struct in_memory {
  pawl::memory_store<filing::file_lifecycle> store;
  void add(std::string_view key) { store.put(key, "untracked"); }
  void write(std::string_view key, std::string_view state, std::int64_t version) { store.put(key, state, version); }
  void erase(std::string_view key) { store.erase(key); }
  void reject(std::string_view) { store.fail_next(pawl::store_failure::rejected); }
};

class in_mapped_table {
  temporary_folder folder_;

 public:
  pawl::sqlite::database db{folder_ / "files.db", quick()};
  pawl::sqlite::store<filing::files_table> store = (make(), pawl::sqlite::store<filing::files_table>(db));

  void add(std::string_view key) {
    auto s = db.prepare("INSERT INTO files(file_path,content_hash,filename,file_size) VALUES(?1,'hash','name',1024)");
    s.bind(1, key);
    s.step();
  }
  void write(std::string_view key, std::string_view state, std::int64_t version) {
    add(key);
    db.execute("PRAGMA ignore_check_constraints=1");
    auto s = db.prepare("UPDATE files SET gemini_state=?2,version=?3 WHERE file_path=?1");
    s.bind(1, key);
    s.bind(2, state);
    s.bind(3, version);
    s.step();
    db.execute("PRAGMA ignore_check_constraints=0");
  }
  void erase(std::string_view key) {
    auto s = db.prepare("DELETE FROM files WHERE file_path=?1");
    s.bind(1, key);
    s.step();
  }
  void reject(std::string_view key) {
    db.execute("CREATE TRIGGER reject BEFORE UPDATE ON files WHEN old.file_path='" + std::string(key) +
               "' BEGIN SELECT RAISE(ABORT,'rejected by the test'); END");
  }

 private:
  void make() { db.execute(filing::files_schema); }
};

class in_own_table {
  temporary_folder folder_;

 public:
  pawl::sqlite::database db{folder_ / "own.db", quick()};
  pawl::sqlite::store<filing::file_lifecycle> store{db};

  void add(std::string_view key) { REQUIRE(store.insert_if_absent(key)); }
  void write(std::string_view key, std::string_view state, std::int64_t version) {
    add(key);
    auto const known = filing::machine::hydrate(state);
    std::int64_t code = 77;
    if (known) code = pawl::state_code<filing::file_lifecycle>(known->state());
    if (!known) {
      auto s = db.prepare("INSERT OR REPLACE INTO pawl_states(table_name,code,name) VALUES('file_lifecycle',77,?1)");
      s.bind(1, state);
      s.step();
    }
    auto s = db.prepare("UPDATE file_lifecycle SET state=?2,version=?3 WHERE key=?1");
    s.bind(1, key);
    s.bind(2, code);
    s.bind(3, version);
    s.step();
  }
  void erase(std::string_view key) {
    auto s = db.prepare("DELETE FROM file_lifecycle WHERE key=?1");
    s.bind(1, key);
    s.step();
  }
  void reject(std::string_view key) {
    db.execute("CREATE TRIGGER reject BEFORE UPDATE ON file_lifecycle WHEN old.key='" + std::string(key) +
               "' BEGIN SELECT RAISE(ABORT,'rejected by the test'); END");
  }
};

#define PAWL_EVERY_STORE sqlite_test::in_memory, sqlite_test::in_mapped_table, sqlite_test::in_own_table

// The item as the store has it; the test fails if it is not in state S.
template <auto S, class Store> filing::file<S> read(Store& store, std::string_view key) {
  auto const now = store.get(key);
  REQUIRE(now.item);
  auto const typed = now.item->template as<S>();
  REQUIRE(typed);
  return *typed;
}
template <class Face> filing::file<filing::untracked> fresh(Face& face, std::string_view key) {
  face.add(key);
  return read<filing::untracked>(face.store, key);
}

}  // namespace sqlite_test

#endif
