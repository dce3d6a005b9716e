// Wherever a process dies, each tick has become one item: none is made twice, and none forgotten.
#include <chrono>
#include <string>

#include <pawl/pawl.hpp>
#include <pawl/recurring.hpp>
#include <pawl/testing.hpp>

#include "catch.hpp"
#include "files.hpp"
#include "recurring/nights.hpp"

namespace recurring_crash_test {

using namespace recurring_test;
using namespace std::chrono_literals;
using pawl::testing::process;

struct steps {
  finish operator()(due_night) { return {}; }
};
inline constexpr char const* each_tick = "n 11-30T13:00, n 11-30T14:00, n 11-30T15:00, n 11-30T16:00, n 11-30T17:00";

struct in_memory {
  set_clock clock{};
  pawl::memory_store<night> store{clock.reader()};
};
struct on_disk {
  temporary_folder folder{};
};

// Five ticks come, and are done; the last process finds each of them once.
template <class Store> void five_hours(Store& store, set_clock& clock, process& me) {
  auto nights = me.watch(store);
  pawl::loop<pawl::virtual_clock> loop;
  pawl::commit_queue queue{loop, nights};
  // A schedule whose first record goes with a power cut begins at the same time again.
  pawl::recurring_options const options{.missed = pawl::missed::all, .since = at(2026, 11, 30, 12), .page = 2};
  auto const hourly = pawl::every(nights, "n", 1h, options);
  // A process goes on at the time at which the one before it died.
  while (clock.now < at(2026, 11, 30, 17)) {
    pawl::run(queue, steps{}, {}, hourly);
    clock.now += clock.now < at(2026, 11, 30, 14) ? 1h : 3h;
  }
  clock.now = at(2026, 11, 30, 17);
  auto const sum = pawl::run(queue, steps{}, {}, hourly);
  me.expect(keys_in(store) == each_tick, "the ticks are " + keys_in(store));
  me.expect(sum.parked == 0, "an item is parked");
}

TEST_CASE("wherever a process dies, each tick becomes one item: in memory", "[recurring]") {
  auto const verdict = pawl::testing::for_each_crash_point<in_memory>(
      [](in_memory& durable, process& me) { five_hours(durable.store, durable.clock, me); }, {.crashes = 2});
  CAPTURE(verdict.text());
  CHECK(verdict);
  CHECK(verdict.commits >= 9);
}

TEST_CASE("a power cut that takes commits back takes the tick back with its item", "[recurring]") {
  auto const verdict = pawl::testing::for_each_crash_point<in_memory>(
      [](in_memory& durable, process& me) { five_hours(durable.store, durable.clock, me); }, {.lost_commits = 2});
  CAPTURE(verdict.text());
  CHECK(verdict);
}

struct clocked_disk : on_disk {
  set_clock clock{};
};

TEST_CASE("wherever a process dies, each tick becomes one item: in SQLite", "[recurring]") {
  auto const verdict = pawl::testing::for_each_crash_point<clocked_disk>(
      [](clocked_disk& durable, process& me) {
        pawl::sqlite::database db(durable.folder / "nights.db",
                                  {.durable = pawl::sqlite::durability::process_crash, .now = durable.clock.reader()});
        pawl::sqlite::store<night> nights(db);
        five_hours(nights, durable.clock, me);
      },
      {.crashes = 2});
  CAPTURE(verdict.text());
  CHECK(verdict);
  CHECK(verdict.commits >= 9);
}

}  // namespace recurring_crash_test
