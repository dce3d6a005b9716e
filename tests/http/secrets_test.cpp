// What a client sends with each request is in no message, though the remote repeats it.
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <pawl/http/client.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/testing/http/server.hpp>

#include "catch.hpp"
#include "http/asking.hpp"
#include "http/raw_server.hpp"

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

std::string said_of(std::string const& bytes, http::client_options options) {
  raw_server server([&bytes](raw_server::peer& peer) {
    if (peer.read_head()) peer.write(bytes);
  });
  options.base = server.base();
  pawl::loop<> loop;
  http::client client(loop, std::move(options));
  auto const given = loop.wait(asking::post(client));
  REQUIRE_FALSE(given);
  return given.why().detail;
}

TEST_CASE("a secret that the network, a limit or the message cuts is not shown in part", "[http]") {
  std::string const key = "AIza/very+secret/0815-key", head = "HTTP/1.1 401 Unauthorized\r\n";
  http::client_options const options{.headers = {{"x-api-key", key}}};
  for (std::size_t cut = 4; cut <= key.size(); ++cut) {
    std::string const part = "bad key " + key.substr(0, cut);
    std::vector<std::string> said;
    said.push_back(said_of(head + "Content-Length: 999\r\n\r\n" + part, options));
    said.push_back(said_of(head + "Transfer-Encoding: chunked\r\n\r\n64\r\n" + part, options));
    said.push_back(said_of(head + "\r\n" + part, options));
    auto limited = options;
    limited.largest_body = part.size();
    said.push_back(
        said_of(head + "Content-Length: 99\r\n\r\nbad key " + key + std::string(99 - 8 - key.size(), 'x'), limited));
    std::string const whole = "bad key " + key + std::string(92 - key.size(), 'x');
    said.push_back(said_of(head + "Transfer-Encoding: chunked\r\n\r\n64\r\n" + whole + "\r\n0\r\n\r\n", limited));
    std::string const late = std::string(300 - cut, 'x') + key + " and more";
    said.push_back(said_of(head + "Content-Length: " + std::to_string(late.size()) + "\r\n\r\n" + late, options));
    for (auto const& words : said) {
      INFO(words);
      CHECK_FALSE(asking::has(words, key.substr(0, 4)));
      CHECK(asking::has(words, "HTTP 401"));
    }
  }
}

TEST_CASE("a short value is hidden where its field's name says that it is a secret", "[http]") {
  for (std::string name : {"x-api-key", "Authorization", "Cookie", "X-Token"})
    for (std::string value : {"hunt", "hunte", "hunter", "hunter2", "hunter22"}) {
      std::string const body = "bad " + value + "!";
      std::string const bytes =
          "HTTP/1.1 401 Unauthorized\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
      CHECK(said_of(bytes, {.headers = {{name, value}}}) == "HTTP 401 Unauthorized: bad (hidden)!");
    }
  std::string const bytes = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 6\r\n\r\nin deu";
  CHECK(said_of(bytes, {.headers = {{"Accept-Language", "in d"}}}) == "HTTP 401 Unauthorized: in deu");
}

}  // namespace secrets_test
