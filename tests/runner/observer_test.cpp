// What an observer sees of a run, and what its summary says.
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/runner/run.hpp>

#include "catch.hpp"
#include "runner/delivery.hpp"
#include "runner/parcel.hpp"
#include "runner/shipping.hpp"

namespace observer_test {

using namespace run_test;
using pawl::trouble;

TEST_CASE("an observer sees every part of an item's way", "[runner]") {
  struct observer {
    std::size_t taken = 0, left = 0, hydrated = 0, dispatched = 0, stepped = 0, moved = 0, batched = 0, troubled = 0;
    void on_take(std::size_t, pawl::any_item<parcel::life> const&, std::chrono::nanoseconds) { ++taken; }
    void on_leave(std::size_t, pawl::any_item<parcel::life> const&, std::chrono::nanoseconds) { ++left; }
    void on_phase(std::size_t, pawl::phase what, std::chrono::nanoseconds, std::chrono::nanoseconds) {
      ++(what == pawl::phase::hydrate ? hydrated : what == pawl::phase::dispatch ? dispatched : stepped);
    }
    void on_transition(pawl::transition_times const& t) {
      moved += t.moved ? 1u : 0u;
      CHECK(t.asked <= t.updating);
      CHECK(t.updated <= t.committed);
    }
    void on_batch(pawl::batch_times const& b) { batched += b.size; }
    void on_trouble(std::size_t, pawl::any_item<parcel::life> const&, trouble const&) { ++troubled; }
  } seen;
  virtual_loop loop;
  parcel::store memory;
  parcel::fill(memory, 10);
  test_queue queue{loop, memory, seen};
  run_test::carrier api{loop};
  api.remote.refuse(1, trouble::transient("busy"));
  auto const sum = pawl::run(queue, run_test::steps{api}, {.concurrency = 3});
  CHECK(sum.finished == 10);
  CHECK(seen.taken == 11);  // one came back after its retry
  CHECK(seen.left == 11);
  CHECK(seen.hydrated == 11);
  CHECK(seen.dispatched == 30);
  CHECK(seen.stepped == 31);
  CHECK(seen.moved == 30);
  CHECK(seen.batched == 31);  // and the wait before the retry
  CHECK(seen.troubled == 1);
}

#ifndef PAWL_TEST_POSTGRES  // its queues are on the server's table, and not on a store of the test's own
struct wary_store : parcel::store {
  std::string warning_when_shared() const { return "pawl: the cellar may be flooded"; }
};

TEST_CASE("what a store knows against being shared is told when the run begins, and stands in its summary",
          "[runner][no_pooler]") {
  struct observer {
    std::vector<std::string> told{};
    void on_warning(std::string_view words) { told.emplace_back(words); }
    void on_take(std::size_t, pawl::any_item<parcel::life> const&, std::chrono::nanoseconds) {
      told.emplace_back("taken");
    }
  };
  run_test::virtual_loop loop;
  observer_test::wary_store memory;
  parcel::fill(memory, 1);
  observer seen;
  test_queue queue{loop, memory, seen};
  auto const how = GENERATE(pawl::ownership::sole, pawl::ownership::shared);
  bool const shared = how == pawl::ownership::shared;
  std::vector<std::string> const warning(shared ? 1u : 0u, "pawl: the cellar may be flooded");
  run_test::carrier api{loop};
  auto const sum = pawl::run(queue, run_test::steps{api}, {.owner = how});
  CHECK(sum.warnings == warning);
  auto expected = warning;
  expected.emplace_back("taken");
  CHECK(seen.told == expected);
}
#endif

TEST_CASE("progress tells what has arrived, how fast, and what is slow", "[runner]") {
  struct observer {
    std::vector<pawl::run_progress> seen;
    std::vector<std::string> oldest;
    void on_progress(pawl::run_progress const& p) {
      seen.push_back(p);
      oldest.emplace_back(p.oldest_key);
    }
  } watching;
  virtual_loop loop;
  parcel::store memory;
  parcel::fill(memory, 100);
  test_queue queue{loop, memory, watching};
  run_test::carrier api{loop};
  auto const sum = pawl::run(queue, run_test::steps{api}, {.concurrency = 2, .progress_every = 1s});
  CHECK(sum.finished == 100);
  REQUIRE(watching.seen.size() == 202);  // at 0, 1, .. 200 s, and at the end
  auto const& half = watching.seen[101];
  CHECK(half.elapsed == 101s);
  CHECK(half.arrived == 50);
  CHECK(half.in_flight == 2);
  CHECK(half.remaining == 50);
  CHECK(half.per_second == Approx(0.5).epsilon(0.3));
  CHECK(*half.eta / 1s > 80);
  CHECK(*half.eta / 1s < 120);
  auto const& oldest = watching.oldest[103];  // of two that were taken at 100 s
  CHECK((oldest == "parcel 50" || oldest == "parcel 51"));
  CHECK(watching.seen[103].oldest_age == 3s);
  CHECK(watching.seen[103].oldest_state == "sent");
  CHECK(watching.seen[0].remaining == 100);
  CHECK_FALSE(watching.seen[0].eta);
}

// What every report said: arrived, remaining, in flight.
struct reporter {
  std::vector<pawl::run_progress> seen;
  void on_progress(pawl::run_progress const& p) { seen.push_back(p); }
};
std::vector<std::size_t> remaining(observer_test::reporter const& of) {
  std::vector<std::size_t> all;
  for (auto const& p : of.seen) all.push_back(p.remaining);
  return all;
}
pawl::trouble_record parked_record() {
  pawl::trouble_record record;
  record.parked = true;
  record.run = 4711;
  return record;
}
pawl::trouble_record delayed_record(nanoseconds until) {
  pawl::trouble_record record;
  record.next_at = stored_time(until);
  record.run = 4711;
  return record;
}

TEST_CASE("progress is told once more at the end, also where it is told only then", "[runner]") {
  virtual_loop loop;
  parcel::store memory;
  parcel::fill(memory, 10);
  observer_test::reporter watching;
  test_queue queue{loop, memory, watching};
  run_test::carrier api{loop};
  auto const every = GENERATE(nanoseconds(0), nanoseconds(7s), (nanoseconds::max)());
  CHECK(pawl::run(queue, run_test::steps{api}, {.progress_every = every}).finished == 10);
  REQUIRE(watching.seen.size() == (every == 7s ? 7 : 2));
  auto const& first = watching.seen.front();
  CHECK(first.arrived == 0);
  CHECK(first.remaining == 10);
  auto const& last = watching.seen.back();
  CHECK(last.arrived == 10);
  CHECK(last.remaining == 0);
  CHECK(last.in_flight == 0);
  CHECK(last.elapsed == 40s);
}

TEST_CASE("progress counts what is runnable: not what is parked, and not what is to begin tomorrow", "[runner]") {
  virtual_loop loop;
  parcel::store memory{[&loop] { return stored_time(loop.now()); }};
  parcel::fill(memory, 110);
  for (int i = 0; i < 100; ++i) {
    auto const key = "parcel " + std::to_string(i);
    REQUIRE(memory.note(*memory.get(key).item, parked_record()));
  }
  for (int i = 0; i < 50; ++i) memory.insert_if_absent("later " + std::to_string(i), stored_time(24h));
  observer_test::reporter watching;
  test_queue queue{loop, memory, watching};
  run_test::carrier api{loop};
  CHECK(pawl::run(queue, run_test::steps{api}, {.progress_every = 13s}).finished == 10);
  CHECK(remaining(watching) == std::vector<std::size_t>{10, 7, 4, 1, 0});
  CHECK(*watching.seen[1].eta / 1s == 30);
}

TEST_CASE("progress counts what others have added, and not what they have taken away, since the run began",
          "[runner]") {
  virtual_loop loop;
  parcel::store memory{[&loop] { return stored_time(loop.now()); }};
  parcel::fill(memory, 5);
  loop.sleep(6s, [&memory](boost::system::error_code) {
    for (int i = 0; i < 10; ++i) memory.insert_if_absent("more " + std::to_string(i));
    memory.insert_if_absent("later", stored_time(24h));
  });
  loop.sleep(30s, [&memory](boost::system::error_code) {
    for (int i = 6; i < 10; ++i) memory.erase("more " + std::to_string(i));
    memory.changes().raise();  // erase() is silent
  });
  observer_test::reporter watching;
  test_queue queue{loop, memory, watching};
  run_test::carrier api{loop};
  CHECK(pawl::run(queue, run_test::steps{api}, {.progress_every = 8500ms}).finished == 11);
  // Four seconds each.
  CHECK(remaining(watching) == std::vector<std::size_t>{5, 13, 11, 9, 3, 1, 0});
}

TEST_CASE("progress counts a delayed item where its time has come, or as soon as it comes", "[runner]") {
  virtual_loop loop;
  parcel::store memory{[&loop] { return stored_time(loop.now()); }};
  parcel::fill(memory, 4);
  REQUIRE(memory.note(*memory.get("parcel 1").item, delayed_record(-1s)));
  REQUIRE(memory.note(*memory.get("parcel 2").item, delayed_record(30s)));
  memory.insert_if_absent("overdue", stored_time(-1h));
  observer_test::reporter watching;
  test_queue queue{loop, memory, watching};
  run_test::carrier api{loop};
  CHECK(pawl::run(queue, run_test::steps{api}, {.progress_every = 8200ms}).finished == 5);
  // Four at once, done at 16 s; the fifth from 30 s to 34 s.
  CHECK(remaining(watching) == std::vector<std::size_t>{4, 2, 0, 0, 1, 0});
}

#ifndef PAWL_TEST_POSTGRES
TEST_CASE("progress says how long another process has held the lock that a commit needs", "[runner]") {
  virtual_loop loop;
  busy_store memory;
  memory.refusals = 0;
  parcel::fill(memory, 3);
  observer_test::reporter watching;
  test_queue queue{loop, memory, watching, {.busy_bound = 1h}};
  run_test::carrier api{loop};
  loop.sleep(3s, [&memory](boost::system::error_code) { memory.refusals = 400; });  // for some seconds
  CHECK(pawl::run(queue, run_test::steps{api}, {.progress_every = 500ms}).finished == 3);
  std::optional<nanoseconds> before;
  std::size_t held = 0;
  for (auto const& p : watching.seen) {
    if (p.locked_for) {
      ++held;
      if (before) CHECK(*p.locked_for == *before + 500ms);
      CHECK(*p.locked_for <= p.elapsed - 4s);  // the first parcel has arrived at 4 s, and waits for its commit
    }
    before = p.locked_for;
  }
  CHECK(held >= 3);
  CHECK_FALSE(watching.seen.front().locked_for);
  CHECK_FALSE(watching.seen.back().locked_for);
}

// A store that somebody else owns for ten seconds.
struct owned_store : parcel::store {
  using parcel::store::store;
  virtual_loop* loop = nullptr;
  bool acquire(pawl::run_owner& owner, pawl::ownership how) {
    return loop->now() >= 10s && parcel::store::acquire(owner, how);
  }
};

TEST_CASE("progress says how long a run has waited for another owner of its store", "[runner]") {
  virtual_loop loop;
  observer_test::owned_store memory{};
  memory.loop = &loop;
  parcel::fill(memory, 1);
  observer_test::reporter watching;
  test_queue queue{loop, memory, watching};
  run_test::carrier api{loop};
  auto const every = GENERATE(nanoseconds(0), nanoseconds(3s));
  CHECK(pawl::run(queue, run_test::steps{api}, {.wait_for_owner = 1min, .progress_every = every}).finished == 1);
  std::vector<nanoseconds> waited;
  for (auto const& p : watching.seen) {
    if (!p.locked_for) continue;
    waited.push_back(*p.locked_for);
    CHECK(p.elapsed == *p.locked_for);
    CHECK(p.arrived + p.remaining + p.in_flight == 0);
  }
  CHECK(waited == (every == 0s ? std::vector<nanoseconds>{0s} : std::vector<nanoseconds>{0s, 3s, 6s, 9s}));
  CHECK_FALSE(watching.seen.back().locked_for);
  CHECK(watching.seen.back().arrived == 1);
}
#endif

TEST_CASE("the summary has the counts and the percentiles of each step", "[runner]") {
  world w(10);
  w.api.remote.refuse(1, trouble::transient("busy"));
  auto const sum = w.run({.concurrency = 3});
  REQUIRE(sum.steps.size() == 3);
  CHECK(sum.steps[0].state == "ordered");
  CHECK(sum.steps[1].state == "packed");
  CHECK(sum.steps[1].attempts == 11);
  CHECK(sum.steps[1].moved == 10);
  CHECK(sum.steps[1].troubles == 1);
  CHECK(sum.steps[1].duration.count == 11);
  CHECK(sum.steps[1].duration.max == 2s);
  CHECK(sum.steps[2].attempts == 10);
  CHECK(sum.steps[2].troubles == 0);
}

}  // namespace observer_test
