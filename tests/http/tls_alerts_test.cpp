// What a server's alert in the handshake means: only what can never succeed ends a run.
#include <set>
#include <string>

#include <boost/asio/ssl/stream.hpp>
#include <openssl/ssl.h>

#include <pawl/http/beast/served.hpp>
#include <pawl/http/client.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/testing/http/server.hpp>

#include "catch.hpp"
#include "files.hpp"
#include "http/asking.hpp"
#include "http/certificates.hpp"
#include "http/raw_server.hpp"

namespace tls_alerts_test {
using namespace asking;
namespace http = pawl::http;
using kind = pawl::trouble_kind;

pawl::trouble why(http::client_options options) {
  pawl::loop<> loop;
  http::client client(loop, std::move(options));
  auto const given = loop.wait(post(client));
  REQUIRE_FALSE(given);
  return given.why();
}

TEST_CASE("an alert about certificates or the version ends the run, any other one is met by another try", "[http]") {
  // RFC 8446, section 6, and those of RFC 5246 and 6066.
  std::set<int> const for_good{41, 42, 43, 44, 45, 46, 48, 49, 70, 111, 113, 114, 116};
  for (int alert : {10, 20, 21, 22, 30, 40, 41,  42,  43,  44,  45,  46,  47,  48,  49,  50, 51,
                    60, 70, 71, 80, 86, 90, 100, 109, 110, 111, 112, 113, 114, 115, 116, 120}) {
    INFO(alert);
    raw_server server([alert](raw_server::peer& peer) {
      char const bytes[] = {0x15, 3, 3, 0, 2, 2, static_cast<char>(alert)};
      peer.write({bytes, sizeof(bytes)});
      peer.wait_for_end();
    });
    auto const trouble = why({.base = server.base("https")});
    CHECK(pawl::name(trouble.kind) == pawl::name(for_good.count(alert) != 0 ? kind::auth : kind::transient));
    CHECK(has(trouble.detail, "TLS with " + server.base("https") + ": "));
  }
}

TEST_CASE("a server that wants a certificate of the client ends the run, whenever it says so", "[http]") {
  temporary_folder const folder;
  certificates::authority authority(folder.path().string());
  auto const files = authority.server("IP:127.0.0.1");
  for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    INFO(version);
    auto const context = http::detail::serving_context(files.certificate, files.key);
    SSL_CTX_set_verify(context->native_handle(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    SSL_CTX_set_max_proto_version(context->native_handle(), version);
    raw_server server([&context](raw_server::peer& peer) {
      boost::asio::ssl::stream<boost::asio::ip::tcp::socket&> stream(peer.socket(), *context);
      boost::system::error_code ignored;
      stream.handshake(boost::asio::ssl::stream_base::server, ignored);
      peer.wait_for_end();
    });
    auto const trouble = why({.base = server.base("https"), .ca_file = authority.file()});
    // With TLS 1.2 the alert says only that the handshake has failed.
    CHECK(pawl::name(trouble.kind) == pawl::name(version == TLS1_3_VERSION ? kind::auth : kind::transient));
  }
}

TEST_CASE("a server that speaks old versions only ends the run", "[http]") {
  temporary_folder const folder;
  certificates::authority authority(folder.path().string());
  auto const files = authority.server("IP:127.0.0.1");
  auto const context = http::detail::serving_context(files.certificate, files.key);
  SSL_CTX_set_security_level(context->native_handle(), 0);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context->native_handle(), TLS1_1_VERSION);
  raw_server server([&context](raw_server::peer& peer) {
    boost::asio::ssl::stream<boost::asio::ip::tcp::socket&> stream(peer.socket(), *context);
    boost::system::error_code ignored;
    stream.handshake(boost::asio::ssl::stream_base::server, ignored);
    peer.wait_for_end();
  });
  CHECK(why({.base = server.base("https"), .ca_file = authority.file()}).kind == kind::auth);
}

}  // namespace tls_alerts_test
