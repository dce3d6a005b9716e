#include <string>

#include <pawl/http/origin.hpp>

#include "catch.hpp"

namespace origin_test {
using pawl::http::base_url;
using pawl::http::http_error;
using pawl::http::origin;

TEST_CASE("a base URL is scheme, host and port", "[http]") {
  CHECK(base_url("https://example.org") == origin{true, "example.org", 443});
  CHECK(base_url("HTTP://Example.ORG/") == origin{false, "example.org", 80});
  CHECK(base_url("http://127.0.0.1:8080") == origin{false, "127.0.0.1", 8080});
  CHECK(base_url("https://[::1]:9") == origin{true, "::1", 9});
  CHECK(base_url("https://[::1]").port == 443);
}

TEST_CASE("an origin is written as the Host field wants it", "[http]") {
  CHECK(base_url("https://example.org:443").authority() == "example.org");
  CHECK(base_url("https://example.org:80").authority() == "example.org:80");
  CHECK(base_url("http://[::1]:8080").text() == "http://[::1]:8080");
}

TEST_CASE("a base URL that cannot be used is refused in a sentence", "[http]") {
  auto const words = [](std::string const& url) {
    try {
      base_url(url);
    } catch (http_error const& e) {
      return std::string(e.what());
    }
    return std::string("taken");
  };
  CHECK_THAT(words("example.org"), ContainsSubstring("must begin with https://"));
  CHECK_THAT(words("ftp://example.org"), ContainsSubstring("must begin with https://"));
  CHECK_THAT(words("https://example.org/v1"), ContainsSubstring("has a path or query"));
  CHECK_THAT(words("https://example.org?a"), ContainsSubstring("has a path or query"));
  CHECK_THAT(words("https://"), ContainsSubstring("names no host"));
  CHECK_THAT(words("https://:80"), ContainsSubstring("names no host"));
  for (std::string port : {"", "0", "65536", "-1", "8x", "99999999999"})
    CHECK_THAT(words("https://h:" + port), ContainsSubstring("port"));
  CHECK_THAT(words("https://[::1"), ContainsSubstring("without ']'"));
  CHECK_THAT(words("https://[::1]x"), ContainsSubstring("after ']'"));
  CHECK_THAT(words("https://[h]"), ContainsSubstring("no IPv6 address"));
  CHECK_THAT(words("https://a b"), ContainsSubstring("character"));
  CHECK_THAT(words("https://b\xc3\xa4r.de"), ContainsSubstring("ASCII form"));
}

TEST_CASE("a password in a URL is refused and not shown", "[http]") {
  for (std::string url : {"https://user:secret@example.org", "user:secret@example.org", "https://secret@h/path"}) {
    try {
      base_url(url);
      FAIL("it was taken");
    } catch (http_error const& e) {
      CHECK(std::string(e.what()).find("secret") == std::string::npos);
    }
  }
}

TEST_CASE("a URL that is refused is shown without what may be a secret in it", "[http]") {
  for (std::string scheme : {"https://", "http://", "HTTPS://", "ftp://", ""})
    for (std::string hidden_part : {"host/secret",
                                    "host?key=secret",
                                    "host#secret",
                                    "host:x/secret",
                                    "h_o st?secret",
                                    "[::1?secret",
                                    "[::1]x/secret",
                                    "user:secret/word@host",
                                    "user:12345#secret@host",
                                    "user:secret?@host",
                                    "secret@host:x",
                                    "host/v1?mail=a@b&secret",
                                    "[secret@host",
                                    "user:secret%40host",
                                    "secret@[::1",
                                    ":secret@",
                                    "a/secret@b:99999",
                                    "?secret",
                                    "/secret",
                                    "#secret",
                                    ":99999?secret"}) {
      INFO(scheme + hidden_part);
      std::string message;
      try {
        base_url(scheme + hidden_part);
      } catch (http_error const& e) {
        message = e.what();
      }
      CHECK_FALSE(message.empty());
      CHECK(message.find("secret") == std::string::npos);
      CHECK(message.find("12345") == std::string::npos);
      if (!scheme.empty()) CHECK(message.find(scheme) != std::string::npos);
    }
  try {
    base_url("https://example.org/v1?key=secret");
    FAIL("it was taken");
  } catch (http_error const& e) {
    CHECK(std::string(e.what()).find("'https://example.org/...'") != std::string::npos);
  }
}

}  // namespace origin_test
