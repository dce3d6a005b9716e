// TLS between the client and a server whose certificates the test makes.
#include <chrono>
#include <fstream>
#include <initializer_list>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <pawl/http/beast/served.hpp>
#include <pawl/http/client.hpp>
#include <pawl/http/http_error.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/testing/http/server.hpp>

#include "catch.hpp"
#include "files.hpp"
#include "http/asking.hpp"
#include "http/certificates.hpp"
#include "http/raw_server.hpp"

namespace tls_test {
using namespace std::chrono_literals;
using namespace asking;
namespace http = pawl::http;
using kind = pawl::trouble_kind;
using pawl::testing::http_server;

void serve(http_server& server) {
  for (auto method : {http::get, http::post})
    server.on(method, "/x", [](auto const& call) { return answered(call.method + "!"); });
}
// The client's trouble with that server.
pawl::trouble why(http::client_options options) {
  pawl::loop<> loop;
  http::client client(loop, std::move(options));
  auto const given = loop.wait(post(client));
  REQUIRE_FALSE(given);
  return given.why();
}

TEST_CASE("a server with a certificate of the client's own authority is trusted", "[http]") {
  temporary_folder const folder;
  certificates::authority authority(folder.path().string());
  http_server server(authority.server("IP:127.0.0.1"));
  serve(server);
  pawl::loop<> loop;
  http::client client(loop, {.base = server.base(), .ca_file = authority.file()});
  CHECK(loop.wait(post(client))->body == "POST!");
}

TEST_CASE("a connection with TLS is used again, tickets and all", "[http]") {
  temporary_folder const folder;
  certificates::authority authority(folder.path().string());
  http_server server(authority.server("IP:127.0.0.1"));
  serve(server);
  pawl::loop<> loop;
  http::client client(loop, {.base = server.base(), .ca_file = authority.file()});
  for (int i = 0; i < 20; ++i) CHECK(loop.wait(i % 2 == 0 ? post(client) : get(client)));
  CHECK(server.connections() == 1);
  CHECK(client.counts().connections == 1);
  CHECK(client.counts().reused == 19);
}

TEST_CASE("a name is sent to a server of many hosts, and must be in its certificate", "[http]") {
  temporary_folder const folder;
  certificates::authority authority(folder.path().string());
  http_server server(authority.server("DNS:localhost"));
  serve(server);
  pawl::loop<> loop;
  http::client client(loop,
                      {.base = "https://localhost:" + std::to_string(server.port()), .ca_file = authority.file()});
  CHECK(loop.wait(get(client)));
}

TEST_CASE("a certificate that does not fit ends the run in OpenSSL's words", "[http]") {
  temporary_folder const folder, another;
  certificates::authority authority(folder.path().string()), stranger(another.path().string(), "a stranger");
  SECTION("of another host") {
    http_server server(authority.server("DNS:other.example"));
    auto const trouble =
        why({.base = "https://localhost:" + std::to_string(server.port()), .ca_file = authority.file()});
    CHECK(trouble.kind == kind::auth);
    CHECK_THAT(trouble.detail, ContainsSubstring("hostname mismatch") || ContainsSubstring("Hostname mismatch"));
  }
  SECTION("of another address") {
    http_server server(authority.server("IP:127.0.0.2"));
    auto const trouble = why({.base = server.base(), .ca_file = authority.file()});
    CHECK(trouble.kind == kind::auth);
    CHECK_THAT(trouble.detail, ContainsSubstring("IP address mismatch"));
  }
  SECTION("of an authority that nobody trusts") {
    http_server server(stranger.server("IP:127.0.0.1"));
    for (auto const& ca : {authority.file(), std::string()}) {
      auto const trouble = why({.base = server.base(), .ca_file = ca});
      CHECK(trouble.kind == kind::auth);
      CHECK_THAT(trouble.detail, ContainsSubstring("unable to get local issuer certificate"));
    }
  }
  SECTION("that has expired") {
    http_server server(authority.server("IP:127.0.0.1", -60));
    auto const trouble = why({.base = server.base(), .ca_file = authority.file()});
    CHECK(trouble.kind == kind::auth);
    CHECK_THAT(trouble.detail, ContainsSubstring("certificate has expired"));
  }
}

TEST_CASE("a file of authorities that cannot be read is refused at once", "[http]") {
  temporary_folder const folder;
  pawl::loop<> loop;
  CHECK_THROWS_AS(http::client(loop, {.base = "https://h", .ca_file = folder / "none.pem"}), http::http_error);
  std::ofstream(folder / "text.pem") << "no certificate";
  CHECK_THROWS_AS(http::client(loop, {.base = "https://h", .ca_file = folder / "text.pem"}), http::http_error);
}

TEST_CASE("plain HTTP to a port with TLS is guessed", "[http]") {
  temporary_folder const folder;
  certificates::authority authority(folder.path().string());
  http_server server(authority.server("IP:127.0.0.1"));
  auto const trouble = why({.base = "http://127.0.0.1:" + std::to_string(server.port())});
  CHECK_THAT(trouble.detail, ContainsSubstring("https://"));
}

TEST_CASE("an alert of TLS is no answer, and ends the run", "[http]") {
  raw_server server([](raw_server::peer& peer) {
    peer.read_head();
    peer.write(std::string_view("\x15\x03\x01\x00\x02\x02\x46", 7));
  });
  auto const trouble = why({.base = server.base()});
  CHECK(trouble.kind == kind::auth);
  CHECK_THAT(trouble.detail, ContainsSubstring("https://"));
}

TEST_CASE("TLS to a port with plain HTTP is guessed", "[http]") {
  SECTION("that closes") {
    http_server server;
    auto const trouble = why({.base = "https://127.0.0.1:" + std::to_string(server.port())});
    CHECK_THAT(trouble.detail, ContainsSubstring("http://"));
  }
  SECTION("that answers") {
    raw_server server([](raw_server::peer& peer) { peer.write("HTTP/1.1 400 Bad Request\r\n\r\n"); });
    auto const trouble = why({.base = server.base("https")});
    CHECK(trouble.kind == kind::auth);
    CHECK_THAT(trouble.detail, ContainsSubstring("http://"));
  }
  SECTION("that waits for more") {
    raw_server server([](raw_server::peer& peer) { peer.wait_for_end(); });
    auto const trouble = why({.base = server.base("https"), .connect = 200ms});
    CHECK(trouble.kind == kind::transient);
    CHECK_THAT(trouble.detail, ContainsSubstring("http://"));
  }
}

#ifdef TCP_CORK
TEST_CASE("a farewell that came with the answer is seen before the connection is used again", "[http]") {
  temporary_folder const folder;
  certificates::authority authority(folder.path().string());
  auto const files = authority.server("IP:127.0.0.1");
  auto const context = http::detail::serving_context(files.certificate, files.key);
  raw_server server([&context](raw_server::peer& peer) {
    boost::asio::ssl::stream<boost::asio::ip::tcp::socket&> stream(peer.socket(), *context);
    boost::system::error_code ignored;
    stream.handshake(boost::asio::ssl::stream_base::server, ignored);
    std::string request;
    boost::asio::read_until(stream, boost::asio::dynamic_buffer(request), "{}", ignored);
    // Both go in one segment.
    peer.socket().set_option(boost::asio::detail::socket_option::boolean<IPPROTO_TCP, TCP_CORK>(true));
    std::string const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    boost::asio::write(stream, boost::asio::buffer(answer), ignored);
    stream.shutdown(ignored);  // and waits for the client's, which closes instead
  });
  pawl::loop<> loop;
  http::client client(loop, {.base = server.base("https"), .ca_file = authority.file()});
  for (int i = 0; i < 3; ++i) CHECK(loop.wait(post(client)));
  CHECK(client.counts().connections == 3);
}
#endif

TEST_CASE("faults are the same with TLS", "[http]") {
  temporary_folder const folder;
  certificates::authority authority(folder.path().string());
  http_server server(authority.server("IP:127.0.0.1"));
  serve(server);
  pawl::loop<> loop;
  http::client client(loop, {.base = server.base(), .first_byte = 300ms, .stall = 300ms, .ca_file = authority.file()});
  using fault = pawl::testing::http_fault;
  for (auto const& set : std::initializer_list<void (*)(fault&)>{
           [](fault& f) { f.drop_after(); }, [](fault& f) { f.reset_after(); }, [](fault& f) { f.cut_body(2); },
           [](fault& f) { f.cut_head(9); }, [](fault& f) { f.stall(); }, [](fault& f) { f.stall(20); },
           [](fault& f) { f.no_length().cut_body(2); }}) {
    server.with([&](auto& remote) { set(remote.fault_next()); });
    auto const lost = loop.wait(post(client));
    REQUIRE_FALSE(lost);
    CHECK(lost.why().kind == kind::unknown_outcome);
    CHECK(loop.wait(post(client))->body == "POST!");
  }
  CHECK(server.effects() == 14);
}

}  // namespace tls_test
