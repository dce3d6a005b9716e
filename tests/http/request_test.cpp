#include <chrono>
#include <string>

#include <pawl/http/percent_encoded.hpp>
#include <pawl/http/request.hpp>

#include "catch.hpp"

namespace request_test {
using namespace std::chrono_literals;
namespace http = pawl::http;

TEST_CASE("GET and HEAD are reads, others only where they are declared safe", "[http]") {
  CHECK(http::request(http::get, "/").is_read());
  CHECK(http::request(http::head, "/").is_read());
  for (auto v : {http::post, http::put, http::patch, http::remove}) {
    http::request call(v, "/");
    CHECK_FALSE(call.is_read());
    CHECK(call.safe().is_read());
  }
  http::request keyed(http::post, "/");
  CHECK_FALSE(keyed.idempotency_key("k").is_read());  // it may have been performed: the step's keyed& repeats it
}

TEST_CASE("a target is a path that can be sent as it stands", "[http]") {
  for (std::string bad : {"", "v1/x", "https://h/x", "/a b", "/a\r\nX-Evil: 1", "/\xc3\xa4", "/a\tb"})
    CHECK_THROWS_AS(http::request(http::get, bad), http::http_error);
  CHECK_THROWS_AS(http::request(http::get, std::string("/a\0b", 4)), http::http_error);
  CHECK(http::request(http::get, "/v1/a%20b?c=d&e=%C3%A4").target() == "/v1/a%20b?c=d&e=%C3%A4");
}

TEST_CASE("a target that is refused is shown without its query or a password", "[http]") {
  for (std::string bad : {"v1/x?key=secret", "https://h/x?secret", "https://user:secret@h/x", "x#secret", "?secret"}) {
    std::string message;
    try {
      http::request(http::get, bad);
    } catch (http::http_error const& e) {
      message = e.what();
    }
    CHECK_FALSE(message.empty());
    CHECK(message.find("secret") == std::string::npos);
  }
}

TEST_CASE("any bytes become a part of a path", "[http]") {
  CHECK(http::percent_encoded("a/b c") == "a%2Fb%20c");
  CHECK(http::percent_encoded("AZaz09-._~") == "AZaz09-._~");
  CHECK(http::percent_encoded("\xc3\xa4\n\"") == "%C3%A4%0A%22");
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  CHECK_NOTHROW(http::request(http::get, "/" + http::percent_encoded(all)));
}

TEST_CASE("a body has a type, and a file's range takes its place", "[http]") {
  http::request call(http::post, "/", "{}");
  CHECK(call.headers().find("content-type") == "application/json");
  call.body("/tmp/x", 8, 16);
  CHECK(call.headers().find("content-type") == "application/octet-stream");
  CHECK(call.content().empty());
  CHECK(call.file()->offset == 8);
  CHECK_FALSE(http::request(http::post, "/").headers().contains("content-type"));
}

TEST_CASE("a deadline of nothing is refused", "[http]") {
  http::request call(http::get, "/");
  CHECK_THROWS_AS(call.deadline(0s), http::http_error);
  CHECK_THROWS_AS(call.deadline(-1s), http::http_error);
  CHECK(call.deadline(1ns).total_deadline() == 1ns);
}

}  // namespace request_test
