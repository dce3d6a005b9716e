// Workers that die, freeze or lose their session: who notices, whose deaths are counted, and what they may still write.
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <unistd.h>

#include "catch.hpp"
#include "child_process.hpp"
#include "postgres/worker_fixture.hpp"

namespace rescue_test {

using namespace worker_test;

#define FOR_BOTH_TABLES GENERATE(parcels::kind::own, parcels::kind::mapped)

// A worker in a process of its own: it claims so many, begins some of them, and says when it is ready.
class other_process {
 public:
  other_process(parcels& t, int claims, std::string const& begins,
                std::function<int(member&)> const& then = wait_for_ever) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    child_ = std::make_unique<child_process>([&]() -> int {
      member me(t.of, "child");
      me.join();
      me.claim(claims);
      for (char const key : begins) me.begin(std::string(1, key));
      if (::write(ends[1], "x", 1) != 1) return 1;
      return then(me);
    });
    ::close(ends[1]);
    char ready = 0;
    REQUIRE(::read(ends[0], &ready, 1) == 1);
    ::close(ends[0]);
  }
  static int wait_for_ever(member&) {
    for (;;) ::pause();
  }
  void kill() { child_->end(SIGKILL); }
  void freeze() { ::kill(child_->pid(), SIGSTOP); }
  void thaw() { ::kill(child_->pid(), SIGCONT); }
  int wait() { return child_->wait(); }

 private:
  std::unique_ptr<child_process> child_{};
};

// Looks every 10 ms, until somebody was dead; the time that it took.
inline milliseconds rescue_soon(member& by, pg::worker::rescued& found) {
  auto const begun = steady_clock::now();
  while (found.names.empty() && steady_clock::now() - begun < seconds(10)) {
    found = by.rescue();
    if (found.names.empty()) std::this_thread::sleep_for(milliseconds(10));
  }
  return std::chrono::duration_cast<milliseconds>(steady_clock::now() - begun);
}

TEST_CASE("items of a process that was killed are free at once, and deaths are counted for those that ran",
          "[postgres]") {
  parcels t(FOR_BOTH_TABLES, 5);
  member one(t.of);
  one.join();
  other_process other(t, 4, "bd");
  CHECK(one.claim(9) == "e");
  CHECK(one.rescue().names.empty());
  other.kill();
  pg::worker::rescued found;
  CHECK(rescue_soon(one, found) < milliseconds(500));
  CHECK(found.names == std::vector<std::string>{"child"});
  CHECK(found.freed == 4);
  CHECK(found.deaths == 2);
  CHECK(t.deaths() == "b1 d1");
  CHECK(t.claimed() == "e");
  CHECK(one.rescue().names.empty());
  CHECK(t.deaths() == "b1 d1");
  CHECK(one.claim(9) == "abcd");
}

TEST_CASE("the row of a dead worker is gone, but where a death was counted it is kept for an hour", "[postgres]") {
  parcels t(FOR_BOTH_TABLES, 2);
  member one(t.of);
  one.join();
  other_process idle(t, 1, ""), busy(t, 1, "b");
  idle.kill();
  busy.kill();
  std::size_t names = 0;
  while (names < 2) names += one.rescue().names.size();
  CHECK(t.claimed() == "");
  CHECK(t.in.sql.must("SELECT dead,leased,running_key FROM pawl_worker ORDER BY worker").rows ==
        std::vector<std::vector<cell>>{{"f", "{}", "{}"}, {"t", "{}", "{\"\\\\x62\"}"}});
  member two(t.of);
  two.join();
  CHECK(t.count("pawl_worker WHERE dead") == "1");
  t.in.sql.must("UPDATE pawl_worker SET beat_at=beat_at-interval '61 minutes' WHERE dead");
  two.join();
  CHECK(t.count("pawl_worker") == "2");
}

TEST_CASE("each death of an item's worker is counted, until it has moved", "[postgres]") {
  parcels t(FOR_BOTH_TABLES, 2);
  member one(t.of);
  one.join();
  for (int deaths = 1; deaths <= 3; ++deaths) {
    other_process other(t, 2, "a");
    other.kill();
    pg::worker::rescued found;
    rescue_soon(one, found);
    CHECK(t.deaths() == "a" + std::to_string(deaths));
  }
  t.move("a", "posted", 1);
  t.in.sql.must("UPDATE pawl_trouble SET attempts=5,last_error='of the version before'");
  other_process other(t, 2, "", [](member& me) {
    me.claim(2, "posted");
    me.begin("a", 1);
    return ::kill(::getpid(), SIGKILL);
  });
  other.wait();
  pg::worker::rescued found;
  rescue_soon(one, found);
  CHECK(t.in.sql.must("SELECT version,recoveries,attempts,last_error FROM pawl_trouble").rows ==
        std::vector<std::vector<cell>>{{"1", "1", "0", ""}});
}

TEST_CASE("one mark covers an item from step to step, and an item that is over has no death", "[postgres]") {
  parcels t(FOR_BOTH_TABLES, 4);
  member one(t.of);
  one.join();
  other_process other(t, 4, "abcd");
  t.move("a", "posted", 1);     // its worker goes on with it
  t.move("b", "delivered", 2);  // there is no further step
  auto const life = [&t](std::string const& key) {
    return t.is_own ? "(SELECT id FROM parcel WHERE key='" + key + "')" : std::string("0");
  };
  t.in.sql.must("INSERT INTO pawl_trouble VALUES('" + t.of.name + "','c',0," + life("c") +
                ",2,0,77,70,false,false,9,'later')");
  t.in.sql.must("INSERT INTO pawl_trouble VALUES('" + t.of.name + "','d',0," + life("d") +
                ",2,0,NULL,70,false,true,9,'in doubt')");
  other.kill();
  pg::worker::rescued found;
  rescue_soon(one, found);
  CHECK(found.deaths == 2);
  CHECK(t.deaths() == "a1 d1");
  CHECK(t.in.sql.must("SELECT version,attempts,in_doubt,run,since,last_error FROM pawl_trouble WHERE key='d'").rows ==
        std::vector<std::vector<cell>>{{"0", "2", "t", "9", "70", "in doubt"}});
  CHECK(t.in.sql.must("SELECT attempts,next_at,last_error FROM pawl_trouble WHERE key='c'").rows ==
        std::vector<std::vector<cell>>{{"2", "77", "later"}});
  CHECK(t.claimed() == "");
}

TEST_CASE("an item that was ended, or given back, is not blamed", "[postgres]") {
  parcels t(FOR_BOTH_TABLES, 3);
  member one(t.of);
  one.join();
  other_process other(t, 3, "ab", [](member& me) {
    me.running.end("a");
    me.begin("c");
    me.mine.give_back(me.item("b"));
    me.beat();
    return ::kill(::getpid(), SIGKILL);
  });
  other.wait();
  pg::worker::rescued found;
  rescue_soon(one, found);
  CHECK(t.deaths() == "c1");
}

TEST_CASE("of many that look, one rescues, and each death is counted once", "[postgres]") {
  parcels t(FOR_BOTH_TABLES, 9);
  for (int round = 1; round <= 5; ++round) {
    other_process other(t, 9, "abcdefghi");
    other.kill();
    std::vector<std::int64_t> deaths(4);
    std::vector<std::thread> workers;
    for (auto& counted : deaths)
      workers.emplace_back([&t, &counted] {
        member one(t.of);
        one.join();
        for (int i = 0; i < 50; ++i) counted += one.rescue().deaths;
        one.leave();
      });
    for (auto& one : workers) one.join();
    CHECK(deaths[0] + deaths[1] + deaths[2] + deaths[3] == 9);
    std::string const n = std::to_string(round);
    CHECK(t.deaths() ==
          "a" + n + " b" + n + " c" + n + " d" + n + " e" + n + " f" + n + " g" + n + " h" + n + " i" + n);
  }
}

TEST_CASE("a worker that is frozen is dead without beats, and what it writes when it wakes conflicts", "[postgres]") {
  parcels t(FOR_BOTH_TABLES, 2);
  member one(t.of);
  one.join();
  // What a step of the child has left to do when it is frozen: it writes both items. Its exit code: how many it has moved.
  other_process other(t, 2, "ab", [&t](member& me) -> int {
    ::raise(SIGSTOP);
    pg::request what;
    std::string const state = t.is_own ? "state=1" : "state='posted'";
    std::string const from = t.is_own ? "state=0" : "state='packed'";
    what.add("UPDATE " + t.of.table + " SET " + state + ",version=version+1 WHERE version=0 AND " + from);
    auto const given = me.loop.wait(me.session().ask(what, member::soon()));
    int const moved = given[0].tag() == "UPDATE 0" ? 0 : 10;
    bool const begins = me.begin("a"), beats = me.beat();
    std::string const claims = me.claim(9);
    bool const is_told = !begins && !beats && claims == "dead" && !me.me.is_member();
    me.join();
    return moved + (is_told && me.me.is_member() ? 0 : 1);
  });
  CHECK(one.rescue(milliseconds(60000)).names.empty());  // its session is there
  std::this_thread::sleep_for(milliseconds(300));
  CHECK(one.rescue(milliseconds(200)).freed == 2);
  CHECK(t.deaths() == "a1 b1");
  CHECK(one.claim(9) == "ab");
  t.move("a", "posted", 1);
  t.move("b", "posted", 1);
  other.thaw();
  CHECK(other.wait() == 0);
  CHECK(t.count(t.of.table + " WHERE version=1") == "2");
  CHECK(t.claimed() == "ab");
}

TEST_CASE("a process that has lost its session and not its life takes its deaths back when it joins again",
          "[postgres]") {
  parcels t(FOR_BOTH_TABLES, 4);
  member one(t.of), two(t.of, "two");
  one.join();
  two.join();
  CHECK(two.claim(4) == "abcd");
  CHECK(two.begin("a"));
  CHECK(two.begin("c"));
  std::string const life = t.is_own ? "(SELECT id FROM parcel WHERE key='c')" : "0";
  t.in.sql.must("INSERT INTO pawl_trouble VALUES('" + t.of.name + "','c',0," + life +
                ",0,1,NULL,NULL,false,false,9,'')");
  std::int32_t const number = two.me.number();
  t.in.sql.must("SELECT pg_terminate_backend(" + std::to_string(two.opened.facts.process) + ")");
  CHECK_THROWS_AS(two.beat(), pg::connection_error);
  SECTION("if another has rescued its items in the meantime") {
    pg::worker::rescued found;
    rescue_soon(one, found);
    CHECK(t.deaths() == "a1 c2");
    two.connect();
    two.join();
    CHECK(t.deaths() == "c1");
  }
  SECTION("or none are counted, and its items are free at once") {
    two.connect();
    two.join();
    CHECK(t.deaths() == "c1");
  }
  CHECK(two.me.number() != number);
  CHECK(t.claimed() == "");
  CHECK(t.count("pawl_worker") == "2");
  CHECK(one.rescue().names.empty());
}

// Sets the schema's own pg_try_advisory_xact_lock before the server's, which waits until its gate is opened.
inline void wait_at_gate(member& who, parcels& t) {
  t.in.sql.script("CREATE FUNCTION " + t.in.name() +
                  ".pg_try_advisory_xact_lock(integer,integer) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN WHILE NOT "
                  "pg_catalog.pg_try_advisory_xact_lock_shared(77) LOOP PERFORM pg_sleep(0.01);END LOOP;RETURN "
                  "pg_catalog.pg_try_advisory_xact_lock($1,$2);END $$");
  pg::request what;
  what.add("SET search_path=" + t.in.name() + ",pg_catalog");
  who.loop.wait(who.session().ask(what, member::soon()));
}

TEST_CASE("what a worker has claimed while another one was looking whether it lives is freed with the rest",
          "[postgres]") {
  parcels t(FOR_BOTH_TABLES, 3);
  member one(t.of), two(t.of, "two");
  one.join();
  two.join();
  wait_at_gate(one, t);
  auto gate = t.in.another();
  gate.must("SELECT pg_advisory_lock(77)");
  pg::worker::rescued found;
  std::thread looking([&] { found = one.rescue(); });
  while (t.count("pg_stat_activity WHERE wait_event='PgSleep'") == "0") std::this_thread::sleep_for(milliseconds(2));
  CHECK(two.claim(2) == "ab");
  CHECK(two.begin("a"));
  std::string const process = std::to_string(two.opened.facts.process);
  t.in.sql.must("SELECT pg_terminate_backend(" + process + ")");
  while (t.count("pg_stat_activity WHERE pid=" + process) != "0") std::this_thread::sleep_for(milliseconds(2));
  gate.must("SELECT pg_advisory_unlock(77)");
  looking.join();
  CHECK(found.names == std::vector<std::string>{"two"});
  CHECK(found.freed == 2);
  CHECK(t.claimed() == "");
  CHECK(t.deaths() == "a1");
}

TEST_CASE("a lease of a worker that is no more is nobody's when the next one joins", "[postgres]") {
  parcels t(parcels::kind::mapped, 3);
  member one(t.of), two(t.of);
  one.join();
  CHECK(one.claim(1) == "a");
  t.in.sql.must("INSERT INTO pawl_lease VALUES('parcels','b',9999)");
  two.join();
  CHECK(t.claimed() == "a");
  CHECK(two.claim(9) == "bc");
}

TEST_CASE("an item that two dead workers list has one death, and the one that did not hold it takes back none",
          "[postgres]") {
  parcels t(FOR_BOTH_TABLES, 1);
  member one(t.of), two(t.of, "two"), three(t.of, "three");
  one.join();
  two.join();
  three.join();
  CHECK(two.claim(1) == "a");
  CHECK(two.begin("a"));
  two.mine.give_back(two.item("a"));
  CHECK(two.beat());
  CHECK(three.claim(1) == "a");
  CHECK(three.begin("a"));
  for (member* const lost : {&two, &three}) {
    std::string const process = std::to_string(lost->opened.facts.process);
    t.in.sql.must("SELECT pg_terminate_backend(" + process + ")");
    while (t.count("pg_stat_activity WHERE pid=" + process) != "0") std::this_thread::sleep_for(milliseconds(2));
  }
  CHECK(one.rescue().names == std::vector<std::string>{"two", "three"});
  CHECK(t.deaths() == "a1");
  CHECK_THROWS_AS(two.beat(), pg::connection_error);
  two.connect();
  two.join();
  CHECK(t.deaths() == "a1");
  CHECK_THROWS_AS(three.beat(), pg::connection_error);
  three.connect();
  three.join();
  CHECK(t.deaths() == "");
}

TEST_CASE("a death is not taken back of an item that another worker has claimed since", "[postgres]") {
  parcels t(FOR_BOTH_TABLES, 3);
  member one(t.of), two(t.of, "two");
  one.join();
  two.join();
  CHECK(two.claim(3) == "abc");
  for (auto const key : {"a", "b", "c"}) CHECK(two.begin(key));
  t.in.sql.must("SELECT pg_terminate_backend(" + std::to_string(two.opened.facts.process) + ")");
  CHECK_THROWS_AS(two.beat(), pg::connection_error);
  pg::worker::rescued found;
  rescue_soon(one, found);
  CHECK(t.deaths() == "a1 b1 c1");
  CHECK(one.claim(2) == "ab");
  one.mine.give_back(one.item("b"));
  CHECK(one.beat());
  two.connect();
  two.join();
  CHECK(t.deaths() == "a1");
  CHECK(t.claimed() == "a");
}

TEST_CASE("deaths are taken back in the order of the keys, in which a batch locks its records", "[postgres]") {
  std::string const items = "abcdefghijkl";
  parcels t(FOR_BOTH_TABLES, static_cast<int>(items.size()));
  std::vector<cell> running;
  for (char const one : std::string("gbkdalhcjfie")) t.note(std::string(1, one), 1, "NULL", false);
  for (char const one : items) running.insert(running.begin(), as_bytea(std::string(1, one)));
  t.in.sql.script(
      "SET enable_seqscan=off;SET enable_hashjoin=off;SET enable_mergejoin=off;SET enable_bitmapscan=off;"
      "CREATE TABLE taken_back(n serial,key bytea);CREATE FUNCTION log_it() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN "
      "INSERT INTO taken_back(key) VALUES(NEW.key); RETURN NEW; END';CREATE TRIGGER logs BEFORE UPDATE ON pawl_trouble "
      "FOR EACH ROW EXECUTE FUNCTION log_it()");
  auto const worker = t.in.sql.must(
      "INSERT INTO pawl_worker(table_name,name,beat_at,locks,dead,running_key,running_version,running_life) SELECT "
      "$1,'mine',now(),false,true,$2::bytea[],array_fill(0::int8,ARRAY[cardinality($2::bytea[])]),(SELECT array_agg("
      "p.life ORDER BY p.key DESC) FROM pawl_trouble AS p) RETURNING worker",
      {t.of.name, array_of(running)});
  t.in.sql.must(pg::take_deaths_back_sql(t.of), {worker.at(0, 0)});
  CHECK(t.in.sql.must("SELECT string_agg(convert_from(key,'UTF8'),'' ORDER BY n) FROM taken_back").at(0, 0) == items);
}

TEST_CASE("a worker over a pooler has no lock, and lives by its beats alone", "[postgres]") {
  parcels t(FOR_BOTH_TABLES, 2);
  member one(t.of), two(t.of, "two");
  two.session().use_names(false);
  one.join();
  two.join();
  CHECK(two.claim(1) == "a");
  CHECK(t.in.sql
            .must("SELECT count(*) FROM pg_locks WHERE locktype='advisory' AND pid=" +
                  std::to_string(two.opened.facts.process))
            .at(0, 0) == "0");
  CHECK(one.rescue().names.empty());
  std::this_thread::sleep_for(milliseconds(300));
  CHECK(two.beat());
  CHECK(one.rescue(milliseconds(250)).names.empty());
  std::this_thread::sleep_for(milliseconds(300));
  CHECK(one.rescue(milliseconds(250)).names == std::vector<std::string>{"two"});
  CHECK(one.claim(9) == "ab");
}

TEST_CASE("what a worker asks behind a pooler has settings of its own, which end with it", "[postgres]") {
  parcels t(FOR_BOTH_TABLES, 1);
  member one(t.of);
  one.session().use_names(false);
  std::string const settings =
      "current_setting('lock_timeout')||' '||current_setting('enable_hashjoin')||' '||current_setting('jit')";
  auto const told = [&](pg::request what) {
    what.add("SELECT " + settings);
    auto const given = one.loop.wait(one.session().ask(what, member::soon()));
    return std::string(given[given.size() - 1].cell(0, 0));
  };
  pg::request forgetting;
  forgetting.add(
      "SELECT "
      "set_config('lock_timeout','0',false),set_config('enable_hashjoin','on',false),set_config('jit','on',false)");
  CHECK(told(forgetting) == "0 on on");
  CHECK(told(pg::worker::beside(one.session())) == "2s off off");
  CHECK(told(pg::request()) == "0 on on");
  one.join();
  CHECK(one.claim(1) == "a");
  auto holder = t.holding_workers();
  try {
    one.leave();
    FAIL("it did not wait for the row");
  } catch (pawl::store_error const& e) {
    CHECK(e.what_failed() == pawl::store_failure::busy);
  }
}

TEST_CASE("several workers of one session do not take one another for dead", "[postgres]") {
  parcels t(FOR_BOTH_TABLES, 2);
  member one(t.of);
  pg::worker second(t.of, "second");
  one.join();
  one.loop.wait(second.join(one.session(), member::soon()));
  CHECK(one.loop.wait(one.me.rescue(one.session(), {one.me.number(), second.number()}, pg::dead_after, member::soon()))
            .names.empty());
}

TEST_CASE("workers of two schemas with one number do not hold one another's lock", "[postgres]") {
  parcels first(parcels::kind::own, 1), second(parcels::kind::own, 1);
  member one(first.of), other(second.of);
  one.join();
  other.join();
  REQUIRE(one.me.number() == other.me.number());
  member looks(second.of);
  looks.join();
  second.in.sql.must("SELECT pg_terminate_backend(" + std::to_string(other.opened.facts.process) + ")");
  pg::worker::rescued found;
  CHECK(rescue_soon(looks, found) < milliseconds(500));
  CHECK(found.names.size() == 1);
}

TEST_CASE("one session serves workers of tables with one name in two schemas", "[postgres]") {
  parcels first(parcels::kind::own, 1), second(parcels::kind::own, 2);
  member one(first.of);
  pg::worker other(second.of, "second");
  pg::leases leases(other);
  one.join();
  one.loop.wait(other.join(one.session(), member::soon()));
  CHECK(one.claim(9) == "a");
  CHECK(one.keys_of(one.loop.wait(leases.claim(one.session(), pg::page_begins::at_the_beginning,
                                               one.first_page("packed", 9), member::soon()))) == "ab");
  CHECK(first.claimed() + second.claimed() == "aab");
}

TEST_CASE("a rescue waits for no row, and is done the next time", "[postgres]") {
  parcels t(FOR_BOTH_TABLES, 1);
  member one(t.of);
  one.join();
  other_process other(t, 1, "a");
  other.kill();
  auto holder = t.in.another();
  holder.must("BEGIN");
  holder.must("UPDATE " + t.of.table + " SET version=version");
  holder.must(t.is_own ? std::string("SELECT 1") : "DELETE FROM pawl_lease");
  std::this_thread::sleep_for(milliseconds(100));
  CHECK(one.rescue().names.empty());
  holder.must("ROLLBACK");
  CHECK(one.rescue().names.size() == 1);
  CHECK(t.deaths() == "a1");
}

TEST_CASE("items that begin together are told together, and each waits until the server knows", "[postgres]") {
  parcels t(FOR_BOTH_TABLES, 1);
  member one(t.of);
  one.join();
  auto const writes = [&] { return std::stoi(t.in.sql.must("SELECT xmin FROM pawl_worker").at(0, 0)); };
  int const before = writes();
  std::vector<std::string> keys;
  int left = 0, unseen = 0;
  bool finished = false;
  for (int i = 0; i < 200; ++i) keys.push_back("k" + std::to_string(i));
  struct beginning {
    static pawl::task<void> begin(member& by, parcels& in, std::string const& key, int& missed) {
      auto waiting = by.running.begin(by.session(), {.key = key}, member::soon());
      bool const known = co_await std::move(waiting);
      if (!known || in.count("pawl_worker WHERE '" + key + "'::bytea=ANY(running_key)") != "1") ++missed;
    }
  };
  for (auto const& key : keys) {
    ++left;
    boost::asio::co_spawn(one.loop.get_executor(), beginning::begin(one, t, key, unseen),
                          [&left, &finished](std::exception_ptr failure) {
                            if (failure) std::rethrow_exception(failure);
                            finished = --left == 0;
                          });
  }
  one.loop.run_until(finished);
  CHECK(unseen == 0);
  CHECK(one.running.size() == 200);
  CHECK(writes() - before <= 3);
}

}  // namespace rescue_test
