// What an observer sees of a run, and what its summary says.
#include <chrono>
#include <cstddef>
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

struct wary_store : parcel::store {
  std::string warning_when_shared() const { return "pawl: the cellar may be flooded"; }
};

TEST_CASE("what a store knows against being shared is told when the run begins, and stands in its summary",
          "[runner]") {
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
  REQUIRE(watching.seen.size() == 201);  // at 0, 1, .. 200 s
  auto const& half = watching.seen[101];
  CHECK(half.elapsed == 101s);
  CHECK(half.arrived == 50);
  CHECK(half.in_flight == 2);
  CHECK(half.remaining == 50);
  CHECK(half.per_second == Approx(0.5).epsilon(0.3));
  CHECK(*half.eta / 1s > 80);
  CHECK(*half.eta / 1s < 120);
  CHECK(watching.oldest[103] == "parcel 50");
  CHECK(watching.seen[103].oldest_age == 3s);  // taken at 100 s
  CHECK(watching.seen[103].oldest_state == "sent");
  CHECK(watching.seen[0].remaining == 100);
  CHECK_FALSE(watching.seen[0].eta);
}

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
