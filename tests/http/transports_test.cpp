// The client on a real socket and the script in memory are given the same faults, and must say the same.
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <pawl/http/client.hpp>
#include <pawl/http/json_field.hpp>
#include <pawl/loop/clock.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/testing/http/script.hpp>
#include <pawl/testing/http/server.hpp>

#include "catch.hpp"

namespace transports_test {
using namespace std::chrono_literals;
namespace http = pawl::http;
using pawl::testing::http_fault;
using kind = pawl::trouble_kind;

http::answer document(pawl::testing::http_call const& call) {
  http::answer a;
  a.status = 200;
  a.headers = {{"Content-Type", "application/json"}};
  a.body =
      "{\"name\":\"documents/" + call.parameters.at("id") + "\",\"size\":" + std::to_string(call.body.size()) + "}";
  return a;
}

struct case_of_fault {
  char const* name;
  std::function<void(http_fault&)> set;
  bool takes_effect;
  std::optional<kind> post;  // empty: its value
  std::optional<kind> get;
  bool closes = false;  // although the answer does not say so
};

std::vector<case_of_fault> faults() {
  auto const lost = kind::unknown_outcome;
  auto const again = kind::transient;
  return {
      {"nothing", [](http_fault&) {}, true, {}, {}},
      {"dropped before", [](http_fault& f) { f.drop_before(); }, false, lost, again},
      {"dropped after", [](http_fault& f) { f.drop_after(); }, true, lost, again},
      {"reset before", [](http_fault& f) { f.reset_before(); }, false, lost, again},
      {"reset after", [](http_fault& f) { f.reset_after(); }, true, lost, again},
      {"503 before", [](http_fault& f) { f.status(503).before_effect(); }, false, lost, again},
      {"503 after", [](http_fault& f) { f.status(503).after_effect(); }, true, lost, again},
      {"503 that asks to wait, after",
       [](http_fault& f) {
         f.status(503, {{"Retry-After", "5"}});
       },
       true, lost, kind::throttled},
      {"429 before", [](http_fault& f) { f.status(429).before_effect(); }, false, kind::throttled, kind::throttled},
      {"a proxy's page", [](http_fault& f) { f.html_502(); }, true, lost, again},
      {"body cut", [](http_fault& f) { f.cut_body(5); }, true, lost, again},
      {"head cut", [](http_fault& f) { f.cut_head(20); }, true, lost, again},
      {"in chunks", [](http_fault& f) { f.chunked(); }, true, {}, {}},
      {"a chunk cut", [](http_fault& f) { f.chunked().cut_body(5); }, true, lost, again},
      {"chunks without the last", [](http_fault& f) { f.chunked().cut_body(39); }, true, lost, again},
      {"no answer", [](http_fault& f) { f.stall(); }, true, lost, again},
      {"stalled in the head", [](http_fault& f) { f.stall(30); }, true, lost, again},
      {"stalled in the body", [](http_fault& f) { f.stall(75); }, true, lost, again},
      {"late", [](http_fault& f) { f.delay(150ms); }, true, {}, {}},
      {"slow", [](http_fault& f) { f.bytes_per_second(1000); }, true, {}, {}},
      {"closed afterwards", [](http_fault& f) { f.close_idle(); }, true, {}, {}, true},
      {"early hints", [](http_fault& f) { f.early_hints(); }, true, {}, {}},
      {"no length", [](http_fault& f) { f.no_length(); }, true, {}, {}},
      {"garbage behind it", [](http_fault& f) { f.garbage_after(); }, true, {}, {}},
      {"an empty success", [](http_fault& f) { f.status(200); }, true, lost, again},
      {"404", [](http_fault& f) { f.status(404).before_effect(); }, false, kind::not_found, kind::not_found},
  };
}

pawl::task<pawl::outcome<http::answer>> ask(http::transport& over, http::verb method, std::string body) {
  http::request call(method, "/v1/documents/7", std::move(body));
  auto sending = over.send(call);
  auto given = co_await std::move(sending);
  co_return given;
}

pawl::task<void> pause(pawl::loop<>& loop) {
  auto sleeping = loop.sleep(1ms);
  co_await std::move(sleeping);
}

void expect(pawl::outcome<http::answer> const& given, std::optional<kind> expected) {
  if (expected) {
    REQUIRE_FALSE(given);
    CHECK(pawl::name(given.why().kind) == pawl::name(*expected));
    CHECK_FALSE(given.why().detail.empty());
  } else {
    REQUIRE(given);
    CHECK(given->body.substr(0, 27) == "{\"name\":\"documents/7\",\"size");
  }
}

TEST_CASE("client and script say the same of every fault, and the effect is the fault's", "[http]") {
  for (auto const& fault : faults()) {
    for (auto method : {http::post, http::get}) {
      INFO(fault.name << " " << http::name(method));
      auto const expected = method == http::post ? fault.post : fault.get;
      {
        pawl::testing::http_server server;
        server.on(method, "/v1/documents/:id", document);
        server.with([&](pawl::testing::http_remote& r) { fault.set(r.fault(1)); });
        pawl::loop<> loop;
        http::client client(loop, {.base = server.base(), .first_byte = 400ms, .stall = 400ms});
        expect(loop.wait(ask(client, method, method == http::post ? "{}" : "")), expected);
        CHECK(server.effects() == (fault.takes_effect ? 1 : 0));
        CHECK(server.requests() == 1);
        while (fault.closes && server.closed() == 0) loop.wait(pause(loop));  // else both may cross
        // The next request on what is left of the connections is answered as if nothing had been.
        expect(loop.wait(ask(client, method, method == http::post ? "{}" : "")), {});
        CHECK(server.requests() == 2);
      }
      {
        pawl::loop<pawl::virtual_clock> loop;
        pawl::testing::http_script script(loop);
        script.remote.on(method, "/v1/documents/:id", document);
        fault.set(script.remote.fault(1));
        expect(loop.wait(ask(script, method, method == http::post ? "{}" : "")), expected);
        CHECK(script.remote.effects() == (fault.takes_effect ? 1 : 0));
      }
    }
  }
}

}  // namespace transports_test
