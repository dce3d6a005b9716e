// What others on a server do to a store: they hold locks, slow it down, have set up roles and triggers, and the program
// itself has a transaction open while a queue writes.
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/postgres.hpp>
#include <pawl/postgres/write_plan.hpp>
#include <pawl/queue/commit_queue.hpp>

#include "catch.hpp"
#include "postgres/cutting_proxy.hpp"
#include "postgres/doors.hpp"

namespace interference_test {

using namespace doors_test;
using namespace std::chrono_literals;
using pawl::store_failure;

template <class Call> std::string words_of(Call call) {
  try {
    call();
  } catch (pawl::store_error const& e) {
    return e.what();
  }
  return {};
}
bool has(std::string const& text, std::string const& part) { return text.find(part) != std::string::npos; }

// Answers after at most so long, and is out of reach for no longer.
pawl::postgres::options within(std::chrono::milliseconds answer) {
  pawl::postgres::options chosen;
  chosen.answer_within = answer;
  chosen.outage_bound = answer;
  return chosen;
}

struct queued_doors : doors {
  explicit queued_doors(int count, pawl::postgres::options const& chosen = {},
                        pawl::commit_queue_options const& options = {})
      : doors(chosen), queue{at.loop, store, options} {
    for (int i = 0; i < count; ++i) CHECK(at.wait(store.insert_if_absent("d" + std::to_string(i))));
  }
  // All at once.
  several<bool> push_all(int count, std::string const& who = "ada") {
    several<bool> all(at.loop);
    std::vector<pawl::task<bool>> tasks;
    for (int i = 0; i < count; ++i) tasks.push_back(pushed(queue, shut_door("d" + std::to_string(i), 0), push{who}));
    all.begin(std::move(tasks));
    all.wait();
    return all;
  }
  std::string moved() { return at.in.sql.must("SELECT count(*) FROM door WHERE version=1").at(0, 0); }
  std::string processes() {
    return at.in.sql
        .must("SELECT string_agg(pid::text,' ' ORDER BY pid) FROM pg_stat_activity WHERE application_name='" +
              at.in.name() + "'")
        .at(0, 0);
  }

  pawl::commit_queue<pawl::postgres::store<door>, pawl::loop<>> queue;
};

TEST_CASE("what a queue has written is committed, whatever transaction the program has open", "[postgres]") {
  queued_doors one(2);
  REQUIRE(one.at.wait(one.store.try_begin()));
  CHECK(one.at.wait(one.store.apply(shut_door("d1", 0), push{"the program"})));
  auto const answers = one.push_all(1);
  CHECK(answers.answers[0] == true);
  CHECK(one.moved() == "1");
  one.at.wait(one.store.rollback());
  CHECK(one.moved() == "1");
}

TEST_CASE("a queue goes on beside a transaction of the program that has failed", "[postgres]") {
  queued_doors one(1);
  REQUIRE(one.at.wait(one.store.try_begin()));
  one.at.in.sql.script(
      "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END';CREATE TRIGGER fail BEFORE "
      "INSERT ON door FOR EACH ROW EXECUTE FUNCTION fail()");
  CHECK(failure_of([&] { one.at.wait(one.store.insert_if_absent("new")); }) == store_failure::rejected);
  CHECK(one.push_all(1).answers[0] == true);
  CHECK(failure_of([&] { one.at.wait(one.store.commit()); }) == store_failure::cancelled);
  CHECK_FALSE(one.store.poisoned());
}

TEST_CASE("an item that another transaction has locked fails alone", "[postgres]") {
  queued_doors one(20, within(300ms), {.busy_bound = 200ms});
  one.at.in.sql.script("BEGIN;UPDATE door SET changed_at=now() WHERE key='d7'");
  auto const all = one.push_all(20);
  for (std::size_t i = 0; i < 20; ++i) {
    CAPTURE(i);
    if (i != 7) {
      CHECK(all.answers[i] == true);
      continue;
    }
    REQUIRE(all.failures[i]);
    CHECK(failure_of([&] { std::rethrow_exception(all.failures[i]); }) == store_failure::busy);
    auto const words = words_of([&] { std::rethrow_exception(all.failures[i]); });
    CHECK(has(words, "lock timeout"));
    CHECK(has(words, "pg_blocking_pids()"));
    CHECK(has(words, "busy_bound"));
  }
  CHECK_FALSE(one.store.poisoned());
  one.at.in.sql.script("ROLLBACK");
  CHECK(one.push_all(20).answers[7] == true);
}

TEST_CASE("what is written behind a pooler waits for a lock no longer than anywhere else", "[postgres]") {
  own_database at(within(600ms));
  pawl::postgres::store<door> store(at.db);
  pawl::commit_queue<pawl::postgres::store<door>, pawl::loop<>> queue{at.loop, store, {.busy_bound = 200ms}};
  for (char const* key : {"d0", "d1"}) CHECK(at.wait(store.insert_if_absent(key)));
  at.pool();
  auto const unsettled = pawl::with(push{"ada"}, pawl::sql("SELECT set_config('lock_timeout','0',false)"));
  REQUIRE(at.wait(store.try_begin()));
  CHECK(at.wait(store.apply(shut_door("d1", 0), unsettled)));
  at.wait(store.commit());
  at.in.sql.script("BEGIN;UPDATE door SET changed_at=now() WHERE key='d0'");
  auto const failure_in = [&at](auto& door_keeper) {
    return failure_of([&] { static_cast<void>(at.wait(door_keeper.apply(shut_door("d0", 0), push{"ada"}))); });
  };
  REQUIRE(at.wait(store.try_begin()));
  CHECK(failure_in(store) == store_failure::busy);
  at.wait(store.rollback());
  CHECK(failure_in(queue) == store_failure::busy);
}

TEST_CASE("a server that cannot write says why when the queue gives up", "[postgres]") {
  queued_doors one(1, {}, {.busy_bound = 50ms});
  one.at.in.sql.script(
      "CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no room'' USING ERRCODE=''53100''; "
      "END';CREATE TRIGGER fill BEFORE UPDATE ON door FOR EACH ROW EXECUTE FUNCTION fill()");
  auto const all = one.push_all(1);
  REQUIRE(all.failures[0]);
  CHECK(failure_of([&] { std::rethrow_exception(all.failures[0]); }) == store_failure::busy);
  CHECK(has(words_of([&] { std::rethrow_exception(all.failures[0]); }), ": no room; "));
}

TEST_CASE("a read that takes too long fails alone, and names the option", "[postgres][no_pooler]") {
  queued_doors one(3, within(200ms));
  auto const read = [&](std::string const& sql) {
    pawl::postgres::detail::request what;
    what.add(sql);
    return one.at.wait(one.db.sessions()->read(what));
  };
  auto const slow = [&] { static_cast<void>(read("SELECT pg_sleep(3)")); };
  CHECK(failure_of(slow) == store_failure::cancelled);
  auto const words = words_of(slow);
  CHECK(has(words, one.db.name()));
  CHECK(has(words, "answer_within"));
  CHECK_FALSE(one.store.poisoned());
  CHECK(read("SELECT 1").size() == 1);
  CHECK(one.push_all(3).answers[2] == true);
}

TEST_CASE("counting reads a table in its order, and holds up no other read", "[postgres]") {
  queued_doors one(3);
  CHECK(one.at.wait(one.store.count_items())[0] == 3);
  CHECK(one.at.wait(one.store.unrecognised()) == 0);
  CHECK(one.at.in.sql.must("SELECT count(*) " + others(one.at.in.name()) + " AND query='COMMIT'").at(0, 0) != "0");
  one.at.in.sql.script("BEGIN;LOCK TABLE door");
  several<std::array<std::size_t, 2>> counting(one.at.loop);
  std::vector<pawl::task<std::array<std::size_t, 2>>> counts;
  counts.push_back(one.store.count_items());
  counting.begin(std::move(counts));
  one.at.wait(one.at.loop.sleep(50ms));
  pawl::postgres::detail::request short_one;
  short_one.add("SELECT 1");
  CHECK(one.at.wait(one.db.sessions()->read(short_one)).size() == 1);
  CHECK_FALSE(counting.ended);
  one.at.in.sql.script("ROLLBACK");
  counting.wait();
  CHECK(counting.answers[0]);
}

TEST_CASE("a COMMIT of the program whose answer is lost is looked up", "[postgres][no_pooler]") {
  bool const committed = GENERATE(true, false);
  own_database at;
  cutting_proxy proxy(temporary_server::quick().socket());
  pawl::postgres::database db(
      at.loop, "host=127.0.0.1 port=" + std::to_string(proxy.port()) + " dbname=postgres " +
                   "user=postgres sslmode=disable gssencmode=disable options='-c search_path=" + at.in.name() + "'");
  pawl::postgres::store<door> store(db);
  CHECK(at.wait(store.insert_if_absent("a")));
  REQUIRE(at.wait(store.try_begin()));
  CHECK(at.wait(store.apply(shut_door("a", 0), push{"ada"})));
  proxy.cut_after(committed ? direction::to_client : direction::to_server, 0);
  if (committed)
    at.wait(store.commit());
  else
    CHECK(failure_of([&] { at.wait(store.commit()); }) == store_failure::cancelled);
  CHECK(proxy.has_cut());
  CHECK_FALSE(store.poisoned());
  CHECK(at.wait(store.get("a")).item->version == (committed ? 1 : 0));
}

TEST_CASE("the rows that tell what became of a transaction are removed by later ones", "[postgres]") {
  queued_doors one(60);
  auto const kept = [&] { return std::stoi(one.at.in.sql.must("SELECT count(*) FROM pawl_batch").at(0, 0)); };
  several<bool> all(one.at.loop);
  std::vector<pawl::task<bool>> tasks;
  for (int i = 0; i < 30; ++i) tasks.push_back(pushed(one.store, shut_door("d" + std::to_string(i), 0), push{"ada"}));
  all.begin(std::move(tasks));
  all.wait();
  REQUIRE(one.at.wait(one.store.try_begin()));
  for (int i = 30; i < 60; ++i) CHECK(one.at.wait(one.store.apply(shut_door("d" + std::to_string(i), 0), push{"ada"})));
  one.at.wait(one.store.commit());
  CHECK(one.at.wait(one.store.insert_if_absent("last")));
  CHECK(kept() <= 1);
}

TEST_CASE("a COMMIT that is no longer waited for is acknowledged when the synchronous standby has it",
          "[postgres][no_pooler]") {
  temporary_server server;
  server.start();
  pawl::loop<> loop;
  pawl::postgres::database db(loop, server.conninfo());
  pawl::postgres::store<door> store(db);
  CHECK(loop.wait(store.insert_if_absent("a")));
  auto const standby = [&server](std::string const& setting) {
    server.run("ALTER SYSTEM SET synchronous_standby_names='" + setting + "'");
    server.run("SELECT pg_reload_conf()");
  };
  standby("absent");
  several<bool> all(loop);
  std::vector<pawl::task<bool>> tasks;
  tasks.push_back(pushed(store, shut_door("a", 0), push{"ada"}));
  all.begin(std::move(tasks));
  auto const cancel = [&server] {
    return server.run(
        "SELECT coalesce(sum(pg_cancel_backend(pid)::int),0) FROM pg_stat_activity WHERE wait_event='SyncRep' AND "
        "query "
        "LIKE 'COMMIT%'");
  };
  while (cancel() == "0") loop.wait(loop.sleep(5ms));
  loop.wait(loop.sleep(200ms));
  CHECK_FALSE(all.ended);
  standby("");
  all.wait();
  CHECK(all.answers[0] == true);
  CHECK(loop.wait(store.get("a")).item->version == 1);
}

TEST_CASE("what a trigger warns of costs no connection", "[postgres][no_pooler]") {
  queued_doors one(40);
  static_cast<void>(one.push_all(10));
  CHECK(one.at.wait(one.store.get("d0")).item);
  auto const before = one.processes();
  one.at.in.sql.script(
      "CREATE FUNCTION warn() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE WARNING ''deprecated''; RETURN new; "
      "END';"
      "CREATE TRIGGER warn BEFORE UPDATE ON door FOR EACH ROW EXECUTE FUNCTION warn()");
  for (int i = 10; i < 40; i += 10) CHECK(one.push_all(i + 10).answers.back() == true);
  CHECK(one.moved() == "40");
  CHECK(one.processes() == before);
}

TEST_CASE("one refused write among many costs no connection", "[postgres][no_pooler]") {
  queued_doors one(40);
  one.at.in.sql.script("ALTER TABLE door ADD CHECK(key<>'d9' OR version=0)");
  CHECK(one.at.wait(one.store.apply(shut_door("d0", 0), push{"ada"})));
  auto const before = one.processes();
  several<bool> all(one.at.loop);
  std::vector<pawl::task<bool>> tasks;
  for (int i = 1; i < 40; ++i) tasks.push_back(pushed(one.store, shut_door("d" + std::to_string(i), 0), push{"ada"}));
  all.begin(std::move(tasks));
  all.wait();
  for (std::size_t i = 0; i < 39; ++i) {
    CAPTURE(i);
    CHECK(bool(all.failures[i]) == (i == 8));
  }
  CHECK(has(words_of([&] { std::rethrow_exception(all.failures[8]); }), "Failing row contains"));
  CHECK(one.processes() == before);
}

TEST_CASE("of a batch the rows that a policy refuses fail alone", "[postgres][no_pooler]") {
  doors made;
  std::string const role = made.at.in.name() + "_tenant";
  for (int i = 0; i < 20; ++i) CHECK(made.at.wait(made.store.insert_if_absent("d" + std::to_string(i))));
  made.at.in.sql.script("CREATE ROLE " + role + " LOGIN;GRANT USAGE ON SCHEMA " + made.at.in.name() + " TO " + role +
                        ";GRANT SELECT,INSERT,UPDATE,DELETE ON ALL TABLES IN SCHEMA " + made.at.in.name() + " TO " +
                        role +
                        ";ALTER TABLE door ENABLE ROW LEVEL SECURITY;CREATE POLICY tenants ON door USING(true) " +
                        "WITH CHECK(version=0 OR key NOT IN('d3','d17'))");
  auto const conninfo =
      temporary_server::quick().conninfo("user=" + role + " options='-c search_path=" + made.at.in.name() + "'");
  pawl::postgres::database db(made.at.loop, conninfo);
  pawl::postgres::store<door> store(db);
  made.at.wait(store.open());
  several<bool> all(made.at.loop);
  std::vector<pawl::task<bool>> tasks;
  for (int i = 0; i < 20; ++i) tasks.push_back(pushed(store, shut_door("d" + std::to_string(i), 0), push{"ada"}));
  all.begin(std::move(tasks));
  all.wait();
  for (std::size_t i = 0; i < 20; ++i) {
    CAPTURE(i);
    REQUIRE(bool(all.failures[i]) == (i == 3 || i == 17));
    if (!all.failures[i]) continue;
    CHECK(failure_of([&] { std::rethrow_exception(all.failures[i]); }) == store_failure::rejected);
    CHECK(has(words_of([&] { std::rethrow_exception(all.failures[i]); }), "row-level security policy"));
  }
}

TEST_CASE("what is too large for one batch is left to the next", "[postgres]") {
  pawl::postgres::detail::write_plan plan("app on db1", nullptr);
  auto const add = [&plan](std::string const& key, std::size_t megabytes) {
    pawl::postgres::detail::planned_write w;
    w.from.key = key;
    w.values.emplace_back(std::string(megabytes << 20U, 'x'));
    return plan.add(std::move(w));
  };
  CHECK(add("a", 70) == 0);  // alone it may be larger
  CHECK(failure_of([&] { add("b", 1); }) == store_failure::rejected);
  CHECK(plan.size() == 1);
  auto const words = words_of([&] { add("too large", 1000); });
  CHECK(has(words, "app on db1: item 'too large' has 1048576009 bytes to be written"));
}

// A lifecycle of the same name and table, with one state and one event more.
namespace changed {
enum class door_state { shut, open, broken };
struct kick {
  std::string who;
};
struct door
    : pawl::lifecycle<pawl::initial<door_state::shut>, pawl::goal<door_state::open>, pawl::terminal<door_state::broken>,
                      pawl::transition<door_state::shut, push, door_state::open>,
                      pawl::transition<door_state::shut, kick, door_state::broken>> {};
}  // namespace changed

TEST_CASE("a lifecycle that has changed waits for nobody who reads or writes its table", "[postgres]") {
  doors one;
  CHECK(one.at.wait(one.store.insert_if_absent("a")));
  one.at.in.sql.script("ALTER TABLE door ADD COLUMN on_kick bytea");
  one.at.in.sql.script(
      "BEGIN;SELECT * FROM door;SELECT * FROM pawl_trouble;"
      "SELECT * FROM pawl_worker;UPDATE door SET changed_at=now()");
  pawl::postgres::database db(one.at.loop, one.at.conninfo(), within(1s));
  pawl::postgres::store<changed::door> store(db);
  CHECK(one.at.wait(store.get("a")).item);
}

TEST_CASE("a table that cannot be opened now is opened when it can", "[postgres]") {
  doors one;
  CHECK(one.at.wait(one.store.insert_if_absent("a")));
  one.at.in.sql.script("BEGIN;SELECT * FROM door");
  auto const chosen = within(300ms);
  {
    pawl::postgres::database db(one.at.loop, one.at.conninfo(), chosen);
    pawl::postgres::store<changed::door> store(db);
    CHECK(failure_of([&] { one.at.wait(store.open()); }) == store_failure::busy);
    CHECK_FALSE(store.poisoned());
    one.at.in.sql.script("ROLLBACK");
    one.at.wait(store.open());
    CHECK(one.at.wait(store.get("a")).item);
  }
}

TEST_CASE("a role that owns nothing opens what is there, and is told what it lacks", "[postgres][no_pooler]") {
  doors one;
  CHECK(one.at.wait(one.store.insert_if_absent("a")));
  std::string const role = one.at.in.name() + "_worker";
  one.at.in.sql.script("CREATE ROLE " + role + " LOGIN;GRANT USAGE ON SCHEMA " + one.at.in.name() + " TO " + role +
                       ";GRANT SELECT,INSERT,UPDATE,DELETE ON ALL TABLES IN SCHEMA " + one.at.in.name() + " TO " +
                       role);
  auto const conninfo =
      temporary_server::quick().conninfo("user=" + role + " options='-c search_path=" + one.at.in.name() + "'");
  pawl::postgres::database db(one.at.loop, conninfo);
  pawl::postgres::store<changed::door> store(db);
  auto const lacks = words_of([&] { one.at.wait(store.open()); });
  CHECK(has(lacks, "must be owner of table door"));
  CHECK(has(lacks, "open it once with the role that owns the schema"));
  one.at.in.sql.script("ALTER TABLE door ADD COLUMN on_kick bytea");
  one.at.wait(store.open());
  CHECK(one.at.wait(store.get("a")).item);
  one.at.in.sql.script("REVOKE UPDATE ON pawl_batch FROM " + role + ";REVOKE INSERT ON pawl_batch FROM " + role);
  auto const denied = words_of([&] { one.at.wait(store.insert_if_absent("b")); });
  CHECK(
      has(denied, "permission denied for table pawl_batch; grant that to this role: pawl reads and writes its tables"));
}

TEST_CASE("a program that is frozen while it opens a table keeps no other from it", "[postgres]") {
  own_database at;
  session frozen(at.conninfo());
  frozen.script("BEGIN;SET LOCAL idle_in_transaction_session_timeout='300ms';" +
                std::string(pawl::postgres::detail::lock_schema_sql));
  pawl::postgres::store<door> store(at.db);
  CHECK(at.wait(store.insert_if_absent("a")));
}

TEST_CASE("a transaction that opens a table ends where its program is frozen", "[postgres]") {
  doors one;
  CHECK(one.at.wait(one.store.insert_if_absent("a")));
  one.at.in.sql.script(
      "CREATE TABLE seen(bound text);CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO seen "
      "VALUES(current_setting(''idle_in_transaction_session_timeout'')); RETURN new; END';CREATE TRIGGER see BEFORE "
      "INSERT ON pawl_meta FOR EACH ROW EXECUTE FUNCTION see()");
  pawl::postgres::database db(one.at.loop, one.at.conninfo());
  pawl::postgres::store<changed::door> store(db);
  one.at.wait(store.open());
  CHECK(one.at.in.sql.must("SELECT min(bound) FROM seen").at(0, 0) == "10s");
}

TEST_CASE("the hosts of the environment are tried one after the other", "[postgres][no_pooler]") {
  own_database at;
  ::setenv("PGHOST", ("/nonexistent," + temporary_server::quick().socket_folder()).c_str(), 1);
  ::setenv("PGPORT", std::to_string(temporary_server::quick().port()).c_str(), 1);
  pawl::postgres::database db(at.loop, "dbname=postgres user=postgres options='-c search_path=" + at.in.name() + "'");
  pawl::postgres::store<door> store(db);
  CHECK(has(db.name(), "/nonexistent,"));
  CHECK(at.wait(store.insert_if_absent("a")));
  ::unsetenv("PGHOST");
  ::unsetenv("PGPORT");
}

}  // namespace interference_test
