// Processes that run the items of one table together: each item is one process's at a time, and none of them waits for a
// process that has died, is frozen or has stopped.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <pawl/error.hpp>
#include <pawl/loop/pooled_call.hpp>
#include <pawl/postgres.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/runner/step.hpp>

#include "catch.hpp"
#include "child_process.hpp"
#include "files.hpp"
#include "postgres/own_database.hpp"
#include "postgres/worker_fixture.hpp"

namespace leased_run_test {

// Placed and accepted by steps, packed by whomever, and collected from there on.
enum class order_state { placed, accepted, packed, collected, delivered };
struct accept {};
struct pack {};
struct collect {};
struct hand_over {};
struct orders : pawl::lifecycle<pawl::initial<order_state::placed>, pawl::goal<order_state::delivered>,
                                pawl::waiting<order_state::packed>,
                                pawl::transition<order_state::placed, accept, order_state::accepted>,
                                pawl::transition<order_state::accepted, pack, order_state::packed>,
                                pawl::transition<order_state::packed, collect, order_state::collected>,
                                pawl::transition<order_state::collected, hand_over, order_state::delivered>> {
  static constexpr std::string_view name = "orders";
};

using namespace std::chrono_literals;
using postgres_test::own_database;
using std::chrono::steady_clock;
using worker_test::deliver;
using worker_test::parcel_lifecycle;
using worker_test::parcel_state;
using worker_test::post;

// A remote that notes each call in a file, whoever makes it and however that ends.
class remote {
 public:
  explicit remote(std::string path) : path_(std::move(path)) { std::ofstream(path_).flush(); }

  void note(std::string const& key, std::string const& state) const {
    std::string const line = key + " " + state + " " + std::to_string(::getpid()) + "\n";
    int const to = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    if (to < 0 || ::write(to, line.data(), line.size()) != static_cast<::ssize_t>(line.size())) ::_exit(98);
    ::close(to);
  }
  struct call {
    std::string key{}, state{};
    ::pid_t by = 0;
  };
  std::vector<call> calls() const {
    std::vector<call> all;
    std::ifstream from(path_);
    for (call one; from >> one.key >> one.state >> one.by;) all.push_back(one);
    return all;
  }
  void wait_for(std::size_t so_many) const {
    while (calls().size() < so_many) std::this_thread::sleep_for(2ms);
  }
  // How many steps were called so often.
  std::size_t called(std::size_t times) const {
    std::map<std::string, std::size_t> of;
    for (auto const& one : calls()) ++of[one.key + " " + one.state];
    return static_cast<std::size_t>(
        std::count_if(of.begin(), of.end(), [times](auto const& one) { return one.second == times; }));
  }
  std::size_t called_by(::pid_t process) const {
    auto const all = calls();
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [process](call const& one) { return one.by == process; }));
  }
  std::size_t callers() const {
    std::set<::pid_t> all;
    for (auto const& one : calls()) all.insert(one.by);
    return all.size();
  }

 private:
  std::string path_;
};

// What a step does with the remote, before it answers.
using behaviour = std::function<void(std::string const& key)>;

struct courier {
  pawl::event_loop& loop;
  remote const& to;
  std::chrono::milliseconds takes;
  behaviour does;
  std::size_t callers;  // so many processes are to have called before a call is answered; it looks 3,000 times

  pawl::task<void> call(std::string key, std::string state) {
    to.note(key, state);
    if (does) does(key);
    for (int i = 0; i == 0 || (to.callers() < callers && i < 3000); ++i) co_await loop.sleep(takes);
  }
};
struct steps {
  courier& by;

  pawl::task<pawl::one_of<post>> operator()(pawl::item<parcel_lifecycle, parcel_state::packed> it, pawl::safe&) {
    auto calling = by.call(it.key, "packed");
    co_await std::move(calling);
    co_return post{"somebody"};
  }
  pawl::task<pawl::one_of<deliver>> operator()(pawl::item<parcel_lifecycle, parcel_state::posted> it, pawl::safe&) {
    auto calling = by.call(it.key, "posted");
    co_await std::move(calling);
    co_return deliver{};
  }
};

// Items in a table of one of both kinds, and processes that run them.
template <class Table> class depot {
 public:
  explicit depot(std::size_t items) {
    if constexpr (pawl::a_table<Table>)
      at.in.sql.script(
          "CREATE TABLE parcels(key text PRIMARY KEY,state text NOT NULL,version bigint NOT NULL,by text)");
    pawl::postgres::store<Table> parcels(at.db);
    at.wait(parcels.open());
    for (std::size_t i = 0; i < items; ++i) add("p" + std::to_string(i));
  }
  void add(std::string const& key) { add_by(at.in.sql, key); }
  static void add_by(postgres_test::session& sql, std::string const& key) {
    if constexpr (pawl::a_table<Table>)
      sql.must("INSERT INTO parcels VALUES($1,'packed',0)", {key});
    else
      sql.must("INSERT INTO parcel(key,state,version,changed_at) VALUES(convert_to($1,'UTF8'),0,0,now())", {key});
  }

  // As another program adds it: through a store, or into the mapped table by SQL.
  void tell_of(std::string const& key) const {
    if constexpr (pawl::a_table<Table>) {
      postgres_test::session sql(at.conninfo());
      add_by(sql, key);
      sql.must("SELECT pg_notify('pawl',$1)", {table()});
    } else {
      pawl::loop<> loop;
      pawl::postgres::database db(loop, at.conninfo());
      pawl::postgres::store<Table> parcels(db);
      if (!loop.wait(parcels.insert_if_absent(key))) throw std::runtime_error("it was there");
    }
  }

  struct chosen {
    std::chrono::milliseconds takes{2};
    std::size_t concurrency = 8;
    behaviour does{};
    std::size_t callers = 0;
    pawl::stop_source* stop = nullptr;
    enum pawl::until until = pawl::until::idle;
    std::chrono::nanoseconds poll = 1s;
    std::chrono::milliseconds outage_bound{30000};
    std::string says{};                        // the store's failure with which it ends: then the process's code is 77
    std::chrono::milliseconds stops_after{0};  // 0: never
  };
  // One run of this process, over connections of its own.
  pawl::summary run(chosen const& how) const {
    pawl::loop<> loop;
    pawl::postgres::database db(loop, at.conninfo(), {.outage_bound = how.outage_bound});
    pawl::postgres::store<Table> parcels(db);
    pawl::commit_queue queue{loop, parcels};
    courier by{loop, calls, how.takes, how.does, how.callers};
    return pawl::run(queue, steps{by},
                     {.concurrency = how.concurrency,
                      .retry = {.recoveries = 2},
                      .until = how.until,
                      .poll = how.poll,
                      .stop = how.stop});
  }
  std::unique_ptr<child_process> start(chosen const& how,
                                       std::function<int(pawl::summary const&)> const& code = {}) const {
    return std::make_unique<child_process>([this, how, code]() -> int {
      pawl::stop_source stop;
      auto with = how;
      if (how.stops_after > 0ms) {
        with.stop = &stop;
        std::thread([&stop, &how] {
          std::this_thread::sleep_for(how.stops_after);
          stop.request_stop();
        }).detach();
      }
      try {
        auto const sum = run(with);
        return code ? code(sum) : 0;
      } catch (pawl::store_error const& e) {
        if (how.says.empty() || std::string(e.what()).find(how.says) == std::string::npos) throw;
        return 77;
      }
    });
  }

  std::string count(std::string const& of) { return at.in.sql.must("SELECT count(*) FROM " + of).at(0, 0); }
  // Each item has made each of its two transitions once.
  std::string delivered() { return count(table() + " WHERE version=2 AND state::text IN('2','delivered')"); }
  std::string claimed() {
    return count(pawl::a_table<Table> ? std::string("pawl_lease") : table() + " WHERE owner IS NOT NULL");
  }
  static std::string table() { return pawl::a_table<Table> ? "parcels" : "parcel"; }

  own_database at{};
  temporary_folder folder{};
  remote calls{folder / "calls"};
};

#define BOTH_TABLES parcel_lifecycle, worker_test::parcels_table

TEMPLATE_TEST_CASE("two and three processes do everything once, and each of them does a part", "[postgres]",
                   BOTH_TABLES) {
  std::size_t const processes = GENERATE(std::size_t{2}, std::size_t{3});
  std::size_t const items = 150;
  depot<TestType> t(items);
  std::vector<std::unique_ptr<child_process>> all;
  for (std::size_t i = 0; i < processes; ++i) all.push_back(t.start({.takes = 10ms, .callers = processes}));
  for (auto const& one : all) {
    CHECK(one->wait() == 0);
    CHECK(t.calls.called_by(one->pid()) > 0);
  }
  CHECK(t.delivered() == std::to_string(items));
  CHECK(t.calls.called(1) == 2 * items);
  CHECK(t.calls.calls().size() == 2 * items);
  CHECK(t.claimed() == "0");
  CHECK(t.count("pawl_worker") == "0");
  CHECK(t.count("pawl_trouble") == "0");
}

TEMPLATE_TEST_CASE("where one of three processes is killed, the others do its part", "[postgres]", BOTH_TABLES) {
  std::size_t const items = 120;
  depot<TestType> t(items);
  std::vector<std::unique_ptr<child_process>> all;
  all.push_back(t.start({.takes = 10s}));  // it never finishes a step
  t.calls.wait_for(8);
  for (int i = 0; i < 2; ++i) all.push_back(t.start({.takes = 2ms}));
  t.calls.wait_for(8 + 2 * (items - 16));  // all but what the first has claimed
  REQUIRE(all[0]->end(SIGKILL) == 128 + SIGKILL);
  auto const killed = steady_clock::now();
  CHECK(all[1]->wait() == 0);
  CHECK(all[2]->wait() == 0);
  std::printf("all items of a killed process were done %lld ms after its end\n",
              static_cast<long long>((steady_clock::now() - killed) / 1ms));
  CHECK(t.delivered() == std::to_string(items));
  CHECK(t.calls.called(2) == 8);  // those that it ran
  CHECK(t.calls.called(1) == 2 * items - 8);
  CHECK(t.claimed() == "0");
}

TEMPLATE_TEST_CASE("a process that is frozen writes nothing of what others have done meanwhile", "[postgres]",
                   BOTH_TABLES) {
  std::size_t const items = 40;
  depot<TestType> t(items);
  auto const frozen = t.start({.does = [](std::string const&) { ::raise(SIGSTOP); }},
                              [](pawl::summary const& sum) { return sum.transitions == 0 && sum.dropped > 0 ? 0 : 1; });
  t.calls.wait_for(1);
  auto const other = t.start({});
  CHECK(other->wait() == 0);
  CHECK(t.delivered() == std::to_string(items));
  for (int i = 0; i < 200 && !frozen->has_ended(); ++i) {  // it freezes in each step that it had begun
    ::kill(frozen->pid(), SIGCONT);
    std::this_thread::sleep_for(20ms);
  }
  CHECK(frozen->wait() == 0);
  CHECK(t.delivered() == std::to_string(items));
  CHECK(t.claimed() == "0");
}

TEMPLATE_TEST_CASE("a run that is stopped gives all back at once, and no death is counted", "[postgres]", BOTH_TABLES) {
  std::size_t const items = 100;
  depot<TestType> t(items);
  auto const stopped = t.start({});  // ends by itself: the table is shared by two runs
  pawl::stop_source stop;
  std::size_t calls = 0;
  auto const sum = t.run({.takes = 5ms,
                          .does =
                              [&](std::string const&) {
                                if (++calls == 4) stop.request_stop();
                              },
                          .stop = &stop,
                          .until = pawl::until::stopped});
  CHECK(sum.stopped);
  CHECK(stopped->wait() == 0);
  CHECK(t.delivered() == std::to_string(items));
  CHECK(t.calls.calls().size() == 2 * items);
}

TEMPLATE_TEST_CASE("what a stopped run had claimed is nobody's when it has ended", "[postgres]", BOTH_TABLES) {
  depot<TestType> t(100);
  pawl::stop_source stop;
  std::size_t calls = 0, claimed = 0;
  static_cast<void>(t.run({.takes = 5ms,
                           .does =
                               [&](std::string const&) {
                                 claimed = std::stoul(t.claimed());
                                 if (++calls == 4) stop.request_stop();
                               },
                           .stop = &stop}));
  CHECK(claimed > 0);
  CHECK(t.claimed() == "0");
  CHECK(t.count("pawl_worker") == "0");
  CHECK(t.count("pawl_trouble") == "0");
}

TEMPLATE_TEST_CASE("an item that kills its process is parked after as many deaths as are allowed, and no other item is",
                   "[postgres]", BOTH_TABLES) {
  std::size_t const items = 20;
  depot<TestType> t(items);
  t.add("poison");
  auto const does = [](std::string const& key) {
    if (key == "poison") ::raise(SIGKILL);
  };
  int deaths = 0;
  while (deaths < 9 && t.start({.concurrency = 1, .does = does})->wait() == 128 + SIGKILL) ++deaths;
  CHECK(deaths == 3);
  CHECK(t.delivered() == std::to_string(items));
  CHECK(t.at.in.sql
            .must("SELECT string_agg(concat_ws(' ',convert_from(key,'UTF8'),recoveries,parked,last_error),';') "
                  "FROM pawl_trouble")
            .at(0, 0) == "poison 3 t permanent: the process died 3 times while working on this item");
  CHECK(t.claimed() == "0");
}

TEST_CASE("a run whose server cannot be reached fails with the store's words, and nothing is left of it",
          "[postgres]") {
  temporary_folder nowhere;
  for (auto const owner : {pawl::ownership::sole, pawl::ownership::shared}) {
    pawl::loop<> loop;
    pawl::postgres::database db(loop, "host=" + nowhere.path().string(), {.outage_bound = 50ms});
    pawl::postgres::store<parcel_lifecycle> parcels(db);
    pawl::commit_queue queue{loop, parcels};
    remote const calls(nowhere / "calls");
    courier by{loop, calls, 0ms, {}, 0};
    try {
      pawl::run(queue, steps{by}, {.owner = owner});
      FAIL("it was reached");
    } catch (pawl::store_error const& e) {
      CHECK(e.what_failed() == pawl::store_failure::not_applied);
      CHECK(std::string(e.what()).find('\n') == std::string::npos);
    }
  }
}

TEMPLATE_TEST_CASE("a run that has lost its session goes on under another one", "[postgres]", BOTH_TABLES) {
  std::size_t const items = 60;
  depot<TestType> t(items);
  std::size_t calls = 0;
  auto const sum = t.run({.does = [&](std::string const&) {
    if (++calls == 20)
      t.at.in.sql.must(
          "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype='advisory' AND pid<>pg_backend_pid()");
  }});
  CHECK(sum.finished == items);
  CHECK(t.delivered() == std::to_string(items));
  CHECK(t.count("pawl_worker") == "0");
  CHECK(t.count("pawl_trouble") == "0");
}

TEMPLATE_TEST_CASE("a run that waits for its stop and never polls takes what it is told of", "[postgres][no_pooler]",
                   BOTH_TABLES) {
  depot<TestType> t(2);
  child_process other([&] {
    t.calls.wait_for(4);
    std::this_thread::sleep_for(100ms);
    t.tell_of("late");
    return 0;
  });
  pawl::stop_source stop;
  std::size_t calls = 0;
  auto const does = [&](std::string const&) {
    if (++calls == 6) stop.request_stop();
  };
  auto const sum = t.run({.does = does, .stop = &stop, .until = pawl::until::stopped, .poll = 0ns});
  CHECK(sum.finished == 3);
  CHECK(other.wait() == 0);
}

// A run's claim on the table, over connections and a loop of its own.
template <class Table> struct claimant {
  explicit claimant(depot<Table> const& of) : db(loop, of.at.conninfo()) {
    REQUIRE(loop.wait(parcels.acquire(*owner, pawl::ownership::sole)));
  }
  ~claimant() { loop.wait(parcels.leave(*owner)); }
  auto claim(std::size_t limit) { return loop.wait(parcels.claim(*owner, parcel_state::packed, {}, limit)); }
  auto claim_due(std::size_t limit) {
    return loop.wait(parcels.claim_due(*owner, pawl::stored_time(2000ns), pawl::delayed_by::runs, limit));
  }

  pawl::loop<> loop{};
  pawl::postgres::database db;
  pawl::postgres::store<Table> parcels{db};
  pawl::owner_handle owner{parcels.make_owner()};
};
// Holds the row of the worker that has joined last, until `then` was done.
template <class Table> std::thread hold_worker(depot<Table>& t, std::function<void()> const& then) {
  auto holder = std::make_shared<postgres_test::session>(t.at.in.another());
  holder->must("BEGIN");
  holder->must("SELECT 1 FROM pawl_worker ORDER BY worker DESC LIMIT 1 FOR UPDATE");
  return std::thread([holder, then] {
    postgres_test::wait_until_one_is_blocked(*holder);
    then();
    holder->must("ROLLBACK");
  });
}
// Each item is delayed until 1000 ns after the epoch.
template <class Table> void delay_all(depot<Table>& t) {
  if constexpr (pawl::a_table<Table>)
    t.at.in.sql.must(
        "INSERT INTO pawl_trouble SELECT 'parcels',convert_to(key,'UTF8'),0,0,1,0,1000,NULL,false,false,7,'' FROM "
        "parcels");
  else
    t.at.in.sql.must("INSERT INTO pawl_trouble SELECT 'parcel',key,0,id,1,0,1000,NULL,false,false,7,'' FROM parcel");
}

TEMPLATE_TEST_CASE("where another worker was faster to claim all of a page, what comes behind it is claimed",
                   "[postgres]", BOTH_TABLES) {
  depot<TestType> t(40);
  claimant<TestType> faster(t), one(t);
  SECTION("of a state") {
    auto other = hold_worker(t, [&] { CHECK(faster.claim(10).size() == 10); });
    auto const page = one.claim(10);
    other.join();
    CHECK(page.size() == 10);
    CHECK_FALSE(page.is_last);
  }
  SECTION("of what is due") {
    delay_all(t);
    auto other = hold_worker(t, [&] { CHECK(faster.claim_due(7).size() == 7); });
    CHECK(one.claim_due(10).size() == 10);
    other.join();
  }
  SECTION("and all that there is is the last page") {
    auto other = hold_worker(t, [&] { CHECK(faster.claim(35).size() == 35); });
    auto const page = one.claim(10);
    other.join();
    CHECK(page.size() == 5);
    CHECK(page.is_last);
  }
}

TEMPLATE_TEST_CASE("whoever reads delayed items knows that there are troubles", "[postgres]", BOTH_TABLES) {
  depot<TestType> t(2);
  claimant<TestType> one(t);
  CHECK_FALSE(one.parcels.may_have_troubles());
  delay_all(t);
  CHECK_FALSE(one.parcels.may_have_troubles());
  SECTION("by a claim") { CHECK(one.claim_due(9).size() == 2); }
  SECTION("or by looking") {
    CHECK(one.loop.wait(one.parcels.due(pawl::stored_time(2000ns), pawl::delayed_by::runs, 9)).size() == 2);
  }
  CHECK(one.parcels.may_have_troubles());
}

TEMPLATE_TEST_CASE("a run does not end while another transaction holds a row that it could claim", "[postgres]",
                   BOTH_TABLES) {
  depot<TestType> t(5);
  bool const is_due = GENERATE(false, true);
  if (is_due) delay_all(t);
  auto holder = t.at.in.another();
  holder.must("BEGIN");
  holder.must("SELECT 1 FROM " + t.table() + " LIMIT 1 FOR UPDATE");
  std::thread releasing([&] {
    t.calls.wait_for(8);
    std::this_thread::sleep_for(300ms);
    holder.must("ROLLBACK");
  });
  auto const sum = t.run({});
  releasing.join();
  CHECK(sum.finished == 5);
  CHECK(t.delivered() == "5");
}

TEMPLATE_TEST_CASE("an item whose step gave up is left to other runs, and no run waits for it", "[postgres]",
                   BOTH_TABLES) {
  depot<TestType> t(2);
  auto const does = [&t](std::string const&) {
    t.calls.wait_for(2);  // each of two has one
    throw pawl::call_not_begun();
  };
  std::vector<std::unique_ptr<child_process>> all;
  for (int i = 0; i < 2; ++i) all.push_back(t.start({.concurrency = 1, .does = does}));
  for (int i = 0; i < 1000 && !(all[0]->has_ended() && all[1]->has_ended()); ++i) std::this_thread::sleep_for(10ms);
  for (auto const& one : all) {
    REQUIRE(one->has_ended());
    CHECK(one->wait() == 0);
    CHECK(t.calls.called_by(one->pid()) >= 1);
    CHECK(t.calls.called_by(one->pid()) <= 2);  // each item once
  }
  CHECK(t.claimed() == "0");
}

// From its first call on, whatever the worker says to the server meets a deadlock.
template <class Table> behaviour from_then_on_busy(depot<Table>& t) {
  t.at.in.sql.script(
      "CREATE FUNCTION busy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'it is busy' USING "
      "ERRCODE='40P01';END $$");
  return [&t](std::string const&) {
    t.at.in.sql.script(
        "CREATE OR REPLACE TRIGGER busy BEFORE UPDATE ON pawl_worker FOR EACH ROW EXECUTE FUNCTION busy()");
  };
}

TEMPLATE_TEST_CASE("a run whose claims are refused for long ends with the server's words", "[postgres]", BOTH_TABLES) {
  depot<TestType> t(3);
  auto const begun = steady_clock::now();
  auto const does = from_then_on_busy(t);
  auto const one = t.start({.concurrency = 1, .does = does, .outage_bound = 600ms, .says = "it is busy"});
  for (int i = 0; i < 1000 && !one->has_ended(); ++i) std::this_thread::sleep_for(10ms);
  REQUIRE(one->has_ended());
  CHECK(one->wait() == 77);
  CHECK(steady_clock::now() - begun > 600ms);
}

TEMPLATE_TEST_CASE("a stop ends a run whose claims are refused", "[postgres]", BOTH_TABLES) {
  depot<TestType> t(3);
  auto const does = from_then_on_busy(t);
  auto const one = t.start({.concurrency = 1, .does = does, .stops_after = 700ms},
                           [](pawl::summary const& sum) { return sum.stopped ? 0 : 1; });
  for (int i = 0; i < 1000 && !one->has_ended(); ++i) std::this_thread::sleep_for(10ms);
  REQUIRE(one->has_ended());
  CHECK(one->wait() == 0);
}

TEMPLATE_TEST_CASE("a run joins although other transactions stand in its way for a while", "[postgres]", BOTH_TABLES) {
  depot<TestType> t(3);
  t.at.in.sql.script(
      "CREATE SEQUENCE tries;CREATE FUNCTION busy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF "
      "nextval('tries')<=3 "
      "THEN RAISE EXCEPTION 'it is busy' USING ERRCODE='40P01';END IF;RETURN NEW;END $$;CREATE TRIGGER busy BEFORE "
      "INSERT ON pawl_worker FOR EACH ROW EXECUTE FUNCTION busy()");
  CHECK(t.run({}).finished == 3);
  CHECK(t.at.in.sql.must("SELECT last_value FROM tries").at(0, 0) == "4");
}

TEMPLATE_TEST_CASE("a run that has items in hand and a free slot takes what it is told of", "[postgres][no_pooler]",
                   BOTH_TABLES) {
  depot<TestType> t(1);
  child_process other([&] {
    t.calls.wait_for(1);
    std::this_thread::sleep_for(100ms);
    t.tell_of("late");
    return 0;
  });
  pawl::stop_source stop;
  std::size_t calls = 0;
  auto const does = [&](std::string const&) {
    if (++calls == 2) stop.request_stop();  // the first item is still in its first step
  };
  auto const sum = t.run({.takes = 2s, .does = does, .stop = &stop, .until = pawl::until::stopped, .poll = 0ns});
  CHECK(sum.transitions == 2);
  CHECK(t.calls.calls().at(1).key == "late");
  CHECK(other.wait() == 0);
}

TEST_CASE("others are told of what they may do: of inserts, releases and moves out of a state without a step",
          "[postgres][no_pooler]") {
  own_database at;
  pawl::postgres::store<orders> all(at.db), same(at.theirs);
  at.wait(all.open());
  postgres_test::session listens(at.conninfo());
  listens.must("LISTEN pawl");
  auto const ours = [&](std::string const& hint) { return hint.starts_with("orders "); };
  auto const count = [&] {
    auto const heard = listens.hints();
    CHECK(std::all_of(heard.begin(), heard.end(), ours));
    return heard.size();
  };
  CHECK(at.wait(all.insert_if_absent("a")));
  CHECK(count() == 1);
  CHECK_FALSE(at.wait(all.insert_if_absent("a")));
  CHECK(count() == 0);
  auto const placed = *at.wait(all.get("a")).item->as<order_state::placed>();
  auto const moved = *at.wait(all.fire<accept>(placed));
  CHECK(count() == 0);  // a run might have done it, and goes on with the item
  auto const waiting = *at.wait(all.fire<pack>(moved));
  CHECK(count() == 0);
  CHECK(at.wait(all.try_begin()));
  CHECK(at.wait(all.fire<collect>(waiting)));
  CHECK(count() == 0);
  at.wait(all.commit());
  CHECK(count() == 1);
  CHECK(at.wait(all.try_begin()));
  CHECK(at.wait(all.insert_if_absent("b")));
  at.wait(all.rollback());
  CHECK(count() == 0);
  pawl::trouble_record parked;
  parked.parked = true;
  CHECK(at.wait(all.note(*at.wait(all.get("a")).item, parked)));
  CHECK(count() == 0);
  CHECK(at.wait(all.release("a")));
  CHECK(count() == 1);
}

TEST_CASE(
    "signs of life, claims and what is begun are no change of the table; what is given back, and each row, is one",
    "[postgres]") {
  worker_test::parcels t(worker_test::parcels::kind::mapped, 3);
  worker_test::member one(t.of);
  pawl::loop<> loop;
  pawl::postgres::database db(loop,
                              worker_test::member::usual_conninfo() + " options='-c search_path=" + t.in.name() + "'");
  pawl::postgres::store<worker_test::parcels_table> parcels(db);
  one.join();
  auto const changed = [&] { return loop.wait(parcels.changed_elsewhere()); };
  changed();
  CHECK_FALSE(changed());
  one.claim(2);
  one.beat();
  one.begin("a");
  one.rescue();
  CHECK_FALSE(changed());
  one.mine.give_back(one.item("a"));
  one.claim(1);
  CHECK(changed());
  one.mine.give_back(one.item("b"));
  one.beat();
  CHECK(changed());
  CHECK_FALSE(changed());
  t.add("x");
  CHECK(changed());
  one.leave();
  CHECK(changed());
  CHECK_FALSE(changed());
}

}  // namespace leased_run_test
