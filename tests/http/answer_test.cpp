// What may be said of an answer.
#include <string>

#include <pawl/http/answer.hpp>
#include <pawl/http/classify.hpp>
#include <pawl/http/resumable_upload.hpp>

#include "catch.hpp"

namespace answer_test {
namespace http = pawl::http;

http::answer answered(int status, std::string body, std::string reason = {}, http::fields headers = {}) {
  return {status, std::move(reason), std::move(headers), std::move(body)};
}

TEST_CASE("a failure is described with its body, a success without: it may repeat a secret", "[http]") {
  for (int status = 100; status < 1000; ++status) {
    INFO(status);
    std::string const text = http::describe(answered(status, "you sent k-0815", "some k-0815"));
    CHECK((text.find("you sent") == std::string::npos) == (status >= 200 && status < 300));
    CHECK((text.find("k-0815") == std::string::npos) == (status >= 200 && status < 300));
    CHECK(text.find("HTTP " + std::to_string(status)) == 0);
  }
  CHECK(http::describe(answered(200, "twelve bytes", "OK")) == "HTTP 200 with 12 bytes");
  CHECK(http::describe(answered(404, "gone", "Not Found")) == "HTTP 404 Not Found: gone");
}

TEST_CASE("no trouble that a success is taken for says what its body or its fields held", "[http]") {
  std::string const secret = "k-0815-secret";
  http::request call(http::post, "/");
  call.expect(200, 200);
  auto const unexpected = http::classify(call, answered(202, secret, secret), {}, true, {});
  REQUIRE_FALSE(unexpected);
  CHECK(unexpected.why().detail.find(secret) == std::string::npos);
  auto const empty = http::classify(call, answered(200, "", secret), {}, true, {});
  REQUIRE_FALSE(empty);
  CHECK(empty.why().detail.find(secret) == std::string::npos);
  http::resumable_upload const upload(16, {});
  for (auto const& headers :
       {http::fields{}, http::fields{{"X-Goog-Upload-Status", secret}},
        http::fields{{"X-Goog-Upload-Status", "active"}},
        http::fields{{"X-Goog-Upload-Status", "active"}, {"X-Goog-Upload-Size-Received", secret}}}) {
    auto const progress = upload.after({}, answered(200, secret, secret, headers));
    REQUIRE_FALSE(progress);
    CHECK(progress.why().detail.find(secret) == std::string::npos);
  }
}

}  // namespace answer_test
