// Tests fleet from outside: workers on one server, of which some are killed, and a server that is. FLEET is the path of the
// program, FLEET_SERVERS that of the script beside it.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <sys/stat.h>
#include <sys/wait.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/statement.hpp>

#include "catch.hpp"
#include "files.hpp"
#include "postgres/plain_session.hpp"
#include "postgres/temporary_server.hpp"
#include "program.hpp"

namespace fleet_test {

using std::chrono::steady_clock;

// A fleet: a database, and the books of the shop.
struct fleet {
  explicit fleet(std::string server) : connect(std::move(server)) {}

  ending call(std::vector<std::string> args) const {
    args.insert(args.end(), {"--connect", connect, "--shop", books});
    return program(FLEET, args).wait();
  }
  std::unique_ptr<program> work(std::vector<std::string> more = {}) const {
    std::vector<std::string> args{"work", "--concurrency", "5", "--connect", connect, "--shop", books};
    args.insert(args.end(), more.begin(), more.end());
    return std::make_unique<program>(FLEET, args);
  }
  void add(std::size_t orders) const {
    std::vector<std::string> args{"add"};
    for (std::size_t i = 0; i < orders; ++i) args.push_back("order" + std::to_string(i));
    auto const e = call(args);
    INFO(e.err);
    REQUIRE(e.code == 0);
  }
  // "packed 60": the line of a state in `fleet status`, as a number.
  std::size_t in_state(std::string const& state) const {
    std::istringstream lines(call({"status"}).out);
    for (std::string name, count; lines >> name >> count;)
      if (name == state) return std::stoul(count);
    return 0;
  }
  // How often the shop has done this, and for how many keys.
  std::size_t deeds(std::string const& what) const {
    pawl::sqlite::options look;
    look.mode = pawl::sqlite::access::read_only;
    pawl::sqlite::database all(books, look);
    auto s = all.prepare("SELECT count(*) FROM deeds WHERE what=?1");
    s.bind(1, std::string_view(what));
    return s.step() ? static_cast<std::size_t>(s.integer(0)) : 0;
  }

  temporary_folder folder{};
  std::string connect;
  std::string books = folder / "fleet.shop";
};

TEST_CASE("of three workers one is killed: the others take over at once, and each charge is made once", "[examples]") {
  postgres_test::own_schema schema{temporary_server::quick()};
  fleet all(temporary_server::quick().conninfo("user=postgres options='-c search_path=" + schema.name() + "'"));
  std::size_t const orders = 40;
  all.add(orders);
  CHECK(all.call({"add", "unicorn", "broke", "order1"}).err == "fleet: there is an order order1 already\n");
  std::vector<std::unique_ptr<program>> workers;
  for (int i = 0; i < 3; ++i) workers.push_back(all.work());
  auto const held_by = [&](program const& one) {
    return schema.sql
        .must("SELECT count(*) FROM orders AS f JOIN pawl_worker AS w ON f.owner=w.worker WHERE w.name LIKE $1",
              {"%:" + std::to_string(one.pid())})
        .at(0, 0);
  };
  REQUIRE(eventually([&] { return held_by(*workers[1]) >= "4"; }));
  auto const number =
      schema.sql.must("SELECT worker FROM pawl_worker WHERE name LIKE $1", {"%:" + std::to_string(workers[1]->pid())})
          .at(0, 0);
  workers[1]->signal(SIGKILL);
  auto const killed = steady_clock::now();
  REQUIRE(eventually(
      [&] { return schema.sql.must("SELECT count(*) FROM orders WHERE owner=$1::int4", {number}).at(0, 0) == "0"; }));
  std::printf("the orders of a killed worker were free %lld ms after its end\n",
              static_cast<long long>((steady_clock::now() - killed) / std::chrono::milliseconds(1)));
  REQUIRE(eventually([&] { return all.in_state("packed") == orders; }));
  auto const collected = all.call({"collect"});
  CHECK(collected.out == std::to_string(orders) + " collected\n");
  REQUIRE(eventually([&] { return all.in_state("shipped") == orders; }));
  auto const status = all.call({"status"});
  CHECK(status.out.find("worker ") != std::string::npos);
  CHECK(status.out.find("parked") == std::string::npos);
  for (std::size_t const i : {0U, 2U}) {
    workers[i]->signal(SIGTERM);
    CHECK(workers[i]->wait().code == 128 + SIGTERM);
  }
  CHECK(workers[1]->wait().signal == SIGKILL);
  CHECK(all.call({"status"}).out == "shipped    40\nrefunded   1\ndeclined   1\n");
  CHECK(all.deeds("charge") == orders + 1);
  CHECK(all.deeds("refund") == 1);
  CHECK(all.deeds("letter") == orders);
}

TEST_CASE("an order that waits for the courier can be cancelled, and no other", "[examples]") {
  postgres_test::own_schema schema{temporary_server::quick()};
  fleet all(temporary_server::quick().conninfo("user=postgres options='-c search_path=" + schema.name() + "'"));
  all.add(1);
  CHECK(all.call({"cancel", "order0"}).code == 1);
  CHECK(all.work({"--until-idle"})->wait().code == 0);
  CHECK(all.call({"cancel", "order0"}).code == 0);
  CHECK(all.work({"--until-idle"})->wait().code == 0);
  CHECK(all.call({"status"}).out == "refunded   1\n");
  auto const e = all.call({"cancel", "nobody"});
  CHECK(e.code == 1);
  CHECK(e.err.find("fleet: nobody cannot be cancelled: ") == 0);
}

TEST_CASE("what is wrong on fleet's command line is said in one sentence", "[examples]") {
  auto const lines = [](std::string const& text) { return std::count(text.begin(), text.end(), '\n'); };
  temporary_folder folder;
  for (std::vector<std::string> const& args :
       {std::vector<std::string>{"work", "--outage", "0", "--connect",
                                 "host=" + (folder / "nowhere") + " password=secret connect_timeout=1"},
        {"status", "--connect", "host='unclosed password=secret"}}) {
    auto const e = program(FLEET, args).wait();
    CHECK(e.code == 1);
    CHECK(lines(e.err) == 1);
    CHECK(e.err.find("secret") == std::string::npos);
  }
  for (std::vector<std::string> const& args : {std::vector<std::string>{},
                                               {"work", "--concurrency", "0"},
                                               {"work", "--outage", "-1"},
                                               {"add"},
                                               {"dance"},
                                               {"status", "--connect"}})
    CHECK(program(FLEET, args).wait().code == 2);
}

// While it lives, where the system has that, what is killed stays a process that nobody asks for, as in a container whose
// first process asks for none: the script may not take it for a running server.
struct orphans_adopted {
  orphans_adopted() { adopt(true); }
  orphans_adopted(orphans_adopted const&) = delete;
  orphans_adopted& operator=(orphans_adopted const&) = delete;
  ~orphans_adopted() {
    adopt(false);
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {}
  }
  static void adopt([[maybe_unused]] bool yes) {
#ifdef __linux__
    ::prctl(PR_SET_CHILD_SUBREAPER, yes ? 1 : 0);
#endif
  }
};

// The script's servers, which end with this.
struct servers {
  explicit servers(std::string in) : place(std::move(in)) {}
  ~servers() { call("stop"); }
  // Returns what to connect to.
  std::string start() const {
    auto const e = call("start");
    INFO(e.err);
    REQUIRE(e.code == 0);
    auto const begin = e.out.find('"') + 1;
    return e.out.substr(begin, e.out.rfind('"') - begin);
  }
  ending call(std::string const& what) const { return program("/bin/bash", {FLEET_SERVERS, what, place}).wait(); }

  std::string place;
};

TEST_CASE("workers go on with the standby when the primary is killed, and nothing acknowledged is lost", "[examples]") {
  temporary_folder folder;
  ::chmod(folder.path().c_str(), 0755);
  orphans_adopted const adopted;
  servers const both(folder / "servers");
  fleet all(both.start());
  std::size_t const orders = 30;
  all.add(orders);
  auto const one = all.work({"--until-idle"}), two = all.work({"--until-idle"});
  REQUIRE(eventually([&] { return all.in_state("packed") >= 5; }));
  auto const packed = all.in_state("packed");
  auto const failed_over = both.call("fail-over");
  INFO(failed_over.err);
  REQUIRE(failed_over.code == 0);
  CHECK(all.in_state("packed") >= packed);
  CHECK(one->wait().code == 0);
  CHECK(two->wait().code == 0);
  CHECK(all.call({"status"}).out == "packed     " + std::to_string(orders) + "\n");
  CHECK(all.deeds("charge") == orders);
  auto const only_standby_runs = [&both] {
    return both.call("status").out.find("primary does not run\nstandby runs on port ") == 0;
  };
  CHECK(only_standby_runs());
  CHECK(both.call("stop").code == 0);
  CHECK(both.call("start").code == 0);  // which leaves the old primary alone
  CHECK(only_standby_runs());
  CHECK(all.call({"status"}).code == 0);
  CHECK(both.call("fail-over").code == 1);
  CHECK(both.call("dance").code == 2);
}

}  // namespace fleet_test
