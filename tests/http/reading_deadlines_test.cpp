// Which deadline counts when: between answers, and after a write that has stalled.
#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <pawl/http/beast/served.hpp>
#include <pawl/http/client.hpp>
#include <pawl/loop/loop.hpp>

#include "catch.hpp"
#include "files.hpp"
#include "http/asking.hpp"
#include "http/certificates.hpp"
#include "http/raw_server.hpp"

namespace reading_deadlines_test {
using namespace std::chrono_literals;
using namespace asking;
namespace http = pawl::http;
using kind = pawl::trouble_kind;

TEST_CASE("after each interim answer the next one has the time of a first byte again", "[http]") {
  for (std::string interim : {"HTTP/1.1 102 Processing\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n",
                              "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"}) {
    for (bool in_two : {false, true}) {
      INFO(interim << in_two);
      raw_server server([&](raw_server::peer& peer) {
        if (!peer.read_head()) return;
        for (int i = 0; i < 2; ++i) {
          peer.write(std::string_view(interim).substr(0, in_two ? 12 : interim.size()));
          if (in_two) std::this_thread::sleep_for(20ms);
          if (in_two) peer.write(std::string_view(interim).substr(12));
          std::this_thread::sleep_for(300ms);
        }
        peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      });
      pawl::loop<> loop;
      http::client client(loop, {.base = server.base(), .first_byte = 1min, .stall = 200ms});
      auto const given = loop.wait(post(client));
      REQUIRE(given);
      CHECK(given->body == "ok");
    }
  }
}

TEST_CASE("an answer that stalls after an interim one is ended by the time for a first byte", "[http]") {
  raw_server server([&](raw_server::peer& peer) {
    if (!peer.read_head()) return;
    peer.write("HTTP/1.1 102 Processing\r\n\r\n");
    peer.wait_for_end();
  });
  pawl::loop<> loop;
  http::client client(loop, {.base = server.base(), .first_byte = 300ms, .stall = 30s});
  auto const given = loop.wait(post(client));
  REQUIRE_FALSE(given);
  CHECK(given.why().kind == kind::unknown_outcome);
}

std::string const refusal = "HTTP/1.1 413 Payload Too Large\r\nContent-Length: 9\r\nConnection: close\r\n\r\ntoo large";

TEST_CASE("an early refusal is read though the server takes no more and keeps the connection", "[http]") {
  std::atomic<bool> ended{false};
  temporary_folder const folder;
  certificates::authority authority(folder.path().string());
  auto const files = authority.server("IP:127.0.0.1");
  auto const context = http::detail::serving_context(files.certificate, files.key);
  for (bool tls : {false, true}) {
    for (std::string const& answer : {refusal, std::string()}) {
      INFO((tls ? "TLS " : "plain ") << answer);
      ended = false;
      raw_server server([&](raw_server::peer& peer) {
        if (tls) {
          boost::asio::ssl::stream<boost::asio::ip::tcp::socket&> stream(peer.socket(), *context);
          boost::system::error_code ignored;
          stream.handshake(boost::asio::ssl::stream_base::server, ignored);
          std::string head;
          boost::asio::read_until(stream, boost::asio::dynamic_buffer(head), "\r\n\r\n", ignored);
          boost::asio::write(stream, boost::asio::buffer(answer), ignored);
          while (!ended) std::this_thread::sleep_for(5ms);
        } else if (peer.read_head()) {
          peer.write(answer);
          while (!ended) std::this_thread::sleep_for(5ms);
        }
      });
      pawl::loop<> loop;
      http::client client(loop,
                          {.base = server.base(tls ? "https" : "http"), .stall = 300ms, .ca_file = authority.file()});
      auto const given = loop.wait(ask(client, http::request(http::post, "/x", std::string(50'000'000, 'x'))));
      ended = true;
      REQUIRE_FALSE(given);
      if (answer.empty()) {
        CHECK(given.why().kind == kind::unknown_outcome);
        CHECK(has(given.why().detail, "sending stalled"));
      } else {
        CHECK(given.why().kind == kind::permanent);
        CHECK(has(given.why().detail, "HTTP 413 Payload Too Large: too large"));
      }
    }
  }
}

}  // namespace reading_deadlines_test
