#include <string>

#include <pawl/http/secret.hpp>

#include "catch.hpp"

namespace secret_test {
std::string hidden(std::string text, std::string const& value) {
  pawl::http::detail::hide(text, value);
  return text;
}

TEST_CASE("a secret is hidden wherever a text has it, with its scheme or without", "[http]") {
  CHECK(hidden("a s3cr3t-key, s3cr3t-key", "s3cr3t-key") == "a (hidden), (hidden)");
  CHECK(hidden("Bearer abcdef and abcdef", "Bearer abcdef") == "(hidden) and (hidden)");
  CHECK(hidden("nothing of it", "s3cr3t-key") == "nothing of it");
}

TEST_CASE("a secret that a message cuts is hidden too", "[http]") {
  CHECK(hidden("the key s3cr3t...", "s3cr3t-key") == "the key (hidden)...");
  CHECK(hidden("the key s3cr...", "s3cr3t-key") == "the key (hidden)...");
  CHECK(hidden("the key s3c...", "s3cr3t-key") == "the key s3c...");
  CHECK(hidden("s3cr3t...", "s3cr3t-key") == "(hidden)...");
  CHECK(hidden("...", "s3cr3t-key") == "...");
}

TEST_CASE("what is too short to be a secret hides nothing", "[http]") {
  CHECK(hidden("a b c", "a") == "a b c");
  CHECK(hidden("", "s3cr3t-key").empty());
  CHECK(hidden("text", "").empty() == false);
}

TEST_CASE("fields are known as secret by their names", "[http]") {
  for (std::string name :
       {"Authorization", "x-api-key", "X-Goog-Api-Key", "Cookie", "X-Auth-Token", "Proxy-Authorization"})
    CHECK(pawl::http::detail::holds_secret(name));
  for (std::string name : {"Content-Type", "Accept", "Idempotency-Key", "User-Agent"})
    CHECK_FALSE(pawl::http::detail::holds_secret(name));
}

}  // namespace secret_test
