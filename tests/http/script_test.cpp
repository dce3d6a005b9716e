// What a script in memory offers to tests of adapters and of whole programs.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pawl/adapter/mock_adapter.hpp>
#include <pawl/http/client.hpp>
#include <pawl/http/request.hpp>
#include <pawl/loop/clock.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/store/memory_store.hpp>
#include <pawl/testing/for_each_crash_point.hpp>
#include <pawl/testing/http/script.hpp>
#include <pawl/testing/http/server.hpp>
#include <pawl/testing/random_faults.hpp>
#include <pawl/testing/remote_objects.hpp>

#include "catch.hpp"
#include "files.hpp"
#include "http/asking.hpp"

namespace script_test {
using namespace std::chrono_literals;
namespace http = pawl::http;
using pawl::testing::http_fault;
using kind = pawl::trouble_kind;
using virtual_loop = pawl::loop<pawl::virtual_clock>;

enum class state { written, sent };
struct mail {
  std::string receipt;
};
struct letter : pawl::lifecycle<pawl::initial<state::written>, pawl::goal<state::sent>,
                                pawl::transition<state::written, mail, state::sent>> {};

struct postman {
  http::transport& over;
  bool keeps_its_key;

  pawl::task<pawl::one_of<mail>> operator()(pawl::item<letter, state::written> it, pawl::keyed& call) {
    http::request sending(http::post, "/v1/letters", it.key, "text/plain");
    sending.idempotency_key(keeps_its_key ? call.key() : call.key() + std::to_string(++asked));
    auto given = co_await over.send(sending);
    if (!given) co_return given.why();
    co_return mail{given->body};
  }
  static inline int asked = 0;  // over all processes
};

struct durable {
  pawl::memory_store<letter> letters;
  pawl::testing::remote_objects mailed;
};

pawl::testing::crash_verdict verdict_on(bool keeps_its_key) {
  return pawl::testing::for_each_crash_point<durable>([&](durable& remains, pawl::testing::process& process) {
    virtual_loop loop;
    auto letters = process.watch(remains.letters);
    letters.insert_if_absent("ada");
    pawl::testing::http_script script(loop);
    script.remote.on(http::post, "/v1/letters", [&](pawl::testing::http_call const& call) {
      std::string const key(call.headers.find("idempotency-key").value_or(""));
      return http::answer{200, "OK", {}, remains.mailed.once(call.body, key, "a receipt")};
    });
    process.watch(script.remote);
    process.watch(remains.mailed);
    pawl::commit_queue queue(loop, letters);
    pawl::run(queue, postman{script, keeps_its_key});
  });
}

TEST_CASE("each request of a watched script is a crash point, and shows what is made twice", "[http]") {
  auto const right = verdict_on(true);
  CHECK(right);
  CHECK(right.calls == 1);
  CHECK(right.scenarios >= 7);
  auto const wrong = verdict_on(false);
  REQUIRE_FALSE(wrong);
  CHECK(wrong.text().find("in the 1st call, carried out but not answered") != std::string::npos);
}

TEST_CASE("a script sends the fields of its client, and those of a request instead", "[http]") {
  virtual_loop loop;
  pawl::testing::http_script script(loop);
  script.headers = {{"x-key", "secret"}, {"x-other", "1"}};
  script.remote.on(http::get, "/", [](pawl::testing::http_call const& call) {
    return http::answer{
        200, "OK", {}, std::string(*call.headers.find("X-Key")) + std::string(*call.headers.find("x-other"))};
  });
  http::request call(http::get, "/");
  call.header("X-Other", "2");
  CHECK(loop.wait(script.send(call))->body == "secret2");
}

TEST_CASE("a function may decide over the faults of all requests but those that have one of their own", "[http]") {
  virtual_loop loop;
  pawl::testing::http_script script(loop);
  script.remote.on(http::post, "/", [](pawl::testing::http_call const&) {
    return http::answer{200, "OK", {}, "well"};
  });
  std::size_t last = 0;
  script.remote.obey([&last](std::size_t number) {
    last = number;
    pawl::testing::http_fault fault;
    return number == 4 ? fault : fault.status(429).before_effect();
  });
  script.remote.fault(2).drop_after();
  auto const kind_of = [&] {
    http::request call(http::post, "/");
    auto const given = loop.wait(script.send(call));
    return given ? given->body : std::string(pawl::name(given.why().kind));
  };
  CHECK(kind_of() == "throttled");
  CHECK(kind_of() == "unknown_outcome");
  CHECK(kind_of() == "throttled");
  CHECK(kind_of() == "well");
  CHECK(last == 4);
  CHECK(script.remote.effects() == 2);
}

// ---- what the script says is what the client says ----

http::answer well(pawl::testing::http_call const&) { return asking::answered("well"); }

// Kind and words of what the client says, and then of what the script says.
struct answers {
  pawl::outcome<http::answer> of_client, of_script;
  std::size_t requests_of_server, requests_of_script;
  std::size_t effects_of_server, effects_of_script;
};
answers both_asked(std::function<void(http::request&)> const& prepare, std::function<void(http_fault&)> const& set,
                   http::verb method = http::post) {
  http::request call(method, "/x", method == http::post ? "{}" : "");
  prepare(call);
  pawl::testing::http_server server;
  server.on(method, "/x", well);
  server.with([&](pawl::testing::http_remote& r) { set(r.fault(1)); });
  pawl::loop<> loop;
  http::client client(loop, {.base = server.base()});
  auto from_client = loop.wait(asking::ask(client, call));

  virtual_loop jumping;
  pawl::testing::http_script script(jumping);
  script.remote.on(method, "/x", well);
  set(script.remote.fault(1));
  auto from_script = jumping.wait(asking::ask(script, call));
  return {
      from_client, from_script, server.requests(), script.remote.requests(), server.effects(), script.remote.effects()};
}

TEST_CASE("a file that is gone or shorter than its range is sent by neither client nor script", "[http]") {
  temporary_folder folder;
  std::ofstream(folder / "short") << "abc";
  struct range {
    char const* name;
    std::uint64_t offset, size;
    bool is_sent;
  };
  for (auto const& [name, offset, size, is_sent] :
       {range{"short", 0, 10, false}, range{"short", 3, 1, false}, range{"short", 1, 3, false},
        range{"absent", 0, 1, false}, range{"absent", 0, 0, false}, range{"", 0, 1, false}, range{"short", 0, 3, true},
        range{"short", 1, 2, true}, range{"short", 3, 0, true}}) {
    INFO(name << " from " << offset << " for " << size);
    auto const path = folder.path() / name;
    auto const asked =
        both_asked([&, o = offset, n = size](http::request& call) { call.body(path, o, n); }, [](http_fault&) {});
    CHECK(static_cast<bool>(asked.of_client) == is_sent);
    REQUIRE(static_cast<bool>(asked.of_script) == is_sent);
    CHECK(asked.requests_of_script == asked.requests_of_server);
    if (is_sent) continue;
    CHECK(pawl::name(asked.of_script.why().kind) == "permanent");
    CHECK(asked.of_script.why().detail == asked.of_client.why().detail);
  }
}

TEST_CASE("client and script give up at the request's deadline, and the effect is the fault's", "[http]") {
  struct slowness {
    char const* name;
    std::function<void(http_fault&)> set;
  };
  for (auto const& slow : std::vector<slowness>{
           {"late", [](http_fault& f) { f.delay(1h); }},
           {"silent", [](http_fault& f) { f.stall(); }},
           {"a 503, late", [](http_fault& f) { f.status(503).delay(1h); }},
           {"a drop, late", [](http_fault& f) { f.drop_after().delay(1h); }},
           {"slow", [](http_fault& f) { f.status(200, {}, std::string(1000, 'x')).bytes_per_second(100); }}})
    for (auto method : {http::post, http::get})
      for (bool before : {false, true}) {
        INFO(slow.name << " " << http::name(method) << (before ? " before" : ""));
        auto const asked = both_asked([](http::request& call) { call.deadline(200ms); },
                                      [&](http_fault& f) {
                                        slow.set(f);
                                        if (before) f.before_effect();
                                      },
                                      method);
        REQUIRE_FALSE(asked.of_client);
        REQUIRE_FALSE(asked.of_script);
        CHECK(pawl::name(asked.of_client.why().kind) == (method == http::post ? "unknown_outcome" : "transient"));
        CHECK(pawl::name(asked.of_script.why().kind) == pawl::name(asked.of_client.why().kind));
        CHECK(asked.effects_of_server == (before ? 0 : 1));
        CHECK(asked.effects_of_script == (before ? 0 : 1));
      }
}

TEST_CASE("a script ends at the deadline to the nanosecond, or when a client would have no patience any more",
          "[http]") {
  virtual_loop loop;
  pawl::testing::http_script script(loop);
  script.remote.on(http::post, "/x", well);
  auto const taken = [&](std::optional<std::chrono::nanoseconds> deadline, std::chrono::nanoseconds delay) {
    script.remote.fault_next().delay(delay);
    http::request call(http::post, "/x", "{}");
    if (deadline) call.deadline(*deadline);
    auto const begun = loop.now();
    static_cast<void>(loop.wait(asking::ask(script, call)));
    return loop.now() - begun;
  };
  CHECK(taken(1s, 1h) == 1s);
  CHECK(taken(1s, 500ms) == 520ms);  // its latency before it
  CHECK(taken(5ms, 1h) == 5ms);      // before the request is there
  CHECK(taken({}, 1h) == 1min + 20ms);
  CHECK(taken(2min, 1h) == 1min + 20ms);
  CHECK(taken((std::chrono::nanoseconds::max)(), 30s) == 30s + 20ms);
  CHECK(script.remote.effects() == 6);
}

TEST_CASE("a fault that leaves nothing to answer ends the connection", "[http]") {
  for (auto method : {http::post, http::get})
    for (auto const& set : std::vector<std::function<void(http_fault&)>>{
             [](http_fault&) {}, [](http_fault& f) { f.delay(50ms); }, [](http_fault& f) { f.early_hints(); },
             [](http_fault& f) { f.chunked(); }, [](http_fault& f) { f.no_length(); },
             [](http_fault& f) { f.cut_body(3); }, [](http_fault& f) { f.cut_head(3); },
             [](http_fault& f) { f.garbage_after(); }, [](http_fault& f) { f.close_idle(); },
             [](http_fault& f) { f.bytes_per_second(1000); }}) {
      auto const asked = both_asked([](http::request&) {},
                                    [&set](http_fault& f) {
                                      f.before_effect();
                                      set(f);
                                    },
                                    method);
      REQUIRE_FALSE(asked.of_client);
      REQUIRE_FALSE(asked.of_script);
      CHECK(pawl::name(asked.of_script.why().kind) == (method == http::post ? "unknown_outcome" : "transient"));
      CHECK(pawl::name(asked.of_client.why().kind) == pawl::name(asked.of_script.why().kind));
      CHECK_FALSE(asking::has(asked.of_script.why().detail, "HTTP 0"));
      CHECK_FALSE(asking::has(asked.of_client.why().detail, "HTTP 0"));
      CHECK(asked.effects_of_server == 0);
      CHECK(asked.effects_of_script == 0);
    }
}

// ---- fates, late landings and keys ----

// Each call meets this fate.
struct one_fate final : pawl::call_faults {
  explicit one_fate(pawl::call_fate f) : fate(std::move(f)) {}
  pawl::call_fate begin(std::size_t) override { return fate; }
  pawl::call_fate fate;
};

TEST_CASE("a request that lands late is performed after its answer, by script and server", "[http]") {
  one_fate late(pawl::call_fate::late_landing(100ms));
  {
    virtual_loop loop;
    pawl::testing::http_script script(loop);
    script.remote.on(http::post, "/x", well);
    script.remote.obey(&late);
    auto const given = loop.wait(asking::post(script));
    REQUIRE_FALSE(given);
    CHECK(pawl::name(given.why().kind) == "unknown_outcome");
    CHECK(script.remote.effects() == 0);
    loop.wait(asking::pause(loop, 99ms));
    CHECK(script.remote.effects() == 0);
    loop.wait(asking::pause(loop, 1ms));
    CHECK(script.remote.effects() == 1);
    CHECK(script.remote.effects("POST /x") == 1);
    script.remote.fault_next().status(503).lands_after(1h);
    CHECK_FALSE(loop.wait(asking::post(script)));
    loop.wait(asking::pause(loop, 2h));
    CHECK(script.remote.effects() == 2);
  }
  {
    pawl::testing::http_server server;
    server.on(http::post, "/x", well);
    server.with([&late](pawl::testing::http_remote& r) { r.obey(&late); });
    pawl::loop<> loop;
    http::client client(loop, {.base = server.base()});
    auto const given = loop.wait(asking::post(client));
    REQUIRE_FALSE(given);
    CHECK(pawl::name(given.why().kind) == "unknown_outcome");
    while (server.effects() == 0) loop.wait(asking::pause(loop, 1ms));
    CHECK(server.effects("POST /x") == 1);
  }
}

TEST_CASE("a request that has not landed when its script is gone never lands", "[http]") {
  virtual_loop loop;
  int effects = 0;
  {
    pawl::testing::http_script script(loop);
    script.remote.on(http::post, "/x", [&effects](auto const&) {
      ++effects;
      return asking::answered("well");
    });
    script.remote.fault(1).drop_before().lands_after(1s);
    CHECK_FALSE(loop.wait(asking::post(script)));
  }
  loop.wait(asking::pause(loop, 1h));
  CHECK(effects == 0);
}

TEST_CASE("random faults on a script take effect as often as those of a mock", "[http]") {
  pawl::testing::fault_rates const rates{.transient = 0.1,
                                         .throttled = 0.1,
                                         .lost_request = 0.1,
                                         .lost_answer = 0.1,
                                         .late_landing = 0.2,
                                         .slow_answer = 0.1,
                                         .latest = 10s};
  for (unsigned seed : {1u, 2u, 3u}) {
    pawl::testing::random_faults of_script(seed, rates), of_mock(seed, rates);
    virtual_loop loop;
    pawl::testing::http_script script(loop);
    script.remote.on(http::post, "/x", well);
    script.remote.obey(&of_script);
    pawl::mock_adapter<virtual_loop> mock(loop);
    mock.obey(&of_mock);
    for (int i = 0; i < 200; ++i) {
      auto const from_script = loop.wait(asking::post(script));
      auto const from_mock = loop.wait(mock.call([] { return 1; }));
      REQUIRE(static_cast<bool>(from_script) == static_cast<bool>(from_mock));
      if (!from_mock) CHECK(pawl::name(from_script.why().kind) == pawl::name(from_mock.why().kind));
    }
    loop.wait(asking::pause(loop, 1h));
    CHECK(script.remote.effects() == mock.effects());
    CHECK(mock.effects() > 100);
  }
}

TEST_CASE("effects are counted by the key that the caller gave, on script and server", "[http]") {
  std::string const long_key(5000, 'k');
  for (std::string const& key : {std::string("k1"), std::string("orders/7:send#2"), std::string("a \"quoted\"\n one"),
                                 long_key, std::string("\"in quotes\"")}) {
    INFO(key.substr(0, 40));
    http::request call(http::post, "/x", "{}");
    call.idempotency_key(key);
    pawl::testing::http_server server;
    server.on(http::post, "/x", well);
    pawl::loop<> loop;
    http::client client(loop, {.base = server.base()});
    virtual_loop jumping;
    pawl::testing::http_script script(jumping);
    script.remote.on(http::post, "/x", well);
    for (std::size_t times : {1u, 2u}) {
      CHECK(loop.wait(asking::ask(client, call)));
      CHECK(jumping.wait(asking::ask(script, call)));
      CHECK(server.effects(key) == times);
      CHECK(script.remote.effects(key) == times);
    }
    CHECK(server.effects("another") == 0);
    CHECK(script.remote.effects("another") == 0);
    CHECK(server.effects("POST /x") == 0);
    CHECK(server.effects() == 2);
  }
}

}  // namespace script_test
