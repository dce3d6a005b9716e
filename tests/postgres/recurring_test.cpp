// Schedules on a server: each tick once over several connections and processes, and runs with schedules.
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pawl/calendar/cron_literal.hpp>
#include <pawl/postgres.hpp>
#include <pawl/recurring.hpp>
#include <pawl/runner/run.hpp>

#include "catch.hpp"
#include "child_process.hpp"
#include "postgres/own_database.hpp"
#include "recurring/nights.hpp"

namespace postgres_recurring_test {

using namespace recurring_test;
using namespace std::chrono_literals;
using namespace pawl::literals;
using postgres_test::own_database;
using nights_store = pawl::postgres::store<night>;

struct clocked_database {
  std::shared_ptr<set_clock> clock = std::make_shared<set_clock>();
  own_database at{pawl::postgres::options{.now = clock->reader()}};
  nights_store mine{at.db}, theirs{at.theirs};

  std::string keys() {
    return at.in.sql.must("SELECT coalesce(string_agg(encode(key,'escape'),' ' ORDER BY key),'') FROM night").at(0, 0);
  }
};

TEST_CASE("two processes with one schedule on a server make each tick once", "[postgres]") {
  clocked_database d;
  auto const both = [&d](pawl::recurring_options const& options) {
    return std::pair(pawl::cron(d.mine, "n", "0 3 * * *"_cron, pawl::utc, options),
                     pawl::cron(d.theirs, "n", "0 3 * * *"_cron, pawl::utc, options));
  };
  auto const [first, second] = both({.missed = pawl::missed::all, .page = 2});
  CHECK(d.at.wait(first.make_due()) + d.at.wait(second.make_due()) == 0);
  d.clock->now = recurring_test::at(2026, 12, 1, 3);
  CHECK(d.at.wait(first.make_due()) == 1);
  CHECK(d.at.wait(second.make_due()) == 0);
  d.clock->now = recurring_test::at(2026, 12, 6, 12);
  CHECK(d.at.wait(second.make_due()) == 5);
  CHECK(d.at.wait(first.make_due()) == 0);
  CHECK(d.keys() ==
        "n 2026-12-01T03:00:00Z n 2026-12-02T03:00:00Z n 2026-12-03T03:00:00Z n 2026-12-04T03:00:00Z n "
        "2026-12-05T03:00:00Z "
        "n 2026-12-06T03:00:00Z");
}

TEST_CASE("of steps of a schedule that meet on a server one is taken", "[postgres]") {
  clocked_database d;
  std::string const keys[] = {"a", "b"};
  bool const is_new = GENERATE(true, false);
  std::optional<pawl::stored_time> from;
  if (!is_new) {
    from = d.clock->now;
    REQUIRE(d.at.wait(d.mine.advance_ticks({.schedule = "n", .from = {}, .to = *from, .keys = {}})) == std::size_t{0});
  }
  for (auto* store : {&d.mine, &d.theirs}) d.at.wait(store->open());
  std::vector<std::optional<std::size_t>> answers;
  auto const ask = [&](nights_store& store, std::string const& key) -> pawl::task<void> {
    auto advancing =
        store.advance_ticks({.schedule = "n", .from = from, .to = d.clock->now + 1h, .keys = std::span(&key, 1)});
    answers.push_back(co_await std::move(advancing));
  };
  // The first holds its transaction open until the second waits for it.
  d.at.wait(d.mine.try_begin());
  d.at.wait(ask(d.mine, keys[0]));
  boost::asio::co_spawn(d.at.loop.get_executor(), ask(d.theirs, keys[1]), [](std::exception_ptr) {});
  d.at.wait([](own_database& at) -> pawl::task<void> { co_await at.loop.sleep(100ms); }(d.at));
  CHECK(answers.size() == 1);
  d.at.wait(d.mine.commit());
  while (answers.size() < 2)
    d.at.wait([](own_database& at) -> pawl::task<void> { co_await at.loop.sleep(10ms); }(d.at));
  CHECK(answers[0] == std::size_t{1});
  CHECK(answers[1] == std::nullopt);
  CHECK(d.keys() == "a");
}

TEST_CASE("a tick on a server whose item was removed does not come again", "[postgres]") {
  clocked_database d;
  auto const hourly = pawl::every(d.mine, "n", 1h, {.missed = pawl::missed::all});
  d.at.wait(hourly.make_due());
  d.clock->now += 3h;
  CHECK(d.at.wait(hourly.make_due()) == 3);
  d.at.in.sql.must("DELETE FROM night");
  CHECK(d.at.wait(hourly.make_due()) == 0);
  CHECK(d.at.wait(pawl::every(d.theirs, "n", 1h).make_due()) == 0);
  CHECK(d.at.wait(hourly.forget()));
  CHECK_FALSE(d.at.wait(hourly.forget()));
}

TEST_CASE("a schedule that is forgotten on a server beside a step of another process stays forgotten", "[postgres]") {
  clocked_database d;
  auto const from = d.clock->now;
  REQUIRE(d.at.wait(d.mine.advance_ticks({.schedule = "n", .from = {}, .to = from, .keys = {}})) == std::size_t{0});
  for (auto* store : {&d.mine, &d.theirs}) d.at.wait(store->open());
  std::optional<std::optional<std::size_t>> answer;
  auto const advance = [&]() -> pawl::task<void> {
    std::string const key = "a";
    auto advancing =
        d.theirs.advance_ticks({.schedule = "n", .from = from, .to = from + 1h, .keys = std::span(&key, 1)});
    answer = co_await std::move(advancing);
  };
  // The record is removed in a transaction that is open until the step waits for it.
  d.at.wait(d.mine.try_begin());
  REQUIRE(d.at.wait(d.mine.forget_ticks("n")));
  boost::asio::co_spawn(d.at.loop.get_executor(), advance(), [](std::exception_ptr) {});
  d.at.wait([](own_database& at) -> pawl::task<void> { co_await at.loop.sleep(100ms); }(d.at));
  CHECK_FALSE(answer);
  d.at.wait(d.mine.commit());
  while (!answer) d.at.wait([](own_database& at) -> pawl::task<void> { co_await at.loop.sleep(10ms); }(d.at));
  CHECK(*answer == std::nullopt);
  CHECK(d.at.wait(d.mine.last_tick("n")) == std::nullopt);
  CHECK(d.keys().empty());
}

struct steps {
  std::vector<std::string>* done;
  pawl::stop_source* stop;
  finish operator()(due_night it) {
    done->push_back(it.key);
    if (stop != nullptr) stop->request_stop();
    return {};
  }
};

TEST_CASE("a run on a server makes its ticks", "[postgres]") {
  own_database at;
  nights_store nights{at.db};
  std::vector<std::string> done;
  pawl::stop_source stop;
  auto const sum = pawl::run(nights, steps{&done, &stop}, {.until = pawl::until::stopped, .stop = &stop},
                             pawl::every(nights, "n", 1s));
  CHECK(sum.finished >= 1);
  CHECK(pawl::tick_of(done.at(0))->schedule == "n");

  pawl::recurring_options const since{.missed = pawl::missed::all, .since = std::chrono::system_clock::now() - 5h};
  CHECK(pawl::run(nights, steps{&done, nullptr}, {}, pawl::every(nights, "hourly", 1h, since)).finished >= 5);
}

TEST_CASE("a run on a server makes its ticks in transactions of its own, whatever the program rolls back",
          "[postgres]") {
  clocked_database d;
  auto const hourly = pawl::every(d.mine, "n", 1h, {.missed = pawl::missed::all});
  d.at.wait(hourly.make_due());
  d.clock->now += 2h;
  std::vector<std::string> done;
  d.at.wait(d.mine.try_begin());
  CHECK(pawl::run(d.mine, steps{&done, nullptr}, {}, hourly).finished == 2);
  d.at.wait(d.mine.rollback());
  CHECK(d.keys() == "n 2026-11-30T13:00:00Z n 2026-11-30T14:00:00Z");
  CHECK(d.at.wait(d.theirs.last_tick("n")) == d.clock->now);
}

TEST_CASE("ticks that a program makes in its transaction on a server go with it", "[postgres]") {
  clocked_database d;
  auto const hourly = pawl::every(d.mine, "n", 1h);
  d.at.wait(hourly.make_due());
  d.clock->now += 1h;
  d.at.wait(d.mine.try_begin());
  CHECK(d.at.wait(hourly.make_due()) == 1);
  d.at.wait(d.mine.rollback());
  CHECK(d.keys().empty());
  CHECK(d.at.wait(hourly.make_due()) == 1);
}

// In a process of its own: how many of the items it has finished; each tick is made for a time that is long ago.
int run_in_child(std::string const& conninfo) {
  pawl::loop<> loop;
  pawl::postgres::database db{loop, conninfo};
  nights_store nights{db};
  std::vector<std::string> done;
  pawl::recurring_options const since{
      .missed = pawl::missed::all,
      .since = std::chrono::floor<std::chrono::hours>(std::chrono::system_clock::now()) - 40h,
      .page = 3};
  pawl::run(nights, steps{&done, nullptr}, {.concurrency = 2}, pawl::every(nights, "n", 1h, since));
  return static_cast<int>(done.size());
}

TEST_CASE("processes that begin at once on a server make and finish each tick once", "[postgres]") {
  own_database at;
  nights_store nights{at.db};
  at.wait(nights.open());
  std::vector<std::unique_ptr<child_process>> all;
  for (int i = 0; i < 4; ++i)
    all.push_back(std::make_unique<child_process>([&at] { return run_in_child(at.conninfo()); }));
  int finished = 0;
  for (auto& one : all) {
    int const code = one->wait();
    REQUIRE(code < 99);
    finished += code;
  }
  CHECK((finished == 40 || finished == 41));  // the clock may have passed a whole hour
  CHECK(at.in.sql.must("SELECT count(*)||' '||sum(version) FROM night").at(0, 0) ==
        std::to_string(finished) + " " + std::to_string(finished));
}

}  // namespace postgres_recurring_test
