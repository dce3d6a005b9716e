// Clients that send too much, too slowly or nothing at all, beside a loop that has other work.
#include <chrono>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <pawl/http/beast/web_server.hpp>

#include "catch.hpp"
#include "page/asking.hpp"

namespace page_limits_test {

using namespace page_test;

TEST_CASE("a head that is too large, a body that is too large and bytes that are no request are refused", "[page]") {
  served_page site({.token = pawl::page_token(secret)});
  CHECK(site.get("/", "X: " + std::string(17 * 1024, 'x') + "\r\n").status == 431);
  CHECK(site.get("/" + std::string(17 * 1024, 'x')).status == 431);
  auto const large = site.post("/action", std::string(65 * 1024, 'x'));
  CHECK(large.status == 413);
  CHECK(large.header("Content-Security-Policy").find("default-src 'none'") == 0);
  for (char const* const bytes :
       {"GARBAGE\r\n\r\n", "GET  / HTTP/1.1\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\r\nHost localhost\r\n\r\n",
        "POST /action HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
        "POST /action HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx"}) {
    INFO(bytes);
    wire to(site.loop, site.page.port());
    to.send(bytes);
    CHECK(parsed(to.rest()).status == 400);
  }
  CHECK(site.console.questions == 0);
  CHECK(site.get("/healthz").status == 200);
}

TEST_CASE("a form that names the same field twice, or too many, is refused", "[page]") {
  served_page site({.token = pawl::page_token(secret)});
  std::string many = "token=" + std::string(secret);
  for (int i = 0; i < 40; ++i) many += "&f" + std::to_string(i) + "=1";
  CHECK(site.post("/action", many).status == 400);
  CHECK(site.post("/action", "token=x&token=" + std::string(secret)).status == 400);
  CHECK(site.post("/action", "token=%4").status == 400);
}

// Answers with the path, after so long.
class slow_site final : public pawl::http::web_site {
 public:
  explicit slow_site(pawl::event_loop& on) : loop(on) {}
  pawl::event_loop& loop;
  std::chrono::nanoseconds delay{};
  task<pawl::http::answer> serve(pawl::http::web_request request) override {
    auto sleeping = loop.sleep(delay);
    co_await std::move(sleeping);
    if (request.target == "/throw") throw std::runtime_error("secret words");
    pawl::http::answer given;
    given.status = 200;
    given.body = request.target == "/large" ? std::string(std::size_t{64} << 20, 'x') : request.target;
    co_return given;
  }
  pawl::http::answer refuse(int status) override {
    pawl::http::answer given;
    given.status = status;
    return given;
  }
};
static std::string simple(std::string const& path) {
  return "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
}

TEST_CASE("a request that arrives too slowly is refused, and a connection without one is closed", "[page]") {
  pawl::loop<> loop;
  pawl::http::web_server_options options;
  options.reading = 100ms;
  options.idle = 200ms;
  pawl::http::web_server const server(loop, options, std::make_shared<slow_site>(loop));
  wire half(loop, server.port()), silent(loop, server.port());
  half.send("GET / HT");
  auto const begun = std::chrono::steady_clock::now();
  CHECK(parsed(half.rest()).status == 408);
  CHECK(silent.rest().empty());
  CHECK(std::chrono::steady_clock::now() - begun < 3s);
  pass(loop, 1200ms);  // what the slow one still sends is read for a second
  CHECK(server.connections() == 0);
}

TEST_CASE("slow clients keep nobody out: the one that keeps waiting longest makes room", "[page]") {
  pawl::loop<> loop;
  pawl::http::web_server_options options;
  options.connections = 4;
  pawl::http::web_server const server(loop, options, std::make_shared<slow_site>(loop));
  std::vector<std::unique_ptr<wire>> slow;
  for (int i = 0; i < 12; ++i) {
    slow.push_back(std::make_unique<wire>(loop, server.port()));
    slow.back()->send("GET / HT");
    pass(loop, 1ms);
    CHECK(server.connections() <= 5);
  }
  wire fine(loop, server.port());
  fine.send(simple("/a"));
  CHECK(parsed(fine.rest()).body == "/a");
  slow.back()->send("TP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");  // the youngest is still there
  CHECK(parsed(slow.back()->rest()).body == "/");
}

TEST_CASE("those that are being answered are not closed for others", "[page]") {
  pawl::loop<> loop;
  pawl::http::web_server_options options;
  options.connections = 2;
  auto const site = std::make_shared<slow_site>(loop);
  site->delay = 300ms;
  pawl::http::web_server const server(loop, options, site);
  wire first(loop, server.port()), second(loop, server.port());
  first.send(simple("/1"));
  second.send(simple("/2"));
  pass(loop, 50ms);
  wire third(loop, server.port());
  CHECK(third.rest().empty());
  CHECK(parsed(first.rest()).body == "/1");
  CHECK(parsed(second.rest()).body == "/2");
}

TEST_CASE("a client that does not read its answer is left in time", "[page]") {
  pawl::loop<> loop;
  pawl::http::web_server_options options;
  options.writing = 100ms;
  pawl::http::web_server const server(loop, options, std::make_shared<slow_site>(loop));
  wire deaf(loop, server.port());
  deaf.send(simple("/large"));
  pass(loop, 500ms);
  CHECK(server.connections() == 0);
}

TEST_CASE("clients that do not read their answers keep nobody out", "[page]") {
  pawl::loop<> loop;
  pawl::http::web_server_options options;
  options.connections = 2;
  pawl::http::web_server const server(loop, options, std::make_shared<slow_site>(loop));
  wire first(loop, server.port()), second(loop, server.port());
  first.send(simple("/large"));
  second.send(simple("/large"));
  pass(loop, 300ms);
  wire third(loop, server.port());
  third.send(simple("/a"));
  CHECK(parsed(third.rest()).body == "/a");
}

TEST_CASE("what a site throws is a 500 without its words, and the next request is answered", "[page]") {
  pawl::loop<> loop;
  pawl::http::web_server const server(loop, {}, std::make_shared<slow_site>(loop));
  wire to(loop, server.port());
  to.send("GET /throw HTTP/1.1\r\nHost: x\r\n\r\n");
  pass(loop, 20ms);
  to.send(simple("/next"));
  auto const seen = to.rest();
  CHECK(seen.find("500 Internal Server Error") != std::string::npos);
  CHECK(seen.find("secret words") == std::string::npos);
  CHECK(seen.find("/next") != std::string::npos);
}

TEST_CASE("after stop the port is free and all connections are closed", "[page]") {
  auto site = std::make_unique<served_page>();
  auto const port = site->page.port();
  wire open(site->loop, port);
  open.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK(parsed(open.one()).status == 200);
  site->page.stop();
  CHECK(open.rest().empty());
  CHECK_THROWS(wire(site->loop, port));
  pawl::status_page const again(site->loop, site->console, {.port = port});
  CHECK(again.url() == "http://127.0.0.1:" + std::to_string(port) + "/");
  site->page.stop();
}

TEST_CASE("a page may be destroyed while it is asking, before or after its loop runs again", "[page]") {
  for (bool const runs_again : {true, false}) {
    pawl::loop<> loop;
    fake_console console(loop);
    console.delay = 20ms;
    auto page = std::make_unique<pawl::status_page>(loop, console);
    wire to(loop, page->port());
    to.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    pass(loop, 5ms);
    CHECK(console.questions == 1);
    page.reset();
    if (runs_again) pass(loop, 50ms);
  }
}

}  // namespace page_limits_test
