// Several processes with one schedule on one database, some of them killed: each tick is one item.
#include <chrono>
#include <csignal>
#include <cstddef>
#include <exception>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/co_spawn.hpp>

#include <pawl/pawl.hpp>
#include <pawl/recurring.hpp>

#include "catch.hpp"
#include "child_process.hpp"
#include "files.hpp"
#include "recurring/fast_clock.hpp"
#include "recurring/nights.hpp"

namespace recurring_processes_test {

using namespace recurring_test;
using namespace std::chrono_literals;

struct database {
  database(std::string const& path, fast_clock const& clock)
      : db(path, {.durable = pawl::sqlite::durability::process_crash, .busy_timeout = 60s, .now = clock}) {}
  pawl::sqlite::database db;
  pawl::sqlite::store<night> nights{db};
};

constexpr std::size_t processes = 4;

// Makes what is due until it is killed, and removes its items at once, so that only the record tells that they were made. A
// trigger writes down each one that is inserted.
int make_for_ever(std::string const& path, fast_clock const& clock) {
  database mine(path, clock);
  auto const each = pawl::every(mine.nights, "n", 1s, {.missed = pawl::missed::all, .page = 7});
  for (;;) {
    each.make_due();
    mine.db.execute("DELETE FROM night");
    std::this_thread::sleep_for(1ms);
  }
}

TEST_CASE("of several processes with one schedule, some killed again and again, one makes each tick", "[recurring]") {
  temporary_folder folder;
  fast_clock const clock;
  std::string const path = folder / "nights.db";
  pawl::recurring_options const all{.missed = pawl::missed::all, .since = pawl::stored_time(clock())};
  {
    database mine(path, clock);  // closed before the others are made
    mine.db.execute(
        "CREATE TABLE made(key TEXT NOT NULL);CREATE TRIGGER note AFTER INSERT ON night BEGIN INSERT INTO made "
        "VALUES(new.key);END");
    pawl::every(mine.nights, "n", 1s, all).make_due();
  }

  std::vector<std::unique_ptr<child_process>> others;
  auto const begin = [&] { return std::make_unique<child_process>([&] { return make_for_ever(path, clock); }); };
  for (std::size_t i = 0; i < processes; ++i) others.push_back(begin());
  std::minstd_rand random(5);
  for (int kills = 0; kills < 25; ++kills) {
    std::this_thread::sleep_for(40ms);
    auto& victim = others[random() % processes];
    REQUIRE(victim->end(SIGKILL) == 128 + SIGKILL);
    victim = begin();
  }
  for (auto& one : others) one->end(SIGKILL);

  database mine(path, clock);
  pawl::every(mine.nights, "n", 1s, all).make_due();
  auto const last = mine.nights.last_tick("n");
  REQUIRE(last);
  auto s = mine.db.prepare("SELECT count(*),count(DISTINCT key) FROM made");
  REQUIRE(s.step());
  auto const ticks =
      std::chrono::duration_cast<std::chrono::seconds>(*last - std::chrono::floor<std::chrono::seconds>(*all.since))
          .count();
  CHECK(ticks > 900);
  CHECK(s.integer(0) == ticks);
  CHECK(s.integer(1) == ticks);
}

struct steps {
  finish operator()(due_night) { return {}; }
};

TEST_CASE("runs that share a store work on each tick once", "[recurring]") {
  temporary_folder folder;
  std::string const path = folder / "nights.db";
  auto const run = [&path](int number) {
    pawl::sqlite::database db(path, {.durable = pawl::sqlite::durability::process_crash});
    pawl::sqlite::store<night> nights(db);
    pawl::loop<> loop;
    pawl::commit_queue queue{loop, nights};
    pawl::stop_source stop;
    boost::asio::co_spawn(
        loop.get_executor(),
        [](pawl::loop<>& on, pawl::stop_source& of_run, int who) -> pawl::task<void> {
          co_await on.sleep(2500ms + who * 1ms);
          of_run.request_stop();
        }(loop, stop, number),
        [](std::exception_ptr) {});
    auto const sum = pawl::run(
        queue, steps(), {.until = pawl::until::stopped, .poll = 10ms, .stop = &stop, .owner = pawl::ownership::shared},
        pawl::every(nights, "n", 1s));
    return static_cast<int>(sum.finished);
  };
  std::vector<std::unique_ptr<child_process>> all;
  for (int i = 0; i < 3; ++i) all.push_back(std::make_unique<child_process>([&run, i] { return run(i); }));
  int finished = 0;
  for (auto& one : all) {
    int const code = one->wait();
    REQUIRE(code < 99);
    finished += code;
  }
  pawl::sqlite::database db(path);
  pawl::sqlite::store<night> nights(db);
  CHECK(finished >= 1);
  CHECK(finished == static_cast<int>(nights.count_items()[pawl::state_index<night>(state::done)]));
  CHECK(nights.count_items()[pawl::state_index<night>(state::due)] == 0);
}

}  // namespace recurring_processes_test
