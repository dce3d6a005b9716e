// Several processes with one schedule on a server, some of them killed, and the server too: each tick is one item.
#include <chrono>
#include <csignal>
#include <cstddef>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <pawl/postgres.hpp>
#include <pawl/recurring.hpp>

#include "catch.hpp"
#include "child_process.hpp"
#include "postgres/temporary_server.hpp"
#include "recurring/fast_clock.hpp"
#include "recurring/nights.hpp"

namespace postgres_schedule_kills_test {

using namespace recurring_test;
using namespace std::chrono_literals;

struct process {
  process(std::string const& conninfo, fast_clock const& clock) : db(loop, conninfo, ticking(clock)) {}
  static pawl::postgres::options ticking(fast_clock const& clock) {
    pawl::postgres::options chosen;
    chosen.now = clock;
    return chosen;
  }
  template <class T> T wait(pawl::task<T> answer) { return loop.wait(std::move(answer)); }

  pawl::loop<> loop{};
  pawl::postgres::database db;
  pawl::postgres::store<night> nights{db};
};

constexpr std::size_t processes = 4;

// Makes what is due until it is killed. A trigger notes each item and removes it at once, so that only the record tells that it
// was made.
int make_for_ever(temporary_server const& server, fast_clock const& clock) {
  process mine(server.conninfo(), clock);
  auto const each = pawl::every(mine.nights, "n", 10s, {.missed = pawl::missed::all, .page = 7});
  for (;;) {
    mine.wait(each.make_due());
    std::this_thread::sleep_for(1ms);
  }
}

TEST_CASE("of several processes with one schedule on a server, killed again and again as it is, one makes each tick",
          "[postgres]") {
  temporary_server server;
  server.configure("fsync=off");  // its machine goes on
  server.start();
  fast_clock const clock;
  pawl::recurring_options const all{.missed = pawl::missed::all, .since = pawl::stored_time(clock())};
  {
    process mine(server.conninfo(), clock);  // closed before the others are made
    mine.wait(pawl::every(mine.nights, "n", 10s, all).make_due());
  }
  server.run(
      "CREATE TABLE made(key bytea);INSERT INTO made SELECT key FROM night;CREATE FUNCTION note() RETURNS trigger "
      "LANGUAGE plpgsql AS 'BEGIN INSERT INTO made VALUES(new.key);DELETE FROM night WHERE key=new.key;RETURN "
      "NULL;END';"
      "CREATE TRIGGER note AFTER INSERT ON night FOR EACH ROW EXECUTE FUNCTION note()");

  std::vector<std::unique_ptr<child_process>> others;
  auto const begin = [&] { return std::make_unique<child_process>([&] { return make_for_ever(server, clock); }); };
  for (std::size_t i = 0; i < processes; ++i) others.push_back(begin());
  std::minstd_rand random(5);
  for (int kills = 0; kills < 25; ++kills) {
    std::this_thread::sleep_for(40ms);
    auto& victim = others[random() % processes];
    REQUIRE(victim->end(SIGKILL) == 128 + SIGKILL);
    victim = begin();
    if (kills % 10 == 4) {
      server.crash();
      server.start();
    }
  }
  for (auto& one : others) REQUIRE(one->end(SIGKILL) == 128 + SIGKILL);

  process mine(server.conninfo(), clock);
  mine.wait(pawl::every(mine.nights, "n", 10s, all).make_due());
  auto const last = mine.wait(mine.nights.last_tick("n"));
  REQUIRE(last);
  auto const ticks = std::stoi(server.run("SELECT count(*) FROM made"));
  CHECK(ticks > 90);
  auto const key = server.run("SELECT min(convert_from(key,'UTF8')) FROM made");
  auto const first = pawl::tick_of(key);
  REQUIRE(first);
  CHECK(first->at - *all.since <= 10s);
  CHECK(*last - first->at == (ticks - 1) * 10s);
  CHECK(server.run("SELECT count(DISTINCT key) FROM made") == std::to_string(ticks));
}

}  // namespace postgres_schedule_kills_test
