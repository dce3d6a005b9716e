// The client where servers and networks are not as they should be.
#include <atomic>
#include <chrono>
#include <cstddef>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <sys/socket.h>

#include <pawl/http/client.hpp>
#include <pawl/http/http_error.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/testing/http/server.hpp>

#include "catch.hpp"
#include "files.hpp"
#include "http/asking.hpp"
#include "http/raw_server.hpp"

namespace client_test {
using namespace std::chrono_literals;
using namespace asking;
namespace http = pawl::http;
using kind = pawl::trouble_kind;
using pawl::testing::http_fault;
using pawl::testing::http_server;
using clock = std::chrono::steady_clock;

void serve(http_server& server) {
  for (auto method : {http::get, http::post})
    server.on(method, "/:name", [](auto const& call) { return answered("for " + call.parameters.at("name")); });
}
void fault(http_server& server, std::function<void(http_fault&)> const& set) {
  server.with([&](auto& remote) { set(remote.fault_next()); });
}
std::string const good = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// Answers every request of every connection with the same bytes.
std::function<void(raw_server::peer&)> always(std::string bytes) {
  return [bytes = std::move(bytes)](raw_server::peer& peer) {
    while (peer.read_head()) peer.write(bytes);
  };
}

// ---- deadlines ----

TEST_CASE("connecting to a host that says nothing ends in time, and nothing was sent", "[http]") {
  // A queue of connections that nobody takes, until it is full.
  boost::asio::io_context io;
  boost::asio::ip::tcp::acceptor hole(io);
  hole.open(boost::asio::ip::tcp::v4());
  hole.bind({boost::asio::ip::address_v4::loopback(), 0});
  hole.listen(0);
  std::vector<std::unique_ptr<boost::asio::ip::tcp::socket>> filling;
  for (int i = 0; i < 8; ++i) {
    filling.push_back(std::make_unique<boost::asio::ip::tcp::socket>(io));
    filling.back()->async_connect(hole.local_endpoint(), [](boost::system::error_code) {});
  }
  pawl::loop<> loop;
  std::string const base = "http://127.0.0.1:" + std::to_string(hole.local_endpoint().port());
  http::client client(loop, {.base = base, .connect = 200ms});
  auto const begin = clock::now();
  auto const given = loop.wait(post(client));
  CHECK(clock::now() - begin >= 200ms);
  REQUIRE_FALSE(given);
  CHECK(given.why().kind == kind::transient);
  CHECK_THAT(given.why().detail, ContainsSubstring("connecting to " + base));
}

TEST_CASE("a port where nobody listens is transient, whatever the request", "[http]") {
  std::string base;
  {
    http_server const gone;
    base = gone.base();
  }
  pawl::loop<> loop;
  http::client client(loop, {.base = base});
  auto const given = loop.wait(post(client));
  REQUIRE_FALSE(given);
  CHECK(given.why().kind == kind::transient);
  CHECK_THAT(given.why().detail, ContainsSubstring("refused"));
}

TEST_CASE("a host that has no address is not asked", "[http]") {
  pawl::loop<> loop;
  http::client client(loop, {.base = "http://no-such-host.invalid", .connect = 5s});
  auto const given = loop.wait(post(client));
  REQUIRE_FALSE(given);
  // The resolver says that there is none, or does not say anything: the first ends the run.
  CHECK((given.why().kind == kind::auth || given.why().kind == kind::transient));
  CHECK_THAT(given.why().detail, ContainsSubstring("looking up no-such-host.invalid"));
}

TEST_CASE("many that ask for a host without an address all learn it", "[http]") {
  pawl::loop<> loop;
  http::client client(loop, {.base = "http://no-such-host.invalid", .connect = 5s});
  int failed = 0;
  auto one = [](http::client& over, int& count) -> pawl::task<void> {
    auto asking = get(over);
    auto const given = co_await std::move(asking);
    if (!given) ++count;
  };
  for (int i = 0; i < 20; ++i) boost::asio::co_spawn(loop.get_executor(), one(client, failed), boost::asio::detached);
  while (failed < 20) {
    loop.wait(pause(loop, 1ms));
  }
  CHECK(failed == 20);
}

TEST_CASE("each deadline ends what it is for, and says which", "[http]") {
  http_server server;
  serve(server);
  struct limit {
    char const* words;
    http::client_options options;
    std::function<void(http_fault&)> set;
    std::chrono::nanoseconds total{};
  };
  std::vector<limit> limits;
  limits.push_back({"no answer in time", {.first_byte = 500ms}, [](http_fault& f) { f.stall(); }});
  limits.push_back({"the answer stalled", {.stall = 500ms}, [](http_fault& f) { f.stall(41); }});
  limits.push_back({"no answer in time", {}, [](http_fault& f) { f.stall(); }, 500ms});
  // Each byte is in time, the whole is not.
  limits.push_back({"the answer stalled", {}, [](http_fault& f) { f.bytes_per_second(20); }, 500ms});
  for (auto& one : limits) {
    INFO(one.words);
    one.options.base = server.base();
    pawl::loop<> loop;
    http::client client(loop, one.options);
    fault(server, one.set);
    http::request call(http::post, "/x", "{}");
    if (one.total.count() > 0) call.deadline(one.total);
    auto const given = loop.wait(ask(client, call));
    REQUIRE_FALSE(given);
    CHECK(given.why().kind == kind::unknown_outcome);
    CHECK_THAT(given.why().detail, ContainsSubstring(one.words));
    CHECK(loop.wait(post(client))->body == "for x");
    CHECK(client.counts().connections == 2);
  }
}

TEST_CASE("an answer that is slow but never stalls is waited for", "[http]") {
  http_server server;
  serve(server);
  pawl::loop<> loop;
  http::client client(loop, {.base = server.base(), .first_byte = 1s, .stall = 1s});
  fault(server, [](http_fault& f) { f.bytes_per_second(20); });
  auto const given = loop.wait(post(client));
  REQUIRE(given);
  CHECK(given->body == "for x");
}

TEST_CASE("a remote that reads slowly does not stall while bytes flow, one that reads nothing does", "[http]") {
  std::atomic<bool> reads{true}, ends{false};
  raw_server server([&](raw_server::peer& peer) {
    if (!peer.read_head()) return;
    constexpr std::size_t size = 6'000'000;
    while (!reads && !ends) std::this_thread::sleep_for(5ms);
    if (!reads) return;
    for (std::size_t at = 0; at < size; at += 250'000) {
      if (!peer.skip(250'000)) return;
      std::this_thread::sleep_for(20ms);
    }
    peer.write(good);
  });
  pawl::loop<> loop;
  http::client client(loop, {.base = server.base(), .first_byte = 1s, .stall = 1s});
  http::request const large(http::post, "/x", std::string(6'000'000, 'x'));
  CHECK(loop.wait(ask(client, large)));
  reads = false;
  auto const given = loop.wait(ask(client, http::request(http::post, "/x", std::string(30'000'000, 'x'))));
  ends = true;
  REQUIRE_FALSE(given);
  CHECK(given.why().kind == kind::unknown_outcome);
}

// ---- cancelling ----

TEST_CASE("a cancelled request closes its connection, and the next does not read its answer", "[http]") {
  http_server server;
  serve(server);
  pawl::loop<> loop;
  http::client client(loop, {.base = server.base()});
  REQUIRE(loop.wait(post(client, "/first")));
  fault(server, [](http_fault& f) { f.delay(10s); });
  boost::asio::cancellation_signal cancel;
  bool ended = false;
  auto one = [](http::client& over) -> pawl::task<void> {
    auto asking = post(over, "/cancelled");
    auto const cancelled = co_await std::move(asking);
    static_cast<void>(cancelled);
  };
  boost::asio::co_spawn(loop.get_executor(), one(client),
                        boost::asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr) { ended = true; }));
  while (server.effects("POST /cancelled") == 0) loop.wait(pause(loop, 1ms));
  cancel.emit(boost::asio::cancellation_type::terminal);
  loop.wait(pause(loop, 1ms));
  CHECK(ended);
  CHECK(loop.wait(post(client, "/next"))->body == "for next");
  CHECK(client.counts().connections == 2);
  CHECK(server.effects("POST /cancelled") == 1);
}

// ---- what servers say ----

TEST_CASE("an answer that is too large is an unknown outcome, and its connection is closed", "[http]") {
  http_server server;
  server.on(http::post, "/:size",
            [](auto const& call) { return answered(std::string(std::stoul(call.parameters.at("size")), 'x')); });
  pawl::loop<> loop;
  http::client client(loop, {.base = server.base(), .largest_body = 1000});
  CHECK(loop.wait(post(client, "/1000"))->body.size() == 1000);
  for (bool in_chunks : {false, true}) {
    if (in_chunks) fault(server, [](http_fault& f) { f.chunked(); });
    auto const given = loop.wait(post(client, "/1001"));
    REQUIRE_FALSE(given);
    CHECK(given.why().kind == kind::unknown_outcome);
    CHECK_THAT(given.why().detail, ContainsSubstring("larger than 1000 bytes"));
  }
  CHECK(loop.wait(post(client, "/1")));
}

TEST_CASE("a refusal that is too large still says its status", "[http]") {
  raw_server server(always("HTTP/1.1 404 Not Found\r\nContent-Length: 5000\r\n\r\n" + std::string(5000, 'x')));
  pawl::loop<> loop;
  http::client client(loop, {.base = server.base(), .largest_body = 1000});
  auto const given = loop.wait(post(client));
  REQUIRE_FALSE(given);
  CHECK(given.why().kind == kind::not_found);
}

TEST_CASE("a header of more than 64 KiB is an unknown outcome, one that is smaller is read", "[http]") {
  for (auto const& [size, fits] : {std::pair{50'000, true}, {70'000, false}}) {
    raw_server server(always("HTTP/1.1 200 OK\r\nX-Long: " + std::string(static_cast<std::size_t>(size), 'x') +
                             "\r\nContent-Length: 2\r\n\r\nok"));
    pawl::loop<> loop;
    http::client client(loop, {.base = server.base()});
    auto const given = loop.wait(post(client));
    CHECK(static_cast<bool>(given) == fits);
    if (!given) CHECK(given.why().kind == kind::unknown_outcome);
  }
}

TEST_CASE("an answer to HEAD has no body, whatever its length says", "[http]") {
  raw_server server(always("HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n"));
  pawl::loop<> loop;
  http::client client(loop, {.base = server.base(), .stall = 300ms});
  for (int i = 0; i < 3; ++i) {
    auto const given = loop.wait(ask(client, http::request(http::head, "/x")));
    REQUIRE(given);
    CHECK(given->headers.find("content-length") == "1234");
    CHECK(given->body.empty());
  }
  CHECK(client.counts().connections == 1);
}

TEST_CASE("answers that are not the last are dropped, however many there are", "[http]") {
  raw_server server(
      always("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
             "HTTP/1.1 102 Processing\r\n\r\n" +
             good));
  pawl::loop<> loop;
  http::client client(loop, {.base = server.base()});
  for (int i = 0; i < 3; ++i) CHECK(loop.wait(post(client))->body == "ok");
  CHECK(client.counts().connections == 1);
}

TEST_CASE("a connection on which another protocol begins is not used again", "[http]") {
  raw_server server(always("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"));
  pawl::loop<> loop;
  http::client client(loop, {.base = server.base()});
  CHECK(loop.wait(post(client)).why().kind == kind::permanent);
  CHECK(loop.wait(post(client)).why().kind == kind::permanent);
  CHECK(client.counts().connections == 2);
}

TEST_CASE("408 after the whole request is unknown, before its end it is transient", "[http]") {
  std::string const answer = "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  raw_server server([&answer](raw_server::peer& peer) {
    if (peer.read_head()) peer.write(answer);
  });
  pawl::loop<> loop;
  http::client client(loop, {.base = server.base()});
  CHECK(loop.wait(get(client)).why().kind == kind::transient);
  CHECK(loop.wait(ask(client, http::request(http::post, "/x"))).why().kind == kind::unknown_outcome);
  auto const large = loop.wait(ask(client, http::request(http::post, "/x", std::string(30'000'000, 'x'))));
  CHECK(large.why().kind == kind::transient);
}

TEST_CASE("a refusal in the midst of a large body is read", "[http]") {
  raw_server server([](raw_server::peer& peer) {
    if (!peer.read_head() || !peer.skip(1'000'000)) return;
    peer.write("HTTP/1.1 413 Payload Too Large\r\nContent-Length: 9\r\nConnection: close\r\n\r\ntoo large");
  });
  pawl::loop<> loop;
  http::client client(loop, {.base = server.base()});
  auto const given = loop.wait(ask(client, http::request(http::post, "/x", std::string(50'000'000, 'x'))));
  REQUIRE_FALSE(given);
  CHECK(given.why().kind == kind::permanent);
  CHECK_THAT(given.why().detail, ContainsSubstring("HTTP 413") && ContainsSubstring("too large"));
}

TEST_CASE("what no server should send is an unknown outcome of a POST", "[http]") {
  for (std::string bytes :
       {"HTTP/1.1 200\r\n\r\n", "<html>", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nok", "HTTP/1.1 200 OK\nA: b\n\nok",
        "HTTP/1.1 200 OK\r\nBad Name: 1\r\n\r\n", "HTTP/9.9 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok"}) {
    INFO(bytes);
    raw_server server([&bytes](raw_server::peer& peer) {
      if (peer.read_head()) peer.write(bytes);
    });
    pawl::loop<> loop;
    http::client client(loop, {.base = server.base(), .first_byte = 500ms, .stall = 500ms});
    auto const given = loop.wait(post(client));
    REQUIRE_FALSE(given);
    CHECK(given.why().kind == kind::unknown_outcome);
  }
}

// ---- connections ----

TEST_CASE("a server that says for how long it keeps a connection is left a second earlier", "[http]") {
  for (auto const& [seconds, connections] : {std::pair{"1", std::size_t{3}}, {"0", 3}, {"5", 1}, {"9999999999", 1}}) {
    INFO(seconds);
    raw_server server(always("HTTP/1.1 200 OK\r\nKeep-Alive: timeout=" + std::string(seconds) +
                             ", max=9\r\nContent-Length: 2\r\n\r\nok"));
    pawl::loop<> loop;
    http::client client(loop, {.base = server.base()});
    for (int i = 0; i < 3; ++i) REQUIRE(loop.wait(post(client)));
    CHECK(client.counts().connections == connections);
  }
}

TEST_CASE("a connection that has been idle for too long is not used again", "[http]") {
  http_server server;
  serve(server);
  pawl::loop<> loop;
  http::client client(loop, {.base = server.base(), .idle_time = 30ms});
  REQUIRE(loop.wait(post(client)));
  loop.wait(pause(loop, 60ms));
  REQUIRE(loop.wait(post(client)));
  CHECK(client.counts().connections == 2);
}

// So many at once; how many were answered rightly.
int ask_at_once(pawl::loop<>& loop, http::client& client, int many) {
  int right = 0, ended = 0;
  auto one = [](http::client& over, int number, int& good_ones, int& all) -> pawl::task<void> {
    std::string const name = std::to_string(number);
    auto asking = post(over, "/" + name);
    auto const given = co_await std::move(asking);
    if (given && given->body == "for " + name) ++good_ones;
    ++all;
  };
  for (int i = 0; i < many; ++i)
    boost::asio::co_spawn(loop.get_executor(), one(client, i, right, ended), boost::asio::detached);
  while (ended < many) loop.wait(pause(loop, 1ms));
  return right;
}

TEST_CASE("no more idle connections are kept than the options say", "[http]") {
  http_server server;
  serve(server);
  pawl::loop<> loop;
  http::client client(loop, {.base = server.base(), .idle_connections = 4});
  CHECK(ask_at_once(loop, client, 20) == 20);
  CHECK(client.counts().connections == 20);
  CHECK(ask_at_once(loop, client, 20) == 20);
  CHECK(client.counts().connections == 36);
}

TEST_CASE("a thousand requests at once are answered each with its own", "[http]") {
  http_server server;
  serve(server);
  pawl::loop<> loop;
  http::client client(loop, {.base = server.base(), .idle_connections = 1000});
  CHECK(ask_at_once(loop, client, 1000) == 1000);
  CHECK(ask_at_once(loop, client, 1000) == 1000);
  CHECK(client.counts().connections <= 1000);
  CHECK(server.effects() == 2000);
}

// The memory of one chunk is used for the next.
TEST_CASE("chunks of one file arrive as they are, one after the other and at once", "[http]") {
  temporary_folder const folder;
  std::string const file = folder / "large", content = [] {
    std::string made;
    for (int i = 0; made.size() < 900'000; ++i) made += std::to_string(i) + " ";
    return made;
  }();
  std::ofstream(file, std::ios::binary) << content;
  http_server server;
  server.on(http::post, "/chunk", [](auto const& call) { return answered(call.body); });
  pawl::loop<> loop;
  http::client client(loop, {.base = server.base()});

  struct range {
    std::size_t offset, size;
  };
  int ended = 0, right = 0;
  auto const send = [&](range part) -> pawl::task<void> {
    http::request call(http::post, "/chunk");
    call.body(file, part.offset, part.size).expect_empty();
    auto sending = client.send(call);
    auto const given = co_await std::move(sending);
    if (given && given->body == content.substr(part.offset, part.size)) ++right;
    ++ended;
  };
  constexpr range chunks[] = {{0, 300'000}, {300'000, 100'000}, {0, 0}, {17, 1}, {400'000, 500'000}, {5, 300'000}};
  for (range const part : chunks) loop.wait(send(part));
  CHECK(right == 6);
  for (range const part : chunks) boost::asio::co_spawn(loop.get_executor(), send(part), boost::asio::detached);
  while (ended < 12) loop.wait(pause(loop, 1ms));
  CHECK(right == 12);
}

TEST_CASE("when a server has closed all its idle connections, no request fails", "[http]") {
  pawl::loop<> loop;
  raw_server server([](raw_server::peer& peer) {
    if (peer.read_head()) peer.write(good);  // and closes
  });
  http::client client(loop, {.base = server.base()});
  for (int i = 0; i < 50; ++i) {
    REQUIRE(loop.wait(ask(client, http::request(http::post, "/x"))));
    while (server.connections() < static_cast<std::size_t>(i) + 1) loop.wait(pause(loop, 1ms));
    loop.wait(pause(loop, 2ms));  // until its end has arrived
  }
  CHECK(server.connections() == 50);
}

// ---- secrets ----

TEST_CASE("no secret of a header is in what a trouble says", "[http]") {
  std::string const key = "sk-proj-0815-very-secret", token = "Bearer ya29.another-secret-of-the-test",
                    third = "a-third-secret-in-a-cookie";
  http_server server;
  std::string echoed;
  serve(server);
  server.on(http::post, "/echo", [&](auto const& call) {
    http::answer a;
    a.status = 400;
    a.body = echoed + " key " + std::string(*call.headers.find("x-api-key")) + " given with " +
             std::string(*call.headers.find("authorization")) + " and " + std::string(*call.headers.find("cookie"));
    return a;
  });
  pawl::loop<> loop;
  http::client client(loop, {.base = server.base(),
                             .headers = {{"x-api-key", key}, {"Authorization", token}},
                             .first_byte = 200ms,
                             .stall = 200ms});
  std::vector<std::string> said;
  auto const note = [&](std::function<void(http_fault&)> const& set, std::string target) {
    if (set) fault(server, set);
    http::request call(http::post, std::move(target), "{}");
    call.header("Cookie", third);
    auto const given = loop.wait(ask(client, call));
    REQUIRE_FALSE(given);
    said.push_back(given.why().detail);
  };
  for (std::size_t before : {0u, 200u, 240u, 260u, 280u, 290u, 295u}) {  // the message is cut somewhere in between
    echoed = std::string(before, 'x');
    note(nullptr, "/echo");
  }
  note([](http_fault& f) { f.drop_after(); }, "/x");
  note([](http_fault& f) { f.reset_after(); }, "/x");
  note([](http_fault& f) { f.stall(); }, "/x");
  note([](http_fault& f) { f.stall(41); }, "/x");
  note([](http_fault& f) { f.cut_body(1); }, "/x");
  note([&](http_fault& f) { f.status(307, {{"Location", "https://other.example/?key=" + key}}, key); }, "/x");
  note([&](http_fault& f) { f.status(401, {}, "bad key " + key); }, "/x");
  note([&](http_fault& f) { f.status(500, {}, "bad token " + token.substr(7)); }, "/x");
  for (auto const& message : said) {
    INFO(message);
    CHECK_FALSE(has(message, key.substr(0, 8)));
    CHECK_FALSE(has(message, token.substr(7, 8)));
    CHECK_FALSE(has(message, third.substr(0, 8)));
  }
  CHECK_THAT(said.front(), ContainsSubstring("given with"));  // what is no secret is shown
}

}  // namespace client_test
