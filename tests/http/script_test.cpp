// What a script in memory offers to tests of adapters and of whole programs.
#include <cstddef>
#include <string>

#include <pawl/http/request.hpp>
#include <pawl/loop/clock.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/store/memory_store.hpp>
#include <pawl/testing/for_each_crash_point.hpp>
#include <pawl/testing/http/script.hpp>
#include <pawl/testing/remote_objects.hpp>

#include "catch.hpp"

namespace script_test {
namespace http = pawl::http;
using virtual_loop = pawl::loop<pawl::virtual_clock>;

enum class state { written, sent };
struct mail {
  std::string receipt;
};
struct letter : pawl::lifecycle<pawl::initial<state::written>, pawl::goal<state::sent>,
                                pawl::transition<state::written, mail, state::sent>> {};

struct postman {
  http::transport& over;
  bool keeps_its_key;

  pawl::task<pawl::one_of<mail>> operator()(pawl::item<letter, state::written> it, pawl::keyed& call) {
    http::request sending(http::post, "/v1/letters", it.key, "text/plain");
    sending.idempotency_key(keeps_its_key ? call.key() : call.key() + std::to_string(++asked));
    auto given = co_await over.send(sending);
    if (!given) co_return given.why();
    co_return mail{given->body};
  }
  static inline int asked = 0;  // over all processes
};

struct durable {
  pawl::memory_store<letter> letters;
  pawl::testing::remote_objects mailed;
};

pawl::testing::crash_verdict verdict_on(bool keeps_its_key) {
  return pawl::testing::for_each_crash_point<durable>([&](durable& remains, pawl::testing::process& process) {
    virtual_loop loop;
    auto letters = process.watch(remains.letters);
    letters.insert_if_absent("ada");
    pawl::testing::http_script script(loop);
    script.remote.on(http::post, "/v1/letters", [&](pawl::testing::http_call const& call) {
      std::string const key(call.headers.find("idempotency-key").value_or(""));
      return http::answer{200, "OK", {}, remains.mailed.once(call.body, key, "a receipt")};
    });
    process.watch(script.remote);
    process.watch(remains.mailed);
    pawl::commit_queue queue(loop, letters);
    pawl::run(queue, postman{script, keeps_its_key});
  });
}

TEST_CASE("each request of a watched script is a crash point, and shows what is made twice", "[http]") {
  auto const right = verdict_on(true);
  CHECK(right);
  CHECK(right.calls == 1);
  CHECK(right.scenarios >= 7);
  auto const wrong = verdict_on(false);
  REQUIRE_FALSE(wrong);
  CHECK(wrong.text().find("in the 1st call, carried out but not answered") != std::string::npos);
}

TEST_CASE("a script sends the fields of its client, and those of a request instead", "[http]") {
  virtual_loop loop;
  pawl::testing::http_script script(loop);
  script.headers = {{"x-key", "secret"}, {"x-other", "1"}};
  script.remote.on(http::get, "/", [](pawl::testing::http_call const& call) {
    return http::answer{
        200, "OK", {}, std::string(*call.headers.find("X-Key")) + std::string(*call.headers.find("x-other"))};
  });
  http::request call(http::get, "/");
  call.header("X-Other", "2");
  CHECK(loop.wait(script.send(call))->body == "secret2");
}

TEST_CASE("a function may decide over the faults of all requests but those that have one of their own", "[http]") {
  virtual_loop loop;
  pawl::testing::http_script script(loop);
  script.remote.on(http::post, "/", [](pawl::testing::http_call const&) {
    return http::answer{200, "OK", {}, "well"};
  });
  std::size_t last = 0;
  script.remote.obey([&last](std::size_t number) {
    last = number;
    pawl::testing::http_fault fault;
    return number == 4 ? fault : fault.status(429).before_effect();
  });
  script.remote.fault(2).drop_after();
  auto const kind_of = [&] {
    http::request call(http::post, "/");
    auto const given = loop.wait(script.send(call));
    return given ? given->body : std::string(pawl::name(given.why().kind));
  };
  CHECK(kind_of() == "throttled");
  CHECK(kind_of() == "unknown_outcome");
  CHECK(kind_of() == "throttled");
  CHECK(kind_of() == "well");
  CHECK(last == 4);
  CHECK(script.remote.effects() == 2);
}

}  // namespace script_test
