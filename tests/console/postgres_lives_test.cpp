// The history of a key that several rows have had, on a PostgreSQL server.
#include <string>

#include <pawl/postgres.hpp>
#include <pawl/store/store_options.hpp>
#include <pawl/store/table.hpp>

#include "catch.hpp"
#include "console/fixture.hpp"
#include "console/hands.hpp"
#include "console/lives.hpp"
#include "console/postgres_world.hpp"

namespace postgres_lives_test {

using namespace console_test;
namespace on_server = postgres_console_test;

struct plain : parcels {
  static constexpr pawl::names names{.table = "plain", .key = "label"};
};
struct own_world : on_server::own_world {
  static constexpr bool tells_lives = true, forgets = false;
  using on_server::own_world::own_world;
  void erase(std::string const& key) { sql("DELETE FROM parcel WHERE key='" + key + "'"); }
};
struct born_world : on_server::mapped_world {
  static constexpr bool tells_lives = true, forgets = false;
  using on_server::mapped_world::mapped_world;
  void erase(std::string const& key) { sql("DELETE FROM parcels WHERE label='" + key + "'"); }
};
// Rows without a life, or with the same number again.
template <class Table> struct untold_world : on_server::world<Table> {
  static constexpr bool tells_lives = false, forgets = false;
  explicit untold_world(pawl::store_options const& how) : on_server::world<Table>(how) {
    this->sql("CREATE TABLE " + table + "(" + key_column + (key_column == "id" ? " bigint" : " text") +
              " PRIMARY KEY,state text NOT NULL DEFAULT 'packed',version bigint NOT NULL DEFAULT 0,courier text,"
              "weight bigint,note text,signature text)");
    this->wait(this->store.open());
  }
  std::string table{Table::names.table}, key_column{Table::names.key};
  void add(std::string const& key) { this->sql("INSERT INTO " + table + "(" + key_column + ") VALUES('" + key + "')"); }
  void erase(std::string const& key) { this->sql("DELETE FROM " + table + " WHERE " + key_column + "='" + key + "'"); }
};

TEMPLATE_TEST_CASE(
    "a history on a server is of the row that has the key now, and of its latest one where there is none", "[console]",
    own_world, born_world, untold_world<plain>, untold_world<numbered>) {
  a_history_is_of_the_row_that_is_there<TestType>();
}

}  // namespace postgres_lives_test
