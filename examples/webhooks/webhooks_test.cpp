// Tests webhooks from outside, against receivers on real sockets: what arrives, what is told, and that it may be killed.
// WEBHOOKS is the path of the program.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <deque>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <pawl/sqlite/database.hpp>
#include <pawl/testing/http/server.hpp>

#include "catch.hpp"
#include "examples/local_page.hpp"
#include "examples/program.hpp"
#include "fake_receiver.hpp"
#include "files.hpp"

namespace webhooks_test {

using namespace std::chrono_literals;

struct host {
  webhooks::fake_receiver receives{};
  pawl::testing::http_server server{};

  host() {
    server.with([this](pawl::testing::http_remote& remote) { receives.serve(remote); });
  }
  std::string url(std::string const& path = "/hook") const { return server.base() + path; }
  template <class F> auto look(F f) {
    return server.with([&](pawl::testing::http_remote&) { return f(receives); });
  }
};

struct world {
  temporary_folder root;
  std::string db = root / "hooks.db";
  std::deque<host> hosts;

  explicit world(std::size_t count = 1) : hosts(count) {}

  static ending call(std::vector<std::string> const& args) { return program(WEBHOOKS, args).wait(); }
  ending with_db(std::vector<std::string> args) const {
    args.insert(args.begin() + 1, {"--db", db});
    return call(args);
  }
  std::vector<std::string> run_arguments() const {
    return {"run", "--db", db, "--wait", "0.01", "--rate", "1000", "--workers", "20"};
  }
  ending run() const { return call(run_arguments()); }
  nlohmann::json status() const { return nlohmann::json::parse(with_db({"status", "--json"}).out); }
  // The same payload at one host after the other.
  void add(std::size_t count) {
    std::ofstream lines(root / "lines");
    for (std::size_t i = 0; i < count; ++i)
      lines << nlohmann::json{{"url", hosts[i % hosts.size()].url()},
                              {"payload", {{"n", i}}},
                              {"event", std::to_string(i)}}
            << '\n';
    lines.close();
    REQUIRE(with_db({"add", "--file", root / "lines"}).out == std::to_string(count) + " added\n");
  }
  // How often each payload was performed.
  std::map<std::string, std::size_t> bodies() {
    std::map<std::string, std::size_t> all;
    for (auto& one : hosts)
      for (auto const& [body, times] : one.look([](webhooks::fake_receiver& r) { return r.bodies(); }))
        all[body] += times;
    return all;
  }
  static std::map<std::string, std::size_t> once_each(std::size_t count) {
    std::map<std::string, std::size_t> all;
    for (std::size_t i = 0; i < count; ++i) all["{\"n\":" + std::to_string(i) + "}"] = 1;
    return all;
  }
};

TEST_CASE("what is added is delivered, and added and delivered once", "[webhooks]") {
  world w(2);
  w.add(20);
  CHECK(w.with_db({"add", "--file", w.root / "lines"}).out == "0 added, 20 were there already\n");
  auto const e = w.run();
  INFO(e.err);
  CHECK(e.code == 0);
  CHECK(e.out == "20 delivered, 0 dead, 0 parked, 0 pending\n");
  CHECK(w.bodies() == world::once_each(20));
  CHECK(w.run().code == 0);
  CHECK(w.hosts[0].server.requests() + w.hosts[1].server.requests() == 20);
  CHECK(w.with_db({"add", "--url", w.hosts[0].url(), "--payload", "[1]", "--count", "3"}).out == "3 added\n");
  CHECK(w.run().code == 0);
  CHECK(w.bodies()["[1]"] == 3);
}

TEST_CASE("a thousand webhooks, a fifth of all requests failing, twenty kills: each is performed once", "[webhooks]") {
  world w(3);
  w.add(1000);
  std::size_t seed = 0;
  for (auto& one : w.hosts) {
    ++seed;
    one.server.with([seed](pawl::testing::http_remote& remote) {
      remote.obey([seed](std::size_t n) { return webhooks::random_fault(0.2, (seed << 32U) + n); });
    });
  }
  std::mt19937 random(11);
  int kills = 0;
  for (int i = 0; i < 20; ++i) {
    program run(WEBHOOKS, w.run_arguments());
    std::this_thread::sleep_for(std::chrono::milliseconds(20 + random() % 60));
    run.signal(SIGKILL);
    auto const e = run.wait();
    INFO(e.err);
    CHECK((e.signal == SIGKILL || e.code == 0));
    kills += e.signal == SIGKILL ? 1 : 0;
  }
  auto const e = w.run();
  INFO(e.err);
  CHECK(e.code == 0);
  CHECK(e.out == "1000 delivered, 0 dead, 0 parked, 0 pending\n");
  CHECK(kills >= 10);
  CHECK(w.bodies() == world::once_each(1000));
}

TEST_CASE("what cannot be delivered is listed with its attempts and its error, and may be revived", "[webhooks]") {
  world w;
  w.with_db({"add", "--url", w.hosts[0].url("/error")});
  w.with_db({"add", "--url", w.hosts[0].url("/gone")});
  w.with_db({"add", "--url", w.hosts[0].url()});
  auto const e = w.run();
  CHECK(e.code == 3);
  CHECK(e.out == "1 delivered, 2 dead, 0 parked, 0 pending\n");
  CHECK(e.err.find("`webhooks dead` says why") != std::string::npos);
  auto const base = w.hosts[0].server.base();
  CHECK(w.with_db({"dead"}).out == "1\t8 attempts\t" + base +
                                       "/error\tunknown_outcome: HTTP 500 Internal Server Error\n" + "2\t1 attempts\t" +
                                       base + "/gone\tpermanent: HTTP 410 Gone\n");
  CHECK(w.run().code == 3);  // not tried again unasked
  CHECK(w.hosts[0].server.requests() == 10);

  auto const none = w.with_db({"revive", "3", "x"});
  CHECK(none.code == 1);
  CHECK(none.err == "webhooks: no webhook '3' is dead or parked\nwebhooks: no webhook 'x' is dead or parked\n");
  CHECK(w.with_db({"revive", "2"}).code == 0);
  CHECK(w.status()["states"]["pending"] == 1);
  {
    pawl::sqlite::database db(w.db);
    db.execute("UPDATE webhooks SET url='" + w.hosts[0].url() + "'");  // somebody has mended it
  }
  CHECK(w.with_db({"revive", "--all"}).out == "1 are sent again by the run that is at work, or else the next one\n");
  CHECK(w.run().code == 0);
  CHECK(w.with_db({"dead"}).out.empty());
}

TEST_CASE("a run that follows sends what is added meanwhile, and stops when it is asked to", "[webhooks]") {
  world w;
  w.add(1);
  auto args = w.run_arguments();
  args.emplace_back("--follow");
  program run(WEBHOOKS, args);
  REQUIRE(eventually([&] { return w.bodies().size() == 1; }));
  CHECK(w.with_db({"add", "--url", w.hosts[0].url(), "--payload", "7"}).code == 0);
  REQUIRE(eventually([&] { return w.bodies().size() == 2; }));
  auto const second = w.run();
  CHECK(second.code == 1);
  CHECK(second.err.find("is running this store") != std::string::npos);
  run.signal(SIGTERM);
  auto const e = run.wait();
  CHECK(e.code == 143);
  CHECK(e.out == "2 delivered, 0 dead, 0 parked, 0 pending\n");
}

TEST_CASE("a first signal lets what is being sent end, a second one does not", "[webhooks]") {
  world w;
  w.hosts[0].server.with([](pawl::testing::http_remote& remote) {
    remote.obey([](std::size_t n) {
      pawl::testing::http_fault fault;
      return n <= 2 ? fault.delay(n == 1 ? 1s : 20s) : fault;
    });
  });
  w.add(3);
  auto args = w.run_arguments();
  args.insert(args.end(), {"--host-workers", "1"});
  {
    program run(WEBHOOKS, args);
    REQUIRE(eventually([&] { return w.hosts[0].server.requests() == 1; }));
    run.signal(SIGINT);
    auto const e = run.wait();
    CHECK(e.code == 130);
    CHECK(e.out == "1 delivered, 0 dead, 0 parked, 2 pending\n");
  }
  program run(WEBHOOKS, args);
  REQUIRE(eventually([&] { return w.hosts[0].server.requests() == 2; }));
  run.signal(SIGINT);
  std::this_thread::sleep_for(300ms);
  CHECK(run.running());
  run.signal(SIGINT);
  auto const e = run.wait();
  CHECK(e.signal == SIGINT);
  CHECK(w.run().code == 0);
  CHECK(w.bodies() == world::once_each(3));
}

TEST_CASE("on a terminal the progress is one line, else there are lines for a journal", "[webhooks]") {
  world w;
  w.add(5);
  auto const drawn = run_on_terminal(WEBHOOKS, w.run_arguments(), {});
  CHECK(drawn.find("5/5 webhooks") != std::string::npos);
  CHECK(drawn.find("5 delivered, 0 dead, 0 parked, 0 pending") != std::string::npos);
  CHECK(w.run().err.empty());
}

TEST_CASE("the fake receiver serves until a signal, and counts", "[webhooks]") {
  world w;
  program service(WEBHOOKS, {"receive", "--hosts", "1", "--faults", "0.1"});
  std::string base;
  REQUIRE(eventually([&] { return !(base = text_of(service.work().parent_path() / "out")).empty(); }));
  base.resize(base.find('\n'));
  w.with_db({"add", "--url", base + "/hook", "--count", "10"});
  w.with_db({"add", "--url", base + "/busy"});
  CHECK(w.run().code == 0);
  service.signal(SIGTERM);
  auto const e = service.wait();
  CHECK(e.code == 0);
  CHECK(e.out.find(base + ": 11 webhooks, by ") != std::string::npos);
}

TEST_CASE("a run of webhooks shows a page of what it has delivered", "[webhooks]") {
  world w;
  w.add(3);
  auto args = w.run_arguments();
  for (auto const* more : {"--follow", "--page", "0"}) args.emplace_back(more);
  program running(WEBHOOKS, args);
  std::string const url = url_of(running);
  CHECK(eventually([&] { return w.bodies().size() == 3; }));
  CHECK(get(url, "/").find("webhooks") != std::string::npos);
  CHECK(get(url, "/healthz").find(" 200 ") != std::string::npos);
  running.signal(SIGINT);
  CHECK(running.wait().code == 128 + SIGINT);
}

}  // namespace webhooks_test
