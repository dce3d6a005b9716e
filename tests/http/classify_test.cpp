#include <chrono>
#include <string>

#include <pawl/http/classify.hpp>

#include "catch.hpp"

namespace classify_test {
using namespace std::chrono_literals;
namespace http = pawl::http;
using kind = pawl::trouble_kind;

constexpr std::chrono::sys_seconds now{};

http::answer answer(int status, std::string body = "words", http::fields headers = {}) {
  http::answer a;
  a.status = status;
  a.body = std::move(body);
  a.headers = std::move(headers);
  return a;
}
pawl::trouble why(http::request const& call, http::answer a, http::api_rules const& rules = {}, bool all_sent = true) {
  auto given = http::classify(call, std::move(a), rules, all_sent, now);
  REQUIRE_FALSE(given);
  return given.why();
}

TEST_CASE("a status that may follow a performed request is an unknown outcome, except for a read", "[http]") {
  http::request const post(http::post, "/"), get(http::get, "/");
  for (int status : {500, 502, 503, 504, 506, 507, 509, 510, 520, 521, 522, 524, 527, 599, 600, 700, 999}) {
    INFO(status);
    CHECK(why(post, answer(status)).kind == kind::unknown_outcome);
    CHECK(why(get, answer(status)).kind == kind::transient);
    auto const asks = why(post, answer(status, "", {{"Retry-After", "5"}}));
    CHECK(asks.kind == kind::unknown_outcome);  // varnish adds it to answers of performed requests
    CHECK(asks.after == 5s);
    CHECK(why(get, answer(status, "", {{"Retry-After", "5"}})).kind == kind::throttled);
  }
}

TEST_CASE("a status that says what it means has one kind for every method", "[http]") {
  struct rule {
    int status;
    kind expected;
  };
  for (auto const& [status, expected] :
       {rule{400, kind::permanent}, {401, kind::auth},      {402, kind::permanent}, {403, kind::auth},
        {404, kind::not_found},     {405, kind::permanent}, {409, kind::conflict},  {410, kind::not_found},
        {411, kind::permanent},     {412, kind::conflict},  {413, kind::permanent}, {415, kind::permanent},
        {422, kind::permanent},     {425, kind::transient}, {428, kind::permanent}, {429, kind::throttled},
        {431, kind::permanent},     {451, kind::permanent}, {501, kind::permanent}, {505, kind::permanent},
        {508, kind::permanent},     {511, kind::permanent}, {300, kind::permanent}, {301, kind::permanent},
        {302, kind::permanent},     {304, kind::permanent}, {307, kind::permanent}, {308, kind::permanent},
        {101, kind::permanent}}) {
    INFO(status);
    for (auto v : {http::get, http::head, http::post, http::put, http::patch, http::remove})
      CHECK(why(http::request(v, "/"), answer(status)).kind == expected);
  }
}

TEST_CASE("408 is transient only if not all of the request was sent", "[http]") {
  http::request const post(http::post, "/"), get(http::get, "/");
  CHECK(why(post, answer(408), {}, false).kind == kind::transient);
  CHECK(why(post, answer(408), {}, true).kind == kind::unknown_outcome);
  CHECK(why(get, answer(408), {}, true).kind == kind::transient);
}

TEST_CASE("a request with an idempotency key is no read", "[http]") {
  http::request keyed(http::put, "/");
  keyed.idempotency_key("k");
  CHECK(why(keyed, answer(503)).kind == kind::unknown_outcome);
}

TEST_CASE("a success that is empty is a torn answer where a body is expected", "[http]") {
  http::request const post(http::post, "/"), get(http::get, "/"), head(http::head, "/");
  CHECK(why(post, answer(200, "")).kind == kind::unknown_outcome);
  CHECK(why(get, answer(200, "")).kind == kind::transient);
  CHECK(http::classify(post, answer(204, ""), {}, true, now));
  CHECK(http::classify(head, answer(200, ""), {}, true, now));
  http::request empty(http::post, "/");
  CHECK(http::classify(empty.expect_empty(), answer(200, ""), {}, true, now));
  CHECK(http::classify(post, answer(200, "x"), {}, true, now)->body == "x");
}

TEST_CASE("only the statuses that a request expects are a success", "[http]") {
  http::request call(http::post, "/");
  call.expect(201, 201);
  CHECK(http::classify(call, answer(201), {}, true, now));
  CHECK(why(call, answer(200)).kind == kind::unknown_outcome);
}

TEST_CASE("a success that was not expected was performed all the same", "[http]") {
  for (int status = 200; status < 300; ++status) {
    INFO(status);
    for (auto v : {http::get, http::head, http::post, http::put, http::patch, http::remove}) {
      for (bool safe : {false, true}) {
        http::request call(v, "/");
        call.expect(status == 200 ? 201 : 200, status == 200 ? 201 : 200);
        if (safe) call.safe();
        auto const expected = call.is_read() ? kind::permanent : kind::unknown_outcome;
        CHECK(pawl::name(why(call, answer(status)).kind) == pawl::name(expected));
        CHECK(why(call.read(status, kind::conflict), answer(status)).kind == kind::conflict);
      }
    }
  }
}

TEST_CASE("a request's own reading comes before the API's, and that before the default", "[http]") {
  http::api_rules rules;
  rules.readings.push_back({{403, 403}, kind::not_found, {}});
  http::request call(http::get, "/");
  CHECK(why(call, answer(403)).kind == kind::auth);
  CHECK(why(call, answer(403), rules).kind == kind::not_found);
  call.read(403, kind::pending);
  CHECK(why(call, answer(403), rules).kind == kind::pending);
  call.read({400, 499}, [](http::answer const& a) { return pawl::trouble::quota_exhausted(a.body); });
  auto const last = why(call, answer(403, "spent", {{"Retry-After", "7"}}), rules);
  CHECK(last.kind == kind::quota_exhausted);
  CHECK(last.detail == "spent");
  CHECK(last.after == 7s);  // where the reader gives none
}

TEST_CASE("the body's hint counts where the fields have none", "[http]") {
  http::api_rules rules;
  rules.body_hint = [](http::answer const&) { return std::optional<std::chrono::nanoseconds>(51s); };
  http::request const get(http::get, "/");
  CHECK(why(get, answer(429), rules).after == 51s);
  CHECK(why(get, answer(429, "", {{"Retry-After", "3"}}), rules).after == 3s);
  CHECK(why(get, answer(429)).after == 0s);
}

TEST_CASE("a redirection is not followed, and its query is not shown", "[http]") {
  auto const redirected =
      why(http::request(http::post, "/"), answer(307, "", {{"Location", "https://other.example/x?key=secret"}}));
  CHECK(redirected.kind == kind::permanent);
  CHECK(redirected.detail.find("https://other.example/x") != std::string::npos);
  CHECK(redirected.detail.find("secret") == std::string::npos);
}

TEST_CASE("a failure is transient only if no byte was sent or a repetition does no harm", "[http]") {
  http::request const post(http::post, "/"), get(http::get, "/");
  using stage = http::failure_stage;
  CHECK(http::classify(post, {stage::not_sent, "w"}).kind == kind::transient);
  CHECK(http::classify(post, {stage::sent, "w"}).kind == kind::unknown_outcome);
  CHECK(http::classify(get, {stage::sent, "w"}).kind == kind::transient);
  CHECK(http::classify(get, {stage::misconfigured, "w"}).kind == kind::auth);
  CHECK(http::classify(post, {stage::misconfigured, "w"}).detail == "w");
}

TEST_CASE("a performed request is never said not to be performed", "[http]") {
  // The sweep of the rule: whatever the status of the proxies' range, a POST is answered with its value, or one of the
  // kinds after which a step looks before it repeats.
  http::request const post(http::post, "/");
  for (int status = 500; status < 600; ++status) {
    if (status == 501 || status == 505 || status == 508 || status == 511) continue;
    CHECK(why(post, answer(status)).kind == kind::unknown_outcome);
  }
}

TEST_CASE("what an answer says is one line of bounded length", "[http]") {
  auto const a = answer(503, std::string(2000, 'x').append("\nmore"));
  CHECK(http::describe(a).size() < 400);
  auto b = answer(400, "a\r\n\tb  c\x01");
  b.reason = "Bad Request";
  CHECK(http::describe(b) == "HTTP 400 Bad Request: a b c ");
}

}  // namespace classify_test
