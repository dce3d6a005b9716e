// Opening a session: hosts that are wrong, dead, frozen, standbys or behind the times, and roles that set what they should not.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <pawl/loop/loop.hpp>
#include <pawl/postgres.hpp>

#include "catch.hpp"
#include "postgres/temporary_server.hpp"

namespace postgres_opening_test {
using namespace pawl::postgres::detail;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

struct opener {
  opened_session open(std::string const& conninfo) { return loop.wait(open_session(loop, conninfo, chosen, history)); }
  // Throws where it opens, or fails otherwise than as told.
  std::string refusal(std::string const& conninfo) {
    try {
      open(conninfo);
    } catch (pawl::store_error const& e) {
      CHECK(e.what_failed() == pawl::store_failure::refused);
      return e.what();
    }
    throw std::runtime_error("it was not refused");
  }
  std::string absence(std::string const& conninfo) {
    try {
      open(conninfo);
    } catch (connection_error const& e) {
      CHECK(e.fate() == request_fate::not_sent);
      return e.what();
    }
    throw std::runtime_error("it was not absent");
  }
  std::string ask(opened_session const& opened, std::string const& sql) {
    request what;
    what.add(sql);
    reply const given = loop.wait(opened.session->ask(what, steady_clock::now() + 30s));
    if (auto const* const failed = given.first_failure()) return std::string(failed->sqlstate());
    return given[0].rows() > 0 ? std::string(given[0].cell(0, 0)) : std::string(given[0].tag());
  }

  pawl::loop<> loop{};
  pawl::postgres::options chosen{};
  server_history history{};
};

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

temporary_server& the_server() { return temporary_server::of_this_program(); }
// Two hosts in one connection string.
std::string both(temporary_server const& first, temporary_server const& second) {
  return "host=" + first.socket_folder() + "," + second.socket_folder() + " port=" + std::to_string(first.port()) +
         "," + std::to_string(second.port()) + " dbname=postgres user=postgres";
}

TEST_CASE("a list of hosts is taken apart, each with its port", "[postgres]") {
  auto const each = settings_of_each_host(
      parse_conninfo("host=a,b,c port=1,2,3 dbname=d target_session_attrs=read-write connect_timeout=9"));
  REQUIRE(each.size() == 3);
  CHECK(name_of_host(each[1]) == "b:2");
  CHECK(each[1].size() == 3);
  CHECK(name_of_host(settings_of_each_host(parse_conninfo("host=a,b port=7")).at(1)) == "b:7");
  CHECK(name_of_host(settings_of_each_host(parse_conninfo("postgresql://u@x:1,y:2/d")).at(1)) == "y:2");
  CHECK(settings_of_each_host(parse_conninfo("dbname=d")).size() == 1);
  CHECK_THROWS_AS(settings_of_each_host(parse_conninfo("host=a,b,c port=1,2")), pawl::store_error);
  CHECK_THROWS_AS(settings_of_each_host(parse_conninfo("host=a,b port=1,x")), pawl::store_error);
}

TEST_CASE("the SQLSTATE is found in a message of any language", "[postgres]") {
  CHECK(sqlstate_in("connection to server at \"h\" failed: FATAL:  28P01: password authentication failed") == "28P01");
  CHECK(sqlstate_in("Verbindung fehlgeschlagen: SCHWERWIEGEND:  3D000: Datenbank") == "3D000");
  CHECK(sqlstate_in("connection failed: No such file or directory") == "");
  CHECK(sqlstate_in("FATAL:  sorry: no") == "");
}

TEST_CASE("options are checked before anything is connected", "[postgres]") {
  opener with;
  with.chosen.answer_within = 0ms;
  CHECK(has(with.refusal("host=/nowhere"), "answer_within"));
}

TEST_CASE("a wrong password, user or database is refused, and no password is shown", "[postgres]") {
  opener with;
  temporary_server& server = the_server();
  server.run("CREATE ROLE locked LOGIN PASSWORD 'rightly-so'");
  CHECK(with.open(server.conninfo_by_port("user=locked password=rightly-so")).session->is_open());
  std::string all;
  all += with.refusal(server.conninfo_by_port("user=locked password=sesame-open"));
  CHECK(has(all, "28P01"));
  all += with.refusal(server.conninfo_by_port("user=locked"));
  CHECK(has(all, "no password"));
  all += with.refusal(server.conninfo("user=absent password=sesame-open"));
  all += with.refusal(server.conninfo("user=postgres dbname=absent password=sesame-open"));
  all += with.refusal("host=a nonsense password=sesame-open");
  all += with.refusal("host=a password='sesame-open");
  all += with.refusal("host=a password=open sesame-open");
  all += with.refusal("host=a,b,c port=1,2 password=sesame-open");
  all += with.absence("host=127.0.0.1 port=1 user=u password=sesame-open");

  std::string const at_server = "@127.0.0.1:" + std::to_string(server.port()) + "/postgres";
  CHECK(with.open("postgresql://locked:rightly-so" + at_server).session->is_open());
  std::string const wrong = with.refusal("postgresql://locked:sesame-open" + at_server);
  CHECK(has(wrong, "28P01"));
  all += wrong + with.refusal("postgresql://locked:sesame%2Dopen" + at_server);
  all += with.absence("postgres://u:sesame-open@127.0.0.1:1/d");
  all += with.absence("postgresql://u@127.0.0.1:1/d?password=sesame-open@home");
  all += with.refusal("postgresql://u:sesame-open@[::1/d");
  all += with.refusal("postgresql://u:100%sesame-open@127.0.0.1:1/d");
  all += with.refusal("postgresql://u:p@sesame-open@127.0.0.1:1/d");
  all += with.refusal("postgresql://u:1/sesame-open@127.0.0.1:1/d");
  all += with.refusal("postgresql://u:sesame/open?d@127.0.0.1:1/d");
  CHECK_FALSE(has(all, "sesame"));
  server.run("DROP ROLE locked");
}

TEST_CASE("a dead first host is passed over", "[postgres]") {
  opener with;
  auto const opened = with.open("host=127.0.0.1," + the_server().socket_folder() + " port=1," +
                                std::to_string(the_server().port()) + " dbname=postgres user=postgres");
  CHECK(with.ask(opened, "SELECT 'here'") == "here");
  CHECK(has(with.absence("host=127.0.0.1,/nowhere port=1 user=u"), "/nowhere"));
}

TEST_CASE("a first host that is frozen takes its deadline and no longer", "[postgres]") {
  temporary_server frozen;
  frozen.start();
  frozen.freeze();
  opener with;
  with.chosen.connect_within = 500ms;
  auto const begun = steady_clock::now();
  CHECK(has(with.absence(frozen.conninfo()), "within the deadline"));
  CHECK(steady_clock::now() - begun >= 500ms);
  with.chosen.connect_within = 3s;
  auto const opened = with.open(both(frozen, the_server()));
  auto const took = steady_clock::now() - begun;
  CHECK(took >= 3s);
  CHECK(took < 7s);
  CHECK(with.ask(opened, "SELECT 'here'") == "here");
  frozen.thaw();
}

TEST_CASE("a standby is passed over, and an old primary or another cluster is refused", "[postgres]") {
  temporary_server primary({"--data-checksums"});  // a cluster of its own
  primary.start();
  primary.stop();
  temporary_server standby(primary);
  standby.become_standby();
  standby.configure("hot_standby=on");
  primary.start();
  standby.start();
  opener with;
  CHECK(has(with.absence(standby.conninfo()), "standby"));
  CHECK(with.ask(with.open(both(standby, primary)), "SELECT pg_is_in_recovery()") == std::string(1, '\0'));
  CHECK(with.history.highest().timeline == 1);

  standby.run("SELECT pg_promote()");
  CHECK(with.open(standby.conninfo()).facts.identity.timeline == 2);
  CHECK(has(with.absence(primary.conninfo()), "old primary"));
  CHECK(with.open(both(primary, standby)).facts.identity.timeline == 2);
  CHECK(has(with.absence(the_server().conninfo()), "another database cluster"));
}

TEST_CASE("a session overrides what a role has set, but for its search_path", "[postgres]") {
  temporary_server& server = the_server();
  server.run("CREATE ROLE hostile LOGIN");
  for (std::string const setting :
       {"DateStyle='SQL, DMY'", "standard_conforming_strings=off", "search_path=elsewhere", "client_encoding=LATIN1",
        "default_transaction_isolation=serializable", "default_transaction_read_only=on", "lock_timeout='1s'",
        "statement_timeout='1s'", "idle_in_transaction_session_timeout='100ms'", "idle_session_timeout='100ms'",
        "enable_seqscan=on", "client_min_messages=error", "synchronous_commit=remote_write", "jit=on",
        "plan_cache_mode=force_custom_plan"})
    server.run("ALTER ROLE hostile SET " + setting);
  opener with;
  auto const opened = with.open(server.conninfo("user=hostile"));
  std::pair<std::string, std::string> const wanted[] = {{"client_encoding", "UTF8"},
                                                        {"DateStyle", "ISO, MDY"},
                                                        {"standard_conforming_strings", "on"},
                                                        {"default_transaction_isolation", "read committed"},
                                                        {"default_transaction_read_only", "off"},
                                                        {"lock_timeout", "2s"},
                                                        {"client_min_messages", "warning"},
                                                        {"synchronous_commit", "remote_write"},
                                                        {"statement_timeout", "0"},
                                                        {"idle_in_transaction_session_timeout", "0"},
                                                        {"idle_session_timeout", "0"},
                                                        {"enable_seqscan", "off"},
                                                        {"enable_hashjoin", "off"},
                                                        {"enable_mergejoin", "off"},
                                                        {"enable_bitmapscan", "off"},
                                                        {"jit", "off"},
                                                        {"plan_cache_mode", "force_generic_plan"}};
  for (auto const& [name, value] : wanted) {
    INFO(name);
    CHECK(with.ask(opened, "SHOW " + name) == value);
  }
  CHECK(with.ask(opened, "SHOW search_path") == "elsewhere");
  server.run("ALTER SYSTEM SET synchronous_commit=off");
  server.run("SELECT pg_reload_conf()");
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  CHECK(server.run("SHOW synchronous_commit") == "off");
  CHECK(with.ask(opened, "SHOW synchronous_commit") == "remote_write");
  server.run("ALTER SYSTEM RESET synchronous_commit");
  server.run("SELECT pg_reload_conf()");
  CHECK(with.ask(opened, "SELECT octet_length('\xc3\xa9')::text") == "2");
  CHECK(with.ask(opened, "SHOW transaction_read_only") == "off");
  server.run("DROP ROLE hostile");
}

TEST_CASE("synchronous_commit=off is refused unless a crash may lose commits", "[postgres]") {
  temporary_server& server = the_server();
  server.run("CREATE ROLE hasty LOGIN; ALTER ROLE hasty SET synchronous_commit=off");
  opener with;
  CHECK(has(with.refusal(server.conninfo("user=hasty")), "synchronous_commit"));
  with.chosen.durable = pawl::postgres::durability::process_crash;
  CHECK(with.ask(with.open(server.conninfo("user=hasty")), "SHOW synchronous_commit") == "off");
  server.run("DROP ROLE hasty");
}

TEST_CASE("a session that has a server process of its own uses names", "[postgres]") {
  opener with;
  CHECK(with.open(the_server().conninfo()).session->uses_names());
}

}  // namespace postgres_opening_test
