// An SQLite database with a table of parcels, and consoles of it, for the tests of this room.
#ifndef PAWL_TESTS_CONSOLE_SQLITE_WORLD_HPP
#define PAWL_TESTS_CONSOLE_SQLITE_WORLD_HPP

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pawl/console/sqlite_console.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/options.hpp>
#include <pawl/sqlite/store.hpp>
#include <pawl/store/history_entry.hpp>
#include <pawl/store/store_options.hpp>

#include "catch.hpp"
#include "console/fixture.hpp"
#include "files.hpp"
#include "sqlite/fixture.hpp"

namespace sqlite_console_test {

using namespace console_test;
using pawl::sqlite::database;
using packed = pawl::item<parcel, state::packed>;

// A database, and consoles of it as other processes have them.
struct world {
  temporary_folder folder;
  std::string path = folder / "parcels.db";
  std::int64_t seconds = 1'000'000;
  database db{path, with_clock()};

  pawl::sqlite::options with_clock() {
    auto o = sqlite_test::quick();
    o.now = [this] { return std::chrono::system_clock::time_point(std::chrono::seconds(seconds)); };
    return o;
  }
  std::unique_ptr<pawl::sqlite_console> look() const { return std::make_unique<pawl::sqlite_console>(path); }
  std::unique_ptr<pawl::sqlite_console> change() { return std::make_unique<pawl::sqlite_console>(path, with_clock()); }
  void sql(std::string const& text) { db.execute(text); }
  std::int64_t number(std::string const& query) {
    auto s = db.prepare(query);
    return s.step() ? s.integer(0) : -1;
  }
  bool has_table(std::string const& name) {
    return number("SELECT count(*) FROM sqlite_schema WHERE name='" + name + "'") == 1;
  }
  // Each entry of the history is refused from now on.
  void break_history() {
    sql("CREATE TRIGGER broken BEFORE INSERT ON pawl_history BEGIN SELECT RAISE(ABORT,'broken'); END");
  }
  // What answers at once here is awaited on a server.
  template <class T> T now(pawl::task<T> job) { return wait(std::move(job)); }
  template <class T> T now(T answer) { return answer; }
};
struct own_world : world {
  explicit own_world(pawl::store_options const& how = {}) : store(db, how) {}
  pawl::sqlite::store<parcel> store;
  std::string table = "parcel";
  void add(std::string const& key) { REQUIRE(store.insert_if_absent(key)); }
};
struct mapped_world : world {
  explicit mapped_world(pawl::store_options const& how = {}) : store((db.execute(parcels_sql), db), how) {}
  pawl::sqlite::store<parcels> store;
  std::string table = "parcels";
  void add(std::string const& key) {
    auto s = db.prepare("INSERT INTO parcels(label) VALUES(?)");
    s.bind(1, std::string_view(key));
    s.step();
  }
};

// ada is packed and parked, bob sending and delayed, cid sending and in doubt, dan sent, eve delivered, fay lost.
template <class World> void fill(World& w) {
  for (auto const* key : {"ada", "bob", "cid", "dan", "eve", "fay"}) w.add(key);
  auto const sending = [&w](char const* key) { return *w.store.apply(packed(key, 0), dispatch{}); };
  auto const sent = [&](char const* key) {
    return *w.store.apply(sending(key), hand_over{"Mercury", 7, std::nullopt});
  };
  w.seconds += 60;
  REQUIRE(w.store.note(packed("ada", 0), parked()));
  REQUIRE(w.store.note(sending("bob"), delayed(2'000'000)));
  REQUIRE(w.store.note(sending("cid"), marked()));
  sent("dan");
  REQUIRE(w.store.apply(sent("eve"), deliver{"Eve \"the\nfirst\""}));
  REQUIRE(w.store.apply(sent("fay"), lose{}));
}

}  // namespace sqlite_console_test

#endif
