// Schedules: which items they make, once, on a store in memory and in SQLite.
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include <pawl/calendar/cron_literal.hpp>
#include <pawl/error.hpp>
#include <pawl/recurring/recurring.hpp>
#include <pawl/sqlite/store.hpp>
#include <pawl/store/memory_store.hpp>

#include "catch.hpp"
#include "files.hpp"
#include "recurring/nights.hpp"

namespace schedules_test {

using namespace recurring_test;
using namespace pawl::literals;
using namespace std::chrono_literals;

struct in_memory {
  set_clock clock{};
  pawl::memory_store<night> store{clock.reader()};
};
struct in_sqlite {
  set_clock clock{};
  temporary_folder folder{};
  pawl::sqlite::database db{folder / "nights.db",
                            {.durable = pawl::sqlite::durability::process_crash, .now = clock.reader()}};
  pawl::sqlite::store<night> store{db};
};

// Its items are done with and removed.
template <class Place> void clear(Place& at_hand) {
  auto& store = at_hand.store;
  pawl::item_query<night> which{};
  which.limit = 1000;
  for (auto const& one : store.items(which).items)
    if (auto const due = one.item.template as<state::due>()) REQUIRE(store.apply(*due, finish{}));
  at_hand.clock.now += 1s;
  store.remove_finished(0s, 1000);
  at_hand.clock.now -= 1s;
  REQUIRE(keys_in(store).empty());
}

TEMPLATE_TEST_CASE("each tick becomes one item when its time has come", "[recurring]", in_memory, in_sqlite) {
  TestType at_hand;
  auto& [now] = at_hand.clock;
  auto const nightly = pawl::cron(at_hand.store, "nightly", "0 3 * * 1-5"_cron);
  CHECK(nightly.make_due() == 0);
  CHECK(nightly.next() == at(2026, 12, 1, 3));
  now = at(2026, 12, 1, 2, 59, 59) + 999ms;
  CHECK(nightly.make_due() == 0);
  now = at(2026, 12, 1, 3);
  CHECK(nightly.make_due() == 1);
  CHECK(nightly.make_due() == 0);
  CHECK(nightly.next() == at(2026, 12, 2, 3));
  now = at(2026, 12, 2, 3, 0, 30);
  CHECK(nightly.make_due() == 1);
  CHECK(keys_in(at_hand.store) == "nightly 12-01T03:00, nightly 12-02T03:00");
  CHECK(at_hand.store.get("nightly 2026-12-01T03:00:00Z").item->state == state::due);
}

TEMPLATE_TEST_CASE("any number of processes with one schedule make each tick once", "[recurring]", in_memory,
                   in_sqlite) {
  TestType at_hand;
  auto& [now] = at_hand.clock;
  auto const first = pawl::every(at_hand.store, "hourly", 1h, {.missed = pawl::missed::all});
  auto const second = pawl::every(at_hand.store, "hourly", 1h, {.missed = pawl::missed::all});
  CHECK(first.make_due() + second.make_due() == 0);
  std::size_t made = 0;
  for (int hour = 13; hour < 18; ++hour) {
    now = at(2026, 11, 30, hour);
    made += hour % 2 == 0 ? first.make_due() + second.make_due() : second.make_due() + first.make_due();
  }
  CHECK(made == 5);
}

TEMPLATE_TEST_CASE("what was missed is made up once, all, or not at all, as asked", "[recurring]", in_memory,
                   in_sqlite) {
  TestType at_hand;
  auto& [now] = at_hand.clock;
  auto const missed = GENERATE(pawl::missed::once, pawl::missed::all, pawl::missed::none);
  auto const nightly = pawl::cron(at_hand.store, "nightly", "0 3 * * *"_cron, pawl::utc, {.missed = missed});
  nightly.make_due();
  now = at(2026, 12, 4, 12);
  std::size_t const made = nightly.make_due();
  CHECK(nightly.make_due() == 0);
  switch (missed) {
    case pawl::missed::once:
      CHECK(made == 1);
      CHECK(keys_in(at_hand.store) == "nightly 12-04T03:00");
      break;
    case pawl::missed::all:
      CHECK(made == 4);
      CHECK(keys_in(at_hand.store) ==
            "nightly 12-01T03:00, nightly 12-02T03:00, nightly 12-03T03:00, nightly 12-04T03:00");
      break;
    case pawl::missed::none:
      CHECK(made == 0);
      break;
  }
  now = at(2026, 12, 5, 3);
  CHECK(nightly.make_due() == 1);
}

TEST_CASE("of what was missed nothing is made where that is asked for", "[recurring]") {
  in_memory at_hand;
  auto const nightly = pawl::cron(at_hand.store, "n", "0 3 * * *", pawl::utc, {.missed = pawl::missed::none});
  nightly.make_due();
  at_hand.clock.now = at(2026, 12, 4, 12);
  CHECK(nightly.make_due() == 0);
  CHECK(at_hand.store.size() == 0);
}

TEMPLATE_TEST_CASE("a tick that is late by less than on_time is not missed", "[recurring]", in_memory, in_sqlite) {
  TestType at_hand;
  auto& [now] = at_hand.clock;
  auto const seconds = pawl::every(at_hand.store, "tick", 1s, {.missed = pawl::missed::none, .on_time = 5s});
  seconds.make_due();
  now += 1h + 500ms;
  CHECK(seconds.make_due() == 5);
  now += 3s;
  CHECK(seconds.make_due() == 3);

  auto const nightly = pawl::every(at_hand.store, "nightly", 24h);
  nightly.make_due();
  now = at(2026, 12, 5, 0, 0, 59);  // four were missed, and one stands for them all
  CHECK(nightly.make_due() == 1);
  CHECK(at_hand.store.get("nightly 2026-12-05T00:00:00Z").item);
}

TEMPLATE_TEST_CASE("a tick whose item was removed does not come again, and what was missed for months is known",
                   "[recurring]", in_memory, in_sqlite) {
  TestType at_hand;
  auto& [now] = at_hand.clock;
  pawl::recurring_options const all{.missed = pawl::missed::all};
  auto const monthly = [&] { return pawl::cron(at_hand.store, "monthly", "@monthly", pawl::utc, all); };
  monthly().make_due();
  now = at(2026, 12, 1);
  CHECK(monthly().make_due() == 1);
  clear(at_hand);
  CHECK(monthly().make_due() == 0);
  now = at(2027, 6, 15);
  CHECK(monthly().make_due() == 6);
  clear(at_hand);
  CHECK(monthly().make_due() == 0);
}

TEMPLATE_TEST_CASE("very many missed ticks are made in pages, and one stands for any number", "[recurring]", in_memory,
                   in_sqlite) {
  TestType at_hand;
  auto& [now] = at_hand.clock;
  pawl::recurring_options options{.missed = pawl::missed::all, .page = 700};
  auto const all = pawl::cron(at_hand.store, "all", "* * * * *", pawl::utc, options);
  auto const once = pawl::cron(at_hand.store, "once", "* * * * *");
  all.make_due();
  once.make_due();
  now += 7 * 24h;
  int commits = 0;
  pawl::change_signal::listener const listener(at_hand.store.changes(), [&commits] { ++commits; });
  CHECK(all.make_due() == 7 * 24 * 60);
  CHECK(commits == (7 * 24 * 60 + 699) / 700);
  now += 10 * 365 * 24h;
  CHECK(once.make_due() == 1);
}

TEMPLATE_TEST_CASE("a new schedule begins now, or where it is told to", "[recurring]", in_memory, in_sqlite) {
  TestType at_hand;
  auto& [now] = at_hand.clock;
  SECTION("before: what came since was missed") {
    pawl::recurring_options const since{.missed = pawl::missed::all, .since = at(2026, 11, 27, 3)};
    auto const nightly = pawl::cron(at_hand.store, "nightly", "0 3 * * *", pawl::utc, since);
    CHECK(nightly.make_due() == 3);
    CHECK(keys_in(at_hand.store) == "nightly 11-28T03:00, nightly 11-29T03:00, nightly 11-30T03:00");
    CHECK(nightly.make_due() == 0);
  }
  SECTION("later: nothing comes until then, however far that is") {
    pawl::recurring_options const since{.since = at(2027, 2, 1)};
    auto const nightly = pawl::cron(at_hand.store, "nightly", "0 3 * * *", pawl::utc, since);
    CHECK(nightly.make_due() == 0);
    now = at(2027, 1, 31, 3);
    CHECK(nightly.make_due() == 0);
    now = at(2027, 2, 1, 3);
    CHECK(nightly.make_due() == 1);
  }
  SECTION("and anew where it is forgotten") {
    auto const nightly = pawl::cron(at_hand.store, "nightly", "0 3 * * *", pawl::utc, {.missed = pawl::missed::all});
    CHECK_FALSE(nightly.forget());
    nightly.make_due();
    CHECK(nightly.forget());
    now = at(2026, 12, 9);
    CHECK(nightly.make_due() == 0);
  }
}

TEMPLATE_TEST_CASE("a schedule whose rule is changed goes on from its last tick", "[recurring]", in_memory, in_sqlite) {
  TestType at_hand;
  auto& [now] = at_hand.clock;
  pawl::recurring_options const all{.missed = pawl::missed::all};
  pawl::cron(at_hand.store, "n", "0 3 * * *", pawl::utc, all).make_due();
  now = at(2026, 12, 1, 3);
  CHECK(pawl::cron(at_hand.store, "n", "0 3 * * *", pawl::utc, all).make_due() == 1);
  now = at(2026, 12, 1, 6);
  CHECK(pawl::every(at_hand.store, "n", 1h, all).make_due() == 3);
  CHECK(keys_in(at_hand.store) == "n 12-01T03:00, n 12-01T04:00, n 12-01T05:00, n 12-01T06:00");
}

TEMPLATE_TEST_CASE("a clock that is set back makes no tick twice", "[recurring]", in_memory, in_sqlite) {
  TestType at_hand;
  auto& [now] = at_hand.clock;
  auto const hourly = pawl::every(at_hand.store, "hourly", 1h, {.missed = pawl::missed::all});
  hourly.make_due();
  now += 5h;
  CHECK(hourly.make_due() == 5);
  clear(at_hand);
  now -= 23h;
  CHECK(hourly.make_due() == 0);
  now += 23h + 59min;
  CHECK(hourly.make_due() == 0);
  now += 1min;
  CHECK(hourly.make_due() == 1);
}

TEMPLATE_TEST_CASE("a last tick that is more than a day ahead of the clock is refused until it is forgotten",
                   "[recurring]", in_memory, in_sqlite) {
  TestType at_hand;
  auto& [now] = at_hand.clock;
  auto const hourly = pawl::every(at_hand.store, "hourly", 1h);
  hourly.make_due();
  now = at(2099, 1, 1);
  CHECK(hourly.make_due() == 1);
  now = at(2026, 11, 30, 13);
  CHECK_THROWS_WITH(
      hourly.make_due(),
      "pawl: the ticks of schedule 'hourly' are made up to 2099-01-01T00:00:00Z, and the clock is at "
      "2026-11-30T13:00:00Z: one of the two is wrong. Set the clock; or if it was wrong when they were made, or the "
      "schedule began with a later recurring_options::since than it has now, forget() the schedule, which begins it "
      "anew");
  CHECK(hourly.forget());
  hourly.make_due();
  now += 1h;
  CHECK(hourly.make_due() == 1);
}

TEMPLATE_TEST_CASE("a beginning that is moved to an earlier date, or removed, is told as what may be the cause",
                   "[recurring]", in_memory, in_sqlite) {
  TestType at_hand;
  auto const with = [&](pawl::recurring_options const& options) {
    return pawl::every(at_hand.store, "hourly", 1h, options);
  };
  CHECK(with({.since = at(2027, 2, 1)}).make_due() == 0);
  pawl::recurring_options const earlier =
      GENERATE(false, true) ? pawl::recurring_options{.since = at(2026, 12, 24)} : pawl::recurring_options{};
  CHECK_THROWS_WITH(with(earlier).make_due(), Catch::Contains("made up to 2027-02-01T00:00:00Z") &&
                                                  Catch::Contains("a later recurring_options::since") &&
                                                  Catch::Contains("forget() the schedule"));
  CHECK(with(earlier).forget());
  CHECK(with(earlier).make_due() == 0);
}

struct on_the_first {  // of 2027, once
  std::optional<sys_seconds> next(sys_seconds after) const {
    return after < at(2027, 1, 1) ? std::optional(at(2027, 1, 1)) : std::nullopt;
  }
};

TEST_CASE("any recurrence of the user's is a schedule, also one that ends", "[recurring]") {
  in_memory at_hand;
  pawl::recurring const first(at_hand.store, "first", on_the_first());
  first.make_due();
  CHECK(first.next() == at(2027, 1, 1));
  at_hand.clock.now = at(2030, 1, 1);
  CHECK(first.make_due() == 1);
  CHECK_FALSE(first.next());
  at_hand.clock.now = at(2261, 1, 1);
  CHECK(pawl::every(at_hand.store, "last", 1h).make_due() == 0);
}

TEST_CASE("options that are out of range are refused in a sentence", "[recurring]") {
  in_memory at_hand;
  auto const with = [&](pawl::recurring_options const& options) {
    return pawl::every(at_hand.store, "n", 1h, options);
  };
  for (std::chrono::nanoseconds const on_time : {std::chrono::nanoseconds(-1s), 0ns, std::chrono::nanoseconds(999ms)})
    CHECK_THROWS_WITH(
        with({.on_time = on_time}),
        "pawl: recurring_options::on_time must be 1 s or longer: a tick is at a whole second, and is made "
        "within the next one at best");
  CHECK(with({.on_time = 1s}).name() == "n");
  CHECK_THROWS_WITH(with({.page = 0}), "pawl: recurring_options::page must be 1 to 1000000");
  CHECK_THROWS_AS(with({.page = 1'000'001}), pawl::error);
  CHECK(with({.on_time = (std::chrono::nanoseconds::max)()}).make_due() == 0);
  CHECK_THROWS_AS(pawl::cron(at_hand.store, "n", "0 3 * *"), pawl::error);
}

TEST_CASE("a schedule of a database that was copied as a file is where it was", "[recurring]") {
  in_sqlite at_hand;
  at_hand.clock.now = at(2026, 11, 30, 12);
  pawl::every(at_hand.store, "hourly", 1h).make_due();
  auto s = at_hand.db.prepare("SELECT table_name||' '||name||' '||last_tick FROM pawl_schedule");
  REQUIRE(s.step());
  CHECK(std::string(s.text(0)) ==
        "night hourly " + std::to_string(std::chrono::nanoseconds(at(2026, 11, 30, 12).time_since_epoch()).count()));
}

}  // namespace schedules_test
