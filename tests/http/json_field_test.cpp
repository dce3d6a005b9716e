// One field of an answer that is JSON.
#include <string>
#include <utility>

#include <pawl/http/json_field.hpp>

#include "catch.hpp"

namespace json_field_test {
namespace http = pawl::http;

http::answer with_body(std::string body) { return {200, "OK", {}, std::move(body)}; }
constexpr auto document =
    R"({"name": "files/a", "size": 12, "done": true, "response": {"documentName": "d/1"}, "none": null})";

TEST_CASE("a field of an answer is its text, or a number or boolean as JSON writes it", "[http]") {
  auto const given = with_body(document);
  CHECK(*http::field(given, "name") == "files/a");
  CHECK(*http::field(given, "size") == "12");
  CHECK(*http::field(given, "done") == "true");
  CHECK(*http::field(given, "none") == "null");
  CHECK(*http::field(given, "response.documentName") == "d/1");
  CHECK(*http::field(given, "response") == R"({"documentName":"d/1"})");
}

TEST_CASE("an answer without the field leaves the outcome unknown, and says nothing of what the body held", "[http]") {
  for (std::string body :
       {"", "<html>secret", R"({"id": "secret")", R"(["secret"])", R"("secret")", "7", "null",
        R"({"response": "secret"})", R"({"response": {"secret": 1}})", "{\"response\":\"\xff secret\"}"}) {
    CAPTURE(body);
    auto const read = http::field(with_body(body), "response.documentName");
    REQUIRE_FALSE(read);
    CHECK(read.why().kind == pawl::trouble_kind::unknown_outcome);
    CHECK(read.why().detail.find("secret") == std::string::npos);
    CHECK(read.why().detail.find("HTTP 200 with " + std::to_string(body.size()) + " bytes") != std::string::npos);
  }
}

}  // namespace json_field_test
