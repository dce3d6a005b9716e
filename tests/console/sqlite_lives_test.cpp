// The history of a key that several rows have had, in an SQLite database and in memory.
#include <string>

#include <pawl/sqlite/store.hpp>
#include <pawl/store/memory_store.hpp>
#include <pawl/store/store_options.hpp>
#include <pawl/store/table.hpp>

#include "catch.hpp"
#include "console/fixture.hpp"
#include "console/hands.hpp"
#include "console/lives.hpp"
#include "console/sqlite_world.hpp"

namespace sqlite_lives_test {

using namespace console_test;
namespace on_disk = sqlite_console_test;

struct plain : parcels {
  static constexpr pawl::names names{.table = "plain", .key = "label"};
};
std::string const plain_sql =
    "CREATE TABLE plain(label TEXT PRIMARY KEY,state TEXT NOT NULL DEFAULT 'packed',version INTEGER NOT NULL DEFAULT "
    "0,courier TEXT,weight INTEGER,note TEXT,signature TEXT)";

struct memory_world {
  static constexpr bool tells_lives = true, forgets = true;
  pawl::memory_store<parcel> store;
  explicit memory_world(pawl::store_options const& how) : store(how) {}
  void add(std::string const& key) { REQUIRE(store.insert_if_absent(key)); }
  void erase(std::string const& key) { store.erase(key); }
  template <class T> T now(T answer) { return answer; }
};
struct own_world : on_disk::own_world {
  static constexpr bool tells_lives = true, forgets = false;
  using on_disk::own_world::own_world;
  void erase(std::string const& key) { sql("DELETE FROM parcel WHERE key='" + key + "'"); }
};
struct born_world : on_disk::mapped_world {
  static constexpr bool tells_lives = true, forgets = false;
  using on_disk::mapped_world::mapped_world;
  void erase(std::string const& key) { sql("DELETE FROM parcels WHERE label='" + key + "'"); }
};
// Rows without a life, or with the same number again.
template <class Table> struct untold_world : on_disk::world {
  static constexpr bool tells_lives = false, forgets = false;
  explicit untold_world(pawl::store_options const& how)
      : store((db.execute(plain_sql + ";" + numbered_sql), db), how) {}
  pawl::sqlite::store<Table> store;
  std::string table{Table::names.table}, key_column{Table::names.key};
  void add(std::string const& key) { sql("INSERT INTO " + table + "(" + key_column + ") VALUES('" + key + "')"); }
  void erase(std::string const& key) { sql("DELETE FROM " + table + " WHERE " + key_column + "='" + key + "'"); }
};

TEMPLATE_TEST_CASE("a history is of the row that has the key now, and of its latest one where there is none",
                   "[console]", memory_world, own_world, born_world, untold_world<plain>, untold_world<numbered>) {
  a_history_is_of_the_row_that_is_there<TestType>();
}

}  // namespace sqlite_lives_test
