// One field of an answer that is JSON.
#include <cstddef>
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
  CHECK(*http::field(given, "response.documentName") == "d/1");
  CHECK(*http::field(with_body(R"({"n": -7, "x": 1.5, "b": false, "e": ""})"), "n") == "-7");
  CHECK(*http::field(with_body(R"({"n": -7, "x": 1.5, "b": false, "e": ""})"), "x") == "1.5");
  CHECK(*http::field(with_body(R"({"n": -7, "x": 1.5, "b": false, "e": ""})"), "b") == "false");
  CHECK(http::field(with_body(R"({"n": -7, "x": 1.5, "b": false, "e": ""})"), "e")->empty());
}

TEST_CASE("only text, numbers and booleans are values of a field", "[http]") {
  for (std::string none : {"null", "{}", "[]", "[\"secret\"]", "{\"secret\":1}"}) {
    CAPTURE(none);
    auto const read = http::field(with_body("{\"name\":" + none + "}"), "name");
    REQUIRE_FALSE(read);
    CHECK(read.why().kind == pawl::trouble_kind::unknown_outcome);
    CHECK(read.why().detail.find("secret") == std::string::npos);
    CHECK_FALSE(http::field(with_body("{\"within\":{\"name\":" + none + "}}"), "within.name"));
    CHECK_FALSE(http::field(with_body(none), "name"));
  }
}

TEST_CASE("a field is looked for where its name says, and the last of a name counts", "[http]") {
  CHECK(*http::field(with_body(R"({"a": {"name": "wrong"}, "b": [{"name": "wrong"}], "name": "right"})"), "name") ==
        "right");
  CHECK_FALSE(http::field(with_body(R"({"a": {"name": "wrong"}, "b": [{"name": "wrong"}]})"), "name"));
  CHECK_FALSE(http::field(with_body(R"([{"name": "wrong"}])"), "name"));
  CHECK(*http::field(with_body(R"({"a": {"b": {"c": 1}, "x": {"c": 2}}, "b": {"c": 3}})"), "a.b.c") == "1");
  CHECK(*http::field(with_body(R"({"name": "first", "name": "last"})"), "name") == "last");
  CHECK_FALSE(http::field(with_body(R"({"name": "first", "name": null})"), "name"));
  CHECK_FALSE(http::field(with_body(R"({"a": {"name": "first"}, "a": 7})"), "a.name"));
}

TEST_CASE("a document of any depth is read or refused, and ends no process", "[http]") {
  for (std::size_t depth : {std::size_t{1000}, std::size_t{500'000}}) {
    CAPTURE(depth);
    std::string const open(depth, '['), close(depth, ']');
    std::string objects, ends(depth / 8, '}');
    for (std::size_t i = 0; i < depth / 8; ++i) objects += "{\"name\":";
    for (auto const& body :
         {open, open + close, "{\"name\":" + open, "{\"name\":" + open + close + "}", objects, objects + "{}" + ends}) {
      auto const read = http::field(with_body(body), "name");
      REQUIRE_FALSE(read);
      CHECK(read.why().kind == pawl::trouble_kind::unknown_outcome);
    }
    CHECK(*http::field(with_body("{\"other\":" + open + close + ",\"name\":\"x\"}"), "name") == "x");
    CHECK(*http::field(with_body("{\"name\":\"x\",\"other\":" + open + close + "}"), "name") == "x");
  }
  CHECK_FALSE(http::field(with_body(std::string(4'000'000, '[')), "name"));
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
