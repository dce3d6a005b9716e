// The failures that a memory_store can simulate. What it has in common with every store is tested in
// every_store_test.cpp.
#include <functional>
#include <string>
#include <string_view>

#include <pawl/store/memory_store.hpp>
#include <pawl/store/transition_store.hpp>

#include "catch.hpp"
#include "store/filing.hpp"

namespace memory_store_test {

using namespace filing;
using pawl::store_failure;
using memory = pawl::memory_store<file_lifecycle>;

static_assert(pawl::inserting_store<memory>);
static_assert(!pawl::transition_store<int>);

template <class F> store_failure failure_of(F f) {
  try {
    f();
  } catch (pawl::store_error const& e) {
    return e.what_failed();
  }
  FAIL("it did not throw");
  return store_failure::misuse;
}
file<untracked> fresh(memory& store, std::string_view key) {
  REQUIRE(store.insert_if_absent(key));
  return *store.get(key).item->as<untracked>();
}

enum class door { shut, open };
struct push {
  char by[4] = {};
  unsigned times : 3 = 1;
};
struct doors : pawl::lifecycle<pawl::initial<door::shut>, pawl::goal<door::open>,
                               pawl::transition<door::shut, push, door::open>> {};

TEST_CASE("a memory_store records what no column can hold, as long as it can be assigned", "[store]") {
  pawl::memory_store<doors> store;
  REQUIRE(store.insert_if_absent("front"));
  REQUIRE(store.apply(*store.get("front").item->as<door::shut>(), push{.by = {'a', 'd', 'a'}, .times = 5}));
  auto const recorded = store.recorded<push>(*store.get("front").item);
  REQUIRE(recorded);
  CHECK(std::string(recorded->by) == "ada");
  CHECK(recorded->times == 5u);
}

TEST_CASE("a memory_store that is told to be busy is so once", "[store]") {
  memory store;
  auto const a = fresh(store, "a");
  store.fail_next(store_failure::busy);
  CHECK_FALSE(store.try_begin());
  store.fail_next(store_failure::busy);
  CHECK(failure_of([&] { (void)store.apply(a, start_upload{}); }) == store_failure::busy);
  CHECK(store.apply(a, start_upload{}));
  CHECK_FALSE(store.poisoned());
}

TEST_CASE("a memory_store that is told to reject applies nothing of it and goes on", "[store]") {
  memory store;
  auto const a = fresh(store, "a"), b = fresh(store, "b");
  REQUIRE(store.try_begin());
  REQUIRE(store.apply(a, start_upload{}));
  store.fail_next(store_failure::rejected);
  CHECK(failure_of([&] { (void)store.apply(b, start_upload{}); }) == store_failure::rejected);
  CHECK(store.apply(b, start_upload{}));
  store.commit();
  CHECK(store.get("a").item->state == uploading);
  CHECK(store.get("b").item->state == uploading);
}

TEST_CASE("a memory_store that is told to fail is poisoned, and is as it was when it is opened anew", "[store]") {
  memory store;
  auto const a = fresh(store, "a"), b = fresh(store, "b");
  REQUIRE(store.try_begin());
  REQUIRE(store.apply(a, start_upload{}));
  store.fail_next(store_failure::not_applied);
  CHECK(failure_of([&] { (void)store.apply(b, start_upload{}); }) == store_failure::not_applied);
  CHECK(store.poisoned());
  CHECK(failure_of([&] { store.commit(); }) == store_failure::not_applied);
  CHECK(failure_of([&] { (void)store.get("a"); }) == store_failure::not_applied);
  CHECK(failure_of([&] { (void)store.runnable(untracked, {}, 1); }) == store_failure::not_applied);
  store.rollback();
  CHECK(failure_of([&] { (void)store.try_begin(); }) == store_failure::not_applied);
  store.reopen();
  CHECK_FALSE(store.poisoned());
  CHECK(store.get("a").item->state == untracked);
  CHECK(store.apply(a, start_upload{}));
}

TEST_CASE("an unknown COMMIT was applied or lost, as the test wants it", "[store]") {
  auto const fate = GENERATE(pawl::commit_fate::applied, pawl::commit_fate::lost);
  bool const grouped = GENERATE(true, false);
  memory store;
  auto const a = fresh(store, "a");
  store.fail_next(store_failure::unknown, fate);
  if (grouped) {
    REQUIRE(store.try_begin());
    REQUIRE(store.apply(a, start_upload{}));
    CHECK(failure_of([&] { store.commit(); }) == store_failure::unknown);
  } else {
    CHECK(failure_of([&] { (void)store.apply(a, start_upload{}); }) == store_failure::unknown);
  }
  CHECK(store.poisoned());
  store.rollback();  // too late: it decides nothing any more
  store.reopen();
  CHECK(store.get("a").item->version == (fate == pawl::commit_fate::applied ? 1 : 0));
}

TEST_CASE("an insert outside of a transaction is one of its own, and can meet an unknown COMMIT too", "[store]") {
  auto const fate = GENERATE(pawl::commit_fate::applied, pawl::commit_fate::lost);
  memory store;
  auto const a = fresh(store, "a");
  store.fail_next(store_failure::unknown, fate);
  CHECK(failure_of([&] { (void)store.insert_if_absent("b"); }) == store_failure::unknown);
  CHECK(store.poisoned());
  store.reopen();
  CHECK(store.get("b").gone() == (fate == pawl::commit_fate::lost));
  CHECK(store.get("a").item->version == 0);
}

TEST_CASE("what put and erase did outside of a transaction stays when a later COMMIT is lost", "[store]") {
  memory store;
  auto const a = fresh(store, "a");
  store.put("gone", "uploading");
  store.fail_next(store_failure::unknown, pawl::commit_fate::lost);
  store.put("b", "indexed");
  store.erase("gone");
  CHECK(failure_of([&] { (void)store.apply(a, start_upload{}); }) == store_failure::unknown);
  store.reopen();
  CHECK(store.get("a").item->version == 0);
  CHECK(store.get("b").item->state == indexed);
  CHECK(store.get("gone").gone());
}

TEST_CASE("a memory_store cannot be told to refuse or to be misused", "[store]") {
  memory store;
  CHECK(failure_of([&] { store.fail_next(store_failure::refused); }) == store_failure::misuse);
  CHECK(failure_of([&] { store.fail_next(store_failure::misuse); }) == store_failure::misuse);
}

TEST_CASE("what put and erase did inside a transaction is rolled back with it", "[store]") {
  memory store;
  store.put("kept", "uploading", 4);
  REQUIRE(store.try_begin());
  store.put("made", "indexed");
  store.put("kept", "failed", 9);
  store.erase("kept");
  CHECK(store.size() == 1);
  store.rollback();
  CHECK(store.size() == 1);
  CHECK(store.get("made").gone());
  CHECK(store.get("kept").item->version == 4);
}

TEST_CASE("a memory_store takes back as many of its latest transactions as it was told to keep", "[store]") {
  memory store;
  auto const a = fresh(store, "a");
  store.keep_undo(2);
  auto const moved = store.apply(a, start_upload{});
  REQUIRE(moved);
  REQUIRE(store.try_begin());
  REQUIRE(store.apply(*moved, complete_upload{"id", "uri"}));
  REQUIRE(store.insert_if_absent("b"));
  store.commit();
  SECTION("one") {
    store.lose_latest(1);
    CHECK(store.get("a").item->state == uploading);
    CHECK(store.get("b").gone());
    CHECK(store.insert_if_absent("b"));
  }
  SECTION("both, and no more") {
    store.lose_latest(5);
    CHECK(store.get("a").item->version == 0);
  }
  SECTION("not the open one, which is rolled back") {
    REQUIRE(store.try_begin());
    REQUIRE(store.insert_if_absent("c"));
    store.lose_latest(0);
    CHECK(store.get("c").gone());
    CHECK(store.size() == 2);
  }
}

TEST_CASE("an empty function is no clock: the system's is taken", "[store]") {
  pawl::memory_store<file_lifecycle> store{std::function<pawl::stored_time()>()};
  CHECK(store.now() > pawl::stored_time());
}

}  // namespace memory_store_test
