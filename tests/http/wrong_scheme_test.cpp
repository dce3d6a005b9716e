// http:// where https:// is meant: servers that say so in a 400.
#include <array>
#include <atomic>
#include <cstddef>
#include <initializer_list>
#include <string>

#include <pawl/http/client.hpp>
#include <pawl/loop/loop.hpp>

#include "catch.hpp"
#include "http/asking.hpp"
#include "http/certificates.hpp"
#include "http/raw_server.hpp"

namespace wrong_scheme_test {
using namespace asking;
namespace http = pawl::http;
using kind = pawl::trouble_kind;

std::string refusal(std::string const& status, std::string const& body) {
  return "HTTP/1.1 " + status + "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}
std::initializer_list<char const*> const words_of_servers{
    // nginx 1.22
    "<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>",
    // Go 1.19, hence Caddy and Traefik
    "Client sent an HTTP request to an HTTPS server.\n",
    // Apache 2.4, with and without an escaped apostrophe
    "<p>Reason: You're speaking plain HTTP to an SSL-enabled server port.<br /></p>",
    "<p>Reason: You&#39;re speaking plain HTTP to an SSL-enabled server port.<br /></p>",
    // Tomcat 9
    "Bad Request\r\nThis combination of host and port requires TLS.\r\n"};

TEST_CASE("a server with TLS that refuses plain HTTP ends the run, with words that say what to write", "[http]") {
  for (std::string const words : words_of_servers) {
    for (auto method : {http::get, http::post}) {
      for (auto const& bytes : {refusal("400 Bad Request", words), "HTTP/1.0 400 Bad Request\r\n\r\n" + words}) {
        INFO(words);
        raw_server server([&](raw_server::peer& peer) {
          if (peer.read_head()) peer.write(bytes);
        });
        pawl::loop<> loop;
        http::client client(loop, {.base = server.base()});
        for (int i = 0; i < 2; ++i) {
          auto const given = loop.wait(ask(client, http::request(method, "/x")));
          REQUIRE_FALSE(given);
          CHECK(given.why().kind == kind::auth);
          CHECK(has(given.why().detail, "write https://"));
        }
      }
    }
  }
}

TEST_CASE("the same words mean nothing where HTTP is spoken", "[http]") {
  std::string const words = *words_of_servers.begin();
  std::array<std::string, 4> const answers{
      refusal("422 Unprocessable", words),                          // with another status
      refusal("200 OK", words), refusal("400 Bad Request", words),  // from a port that has answered plain HTTP before
      refusal("400 Bad Request", "some other words")};
  std::atomic<std::size_t> answered{0};
  raw_server server([&](raw_server::peer& peer) {
    if (peer.read_head()) peer.write(answers.at(answered++));
  });
  pawl::loop<> loop;
  http::client client(loop, {.base = server.base()});
  CHECK(loop.wait(post(client)).why().kind == kind::permanent);
  CHECK(loop.wait(post(client)));
  CHECK(loop.wait(post(client)).why().kind == kind::permanent);
  http::client other(loop, {.base = server.base()});
  CHECK(loop.wait(post(other)).why().kind == kind::permanent);
}

}  // namespace wrong_scheme_test
