// A schema on a PostgreSQL server with a table of parcels, and a console of it, for the tests of this room.
#ifndef PAWL_TESTS_CONSOLE_POSTGRES_WORLD_HPP
#define PAWL_TESTS_CONSOLE_POSTGRES_WORLD_HPP

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pawl/console/postgres_console.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/postgres.hpp>
#include <pawl/store/history_entry.hpp>
#include <pawl/store/store_options.hpp>

#include "catch.hpp"
#include "console/fixture.hpp"
#include "postgres/own_database.hpp"

namespace postgres_console_test {

using namespace console_test;
using postgres_test::own_database;
using words = std::vector<std::string>;
using packed = pawl::item<parcel, state::packed>;

inline pawl::postgres::options with_clock(std::int64_t& seconds) {
  pawl::postgres::options chosen;
  chosen.now = [&seconds] { return std::chrono::system_clock::time_point(std::chrono::seconds(seconds)); };
  return chosen;
}

// A schema with a table of items, its store, and a console over connections of its own.
template <class Table> struct world {
  std::int64_t seconds = 1'000'000;
  own_database at{with_clock(seconds)};
  pawl::postgres_console console{at.loop, at.conninfo()};
  explicit world(pawl::store_options const& how = {}) : store(at.db, how) {}
  pawl::postgres::store<Table> store;

  template <class T> T wait(pawl::task<T> answer) { return at.wait(std::move(answer)); }
  template <class T> T now(pawl::task<T> answer) { return wait(std::move(answer)); }
  pawl::postgres_console* change() { return &console; }
  std::int64_t number(std::string const& query) { return std::stoll(sql(query)); }
  bool has_table(std::string const& name) {
    return number("SELECT count(*) FROM pg_class WHERE oid=to_regclass('" + name + "')") == 1;
  }
  // Each entry of the history is refused from now on.
  void break_history() { sql("ALTER TABLE pawl_history ADD CONSTRAINT broken CHECK(false) NOT VALID"); }
  std::string sql(std::string const& text) {
    auto const done = at.in.sql.must(text);
    return done.rows.empty() || done.rows[0].empty() ? std::string() : done.rows[0][0].value_or("NULL");
  }

  pawl::seen_table seen(std::string const& name) {
    for (auto& one : wait(console.tables()))
      if (one.name == name) return one;
    FAIL("there is no table " << name);
    return {};
  }
  pawl::item_story story(std::string name, std::string key) {
    auto found = wait(console.story(std::move(name), std::move(key)));
    REQUIRE(found);
    return *found;
  }
  words listed(std::string const& name, pawl::seen_query which) {
    words all;
    for (;;) {
      auto page = wait(console.list(name, which));
      for (auto& it : page.items) all.push_back(std::move(it.key));
      if (page.is_last) return all;
      which.after = page.next;
    }
  }
  auto explained(char const* key) { return wait(store.explain(key)); }
  std::optional<pawl::trouble_record> trouble(char const* key) {
    return wait(store.trouble_of(*wait(store.get(key)).item));
  }
  bool note(auto const& it, pawl::trouble_record const& record) { return wait(store.note(it, record)); }
};
struct own_world : world<parcel> {
  std::string table = "parcel";
  explicit own_world(pawl::store_options const& how = {}) : world(how) { wait(store.open()); }
  void add(std::string const& key) { REQUIRE(wait(store.insert_if_absent(key))); }
};
struct mapped_world : world<parcels> {
  std::string table = "parcels";
  explicit mapped_world(pawl::store_options const& how = {}) : world(how) {
    sql("CREATE TABLE parcels(label text PRIMARY KEY,state text NOT NULL DEFAULT 'packed',version bigint NOT NULL "
        "DEFAULT "
        "0,at timestamptz,born uuid DEFAULT gen_random_uuid(),courier text,weight bigint,note text,signature text)");
    wait(store.open());
  }
  void add(std::string const& key) { at.in.sql.must("INSERT INTO parcels(label) VALUES($1)", {key}); }
};

// ada is packed and parked, bob sending and delayed, cid sending and in doubt, dan sent, eve delivered, fay lost.
template <class World> void fill(World& w) {
  for (auto const* key : {"ada", "bob", "cid", "dan", "eve", "fay"}) w.add(key);
  auto const sending = [&w](char const* key) {
    packed const it(key, 0);
    return *w.wait(w.store.apply(it, dispatch{}));
  };
  auto const sent = [&](char const* key) {
    hand_over const event{"Mercury", 7, std::nullopt};
    return *w.wait(w.store.apply(sending(key), event));
  };
  w.seconds += 60;
  REQUIRE(w.note(packed("ada", 0), parked()));
  REQUIRE(w.note(sending("bob"), delayed(2'000'000)));
  REQUIRE(w.note(sending("cid"), marked()));
  sent("dan");
  deliver const delivered{"Eve \"the\nfirst\""};
  REQUIRE(w.wait(w.store.apply(sent("eve"), delivered)));
  REQUIRE(w.wait(w.store.apply(sent("fay"), lose{})));
}

template <class F> pawl::store_error error_of(F f) {
  try {
    f();
  } catch (pawl::store_error const& e) {
    return e;
  }
  FAIL("it did not throw");
  return {pawl::store_failure::misuse, ""};
}

}  // namespace postgres_console_test

#endif
