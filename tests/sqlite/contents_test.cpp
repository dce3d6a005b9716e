// Fields of every kind, in a mapped table and in pawl's own: what is read equals what was written.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <pawl/sqlite/store.hpp>
#include <pawl/store/memory_store.hpp>

#include "catch.hpp"
#include "sqlite/fixture.hpp"
#include "store/filing.hpp"

namespace contents_test {

using namespace cargo;
using cargo::send;  // beside the sockets that Asio includes
using namespace sqlite_test;
using namespace std::string_literals;
using any_crate = pawl::any_item<crate_lifecycle>;
using empty_crate = pawl::item<crate_lifecycle, crate_state::empty>;

struct mapped {
  temporary_folder folder;
  pawl::sqlite::database db{folder / "crates.db", quick()};
  pawl::sqlite::store<crates_table> store = (db.execute(crates_ddl), pawl::sqlite::store<crates_table>(db));
  void add(std::string const& key) {
    db.execute("INSERT INTO crates(key,state,version) VALUES('" + key + "','empty',0)");
  }
};
struct own {
  temporary_folder folder;
  pawl::sqlite::database db{folder / "crates.db", quick()};
  pawl::sqlite::store<crate_lifecycle> store{db};
  void add(std::string const& key) { REQUIRE(store.insert_if_absent(key)); }
};

struct in_memory {
  pawl::memory_store<crate_lifecycle> store;
  void add(std::string const& key) { REQUIRE(store.insert_if_absent(key)); }
};

std::vector<pack> some_packs() {
  using limits = std::numeric_limits<std::int64_t>;
  std::vector<std::byte> every_byte;
  every_byte.reserve(256);
  for (int i = 0; i < 256; ++i) every_byte.push_back(static_cast<std::byte>(i));
  return {
      {"text", 1, 2, true, 0.5, cargo::label::plain, {std::byte{1}}, "note"},
      {"", 0, 0, false, 0.0, cargo::label::plain, {}, ""},
      {"", 0, 0, false, -0.0, cargo::label::plain, {}, std::nullopt},
      {"\0\0"s, (limits::min)(), (std::numeric_limits<std::uint64_t>::max)(), true, 1e300, cargo::label::fragile,
       every_byte, "\0"s},
      {"\xff",
       (limits::max)(),
       std::uint64_t{1} << 63,
       false,
       std::numeric_limits<double>::denorm_min(),
       cargo::label::fragile,
       {std::byte{0}},
       "'"},
      {std::string(1 << 20, '\xee'), -1, 1, true, std::numeric_limits<double>::infinity(), cargo::label::plain,
       std::vector<std::byte>(1 << 20, std::byte{0xcd}), std::nullopt},
      {"007", 7, 7, true, 0.1, cargo::label::plain, {}, "1e3"},
  };
}

TEMPLATE_TEST_CASE("fields of every kind come back as they were", "[sqlite]", mapped, own) {
  TestType t;
  int n = 0;
  for (auto const& p : some_packs()) {
    std::string const key = "crate " + std::to_string(n++);
    t.add(key);
    auto const packed = t.store.apply(empty_crate(key, 0), p);
    REQUIRE(packed);
    auto const back = t.store.template recorded<pack>(*packed);
    REQUIRE(back);
    CHECK(*back == p);
    if (std::is_same_v<TestType, own>) CHECK(std::signbit(back->weight) == std::signbit(p.weight));
  }
}

TEMPLATE_TEST_CASE("of an event that happens again the latest is recorded, and the other events stay", "[sqlite]",
                   mapped, own) {
  TestType t;
  t.add("a");
  auto const packed = *t.store.apply(empty_crate("a", 0), some_packs()[0]);
  auto const once = *t.store.apply(packed, weigh{1, 2.5});
  auto const twice = *t.store.apply(once, weigh{std::nullopt, -3.0});
  CHECK(t.store.template recorded<weigh>(twice) == weigh{std::nullopt, -3.0});
  CHECK(t.store.template recorded<pack>(twice) == some_packs()[0]);
}

TEST_CASE("an event whose fields are all empty is read back as it was", "[sqlite]") {
  mapped m;
  m.add("a");
  auto const in_columns = *m.store.apply(*m.store.apply(empty_crate("a", 0), some_packs()[0]), weigh{});
  CHECK(m.store.recorded<weigh>(in_columns) == weigh{});
  own o;
  o.add("a");
  auto const in_data = *o.store.apply(*o.store.apply(empty_crate("a", 0), some_packs()[0]), weigh{});
  CHECK(o.store.recorded<weigh>(in_data) == weigh{});
}

TEMPLATE_TEST_CASE("a NaN, which no column keeps, is rejected by every store, and nothing else is", "[sqlite]", mapped,
                   own, in_memory) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  TestType t;
  t.add("a");
  auto p = some_packs()[0];
  p.weight = nan;
  auto const e = error_of([&] { (void)t.store.apply(empty_crate("a", 0), p); });
  CHECK(e.what_failed() == pawl::store_failure::rejected);
  CHECK(mentions(e, "NaN"));
  CHECK(mentions(e, "pack of 'a'"));
  CHECK(t.store.get("a").item->version == 0);
  CHECK_FALSE(t.store.poisoned());
  p.weight = std::numeric_limits<double>::infinity();
  auto const packed = t.store.apply(empty_crate("a", 0), p);
  REQUIRE(packed);
  CHECK(failure_of([&] { (void)t.store.apply(*packed, weigh{1, nan}); }) == pawl::store_failure::rejected);
  CHECK(t.store.apply(*packed, weigh{std::nullopt, std::nullopt}));
}

TEST_CASE("an empty text or no bytes are not NULL, and no value is", "[sqlite]") {
  mapped m;
  m.add("a");
  REQUIRE(m.store.apply(empty_crate("a", 0), some_packs()[2]));
  CHECK(ask(m.db, "SELECT typeof(text)||' '||typeof(bytes)||' '||typeof(note) FROM crates") == "text blob null");
}

TEST_CASE("columns that another program has changed are not taken for what the event wrote", "[sqlite]") {
  mapped m;
  m.add("a");
  auto const packed = *m.store.apply(empty_crate("a", 0), some_packs()[0]);
  auto const sent = *m.store.apply(packed, send{-128});
  CHECK(m.store.recorded<send>(sent)->lane == -128);
  m.db.execute("UPDATE crates SET lane=128");
  CHECK_FALSE(m.store.recorded<send>(sent));
  m.db.execute("UPDATE crates SET number=NULL");
  CHECK_FALSE(m.store.recorded<pack>(sent));
}

// Exchanges two texts in the file, each of which stands there once.
void exchange(std::string const& path, std::string const& one, std::string const& other) {
  std::ifstream in(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  auto const first = bytes.find(one), second = bytes.find(other);
  REQUIRE(first != std::string::npos);
  REQUIRE(second != std::string::npos);
  bytes.replace(first, one.size(), other).replace(second, other.size(), one);
  std::ofstream(path, std::ios::binary) << bytes;
}

TEST_CASE("an index whose rows go backwards ends the work, and is not followed for ever", "[sqlite]") {
  temporary_folder folder;
  std::string const path = folder / "crates.db";
  {
    pawl::sqlite::database db(path, quick());
    db.execute(crates_ddl + "CREATE INDEX by_state ON crates(state)"s);
    db.execute("INSERT INTO crates(key,state,version) VALUES('a','empty',0),('b','empty',0),('c','empty',0)");
  }
  exchange(path, "empty\2", "empty\3");  // in the index: the state and the row
  pawl::sqlite::database db(path, quick());
  pawl::sqlite::store<crates_table> store(db);
  auto const e = error_of([&] { store.runnable(crate_state::empty, {}, 10); });
  CHECK(e.what_failed() == pawl::store_failure::not_applied);
  CHECK(mentions(e, path));
  CHECK(mentions(e, "REINDEX"));
  CHECK(db.poisoned());
}

TEST_CASE("damaged records in pawl's own table are reported for their item, and not read", "[sqlite]") {
  own o;
  o.add("a");
  auto const packed = *o.store.apply(empty_crate("a", 0), some_packs()[0]);
  o.db.execute("UPDATE crate_lifecycle SET data=substr(data,1,length(data)-1)");
  CHECK(failure_of([&] { (void)o.store.recorded<pack>(packed); }) == pawl::store_failure::rejected);
  CHECK(failure_of([&] { (void)o.store.apply(packed, weigh{1, 1.0}); }) == pawl::store_failure::rejected);
  CHECK(o.store.get("a").item->version == 1);
  CHECK_FALSE(o.store.poisoned());
}

TEST_CASE("a text that is too big for SQLite is rejected alone", "[sqlite]") {
  mapped m;
  sqlite3_limit(m.db.handle(), SQLITE_LIMIT_LENGTH, 10'000);
  m.add("a");
  auto p = some_packs()[0];
  p.text.assign(20'000, 'x');
  auto const e = error_of([&] { (void)m.store.apply(empty_crate("a", 0), p); });
  CHECK(e.what_failed() == pawl::store_failure::rejected);
  CHECK(mentions(e, "'a'"));
  CHECK(mentions(e, m.db.path()));
  CHECK(m.store.apply(empty_crate("a", 0), some_packs()[0]));
}

}  // namespace contents_test
