// What a client sends with each request is in no message, though the remote repeats it.
#include <string>

#include <pawl/http/client.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/testing/http/server.hpp>

#include "catch.hpp"

namespace secrets_test {
namespace http = pawl::http;

TEST_CASE("a remote that repeats the client's credentials does not bring them into a message", "[http]") {
  pawl::testing::http_server server;
  server.on(http::post, "/", [](pawl::testing::http_call const& call) {
    std::string words;
    for (auto const& line : call.headers) words += line.name + "=" + line.value + "; ";
    return http::answer{400, "Bad Request", {}, "you sent " + words + "again: k-0123456789 k-0123456789."};
  });
  pawl::loop<> loop;
  http::client client(
      loop, {.base = server.base(), .headers = {{"Authorization", "Bearer k-0123456789"}, {"x-short", "sent"}}});
  http::request call(http::post, "/", "{}");
  auto const given = loop.wait(client.send(call));
  REQUIRE_FALSE(given);
  CHECK(given.why().detail.find("k-0123456789") == std::string::npos);
  CHECK(given.why().detail.find("you sent") != std::string::npos);
  CHECK(given.why().detail.find("again: (hidden) (hidden).") != std::string::npos);
}

}  // namespace secrets_test
