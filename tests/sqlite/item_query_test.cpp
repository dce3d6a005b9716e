// Listing items: by state, trouble and beginning of the key, in pages.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/sqlite/store.hpp>
#include <pawl/store/item_query.hpp>
#include <pawl/store/memory_store.hpp>

#include "catch.hpp"
#include "sqlite/every_store.hpp"

namespace item_query_test {

using namespace filing;
using namespace sqlite_test;
using namespace std::chrono_literals;
using pawl::trouble_is;
using pawl::trouble_record;

trouble_record record_of(std::string_view what) {
  trouble_record r;
  r.run = 7;
  r.last_error = what;
  if (what == "parked") r.parked = true;
  if (what == "delayed") r.next_at = pawl::stored_time(9s);
  if (what == "parked and delayed") r.parked = true, r.next_at = pawl::stored_time(9s);
  if (what == "in doubt") r.in_doubt = true;
  if (what == "died") r.recoveries = 1;
  return r;
}

// Ten items, every second of them uploading; the first of each kind of record in each state.
template <class Face> void fill(Face& t) {
  for (std::string const name : {"a/1", "b/1", "a/2", "b/2", "a/3", "b/3", "a/4", "b/4", "a/5", "b/5"}) {
    t.add(name);
    auto it = read<untracked>(t.store, name);
    if (name[0] == 'a') continue;
    REQUIRE(t.store.apply(it, start_upload{}));
  }
  std::vector<std::string> const kinds{"parked", "delayed", "parked and delayed", "in doubt", "died"};
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    std::string const number = std::to_string(i + 1);
    REQUIRE(t.store.note(*t.store.get("a/" + number).item, record_of(kinds[i])));
    if (i < 2) REQUIRE(t.store.note(*t.store.get("b/" + number).item, record_of(kinds[i])));
  }
}

using query = pawl::item_query<file_lifecycle>;

template <class Store> std::string keys_of(Store& store, query const& which) {
  std::string keys;
  for (auto const& [it, record] : store.items(which)) keys += (keys.empty() ? "" : " ") + it.key;
  return keys;
}
// Of all pages.
template <class Store> std::string all_keys_of(Store& store, query const& which) {
  std::string keys;
  typename Store::page_mark after;
  for (int pages = 0;; ++pages) {
    REQUIRE(pages < 100);
    auto const page = store.items(which, after);
    REQUIRE(page.size() <= which.limit);
    for (auto const& [it, record] : page) keys += (keys.empty() ? "" : " ") + it.key;
    if (page.is_last) return keys;
    REQUIRE(page.size() == which.limit);
    after = page.next;
  }
}

TEMPLATE_TEST_CASE("items are listed in their order, with their records", "[sqlite]", in_memory, in_mapped_table,
                   in_own_table) {
  TestType t;
  CHECK(t.store.items().empty());
  CHECK(t.store.items().is_last);
  fill(t);
  auto const page = t.store.items();
  REQUIRE(page.size() == 10);
  CHECK(page.is_last);
  CHECK(page[0].item.key == "a/1");
  CHECK(page[0].item.state == file_state::untracked);
  CHECK(page[0].item == *t.store.get("a/1").item);
  REQUIRE(page[0].trouble);
  CHECK(*page[0].trouble == record_of("parked"));
  CHECK(page[1].item.state == file_state::uploading);
  CHECK(page[1].item.version == 1);
  CHECK_FALSE(page[9].trouble);
}

TEMPLATE_TEST_CASE("items are listed by state, by what is the matter, by the beginning of the key, and by all of it",
                   "[sqlite]", in_memory, in_mapped_table, in_own_table) {
  TestType t;
  fill(t);
  CHECK(keys_of(t.store, query{.state = untracked}) == "a/1 a/2 a/3 a/4 a/5");
  CHECK(keys_of(t.store, query{.state = indexed}) == "");
  CHECK(keys_of(t.store, query{.trouble = trouble_is::parked}) == "a/1 b/1 a/3");
  CHECK(keys_of(t.store, query{.trouble = trouble_is::delayed}) == "a/2 b/2");
  CHECK(keys_of(t.store, query{.trouble = trouble_is::in_doubt}) == "a/4 a/5");
  auto const counts = t.store.count_troubles();
  CHECK(counts == pawl::trouble_counts{3, 2, 2});
  CHECK(keys_of(t.store, query{.key_prefix = "b/"}) == "b/1 b/2 b/3 b/4 b/5");
  CHECK(keys_of(t.store, query{.key_prefix = "b/3"}) == "b/3");
  CHECK(keys_of(t.store, query{.key_prefix = "b/33"}) == "");
  CHECK(keys_of(t.store, query{.state = uploading, .trouble = trouble_is::parked, .key_prefix = "b"}) == "b/1");
  CHECK(keys_of(t.store, query{.state = uploading, .key_prefix = "a"}) == "");
}

TEMPLATE_TEST_CASE("pages have so many items, and together all of them once", "[sqlite]", in_memory, in_mapped_table,
                   in_own_table) {
  auto const limit = GENERATE(1U, 2U, 3U, 5U, 10U, 11U);
  TestType t;
  fill(t);
  CHECK(all_keys_of(t.store, query{.limit = limit}) == "a/1 b/1 a/2 b/2 a/3 b/3 a/4 b/4 a/5 b/5");
  CHECK(all_keys_of(t.store, query{.state = uploading, .limit = limit}) == "b/1 b/2 b/3 b/4 b/5");
  CHECK(all_keys_of(t.store, query{.trouble = trouble_is::parked, .limit = limit}) == "a/1 b/1 a/3");
  CHECK(all_keys_of(t.store, query{.key_prefix = "a/", .limit = limit}) == "a/1 a/2 a/3 a/4 a/5");
  CHECK(t.store.items({.limit = 0}).size() == 1);
}

TEMPLATE_TEST_CASE("what has moved since it was noted has no trouble, and a state that nobody knows is not listed",
                   "[sqlite]", in_memory, in_mapped_table, in_own_table) {
  TestType t;
  fill(t);
  REQUIRE(t.store.apply(read<untracked>(t.store, "a/1"), start_upload{}));
  t.write("strange", "mislaid", 3);
  t.erase("b/5");
  CHECK(keys_of(t.store, query{.trouble = trouble_is::parked}) == "b/1 a/3");
  CHECK(keys_of(t.store, query{}) == "a/1 b/1 a/2 b/2 a/3 b/3 a/4 b/4 a/5");
  CHECK_FALSE(t.store.items()[0].trouble);
  CHECK(t.store.unrecognised() == 1);
}

TEMPLATE_TEST_CASE("the beginning of a key is compared byte by byte", "[sqlite]", in_memory, in_mapped_table,
                   in_own_table) {
  TestType t;
  std::vector<std::string> const keys{"\xc3\xa4pfel", "\xc3\xa5l", "%", "_", "A", "a", std::string("n\0l", 3), "it's"};
  for (auto const& key : keys) t.add(key);
  CHECK(keys_of(t.store, query{.key_prefix = "\xc3"}) == keys[0] + " " + keys[1]);
  CHECK(keys_of(t.store, query{.key_prefix = "\xc3\xa5"}) == keys[1]);
  for (std::size_t i = 2; i < keys.size(); ++i) CHECK(keys_of(t.store, query{.key_prefix = keys[i]}) == keys[i]);
  CHECK(keys_of(t.store, query{.key_prefix = std::string_view("n\0", 2)}) == keys[6]);
}

TEMPLATE_TEST_CASE("what a transaction has changed is listed within it", "[sqlite]", in_memory, in_mapped_table,
                   in_own_table) {
  TestType t;
  fill(t);
  REQUIRE(t.store.try_begin());
  REQUIRE(t.store.apply(read<untracked>(t.store, "a/1"), start_upload{}));
  CHECK(keys_of(t.store, query{.trouble = trouble_is::parked}) == "b/1 a/3");
  t.store.rollback();
  CHECK(keys_of(t.store, query{.trouble = trouble_is::parked}) == "a/1 b/1 a/3");
}

TEST_CASE("items are listed of a database that was opened to be read", "[sqlite]") {
  in_own_table t;
  fill(t);
  auto only = quick();
  only.mode = pawl::sqlite::access::read_only;
  pawl::sqlite::database db(t.db.path(), only);
  pawl::sqlite::store<file_lifecycle> store(db);
  CHECK(keys_of(store, query{.trouble = trouble_is::delayed, .key_prefix = "b"}) == "b/2");
  CHECK(store.items()[0].trouble->parked);
}

TEST_CASE("a page of any state is read in the order of its rows, also where the state is indexed", "[sqlite]") {
  in_mapped_table t;
  t.db.execute("CREATE INDEX by_state ON files(gemini_state)");
  fill(t);
  std::string read;
  sqlite3_trace_v2(
      t.db.handle(), SQLITE_TRACE_STMT,
      [](unsigned, void* to, void* statement, void*) {
        *static_cast<std::string*>(to) = sqlite3_sql(static_cast<sqlite3_stmt*>(statement));
        return 0;
      },
      &read);
  REQUIRE(t.store.items({.limit = 3}).size() == 3);
  sqlite3_trace_v2(t.db.handle(), 0, nullptr, nullptr);
  auto plan = t.db.prepare("EXPLAIN QUERY PLAN " + read);
  std::string all;
  while (plan.step()) all += std::string(plan.text(3)) + "; ";
  CAPTURE(read);
  CHECK(all.find("TEMP B-TREE") == std::string::npos);
  CHECK(all.find("by_state") == std::string::npos);
}

// A table whose keys are numbers, and of which the most urgent is served first.
enum class ticket_state { open, closed };
struct close_ticket {};
struct ticket : pawl::lifecycle<pawl::initial<ticket_state::open>, pawl::goal<ticket_state::closed>,
                                pawl::transition<ticket_state::open, close_ticket, ticket_state::closed>> {};
struct tickets_table : pawl::table<ticket> {
  static constexpr pawl::names names{.table = "tickets", .key = "number", .priority = "urgency"};
};

TEST_CASE("in a table with numbers for keys the beginning is one of their digits, and the order that of rows",
          "[sqlite]") {
  temporary_folder folder;
  pawl::sqlite::database db(folder / "a.db", quick());
  db.execute(
      "CREATE TABLE tickets(number INTEGER PRIMARY KEY,state TEXT NOT NULL,version INTEGER NOT NULL,urgency INTEGER);"
      "INSERT INTO tickets VALUES(12,'open',0,1),(120,'open',0,9),(21,'closed',1,5)");
  pawl::sqlite::store<tickets_table> store(db);
  auto const keys = [&](std::string_view prefix) {
    std::string all;
    for (auto const& [it, record] : store.items({.key_prefix = prefix})) all += it.key + " ";
    return all;
  };
  CHECK(keys("") == "12 21 120 ");
  CHECK(keys("12") == "12 120 ");
  CHECK(keys("-") == "");
}

}  // namespace item_query_test
