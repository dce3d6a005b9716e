#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <pawl/http/resumable_upload.hpp>

#include "catch.hpp"

namespace resumable_upload_test {
namespace http = pawl::http;
using http::upload_command;
using what = http::upload_command::what;
using state = http::upload_progress::state;
using kind = pawl::trouble_kind;

http::answer says(std::string_view status, std::optional<std::uint64_t> received = {}) {
  http::answer a;
  a.status = 200;
  a.headers.take("X-Goog-Upload-Status", status);
  if (received) a.headers.take("X-Goog-Upload-Size-Received", std::to_string(*received));
  return a;
}

TEST_CASE("an upload that begins sends from its first byte, one that may have begun asks", "[http]") {
  http::resumable_upload const upload(10, {.granularity = 4, .chunk = 8});
  CHECK(upload.begin(false) == upload_command{what::send, 0, 8});
  CHECK(upload.begin(true) == upload_command{what::query, 0, 0});
}

TEST_CASE("a file of no bytes is finished without sending any", "[http]") {
  http::resumable_upload const upload(0, {});
  CHECK(upload.begin(false) == upload_command{what::finish, 0, 0});
  CHECK(upload.after({}, says("active", 0))->next == upload_command{what::finish, 0, 0});
}

TEST_CASE("chunks are multiples of the granularity, but for the last", "[http]") {
  http::resumable_upload const upload(25, {.granularity = 4, .chunk = 11});
  auto next = upload.begin(false);
  CHECK(next == upload_command{what::send, 0, 8});
  next = upload.after(next, says("active"))->next;
  CHECK(next == upload_command{what::send, 8, 8});
  next = upload.after(next, says("active", 16))->next;
  CHECK(next == upload_command{what::send, 16, 8});
  next = upload.after(next, says("active"))->next;
  CHECK(next == upload_command{what::send_and_finish, 24, 1});
  CHECK(upload.after(next, says("final"))->now == state::finished);
  CHECK(http::resumable_upload(9, {.granularity = 8, .chunk = 3}).begin(false).size == 8);
  CHECK_THROWS_AS(http::resumable_upload(1, {.granularity = 0, .chunk = 1}), http::http_error);
}

TEST_CASE("the remote's offset counts, also where it goes back", "[http]") {
  http::resumable_upload const upload(16, {.granularity = 4, .chunk = 4});
  CHECK(upload.after({}, says("active", 8))->next == upload_command{what::send, 8, 4});
  CHECK(upload.after({}, says("active", 16))->next == upload_command{what::finish, 16, 0});
  // A chunk after which the remote has another count than expected: it is asked.
  CHECK(upload.after({what::send, 8, 4}, says("active", 4))->next == upload_command{});
  CHECK(upload.after({what::send_and_finish, 12, 4}, says("active"))->next == upload_command{});
  CHECK(upload.after({what::finish, 16, 0}, says("active"))->next == upload_command{});
}

TEST_CASE("an answer that says nothing of the upload is followed by a question", "[http]") {
  http::resumable_upload const upload(16, {.granularity = 4, .chunk = 4});
  http::answer silent;
  silent.status = 200;
  CHECK(upload.after({what::send, 0, 4}, silent)->next == upload_command{});
  CHECK(upload.after({}, silent).why().kind == kind::unknown_outcome);
  CHECK(upload.after({}, says("active")).why().kind == kind::unknown_outcome);
  CHECK(upload.after({}, says("odd")).why().kind == kind::unknown_outcome);
}

TEST_CASE("a session that is gone is lost, one that is final is finished whatever was asked", "[http]") {
  http::resumable_upload const upload(16, {.granularity = 4, .chunk = 4});
  CHECK(upload.after({}, says("cancelled"))->now == state::lost);
  CHECK(upload.after({}, says("final"))->now == state::finished);
  CHECK(http::resumable_upload::is_lost(pawl::trouble::not_found("x")));
  CHECK(http::resumable_upload::is_lost(pawl::trouble::permanent("HTTP 400: Upload has already been terminated.")));
  CHECK_FALSE(http::resumable_upload::is_lost(pawl::trouble::permanent("HTTP 400: a wrong offset")));
  CHECK_FALSE(http::resumable_upload::is_lost(pawl::trouble::transient("x")));
}

TEST_CASE("a remote that has more than the file has another file", "[http]") {
  http::resumable_upload const upload(16, {.granularity = 4, .chunk = 4});
  CHECK(upload.after({}, says("active", 17)).why().kind == kind::permanent);
}

TEST_CASE("a session on another host is refused", "[http]") {
  auto const base = http::base_url("https://api.example");
  CHECK(*http::session_target("https://api.example/upload?id=1", base) == "/upload?id=1");
  CHECK(*http::session_target("https://API.example:443/u", base) == "/u");
  for (std::string other : {"https://evil.example/u", "http://api.example/u", "https://api.example:8443/u", "/u",
                            "https://api.example@evil.example/u"})
    CHECK(http::session_target(other, base).why().kind == kind::permanent);
}

TEST_CASE("a session's URL that cannot be asked is refused where it is read", "[http]") {
  auto const base = http::base_url("http://fake");
  for (std::string url :
       {"http://fake", "http://fake?upload_id=1", "http://fake#x", "http://fake/a b", "http://fake/\t",
        "http://fake/\xc3\xa4", "http://fake/a\r\nX: 1", "http://fake/a#b", "", "fake", "http://"}) {
    INFO(url);
    auto const target = http::session_target(url, base);
    REQUIRE_FALSE(target);
    CHECK(target.why().kind == kind::permanent);
    CHECK(target.why().detail.find("upload_id") == std::string::npos);
  }
  CHECK_FALSE(http::session_target(std::string("http://fake/\0", 13), base));
  // Whatever the bytes are, what is taken can be sent.
  for (int c = 0; c < 256; ++c) {
    std::string url = "http://fake/u";
    url += static_cast<char>(c);
    for (auto const& one : {url, url + "?x", "http://fake" + url.substr(12), "http://fake" + url.substr(13)})
      if (auto const target = http::session_target(one, base)) CHECK_NOTHROW(http::upload_request(*target, {}, "/f"));
  }
}

TEST_CASE("only the remote's own words say that a session is lost", "[http]") {
  using pawl::trouble;
  auto const is_lost = http::resumable_upload::is_lost;
  CHECK(is_lost(trouble::permanent("HTTP 400 Bad Request: Upload has already been terminated.")));
  for (std::string own : {"'/data/terminated.txt' cannot be read from byte 0 on for 10 bytes; it is gone",
                          "'/data/already been terminated' cannot be read from byte 0 on for 10 bytes; it is gone",
                          "the upload session is on another host than http://terminated.example",
                          "HTTP 400 Bad Request: the file terminated.txt is no image"})
    CHECK_FALSE(is_lost(trouble::permanent(own)));
}

TEST_CASE("a chunk's request is no read, a question is one", "[http]") {
  auto const chunk = http::upload_request("/u", {what::send, 4, 8}, "/tmp/f");
  CHECK_FALSE(chunk.is_read());
  CHECK(chunk.headers().find("x-goog-upload-command") == "upload");
  CHECK(chunk.headers().find("x-goog-upload-offset") == "4");
  CHECK(chunk.file()->size == 8);
  CHECK(http::upload_request("/u", {}, "/tmp/f").is_read());
  auto const last = http::upload_request("/u", {what::send_and_finish, 4, 8}, "/tmp/f");
  CHECK(last.headers().find("x-goog-upload-command") == "upload, finalize");
}

// A service that keeps to the protocol, and loses what a network loses.
struct model_service {
  std::uint64_t size = 0, granularity = 1;
  std::uint64_t received = 0;
  bool final = false, gone = false;

  http::answer handle(upload_command const& c, std::mt19937_64& random) {
    if (gone) return says("cancelled");
    if (final || c.act == what::query) return says(final ? "final" : "active", received);
    REQUIRE(c.offset <= received);  // nobody sends past what the remote has
    REQUIRE(c.offset + c.size <= size);
    if (c.act == what::send) REQUIRE(c.size % granularity == 0);
    std::uint64_t kept = c.size;
    if (c.act == what::send && random() % 4 == 0) kept = random() % (c.size / granularity + 1) * granularity;
    received = c.offset + kept;
    if (c.act != what::send && received == size) final = true;
    return says(final ? "final" : "active", random() % 2 == 0 ? std::optional(received) : std::nullopt);
  }
};

TEST_CASE("whatever is lost on the way, the whole file arrives once", "[http]") {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    std::mt19937_64 random(seed);
    model_service remote;
    remote.granularity = 1 + random() % 8;
    remote.size = random() % 200;
    http::resumable_upload const upload(remote.size, {.granularity = remote.granularity, .chunk = 1 + random() % 64});
    auto next = upload.begin(false);
    bool finished = false;
    for (int steps = 0; !finished; ++steps) {
      REQUIRE(steps < 2000);
      auto const fate = random() % 5;
      if (fate == 0) {  // the request is lost: the next attempt begins with a question
        next = upload.begin(true);
        continue;
      }
      auto const given = remote.handle(next, random);
      if (fate == 1) {  // the answer is lost
        next = upload.begin(true);
        continue;
      }
      if (remote.received > 0 && !remote.final && random() % 16 == 0)
        remote.received -= remote.granularity > remote.received ? remote.received : remote.granularity;
      auto const progress = upload.after(next, given);
      REQUIRE(progress);
      finished = progress->now == state::finished;
      next = progress->next;
      if (next.sends() && next.offset > remote.received) next = upload.begin(true);  // it has gone back meanwhile
    }
    CHECK(remote.final);
    CHECK(remote.received == remote.size);
  }
}

}  // namespace resumable_upload_test
