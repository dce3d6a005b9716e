// The connections of a database: opened at first use, lost, opened again, and closed while requests wait.
#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/postgres.hpp>
#include <pawl/queue/commit_queue.hpp>

#include "catch.hpp"
#include "postgres/doors.hpp"
#include "postgres/own_database.hpp"

namespace postgres_database_test {

using namespace doors_test;

TEST_CASE("nothing is connected before the first call", "[postgres][no_pooler]") {
  doors one;
  CHECK(one.count_sessions() == "0");
  CHECK(one.at.wait(one.store.get("a")).gone());
  CHECK(one.count_sessions() == "1");
}

TEST_CASE("one coroutine opens what many wait for", "[postgres][no_pooler]") {
  doors one;
  several<pawl::stored<door>> all(one.at.loop);
  std::vector<pawl::task<pawl::stored<door>>> gets;
  for (int i = 0; i < 30; ++i) gets.push_back(one.store.get("a"));
  all.begin(std::move(gets));
  all.wait();
  for (auto const& answer : all.answers) CHECK((answer && answer->gone()));
  CHECK(one.count_sessions() == "1");
}

TEST_CASE("a connection that the server has ended is opened again, for reading and for writing", "[postgres]") {
  doors one;
  for (int round = 0; round < 3; ++round) {
    std::string const key(1, static_cast<char>('a' + round));
    CHECK(one.at.wait(one.store.insert_if_absent(key)));
    REQUIRE(one.at.wait(one.store.get(key)).item);
    one.end_sessions();
    CHECK(one.at.wait(one.store.get(key)).item->version == 0);
    push const by{"ada"};
    CHECK(one.at.wait(one.store.apply(shut_door(key, 0), by)));
    one.end_sessions();
  }
  CHECK_FALSE(one.store.poisoned());
}

TEST_CASE("who waits while the database is closed is told, and nobody is answered afterwards", "[postgres]") {
  doors one;
  one.at.wait(one.store.open());
  one.at.in.sql.script("BEGIN;LOCK TABLE door");
  several<pawl::stored<door>> all(one.at.loop);
  std::vector<pawl::task<pawl::stored<door>>> gets;
  for (int i = 0; i < 3; ++i) gets.push_back(one.store.get("a"));
  all.begin(std::move(gets));
  one.at.wait(one.at.loop.sleep(std::chrono::milliseconds(50)));
  one.db.close();
  all.wait();
  for (auto const& failure : all.failures)
    CHECK(failure_of([&failure] { std::rethrow_exception(failure); }) == pawl::store_failure::not_applied);
  CHECK(failure_of([&] { one.at.wait(one.store.get("a")); }) == pawl::store_failure::not_applied);
  one.at.in.sql.script("ROLLBACK");
}

TEST_CASE("a database and its store may be destroyed while requests wait", "[postgres]") {
  own_database at;
  auto db = std::make_unique<pawl::postgres::database>(at.loop, at.conninfo());
  auto store = std::make_unique<pawl::postgres::store<door>>(*db);
  at.wait(store->open());
  at.in.sql.script("BEGIN;LOCK TABLE door");
  several<pawl::stored<door>> all(at.loop);
  std::vector<pawl::task<pawl::stored<door>>> gets;
  for (int i = 0; i < 3; ++i) gets.push_back(store->get("a"));
  all.begin(std::move(gets));
  at.wait(at.loop.sleep(std::chrono::milliseconds(50)));
  store.reset();
  db.reset();
  all.wait();
  for (auto const& failure : all.failures) CHECK(failure);
  at.in.sql.script("ROLLBACK");
}

TEST_CASE("a loop may be destroyed while requests wait", "[postgres]") {
  own_schema in{temporary_server::quick()};
  {
    auto loop = std::make_unique<pawl::loop<>>();
    std::string const conninfo =
        temporary_server::quick().conninfo("user=postgres options='-c search_path=" + in.name() + "'");
    std::optional<pawl::postgres::database> db(std::in_place, *loop, conninfo);
    std::optional<pawl::postgres::store<door>> store(std::in_place, *db);
    loop->wait(store->open());
    in.sql.script("BEGIN;LOCK TABLE door");
    several<pawl::stored<door>> all(*loop);
    std::vector<pawl::task<pawl::stored<door>>> gets;
    gets.push_back(store->get("a"));
    gets.push_back(store->get("b"));
    all.begin(std::move(gets));
    loop->wait(loop->sleep(std::chrono::milliseconds(50)));
    store.reset();
    db.reset();
    loop.reset();
    CHECK_FALSE(all.ended);
  }
  in.sql.script("ROLLBACK");
}

TEST_CASE("past the outage bound nothing is applied, until the store is opened again", "[postgres]") {
  temporary_server server;
  server.configure("fsync=off");
  server.start();
  pawl::loop<> loop;
  pawl::postgres::database db(loop, server.conninfo(), with_outage(std::chrono::milliseconds(300)));
  pawl::postgres::store<door> store(db);
  CHECK(loop.wait(store.insert_if_absent("a")));
  server.stop();
  CHECK(failure_of([&] { loop.wait(store.insert_if_absent("b")); }) != pawl::store_failure::rejected);
  CHECK(store.poisoned());
  CHECK(failure_of([&] { loop.wait(store.get("a")); }) == pawl::store_failure::not_applied);
  CHECK(failure_of([&] { loop.wait(store.open()); }) == pawl::store_failure::not_applied);
  server.start();
  loop.wait(store.open());
  CHECK_FALSE(store.poisoned());
  CHECK(loop.wait(store.get("a")).item);
  CHECK(loop.wait(store.insert_if_absent("b")));
}

TEST_CASE("a restart of the server within the outage bound is waited for", "[postgres]") {
  temporary_server server;
  server.configure("fsync=off");
  server.start();
  pawl::loop<> loop;
  pawl::postgres::database db(loop, server.conninfo());
  pawl::postgres::store<door> store(db);
  CHECK(loop.wait(store.insert_if_absent("a")));
  CHECK(loop.wait(store.get("a")).item);
  server.stop();
  bool is_there = false, is_new = true;
  // The server belongs to the thread that starts it.
  std::thread asking([&] {
    is_there = loop.wait(store.get("a")).item.has_value();
    is_new = loop.wait(store.insert_if_absent("a"));
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  server.start();
  asking.join();
  CHECK(is_there);
  CHECK_FALSE(is_new);
}

TEST_CASE("a server that cannot do it now is busy, and the same call may be made again", "[postgres]") {
  doors one;
  CHECK(one.at.wait(one.store.insert_if_absent("a")));
  push const by{"ada"};
  for (std::string const state : {"40P01", "40001", "55P03", "53200"}) {
    CAPTURE(state);
    one.at.in.sql.script(
        "CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE USING ERRCODE=''" + state +
        "''; END';CREATE OR REPLACE TRIGGER fail BEFORE UPDATE ON door FOR EACH ROW EXECUTE FUNCTION fail()");
    CHECK(failure_of([&] { static_cast<void>(one.at.wait(one.store.apply(shut_door("a", 0), by))); }) ==
          pawl::store_failure::busy);
    CHECK_FALSE(one.store.poisoned());
  }
  one.at.in.sql.script("DROP TRIGGER fail ON door");
  CHECK(one.at.wait(one.store.apply(shut_door("a", 0), by)));
}

TEST_CASE("of a batch the writes that the table refuses fail alone", "[postgres]") {
  own_database at;
  at.in.sql.script(
      "CREATE TABLE doors(name text PRIMARY KEY,state text NOT NULL DEFAULT 'shut',version bigint NOT NULL DEFAULT 0,"
      "pushed_by text CHECK(pushed_by<>'nobody'));INSERT INTO doors SELECT 'd'||i FROM generate_series(0,19) AS i");
  pawl::postgres::store<doors_table> store(at.db);
  pawl::commit_queue queue{at.loop, store};
  several<bool> all(at.loop);
  std::vector<pawl::task<bool>> tasks;
  for (int i = 0; i < 20; ++i) {
    bool const bad = i == 3 || i == 17;
    std::string const key = i == 5 ? std::string("bad \xff key") : "d" + std::to_string(i);
    tasks.push_back(pushed(queue, shut_door(key, i == 9 ? 1 : 0), push{bad ? "nobody" : "ada"}));
  }
  all.begin(std::move(tasks));
  all.wait();
  for (std::size_t i = 0; i < 20; ++i) {
    CAPTURE(i);
    if (i == 3 || i == 17 || i == 5) {
      REQUIRE(all.failures[i]);
      CHECK(failure_of([&] { std::rethrow_exception(all.failures[i]); }) == pawl::store_failure::rejected);
    } else {
      CHECK_FALSE(all.failures[i]);
      CHECK(all.answers[i] == (i != 9));
    }
  }
  CHECK(at.in.sql.must("SELECT count(*) FROM doors WHERE version=1").at(0, 0) == "16");
}

TEST_CASE("many programs that open one table at once agree on what is made", "[postgres]") {
  own_database at;
  std::vector<std::unique_ptr<pawl::postgres::database>> databases;
  std::vector<std::unique_ptr<pawl::postgres::store<door>>> stores;
  std::vector<pawl::task<bool>> inserts;
  for (int i = 0; i < 8; ++i) {
    databases.push_back(std::make_unique<pawl::postgres::database>(at.loop, at.conninfo()));
    stores.push_back(std::make_unique<pawl::postgres::store<door>>(*databases.back()));
    inserts.push_back(stores.back()->insert_if_absent("a"));
  }
  several<bool> all(at.loop);
  all.begin(std::move(inserts));
  all.wait();
  int made = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    CHECK_FALSE(all.failures[i]);
    made += all.answers[i].value_or(false) ? 1 : 0;
  }
  CHECK(made == 1);
  auto const first = at.wait(stores[0]->identity()), last = at.wait(stores[7]->identity());
  CHECK(first == last);
  CHECK(first.size() == 32);
}

TEST_CASE("a connection that the queue's server forgot is asked with unnamed statements where a pooler stands between",
          "[postgres]") {
  doors one;
  one.at.wait(one.store.open());
  one.db.sessions()->to().is_pooled = true;
  CHECK(one.at.wait(one.store.insert_if_absent("a")));
  CHECK(one.at.wait(one.store.get("a")).item);
  CHECK(one.at.in.sql.must("SELECT count(*) " + others(one.at.in.name())).at(0, 0) == "2");
}

TEST_CASE("a connection string that cannot be read is refused, and shows no password", "[postgres]") {
  pawl::loop<> loop;
  try {
    pawl::postgres::database const db(loop, "host=db1 password=secret nonsense");
    FAIL("it was accepted");
  } catch (pawl::store_error const& e) {
    CHECK(e.what_failed() == pawl::store_failure::refused);
    CHECK(std::string(e.what()).find("secret") == std::string::npos);
  }
  for (std::string const wrong : {"hsot=db1 password=secret", "postgresql://app:secret@db1/app?sslmod=require"}) {
    CAPTURE(wrong);
    try {
      pawl::postgres::database const misspelt(loop, wrong);
      FAIL("it was accepted");
    } catch (pawl::store_error const& e) {
      CHECK(e.what_failed() == pawl::store_failure::refused);
      CHECK(std::string(e.what()).find("sets something that libpq does not know") != std::string::npos);
      CHECK(std::string(e.what()).find("secret") == std::string::npos);
    }
  }
  pawl::postgres::database const db(loop, "host=db1,db2 dbname=app password=secret");
  CHECK(db.name() == "app on db1,db2");
}

}  // namespace postgres_database_test
