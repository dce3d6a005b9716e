// Runs with schedules: on a virtual clock, with clocks that are set, locks of others, failures and stops.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include <pawl/calendar/cron_literal.hpp>
#include <pawl/loop/clock.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/recurring.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/sqlite/store.hpp>
#include <pawl/store/memory_store.hpp>

#include "catch.hpp"
#include "files.hpp"
#include "recurring/nights.hpp"

namespace recurring_run_test {

using namespace recurring_test;
using namespace pawl::literals;
using namespace std::chrono_literals;

// What was done, and when: "nightly 12-01T03:00 at 12-01T03:00".
struct log {
  std::vector<std::string> lines{};
  std::function<void()> after_each{};
};
struct steps {
  log* to;
  std::function<pawl::stored_time()> now;
  finish operator()(due_night it) {
    auto const minute = calendar_test::minute_of(std::chrono::floor<std::chrono::seconds>(now()));
    to->lines.push_back(it.key.substr(0, it.key.size() - 4) + " at " + minute);
    if (to->after_each) to->after_each();
    return {};
  }
};

// A store in memory whose clock is that of a virtual loop, and so much more.
struct service {
  pawl::loop<pawl::virtual_clock> loop{};
  std::chrono::nanoseconds ahead{};
  std::function<pawl::stored_time()> now = [this] {
    return pawl::stored_time(at(2026, 11, 30, 12)) + loop.now() + ahead;
  };
  pawl::memory_store<night> store{now};
  pawl::commit_queue<pawl::memory_store<night>, pawl::loop<pawl::virtual_clock>> queue{loop, store};
  log done{};
  pawl::stop_source stop{};

  void stop_after(std::size_t count) {
    done.after_each = [this, count] {
      if (done.lines.size() == count) stop.request_stop();
    };
  }
  steps work() { return {&done, now}; }
  void begin(pawl::task<void> other) {
    boost::asio::co_spawn(loop.get_executor(), std::move(other), [](std::exception_ptr failure) {
      if (failure) std::rethrow_exception(failure);
    });
  }
};

TEST_CASE("a run that waits makes each tick when its time has come, and works on it at once", "[recurring]") {
  service s;
  s.stop_after(5);
  auto const sum = pawl::run(s.queue, s.work(), {.until = pawl::until::stopped, .poll = 0s, .stop = &s.stop},
                             pawl::cron(s.store, "nightly", "0 3 * * 1-5"_cron), pawl::every(s.store, "weekly", 168h));
  CHECK(s.done.lines == std::vector<std::string>{"nightly 2026-12-01T03:00 at 2026-12-01T03:00",
                                                 "nightly 2026-12-02T03:00 at 2026-12-02T03:00",
                                                 "weekly 2026-12-03T00:00 at 2026-12-03T00:00",
                                                 "nightly 2026-12-03T03:00 at 2026-12-03T03:00",
                                                 "nightly 2026-12-04T03:00 at 2026-12-04T03:00"});
  CHECK(sum.finished == 5);
  CHECK(sum.stopped);
}

TEST_CASE("a run follows its schedule over a year, with its leap day and where clocks are set", "[recurring]") {
  service s;
  s.ahead = at(2027, 6, 1) - at(2026, 11, 30, 12);
  auto const zone = calendar_test::scripted_zone(  // as in Berlin
      {{2h, at(2027, 10, 31, 1)}, {1h, at(2028, 3, 26, 1)}}, 2h);
  s.stop_after(366);
  pawl::run(s.queue, s.work(), {.until = pawl::until::stopped, .poll = 0s, .stop = &s.stop},
            pawl::cron(s.store, "n", "30 2 * * *", zone));
  REQUIRE(s.done.lines.size() == 366);
  auto const has = [&](std::string const& line) { return std::count(s.done.lines.begin(), s.done.lines.end(), line); };
  CHECK(has("n 2027-10-31T00:30 at 2027-10-31T00:30") == 1);
  CHECK(has("n 2027-10-31T01:30 at 2027-10-31T01:30") == 0);
  CHECK(has("n 2028-01-01T01:30 at 2028-01-01T01:30") == 1);
  CHECK(has("n 2028-02-29T01:30 at 2028-02-29T01:30") == 1);
  CHECK(has("n 2028-03-26T01:00 at 2028-03-26T01:00") == 1);
  CHECK(s.done.lines.back() == "n 2028-05-31T00:30 at 2028-05-31T00:30");
}

TEST_CASE("a run that ends when nothing is to be done makes what is due, and waits for nothing else", "[recurring]") {
  service s;
  auto const nightly = pawl::cron(s.store, "nightly", "0 3 * * *", pawl::utc, {.missed = pawl::missed::all});
  CHECK(pawl::run(s.queue, s.work(), {}, nightly).finished == 0);
  CHECK(s.loop.now() == 0s);
  s.ahead = 48h;
  CHECK(pawl::run(s.queue, s.work(), {}, nightly).finished == 2);
  CHECK(s.loop.now() == 0s);
  CHECK(s.loop.sleepers() == 0);
}

struct slow_steps {
  pawl::loop<pawl::virtual_clock>* loop;
  pawl::task<finish> operator()(due_night, pawl::safe&) {
    co_await loop->sleep(90min);
    co_return finish{};
  }
};

TEST_CASE("what comes due while a run works is its own, also if it ends when nothing is to be done", "[recurring]") {
  service s;
  auto const hourly = pawl::every(s.store, "hourly", 24h);
  s.ahead = 11h;  // 23:00
  REQUIRE(s.store.insert_if_absent("before"));
  CHECK(pawl::run(s.queue, slow_steps{&s.loop}, {}, hourly).finished == 2);
  CHECK(keys_in(s.store).find("hourly 12-01T00:00") != std::string::npos);
}

TEST_CASE("a clock that is set forward leaves missed ticks behind, and is noticed while nothing else happens",
          "[recurring]") {
  service s;
  s.stop_after(2);
  s.begin([](service& of) -> pawl::task<void> {
    co_await of.loop.sleep(30min);
    of.ahead = 20 * 24h;  // as after a suspended night, but longer
  }(s));
  pawl::run(s.queue, s.work(), {.until = pawl::until::stopped, .poll = 0s, .stop = &s.stop},
            pawl::cron(s.store, "n", "0 3 * * *"));
  REQUIRE(s.done.lines.size() == 2);
  CHECK(s.done.lines[0].substr(0, 18) == "n 2026-12-20T03:00");
  CHECK(s.loop.now() < 24h);
  CHECK(s.done.lines[1] == "n 2026-12-21T03:00 at 2026-12-21T03:00");
}

TEST_CASE("a clock that is set back makes no tick twice, and leaves none out", "[recurring]") {
  service s;
  s.stop_after(6);
  s.begin([](service& of) -> pawl::task<void> {
    co_await of.loop.sleep(3h + 30min);  // 15:30
    of.ahead = -2h;
  }(s));
  pawl::run(s.queue, s.work(), {.until = pawl::until::stopped, .poll = 0s, .stop = &s.stop},
            pawl::every(s.store, "n", 1h));
  REQUIRE(s.done.lines.size() == 6);
  CHECK(s.done.lines[2] == "n 2026-11-30T15:00 at 2026-11-30T15:00");
  CHECK(s.done.lines[3] == "n 2026-11-30T16:00 at 2026-11-30T16:00");
  CHECK(s.done.lines[5] == "n 2026-11-30T18:00 at 2026-11-30T18:00");
}

TEST_CASE("a clock that is set back by more than a day ends the run with a sentence", "[recurring]") {
  service s;
  s.begin([](service& of) -> pawl::task<void> {
    co_await of.loop.sleep(3h + 30min);
    of.ahead = -30h;
  }(s));
  CHECK_THROWS_WITH(
      pawl::run(s.queue, s.work(), {.until = pawl::until::stopped, .poll = 0s}, pawl::every(s.store, "n", 1h)),
      Catch::Contains("the ticks of schedule 'n' are made up to 2026-11-30T15:00:00Z, and the clock is at "));
  CHECK(s.done.lines.size() == 3);
  CHECK(s.loop.sleepers() == 0);
}

TEST_CASE("a stop that came before, or comes while nothing is due, ends a run with schedules", "[recurring]") {
  service s;
  auto const n = pawl::every(s.store, "n", 1h);
  s.begin([](service& of) -> pawl::task<void> {
    co_await of.loop.sleep(30min);
    of.stop.request_stop();
  }(s));
  pawl::run_options const options{.until = pawl::until::stopped, .poll = 0s, .stop = &s.stop};
  CHECK(pawl::run(s.queue, s.work(), options, n).stopped);
  CHECK(s.loop.now() == 30min);
  s.ahead = 5h;
  CHECK(pawl::run(s.queue, s.work(), options, n).stopped);
  CHECK(s.loop.now() == 30min);
  CHECK(s.loop.sleepers() == 0);
}

TEST_CASE("whoever cancels a run with schedules has its summary", "[recurring]") {
  service s;
  std::optional<pawl::summary> sum;
  auto const waits = [](service& of, std::optional<pawl::summary>& into) -> pawl::task<void> {
    pawl::run_options const options{.until = pawl::until::stopped, .poll = 0s};
    auto running = pawl::async_run(of.queue, of.work(), options, pawl::every(of.store, "n", 1h));
    into.emplace(co_await std::move(running));
  };
  auto const both = [&]() -> pawl::task<void> {
    using namespace boost::asio::experimental::awaitable_operators;
    auto sleeping = s.loop.sleep(150min, pawl::await);
    co_await (waits(s, sum) || std::move(sleeping));
  };
  s.loop.wait(both());
  REQUIRE(sum);
  CHECK(sum->finished == 2);
  CHECK(sum->stopped);
  CHECK(s.loop.sleepers() == 0);
}

TEST_CASE("a store that fails at a tick ends the run, which throws what it met", "[recurring]") {
  service s;
  s.begin([](service& of) -> pawl::task<void> {
    co_await of.loop.sleep(30min);
    of.store.fail_next(pawl::store_failure::not_applied);
  }(s));
  CHECK_THROWS_WITH(
      pawl::run(s.queue, s.work(), {.until = pawl::until::stopped, .poll = 0s}, pawl::every(s.store, "n", 1h)),
      Catch::Contains("told to fail"));
  CHECK(s.loop.sleepers() == 0);
}

TEST_CASE("a schedule of another store on the loop may come with a run", "[recurring]") {
  service s;
  pawl::memory_store<night> other(s.now);
  pawl::commit_queue queue_of_other{s.loop, other};
  s.stop_after(2);
  pawl::run(s.queue, s.work(), {.until = pawl::until::stopped, .poll = 0s, .stop = &s.stop},
            pawl::every(s.store, "mine", 1h), pawl::every(other, "theirs", 30min));
  CHECK(other.size() == 4);
}

// ---- SQLite ----

pawl::sqlite::options quick(std::function<std::chrono::system_clock::time_point()> now = {}) {
  pawl::sqlite::options chosen{.durable = pawl::sqlite::durability::process_crash, .busy_timeout = 20ms};
  if (now) chosen.now = std::move(now);
  return chosen;
}

TEST_CASE("a run on a store alone makes its ticks too, in real time", "[recurring]") {
  temporary_folder folder;
  pawl::sqlite::database db(folder / "nights.db", quick());
  pawl::sqlite::store<night> store(db);
  pawl::stop_source stop;
  log done{{}, [&stop] { stop.request_stop(); }};
  steps const work{&done, [] { return pawl::stored_time(std::chrono::system_clock::now()); }};
  auto const sum = pawl::run(store, work, {.until = pawl::until::stopped, .stop = &stop}, pawl::every(store, "n", 1s));
  CHECK(sum.finished == 1);
  CHECK(done.lines.at(0).substr(0, 4) == "n 20");
}

pawl::task<void> lock_and_stop(pawl::event_loop& loop, pawl::sqlite::database& other, pawl::stop_source& stop,
                               bool frees) {
  co_await loop.sleep(59min);
  other.begin();
  co_await loop.sleep(2min);
  if (frees) {
    other.rollback();
    co_await loop.sleep(1min);
  }
  stop.request_stop();
}

TEST_CASE("while another process holds the lock a tick waits, and a stop does not wait for it", "[recurring]") {
  temporary_folder folder;
  pawl::loop<pawl::virtual_clock> loop;
  auto const now = [&loop] {
    return std::chrono::system_clock::time_point(at(2026, 11, 30, 12)) +
           std::chrono::duration_cast<std::chrono::system_clock::duration>(loop.now());
  };
  pawl::sqlite::database db(folder / "nights.db", quick(now)), other(folder / "nights.db", quick(now));
  pawl::sqlite::store<night> store(db);
  pawl::commit_queue queue{loop, store};
  pawl::stop_source stop;
  log done;
  steps const work{&done, now};
  bool const frees = GENERATE(true, false);
  boost::asio::co_spawn(loop.get_executor(), lock_and_stop(loop, other, stop, frees), [](std::exception_ptr) {});
  pawl::run(queue, work, {.until = pawl::until::stopped, .stop = &stop}, pawl::every(store, "n", 1h));
  CHECK(done.lines.size() == (frees ? 1U : 0U));
  if (!frees) other.rollback();
  CHECK(loop.sleepers() == 0);
}

// A database whose lock another process holds, and a run on a clock that jumps.
struct locked_service {
  temporary_folder folder{};
  pawl::loop<pawl::virtual_clock> loop{};
  std::chrono::nanoseconds ahead{};
  std::function<std::chrono::system_clock::time_point()> now = [this] {
    return std::chrono::system_clock::time_point(at(2026, 11, 30, 12)) +
           std::chrono::duration_cast<std::chrono::system_clock::duration>(loop.now() + ahead);
  };
  pawl::sqlite::database db{folder / "nights.db", quick(now)}, other{folder / "nights.db", quick(now)};
  pawl::sqlite::store<night> store{db};
  pawl::stop_source stop{};
  log done{};
  steps work() { return {&done, now}; }
};

TEST_CASE("a stop ends a run whose first ticks wait for another process's lock", "[recurring]") {
  locked_service s;
  pawl::commit_queue queue{s.loop, s.store, {.busy_bound = 1h}};
  s.other.begin();
  s.loop.sleep(5s, [&s](auto) { s.stop.request_stop(); });
  bool is_released = false;
  s.loop.sleep(30min, [&](auto) {  // else it would wait for ever
    s.other.rollback();
    is_released = true;
  });
  auto const sum =
      pawl::run(queue, s.work(), {.until = pawl::until::stopped, .stop = &s.stop}, pawl::every(s.store, "n", 1h));
  CHECK(sum.stopped);
  CHECK_FALSE(is_released);
  CHECK(s.loop.now() < 6s);
  s.other.rollback();
}

TEST_CASE("first ticks that wait for a lock longer than the queue would end the run with its sentence", "[recurring]") {
  locked_service s;
  pawl::commit_queue queue{s.loop, s.store, {.busy_bound = 10s}};
  s.other.begin();
  s.loop.sleep(30min, [&s](auto) { s.other.rollback(); });
  CHECK_THROWS_WITH(pawl::run(queue, s.work(), {}, pawl::every(s.store, "n", 1h)),
                    Catch::Contains("has held the write lock of") && Catch::Contains("nights.db") &&
                        Catch::Contains("commit_queue_options::busy_bound; nothing was written"));
  CHECK(s.loop.now() < 11s);
}

TEST_CASE("a stop ends a backlog of ticks between two pages", "[recurring]") {
  service s;
  pawl::recurring_options const options{.missed = pawl::missed::all, .since = at(2026, 11, 29), .page = 10};
  s.begin([](service& of) -> pawl::task<void> {
    while (of.store.size() == 0) co_await of.loop.sleep({});
    of.stop.request_stop();
  }(s));
  auto const sum = pawl::run(s.queue, s.work(), {.until = pawl::until::stopped, .poll = 0s, .stop = &s.stop},
                             pawl::every(s.store, "n", 1min, options));
  CHECK(sum.stopped);
  CHECK(s.store.size() < 100);  // of 2160
}

// A virtual clock on whose loop a handler may take its time.
class held_up_clock : public pawl::virtual_clock {
 public:
  std::shared_ptr<std::chrono::nanoseconds> held_up = std::make_shared<std::chrono::nanoseconds>();
  std::chrono::nanoseconds now() const { return virtual_clock::now() + *held_up; }
  void jump_to(std::chrono::nanoseconds t) { virtual_clock::jump_to(t - *held_up); }
  std::chrono::nanoseconds jumped() const { return now(); }
};

TEST_CASE("what comes due while a run is there is not missed, however late the run gets to it", "[recurring]") {
  pawl::loop<held_up_clock> loop;
  std::chrono::nanoseconds ahead{};
  std::function<pawl::stored_time()> const now = [&] {
    return pawl::stored_time(at(2026, 11, 30, 12)) + loop.now() + ahead;
  };
  pawl::memory_store<night> store(now);
  pawl::commit_queue queue{loop, store};
  pawl::stop_source stop;
  log done;
  bool const is_suspended = GENERATE(false, true);
  loop.sleep(150min, [&](auto) { (is_suspended ? ahead : *loop.clock().held_up) += 2h; });
  loop.sleep(390min, [&](auto) { stop.request_stop(); });
  pawl::run(queue, steps{&done, now}, {.until = pawl::until::stopped, .poll = 0s, .stop = &stop},
            pawl::every(store, "n", 1h, {.missed = pawl::missed::none, .on_time = 1s}));
  REQUIRE(done.lines.size() == 6);
  CHECK(done.lines[2].substr(0, 18) == (is_suspended ? "n 2026-11-30T17:00" : "n 2026-11-30T15:00"));
}

TEST_CASE("two schedules of one store and name in a run are refused", "[recurring]") {
  service s;
  pawl::memory_store<night> other(s.now);
  CHECK_THROWS_WITH(pawl::run(s.queue, s.work(), {}, pawl::every(s.store, "n", 1h), pawl::every(s.store, "n", 2h)),
                    Catch::Contains("two schedules of this run are 'n' of one store"));
  CHECK_FALSE(s.store.last_tick("n"));
  CHECK(pawl::run(s.queue, s.work(), {}, pawl::every(s.store, "n", 1h), pawl::every(other, "n", 2h)).finished == 0);
}

TEST_CASE("a run that is refused makes no ticks", "[recurring]") {
  service s;
  pawl::recurring_options const since{.since = at(2026, 11, 29)};
  CHECK_THROWS_WITH(pawl::run(s.queue, s.work(), {.concurrency = 0}, pawl::every(s.store, "n", 1h, since)),
                    Catch::Contains("concurrency"));
  CHECK(s.store.size() == 0);
}

}  // namespace recurring_run_test
