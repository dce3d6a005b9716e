// Tests of the step on receivers in memory: two thousand webhooks, and wherever the process dies.
#include "steps.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <pawl/pawl.hpp>
#include <pawl/testing.hpp>
#include <pawl/testing/http/script.hpp>

#include "catch.hpp"
#include "fake_receiver.hpp"
#include "files.hpp"

namespace webhooks_steps_test {

using namespace webhooks;
using namespace std::chrono_literals;
using pawl::testing::http_fault;
using pawl::testing::http_script;
using virtual_loop = pawl::loop<pawl::virtual_clock>;

std::string body(std::size_t n) { return "{\"n\":" + std::to_string(n) + "}"; }
std::string host(std::size_t n) { return "host" + std::to_string(n) + ".example"; }

pawl::sqlite::options quick() {
  pawl::sqlite::options options;
  options.durable = pawl::sqlite::durability::process_crash;
  return options;
}

// What outlives a process.
struct remains {
  temporary_folder folder{};
  std::map<std::string, fake_receiver> at{};  // by host

  std::string db() const { return folder / "webhooks.db"; }
  std::map<std::string, std::size_t> bodies() const {
    std::map<std::string, std::size_t> all;
    for (auto const& [name, receiver] : at)
      for (auto const& [text, times] : receiver.bodies()) all[text] += times;
    return all;
  }
  // When the host performed its last webhook.
  std::chrono::nanoseconds end_of(std::string const& name) const {
    std::chrono::nanoseconds last{};
    for (auto const& [key, one] : at.at(name).deliveries()) last = (std::max)(last, one.at);
    return last;
  }
};

// One process, with all that dies with it.
struct life {
  using arranging = std::function<void(std::string const& host, http_script&)>;

  explicit life(remains& d, arranging arrange = {}) : durable(d), rows(d.db(), quick()) {
    to = std::make_unique<receivers>([this, arrange = std::move(arrange)](pawl::http::origin const& origin) {
      auto script = std::make_unique<http_script>(loop);
      auto& receiver = durable.at[origin.host];
      receiver.use_clock([this] { return loop.now(); });
      receiver.serve(script->remote);
      if (arrange) arrange(origin.host, *script);
      scripts[origin.host] = script.get();
      return script;
    });
  }
  template <class Store> pawl::summary run(Store& store) {
    pawl::commit_queue queue(loop, store);
    return pawl::run(queue, steps(rows, *to, at, loop), options_of(at));
  }
  pawl::summary run() { return run(rows.store()); }
  std::string text(std::string const& query) {
    auto s = rows.db().prepare(query);
    return s.step() ? std::string(s.text(0)) : "no row";
  }

  remains& durable;
  virtual_loop loop;
  pace at;
  outbox rows;
  std::map<std::string, http_script*> scripts;
  std::unique_ptr<receivers> to;
};

// Of body(0) to body(count - 1) each is performed once, but for these.
void check_performed_once(remains const& durable, std::size_t count, std::vector<std::size_t> const& but_for = {}) {
  std::map<std::string, std::size_t> expected;
  for (std::size_t i = 0; i < count; ++i) expected[body(i)] = 1;
  for (auto n : but_for) expected.erase(body(n));
  CHECK(durable.bodies() == expected);
}

std::vector<message> messages(std::size_t count, std::size_t hosts) {
  std::vector<message> all;
  for (std::size_t i = 0; i < count; ++i) all.push_back({"http://" + host(i % hosts) + "/hook", body(i), {}});
  return all;
}

TEST_CASE("two thousand webhooks: one host away for an hour, one loses answers, one row is poisoned", "[webhooks]") {
  remains durable;
  life now(durable, [&now](std::string const& name, http_script& script) {
    if (name == host(0))
      script.remote.obey([&now](std::size_t) {
        http_fault fault;
        if (now.loop.now() < 1h) fault.status(503, {{"Retry-After", "3600"}}).before_effect();
        return fault;
      });
    if (name == host(1))
      script.remote.obey([](std::size_t n) {
        http_fault fault;
        if (n % 3 == 0) fault.drop_after();
        return fault;
      });
  });
  auto all = messages(2000, 5);
  all[502].url = "http://" + host(2) + "/error";
  all[503].url = "http://" + host(3) + "/gone";
  all[504].url = "http://" + host(4) + "/busy";
  all[1004].url = "ftp://" + host(4);
  all[1009].event = "a\nb";
  REQUIRE(now.rows.add(all) == 2000);
  auto const sum = now.run();
  CHECK(sum.finished == 1996);
  CHECK(sum.ended == 4);
  CHECK(sum.failures == 4);
  check_performed_once(durable, 2000, {502, 503, 1004, 1009});

  auto const dead = now.rows.dead_letters("0", 10);
  REQUIRE(dead.size() == 4);
  CHECK(dead[0].id == "503");  // ids begin at 1
  CHECK(dead[0].attempts == 8);
  CHECK(dead[0].error.find("HTTP 500") != std::string::npos);
  CHECK(dead[1].attempts == 1);
  CHECK(dead[1].error.find("HTTP 410") != std::string::npos);
  CHECK(dead[2].attempts == 1);
  CHECK(dead[3].attempts == 1);
  CHECK(dead[2].error.find("must begin with https:// or http://") != std::string::npos);
  CHECK(now.text("SELECT count(*) FROM webhooks WHERE state='delivered' AND response_status=204 AND delivered_at IS "
                 "NOT NULL AND attempts IS NULL AND last_error IS NULL") == "1996");

  // The gate was closed: but for those that were under way nothing went there in this hour.
  CHECK(durable.end_of(host(0)) > 1h);
  CHECK(now.scripts[host(0)]->remote.requests() <= 400 + now.at.at_once);
  for (std::size_t other = 1; other < 5; ++other) CHECK(durable.end_of(host(other)) < 10min);
  CHECK(durable.end_of(host(3)) < 30s);
}

TEST_CASE("a host that takes its time does not hold up the others", "[webhooks]") {
  remains durable;
  life now(durable, [](std::string const& name, http_script& script) {
    if (name == host(0)) script.latency = 25s;
  });
  now.at.workers = 20;
  now.rows.add(messages(500, 5));
  CHECK(now.run().finished == 500);
  check_performed_once(durable, 500);
  for (std::size_t other = 1; other < 5; ++other) CHECK(durable.end_of(host(other)) < 10s);
  CHECK(durable.end_of(host(0)) >= 25s * 10);
}

TEST_CASE("a host is sent to at its rate", "[webhooks]") {
  remains durable;
  life now(durable);
  now.at.per_second = 5;
  now.rows.add(messages(100, 2));
  CHECK(now.run().finished == 100);
  for (std::size_t n = 0; n < 2; ++n) {
    CHECK(durable.end_of(host(n)) > 8s);  // 50, but for the burst of 5, by 5 a second
    CHECK(durable.end_of(host(n)) < 10s);
  }
}

TEST_CASE("a receiver that answers 401 or is unknown stops nobody else", "[webhooks]") {
  remains durable;
  life now(durable);
  auto all = messages(3, 3);
  all[0].url = "http://" + host(0) + "/refuse";
  now.rows.add(all);
  auto const sum = now.run();
  CHECK_FALSE(sum.halted);
  CHECK(sum.finished == 2);
  CHECK(now.text("SELECT state||' '||attempts FROM webhooks WHERE id=1") == "dead 1");
}

// As a client that cannot find the host's name, which ends a run as it stands.
struct unknown_host final : pawl::http::transport {
  pawl::task<pawl::outcome<pawl::http::answer>> send(pawl::http::request const&) override {
    co_return pawl::trouble::auth("the host is unknown");
  }
};

TEST_CASE("a host that nobody knows is tried eight times, and the others go on", "[webhooks]") {
  remains durable;
  life now(durable);
  receivers some([&](pawl::http::origin const& origin) -> std::unique_ptr<pawl::http::transport> {
    if (origin.host == host(0)) return std::make_unique<unknown_host>();
    auto script = std::make_unique<http_script>(now.loop);
    durable.at[origin.host].serve(script->remote);
    return script;
  });
  now.rows.add(messages(4, 2));
  pawl::commit_queue queue(now.loop, now.rows.store());
  auto const sum = pawl::run(queue, steps(now.rows, some, now.at, now.loop), options_of(now.at));
  CHECK_FALSE(sum.halted);
  CHECK(sum.finished == 2);
  CHECK(now.text("SELECT state||' '||attempts||' '||last_error FROM webhooks WHERE id=1") ==
        "dead 8 transient: the host is unknown");
}

TEST_CASE("what a person revives is sent again, under its own Webhook-Id", "[webhooks]") {
  remains durable;
  std::vector<std::string> ids;
  bool is_mended = false;
  life now(durable, [&](std::string const&, http_script& script) {
    script.remote.on(pawl::http::post, "/hook", [&](pawl::testing::http_call const& call) {
      ids.emplace_back(call.headers.find("webhook-id").value_or("none"));
      pawl::http::answer a;
      a.status = is_mended ? 200 : 400;
      return a;
    });
  });
  now.rows.add({{"http://" + host(0) + "/hook", body(0), "order 7"}});
  CHECK(now.run().ended == 1);
  CHECK(now.text("SELECT attempts||' '||last_error FROM webhooks") == "1 permanent: HTTP 400");
  CHECK_FALSE(now.rows.revive("2"));
  CHECK(now.rows.revive("1"));
  CHECK_FALSE(now.rows.revive("1"));
  CHECK(now.text("SELECT attempts IS NULL AND last_error IS NULL FROM webhooks") == "1");
  is_mended = true;
  CHECK(now.run().finished == 1);
  CHECK(ids == std::vector<std::string>{"order 7", "order 7"});
  CHECK(now.text("SELECT response_status FROM webhooks") == "200");
}

TEST_CASE("an event is added once, and all are added or none", "[webhooks]") {
  remains durable;
  life now(durable);
  CHECK(now.rows.add({{"http://a", "1", "x"}, {"http://a", "2", "x"}, {"http://a", "3", {}}}) == 2);
  CHECK(now.rows.add({{"http://a", "1", "x"}}) == 0);
  CHECK(now.text("SELECT group_concat(payload) FROM webhooks") == "1,3");
}

TEST_CASE("what was delivered long ago is pruned, with its history, and nothing else", "[webhooks]") {
  remains durable;
  life now(durable);
  auto all = messages(1500, 1);
  all[0].url = "http://" + host(0) + "/gone";
  now.rows.add(all);
  now.at.per_second = 1000;
  CHECK(now.run().finished == 1499);
  CHECK(now.rows.prune(1) == 0);
  now.rows.db().execute(
      "UPDATE webhooks SET delivered_at='2020-01-01T00:00:00.000000' WHERE delivered_at IS NOT NULL AND id<>2");
  CHECK(now.rows.prune(1) == 1498);
  CHECK(now.text("SELECT group_concat(id) FROM webhooks") == "1,2");
}

TEST_CASE("an address is taken apart, or says what is wrong with it", "[webhooks]") {
  auto const parts = [](char const* url) {
    auto const a = address_of(url);
    return a ? a->gate() + " " + a->target : "wrong";
  };
  CHECK(parts("https://example.org") == "example.org /");
  CHECK(parts("https://Example.org:443/a/b?c=d#e") == "example.org /a/b?c=d");
  CHECK(parts("http://example.org:8080?x=1") == "example.org:8080 /?x=1");
  CHECK(parts("http://[::1]:81/x") == "[::1]:81 /x");
  for (auto const* wrong : {"", "x", "/path", "ftp://a", "http://", "http://a b/", "http://user@a/", "http://a/b c",
                            "http://a/\xc3\xa9", "http://a:0/", "http://a\n/", "://a"}) {
    INFO(wrong);
    CHECK(parts(wrong) == "wrong");
  }
}

TEST_CASE("wherever the process dies, each webhook is delivered once", "[webhooks]") {
  auto const verdict = pawl::testing::for_each_crash_point<remains>([](remains& durable, pawl::testing::process& me) {
    life now(durable, [&me](std::string const& name, http_script& script) {
      if (name == host(0)) script.remote.fault(2).drop_after();
      me.watch(script.remote);
    });
    auto all = messages(3, 2);
    all.push_back({"http://" + host(1) + "/gone", body(3), {}});
    for (std::size_t i = 0; i < all.size(); ++i) all[i].event = std::to_string(i);
    now.rows.add(all);
    auto store = me.watch(now.rows.store());
    now.run(store);
    std::map<std::string, std::size_t> const once{{body(0), 1}, {body(1), 1}, {body(2), 1}};
    me.expect(durable.bodies() == once, "each was performed once");
  });
  CHECK(verdict);
  CHECK(verdict.commits >= 2);
  CHECK(verdict.calls >= 4);
}

}  // namespace webhooks_steps_test
