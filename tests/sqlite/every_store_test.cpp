// The promises common to all stores, tested on each: in memory, in a mapped table, in pawl's own table.
#include "sqlite/every_store.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "catch.hpp"

namespace every_store_test {

using namespace filing;
using namespace sqlite_test;
using namespace std::string_literals;
using pawl::store_failure;

static_assert(pawl::inserting_store<pawl::memory_store<file_lifecycle>>);
static_assert(pawl::transition_store<pawl::sqlite::store<files_table>>);
static_assert(!pawl::inserting_store<pawl::sqlite::store<files_table>>);
static_assert(pawl::inserting_store<pawl::sqlite::store<file_lifecycle>>);

TEMPLATE_TEST_CASE("a transition moves the item and counts its version up by one", "[sqlite]", PAWL_EVERY_STORE) {
  TestType t;
  auto const uploading_file = t.store.apply(fresh(t, "a"), start_upload{});
  REQUIRE(uploading_file);
  CHECK(uploading_file->key == "a");
  CHECK(uploading_file->version == 1);
  auto const done =
      t.store.apply(*t.store.apply(*uploading_file, complete_upload{"id", "uri"}), complete_processing{"doc"});
  REQUIRE(done);
  CHECK(done->version == 3);
  CHECK(read<indexed>(t.store, "a") == *done);
  auto const again = t.store.apply(*t.store.apply(*done, reset{}), start_upload{});
  REQUIRE(again);
  CHECK(again->version == 5);
}

TEMPLATE_TEST_CASE("a stale version changes nothing and is told what the row holds now", "[sqlite]", PAWL_EVERY_STORE) {
  TestType t;
  auto const first = fresh(t, "a");
  auto const owner = *t.store.apply(first, start_upload{});
  auto const stale = t.store.apply(first, start_upload{});
  REQUIRE_FALSE(stale);
  CHECK(stale.why().now.item == any_file(owner));
  auto moved = *t.store.apply(owner, complete_upload{"mine", "uri"});
  auto const late = t.store.apply(owner, complete_upload{"theirs", "uri"});
  REQUIRE_FALSE(late);
  CHECK(late.why().now.item == any_file(moved));
  CHECK(t.store.template recorded<complete_upload>(moved)->file_id == "mine");
}

TEMPLATE_TEST_CASE("the version alone fences, also where the state is the same again", "[sqlite]", PAWL_EVERY_STORE) {
  TestType t;
  auto const first = fresh(t, "a");
  auto const failed_once = *t.store.apply(*t.store.apply(first, start_upload{}), fail_upload{"x"});
  REQUIRE(t.store.apply(failed_once, retry{}));
  auto const stale = t.store.apply(first, start_upload{});
  REQUIRE_FALSE(stale);
  CHECK(stale.why().now.item->state == untracked);
  CHECK(stale.why().now.item->version == 3);
}

TEMPLATE_TEST_CASE("the state alone fences, also where the version is the same", "[sqlite]", PAWL_EVERY_STORE) {
  TestType t;
  t.write("a", "failed", 4);
  auto const missed = t.store.apply(file<indexed>("a", 4, read<failed>(t.store, "a").row), reset{});
  REQUIRE_FALSE(missed);
  CHECK(missed.why().now.item->state == failed);
}

TEMPLATE_TEST_CASE("the key alone fences, also where the row's number is that of another item", "[sqlite]",
                   PAWL_EVERY_STORE) {
  TestType t;
  auto const a = fresh(t, "a");
  auto const b = fresh(t, "b");
  t.erase("a");
  CHECK_FALSE(t.store.apply(file<untracked>("a", 0, b.row), start_upload{}));
  CHECK(read<untracked>(t.store, "b").version == 0);
}

TEMPLATE_TEST_CASE("an item whose row is gone meets a conflict that says so", "[sqlite]", PAWL_EVERY_STORE) {
  TestType t;
  auto const a = fresh(t, "a");
  t.erase("a");
  auto const missed = t.store.apply(a, start_upload{});
  REQUIRE_FALSE(missed);
  CHECK(missed.why().now.gone());
  CHECK(t.store.get("a").gone());
  CHECK_FALSE(t.store.apply(file<untracked>("never was", 0), start_upload{}));
}

TEMPLATE_TEST_CASE("a state that nobody knows is reported, counted and left alone", "[sqlite]", PAWL_EVERY_STORE) {
  TestType t;
  t.add("known");
  CHECK(t.store.unrecognised() == 0);
  t.write("a", "archived", 7);
  CHECK(t.store.unrecognised() == 1);
  CHECK(t.store.get("a").unknown_state == "archived");
  CHECK_FALSE(t.store.get("a").item);
  CHECK_FALSE(t.store.get("a").gone());
  auto const missed = t.store.apply(file<uploading>("a", 7), fail_upload{"x"});
  REQUIRE_FALSE(missed);
  CHECK(missed.why().now.unknown_state == "archived");
  for (auto const state : pawl::states<file_lifecycle>)
    for (auto const& item : t.store.runnable(state, {}, 10)) CHECK(item.key == "known");
}

TEMPLATE_TEST_CASE("an item without a row's number is found by its key", "[sqlite]", PAWL_EVERY_STORE) {
  TestType t;
  t.add("a");
  auto const moved = t.store.apply(file<untracked>("a", 0), start_upload{});
  REQUIRE(moved);
  CHECK(t.store.apply(*moved, fail_upload{"x"}));
}

TEMPLATE_TEST_CASE("a transaction is all or nothing", "[sqlite]", PAWL_EVERY_STORE) {
  TestType t;
  auto const a = fresh(t, "a"), b = fresh(t, "b");
  REQUIRE(t.store.try_begin());
  auto const moved = t.store.apply(a, start_upload{});
  REQUIRE(moved);
  REQUIRE(t.store.apply(*moved, complete_upload{"id", "uri"}));
  CHECK(read<processing>(t.store, "a").version == 2);  // seen inside
  REQUIRE(t.store.apply(b, start_upload{}));
  t.store.rollback();
  CHECK(read<untracked>(t.store, "a") == a);
  CHECK(read<untracked>(t.store, "b") == b);
  CHECK_FALSE(t.store.template recorded<complete_upload>(a));

  REQUIRE(t.store.try_begin());
  REQUIRE(t.store.apply(a, start_upload{}));
  REQUIRE(t.store.apply(b, start_upload{}));
  t.store.commit();
  t.store.rollback();  // harmless: nothing is open
  CHECK(read<uploading>(t.store, "a").version == 1);
  CHECK(read<uploading>(t.store, "b").version == 1);
}

TEMPLATE_TEST_CASE("a store that was moved goes on where it was", "[sqlite]", in_mapped_table, in_own_table) {
  using store = decltype(TestType::store);
  static_assert(std::is_nothrow_move_constructible_v<store> && std::is_nothrow_move_assignable_v<store>);
  static_assert(!std::is_copy_constructible_v<store>);
  TestType t;
  auto const uploading_file = *t.store.apply(fresh(t, "a"), start_upload{});
  auto moved = std::move(t.store);
  auto const uploaded = *moved.apply(uploading_file, complete_upload{"id", "uri"});
  t.store = std::move(moved);
  CHECK(t.store.template recorded<complete_upload>(uploaded)->file_id == "id");
  CHECK(t.store.apply(uploaded, complete_processing{"doc"}));
}

TEMPLATE_TEST_CASE("a conflict inside a transaction concerns its item alone", "[sqlite]", PAWL_EVERY_STORE) {
  TestType t;
  auto const a = fresh(t, "a"), b = fresh(t, "b");
  REQUIRE(t.store.try_begin());
  REQUIRE(t.store.apply(a, start_upload{}));
  CHECK_FALSE(t.store.apply(a, start_upload{}));
  CHECK_FALSE(t.store.apply(file<untracked>("gone", 0), start_upload{}));
  REQUIRE(t.store.apply(b, start_upload{}));
  t.store.commit();
  CHECK(read<uploading>(t.store, "a").version == 1);
  CHECK(read<uploading>(t.store, "b").version == 1);
}

TEMPLATE_TEST_CASE("a rejected transition applies nothing, and the others can be replayed", "[sqlite]",
                   PAWL_EVERY_STORE) {
  TestType t;
  auto const a = fresh(t, "a"), bad = fresh(t, "bad"), c = fresh(t, "c");
  REQUIRE(t.store.try_begin());
  REQUIRE(t.store.apply(a, start_upload{}));
  t.reject("bad");
  CHECK(failure_of([&] { (void)t.store.apply(bad, start_upload{}); }) == store_failure::rejected);
  CHECK_FALSE(t.store.poisoned());
  t.store.rollback();
  CHECK(read<untracked>(t.store, "a").version == 0);
  CHECK(t.store.apply(a, start_upload{}));
  t.reject("bad");
  CHECK(failure_of([&] { (void)t.store.apply(bad, start_upload{}); }) == store_failure::rejected);
  CHECK(t.store.apply(c, start_upload{}));
  CHECK(read<untracked>(t.store, "bad").version == 0);
}

TEMPLATE_TEST_CASE("what is out of order is misuse and poisons nothing", "[sqlite]", PAWL_EVERY_STORE) {
  TestType t;
  CHECK(failure_of([&] { t.store.commit(); }) == store_failure::misuse);
  t.store.rollback();
  REQUIRE(t.store.try_begin());
  CHECK(failure_of([&] { (void)t.store.try_begin(); }) == store_failure::misuse);
  t.store.rollback();
  CHECK_FALSE(t.store.poisoned());
}

TEMPLATE_TEST_CASE("recorded gives what the event wrote last, until the item is in its initial state", "[sqlite]",
                   PAWL_EVERY_STORE) {
  TestType t;
  auto const a = fresh(t, "a");
  CHECK_FALSE(t.store.template recorded<complete_upload>(a));
  auto const up = *t.store.apply(*t.store.apply(a, start_upload{}), complete_upload{"id 1", "uri 1"});
  auto const done = *t.store.apply(up, complete_processing{"doc 1"});
  CHECK(t.store.template recorded<complete_upload>(done)->file_id == "id 1");
  CHECK(t.store.template recorded<complete_upload>(done)->file_uri == "uri 1");
  CHECK(t.store.template recorded<complete_processing>(done)->document_id == "doc 1");
  CHECK_FALSE(t.store.template recorded<fail_upload>(done));
  auto const again = *t.store.apply(done, reset{});
  CHECK_FALSE(t.store.template recorded<complete_upload>(again));
  CHECK_FALSE(t.store.template recorded<complete_processing>(again));
  auto const second = *t.store.apply(*t.store.apply(again, start_upload{}), complete_upload{"", "uri 2"});
  CHECK(t.store.template recorded<complete_upload>(second)->file_id.empty());
  CHECK(t.store.template recorded<complete_upload>(second)->file_uri == "uri 2");
  CHECK_FALSE(t.store.template recorded<complete_upload>(any_file("never was", 0, processing)));
}

TEMPLATE_TEST_CASE("pages of runnable items are in the order of the rows and end with a short one", "[sqlite]",
                   PAWL_EVERY_STORE) {
  TestType t;
  for (int i = 0; i < 10; ++i) t.add("item " + std::to_string(9 - i));
  for (int i : {1, 4, 7}) REQUIRE(t.store.apply(read<untracked>(t.store, "item " + std::to_string(i)), start_upload{}));
  t.write("lost", "archived", 0);
  std::vector<std::string> seen;
  typename decltype(t.store)::page_mark mark;
  std::int64_t after = 0;
  for (;;) {
    auto const page = t.store.runnable(untracked, mark, 3);
    for (auto const& item : page) {
      CHECK(item.row > after);
      after = item.row;
      CHECK(any_file(read<untracked>(t.store, item.key)) == item);
      seen.push_back(item.key);
    }
    if (page.is_last) break;
    mark = page.next;
  }
  CHECK(seen == std::vector<std::string>{"item 9", "item 8", "item 6", "item 5", "item 3", "item 2", "item 0"});
  CHECK(t.store.runnable(uploading, {}, 100).size() == 3);
  CHECK(t.store.runnable(indexed, {}, 100).empty());
  CHECK(t.store.runnable(untracked, {}, 0).empty());
}

TEMPLATE_TEST_CASE("keys are bytes: any of them name a row of their own", "[sqlite]", PAWL_EVERY_STORE) {
  TestType t;
  std::vector<std::string> const keys{"a\0b"s,
                                      "a\0c"s,
                                      "'; DROP TABLE files; --",
                                      "\"quoted\"",
                                      "%_\\",
                                      "\xff\xfe not UTF-8",
                                      "A",
                                      "a",
                                      "\xc3\xa9",
                                      "e\xcc\x81",
                                      "\x1b[2J",
                                      " a",
                                      "a ",
                                      "007",
                                      "7",
                                      std::string(4096, 'x'),
                                      std::string(2'000'000, 'y')};
  for (auto const& key : keys) t.add(key);
  for (auto const& key : keys) {
    auto const moved = t.store.apply(read<untracked>(t.store, key), start_upload{});
    REQUIRE(moved);
    CHECK(moved->key == key);
  }
  auto const page = t.store.runnable(uploading, {}, 1000);
  REQUIRE(page.size() == keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) CHECK(page[i].key == keys[i]);
}

TEMPLATE_TEST_CASE("what an event records comes back byte for byte", "[sqlite]", PAWL_EVERY_STORE) {
  TestType t;
  std::vector<std::string> const texts{"",
                                       "nul \0 inside"s,
                                       "\0"s,
                                       "\xff\xfe\xfd",
                                       "it's \"quoted\" `here`",
                                       "\xf0\x9f\x90\x8c \xe2\x80\xae",
                                       "line\r\nline\t\x1b[31m",
                                       "007",
                                       "1e3",
                                       "NULL",
                                       std::string(1 << 20, '\xab')};
  int n = 0;
  for (auto const& text : texts) {
    auto const a = fresh(t, "item " + std::to_string(n++));
    auto const up = *t.store.apply(*t.store.apply(a, start_upload{}), complete_upload{text, "beside it"});
    auto const back = t.store.template recorded<complete_upload>(up);
    REQUIRE(back);
    CHECK(back->file_id == text);
    CHECK(back->file_uri == "beside it");
  }
}

TEMPLATE_TEST_CASE("the largest version is not the last", "[sqlite]", PAWL_EVERY_STORE) {
  TestType t;
  std::int64_t const large = (std::numeric_limits<std::int64_t>::max)() - 1;
  t.write("a", "uploading", large);
  auto const moved = t.store.apply(file<uploading>("a", large), fail_upload{"x"});
  REQUIRE(moved);
  CHECK(read<failed>(t.store, "a").version == large + 1);
}

}  // namespace every_store_test
