// Requests over one connection to a real server: errors within a pipeline, the line, deadlines, and how it is lost.
#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include <pawl/loop/cancel.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/spawn.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/postgres.hpp>

#include "catch.hpp"
#include "postgres/temporary_server.hpp"

namespace postgres_connection_test {
using namespace pawl::postgres::detail;
using std::chrono::steady_clock;

struct open_server {
  open_server() {
    pawl::postgres::options const chosen;
    opened = loop.wait(open_session(loop, server.conninfo(), chosen, history));
  }
  static steady_clock::time_point within(std::chrono::milliseconds time) { return steady_clock::now() + time; }
  reply ask(request const& what, std::chrono::milliseconds time = std::chrono::seconds(30)) {
    return loop.wait(opened.session->ask(what, within(time)));
  }
  reply ask(std::string const& sql) {
    request what;
    what.add(sql);
    return ask(what);
  }

  temporary_server& server = temporary_server::of_this_program();
  pawl::loop<> loop{};
  server_history history{};
  opened_session opened{};
};

request sleeping(std::string const& seconds) {
  request what;
  what.add("SELECT pg_sleep(" + seconds + ")");
  return what;
}

TEST_CASE("after a failed statement the rest of a request is skipped, and its transaction rolled back", "[postgres]") {
  open_server at;
  request what;
  what.add("BEGIN").add("SELECT 1").add("SELECT 1/0").add("SELECT 2").add("COMMIT");
  reply const given = at.ask(what);
  REQUIRE(given.size() == 5);
  CHECK(given[0].tag() == "BEGIN");
  CHECK(given[1].succeeded());
  CHECK(given[2].sqlstate() == "22012");
  CHECK(given.first_failure() == &given[2]);
  CHECK(given[3].was_skipped());
  CHECK(given[4].was_skipped());
  CHECK(at.ask("SELECT 1")[0].value<std::int32_t>(0, 0) == 1);
}

TEST_CASE("a deferred constraint that fails at the end of a request is told", "[postgres]") {
  open_server at;
  at.ask("CREATE TEMP TABLE t(k int UNIQUE DEFERRABLE INITIALLY DEFERRED)");
  reply const given = at.ask("INSERT INTO t VALUES(1),(1)");
  CHECK(given[0].tag() == "INSERT 0 2");
  REQUIRE(given.sync_failure);
  CHECK(given.sync_failure->sqlstate() == "23505");
  CHECK(given.first_failure() == &*given.sync_failure);
  CHECK(at.ask("SELECT count(*) FROM t")[0].value<std::int64_t>(0, 0) == 0);
}

TEST_CASE("a named statement is parsed once a connection", "[postgres]") {
  open_server at;
  request what;
  what.add_named("twice", "SELECT 2*$1::int8", {value_of(std::int64_t{21})});
  what.add_named("twice", "SELECT 2*$1::int8", {value_of(std::int64_t{4})});
  for (int round = 0; round < 2; ++round) {
    reply const given = at.ask(what);
    REQUIRE(given.size() == 2);
    CHECK(given[0].value<std::int64_t>(0, 0) == 42);
    CHECK(given[1].value<std::int64_t>(0, 0) == 8);
  }
  CHECK(at.ask("SELECT count(*) FROM pg_prepared_statements WHERE name='twice'")[0].value<std::int64_t>(0, 0) == 1);
}

TEST_CASE("names are not used where a pooler stands between", "[postgres]") {
  open_server at;
  at.opened.session->use_names(false);
  request what;
  what.add_named("shared", "SELECT 1");
  CHECK(at.ask(what)[0].value<std::int32_t>(0, 0) == 1);
  CHECK(at.ask("SELECT count(*) FROM pg_prepared_statements WHERE name='shared'")[0].value<std::int64_t>(0, 0) == 0);
}

TEST_CASE("a named statement that cannot be parsed tells why, and may be sent again", "[postgres]") {
  open_server at;
  request what;
  what.add_named("late", "SELECT count(*) FROM not_yet");
  CHECK(at.ask(what)[0].sqlstate() == "42P01");
  at.ask("CREATE TEMP TABLE not_yet()");
  CHECK(at.ask(what)[0].value<std::int64_t>(0, 0) == 0);
}

TEST_CASE("a statement with too many parameters is rejected and leaves the connection open", "[postgres]") {
  open_server at;
  request what;
  what.add("SELECT 1", std::vector<parameter>(65536, null_of<bool>()));
  CHECK_THROWS_AS(at.ask(what), pawl::store_error);
  CHECK(at.ask("SELECT 1")[0].succeeded());
}

TEST_CASE("warnings since a request was sent are told with its answers, and not with the next", "[postgres]") {
  open_server at;
  at.ask("SET client_min_messages=debug1");
  reply const given =
      at.ask("DO $$BEGIN RAISE WARNING USING ERRCODE='01000', MESSAGE='beware'; RAISE NOTICE 'x'; END$$");
  REQUIRE(given.notices.size() >= 2);
  CHECK(given.ends_with_warning());
  CHECK(given.notices[0].sqlstate == "01000");
  CHECK(given.notices[0].message == "beware");
  CHECK_FALSE(at.ask("DO $$BEGIN RAISE NOTICE 'x'; END$$").ends_with_warning());
}

TEST_CASE("an answer that is late closes the connection, and is in doubt", "[postgres]") {
  open_server at;
  request const what = sleeping("20");
  auto const begun = steady_clock::now();
  try {
    at.ask(what, std::chrono::milliseconds(200));
    FAIL("it answered");
  } catch (connection_error const& e) {
    CHECK(e.fate() == request_fate::in_doubt);
  }
  CHECK(steady_clock::now() - begun < std::chrono::seconds(5));
  CHECK_FALSE(at.opened.session->is_open());
  try {
    at.ask("SELECT 1");
    FAIL("it is open");
  } catch (connection_error const& e) {
    CHECK(e.fate() == request_fate::not_sent);
  }
}

TEST_CASE("a request whose server process is killed is in doubt", "[postgres]") {
  temporary_server server;
  server.start();
  pawl::loop<> loop;
  server_history history;
  pawl::postgres::options const chosen;
  auto opened = loop.wait(open_session(loop, server.conninfo(), chosen, history));
  request const what = sleeping("20");
  auto asking = opened.session->ask(what, open_server::within(std::chrono::seconds(20)));
  int const victim = opened.facts.process;
  std::thread killer([victim] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    ::kill(victim, SIGKILL);
  });
  try {
    loop.wait(std::move(asking));
    FAIL("it answered");
  } catch (connection_error const& e) {
    CHECK(e.fate() == request_fate::in_doubt);
  }
  killer.join();
  CHECK_FALSE(opened.session->is_open());
}

pawl::task<void> note_answer(connection& c, request const& what, std::vector<std::string>& order) {
  auto asking = c.ask(what, open_server::within(std::chrono::seconds(20)));
  reply const given = co_await std::move(asking);
  order.emplace_back(given[0].cell(0, 0));
}

TEST_CASE("requests of several callers are answered in the order in which they asked", "[postgres]") {
  open_server at;
  std::vector<request> all(6);
  std::vector<std::string> order;
  int left = 0;
  bool finished = false;
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].add("SELECT '" + std::to_string(i) + "' || pg_sleep(" + (i == 0 ? "0.2" : "0") + ")");
    ++left;
    boost::asio::co_spawn(at.loop.get_executor(), note_answer(*at.opened.session, all[i], order),
                          [&left, &finished](std::exception_ptr failure) {
                            CHECK_FALSE(failure);
                            finished = --left == 0;
                          });
  }
  at.loop.run_until(finished);
  CHECK(order == std::vector<std::string>{"0", "1", "2", "3", "4", "5"});
}

TEST_CASE("a request in line that passes its deadline was surely not sent, and the line goes on", "[postgres]") {
  open_server at;
  request const slow = sleeping("0.6"), quick = sleeping("0");
  bool finished = false;
  std::exception_ptr first;
  boost::asio::co_spawn(at.loop.get_executor(),
                        at.opened.session->ask(slow, open_server::within(std::chrono::seconds(20))),
                        [&finished, &first](std::exception_ptr failure, reply const&) {
                          first = failure;
                          finished = true;
                        });
  try {
    at.ask(quick, std::chrono::milliseconds(100));
    FAIL("it was answered");
  } catch (connection_error const& e) {
    CHECK(e.fate() == request_fate::not_sent);
  }
  at.loop.run_until(finished);
  CHECK_FALSE(first);
  CHECK(at.ask(quick)[0].succeeded());
}

TEST_CASE("a request that is cancelled while it is under way closes the connection", "[postgres]") {
  open_server at;
  request const what = sleeping("20");
  boost::asio::cancellation_signal signal;
  bool finished = false;
  std::exception_ptr why;
  boost::asio::co_spawn(
      at.loop.get_executor(), at.opened.session->ask(what, open_server::within(std::chrono::seconds(20))),
      boost::asio::bind_cancellation_slot(signal.slot(), [&finished, &why](std::exception_ptr failure, reply const&) {
        why = failure;
        finished = true;
      }));
  at.loop.wait(at.loop.sleep(std::chrono::milliseconds(100)));
  pawl::detail::cancel_through(signal);
  at.loop.run_until(finished);
  CHECK(why);
  CHECK_FALSE(at.opened.session->is_open());
}

TEST_CASE("who is given up awaits what was sent, and the session goes on", "[postgres]") {
  open_server at;
  at.opened.session->await_answers();
  request const what = sleeping("0.3");
  boost::asio::cancellation_signal signal;
  bool finished = false;
  std::exception_ptr why;
  auto const ask = [](connection& over, request const& of) -> pawl::task<void> {
    co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::enable_total_cancellation());
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    auto asking = over.ask(of, open_server::within(std::chrono::seconds(20)));
    co_await std::move(asking);
  };
  boost::asio::co_spawn(
      at.loop.get_executor(), ask(*at.opened.session, what),
      boost::asio::bind_cancellation_slot(signal.slot(), [&finished, &why](std::exception_ptr failure) {
        why = failure;
        finished = true;
      }));
  at.loop.wait(at.loop.sleep(std::chrono::milliseconds(100)));
  pawl::detail::cancel_through(signal, boost::asio::cancellation_type::total);
  at.loop.run_until(finished);
  CHECK_FALSE(why);
  CHECK(at.opened.session->is_open());
  CHECK(at.ask(sleeping("0"))[0].succeeded());
}

TEST_CASE("a loop that is destroyed drops a request that is under way", "[postgres]") {
  request const what = sleeping("20");
  std::unique_ptr<connection> session;
  {
    auto loop = std::make_unique<pawl::loop<>>();
    server_history history;
    pawl::postgres::options const chosen;
    auto opened = loop->wait(open_session(*loop, temporary_server::of_this_program().conninfo(), chosen, history));
    session = std::move(opened.session);
    boost::asio::co_spawn(loop->get_executor(), session->ask(what, open_server::within(std::chrono::seconds(20))),
                          [](std::exception_ptr, reply const&) { FAIL("it ended"); });
    loop->wait(loop->sleep(std::chrono::milliseconds(100)));
    CHECK(session->is_open());
    loop.reset();
  }
  CHECK_FALSE(session->is_open());
}

TEST_CASE("a request larger than the socket holds is written while its answer is read", "[postgres]") {
  open_server at;
  std::string const large(3'000'000, 'x');
  request what;
  for (int i = 0; i < 4; ++i) what.add("SELECT $1::text", {value_of(large)});
  reply const given = at.ask(what);
  REQUIRE(given.size() == 4);
  for (answer const& one : given) CHECK(one.cell(0, 0).size() == large.size());
}

using hints = std::set<std::string>;

struct listener {
  explicit listener(open_server& on) {
    pawl::detail::spawn(on.loop.get_executor(), listen(on), {&pawl::detail::rethrow});
    on.loop.wait(on.loop.sleep(std::chrono::milliseconds(20)));
  }
  pawl::task<void> listen(open_server& on) {
    try {
      auto hearing = on.opened.session->listen(on.within(std::chrono::hours(1)));
      heard = co_await std::move(hearing);
    } catch (connection_error const& e) {
      lost = e.fate() == request_fate::not_sent;
    }
    ended = true;
  }
  void wait(open_server& on) const {
    while (!ended) on.loop.wait(on.loop.sleep(std::chrono::milliseconds(1)));
  }

  hints heard{};
  bool lost = false, ended = false;
};

TEST_CASE("who listens hears what others tell, and what came while it asked", "[postgres]") {
  open_server at, other;
  at.ask("LISTEN pawl");
  auto const hear = [&] { return at.loop.wait(at.opened.session->listen(at.within(std::chrono::seconds(30)))); };
  other.ask("SELECT pg_notify('pawl','a')");
  other.ask("SELECT pg_notify('pawl','b'),pg_notify('else','c')");
  hints heard;
  while (heard.size() < 2)  // they may come one by one
    heard.merge(hear());
  CHECK(heard == hints{"a", "b"});
  other.ask("NOTIFY pawl");
  at.ask("SELECT 1");
  CHECK(hear() == hints{""});
  listener one(at);
  CHECK_FALSE(one.ended);
  other.ask("NOTIFY pawl,'d'");
  one.wait(at);
  CHECK(one.heard == hints{"d"});
}

TEST_CASE("who listens gives way to whoever asks, and returns when its time is over", "[postgres]") {
  open_server at;
  at.ask("LISTEN pawl");
  CHECK(at.loop.wait(at.opened.session->listen(at.within(std::chrono::milliseconds(20)))).empty());
  listener one(at);
  CHECK_FALSE(one.ended);
  CHECK(at.ask("SELECT 1")[0].succeeded());
  one.wait(at);
  CHECK(one.heard.empty());
  CHECK_FALSE(one.lost);
}

TEST_CASE("what was told while nobody listened is kept once, and of very many texts one that is news to all",
          "[postgres]") {
  open_server at, other;
  at.ask("LISTEN pawl");
  auto const listen = [&] { return at.loop.wait(at.opened.session->listen(at.within(std::chrono::seconds(30)))); };
  other.ask("SELECT pg_notify('pawl','a') FROM generate_series(1,9)");
  at.ask("SELECT 1");
  other.ask("NOTIFY pawl,'a'");
  at.ask("SELECT 1");
  CHECK(at.opened.session->take_told() == hints{"a"});
  CHECK(at.opened.session->take_told().empty());
  other.ask("NOTIFY pawl,'b'");
  at.ask("SELECT 1");
  CHECK(listen() == hints{"b"});
  other.ask("SELECT pg_notify('pawl',i::text) FROM generate_series(1,1000) AS i");
  at.ask("SELECT 1");
  auto const many = at.opened.session->take_told();
  CHECK(many.contains(""));
  CHECK(many.size() <= 65);
}

TEST_CASE("who listens learns at once that the session has ended", "[postgres]") {
  open_server at, other;
  listener one(at);
  other.ask("SELECT pg_terminate_backend(" + std::to_string(at.opened.session->told_process()) + ")");
  one.wait(at);
  CHECK(one.lost);
  CHECK_FALSE(at.opened.session->is_open());
}

TEST_CASE("who listens is told where the connection is closed meanwhile", "[postgres]") {
  open_server at;
  listener one(at);
  at.opened.session->cut();
  one.wait(at);
  CHECK(one.lost);
}

}  // namespace postgres_connection_test
