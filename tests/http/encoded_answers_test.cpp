// Answers in an encoding that nobody asked for: the body cannot be read, but a status can.
#include <chrono>
#include <string>

#include <pawl/http/classify.hpp>
#include <pawl/http/client.hpp>
#include <pawl/loop/loop.hpp>

#include "catch.hpp"
#include "http/asking.hpp"
#include "http/raw_server.hpp"

namespace encoded_answers_test {
using namespace std::chrono_literals;
using namespace asking;
namespace http = pawl::http;
using kind = pawl::trouble_kind;

pawl::outcome<http::answer> answered_with(std::string const& bytes, http::request const& call) {
  raw_server server([&bytes](raw_server::peer& peer) {
    if (peer.read_head()) peer.write(bytes);
  });
  pawl::loop<> loop;
  http::client client(loop, {.base = server.base(), .stall = 5s});
  return loop.wait(ask(client, call));
}

TEST_CASE("a refusal says its status in any encoding, and only a success cannot be read", "[http]") {
  for (std::string encoding : {"Content-Encoding: gzip", "Content-Encoding: BR", "Content-Encoding: identity",
                               "Content-Encoding: identity\r\nContent-Encoding: gzip", "X-None: 1"}) {
    bool const encoded = encoding.find("identity") == std::string::npos ? encoding[0] == 'C'
                                                                        : encoding.find("gzip") != std::string::npos;
    for (int status : {200, 201, 206, 304, 307, 400, 401, 403, 404, 408, 409, 410, 412, 425, 429, 500, 501, 503}) {
      for (bool cut : {false, true}) {
        std::string const bytes =
            "HTTP/1.1 " + std::to_string(status) + " Word\r\n" + encoding +
            "\r\nRetry-After: 5\r\nConnection: close\r\n" +
            (status == 304 ? "\r\n" : "Content-Length: " + std::string(cut ? "9" : "5") + "\r\n\r\n\x1f\x8bxyz");
        for (auto method : {http::post, http::get}) {
          INFO(encoding << ", " << status << " " << http::name(method) << (cut ? ", cut" : ""));
          http::request call(method, "/x");
          auto const given = answered_with(bytes, call);
          auto const torn = method == http::get ? kind::transient : kind::unknown_outcome;
          if (call.is_success(status)) {
            CHECK(static_cast<bool>(given) == (!encoded && !cut));
            if (!given) CHECK(given.why().kind == torn);
            continue;
          }
          http::answer plain;
          plain.status = status;
          plain.body = "words";
          plain.headers = {{"Retry-After", "5"}};
          auto const expected = http::classify(call, plain, {}, true, {});
          REQUIRE_FALSE(given);
          CHECK(pawl::name(given.why().kind) == pawl::name(expected.why().kind));
          CHECK(given.why().after == expected.why().after);
          CHECK(has(given.why().detail, "HTTP " + std::to_string(status) + " Word"));
          if (encoded) CHECK_FALSE(has(given.why().detail, "xyz"));
          // An endpoint's own reading is given it too.
          call.read(status, [](http::answer const& a) {
            return pawl::trouble(kind::quota_exhausted, "a body of " + std::to_string(a.body.size()) + " bytes");
          });
          auto const own = answered_with(bytes, call);
          REQUIRE_FALSE(own);
          CHECK(own.why().kind == kind::quota_exhausted);
          CHECK(own.why().detail == "a body of " + std::string(encoded || status == 304 ? "0" : "5") + " bytes");
        }
      }
    }
  }
}

TEST_CASE("a success that is compressed on its way cannot be read either", "[http]") {
  auto const given = answered_with("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nxx\r\n0\r\n\r\n",
                                   http::request(http::post, "/x"));
  REQUIRE_FALSE(given);
  CHECK(given.why().kind == kind::unknown_outcome);
}

}  // namespace encoded_answers_test
