// The HTTP adapter of README.md and its test in examples/README.md, and the same adapter over a real socket.
#include <string>

#include <pawl/http.hpp>
#include <pawl/testing.hpp>
#include <pawl/testing/http.hpp>

#include "catch.hpp"
#include "first_screen_1.declarations.hpp"

using virtual_loop = pawl::loop<pawl::virtual_clock>;

#include "my_own_api_1.cpp"
#include "my_own_api_2.cpp"
#include "test_an_http_adapter_1.cpp"

TEST_CASE("the README's HTTP adapter mails a letter once over a real connection that breaks", "[readme]") {
  pawl::testing::http_server server;
  pawl::testing::remote_objects mailed;
  int asked = 0;
  server.on(pawl::http::post, "/v1/letters", [&](pawl::testing::http_call const& call) {
    std::string const key(call.headers.find("idempotency-key").value_or(""));
    return pawl::http::answer{200, "OK", {}, "{\"id\":\"" + mailed.once(call.body, key, "a/b") + "\"}"};
  });
  server.on(pawl::http::get, "/v1/letters/:id", [&](pawl::testing::http_call const& call) {
    if (++asked == 1) return pawl::http::answer{404, "Not Found", {}, ""};
    return pawl::http::answer{200, "OK", {}, call.target == "/v1/letters/a%2Fb" ? R"({"state":"delivered"})" : "{}"};
  });
  server.with([](auto& remote) { remote.fault(1).reset_after(); });
  server.with([](auto& remote) { remote.fault(2).cut_body(5); });
  pawl::loop<> loop;
  pawl::http::client http(loop, {.base = server.base()});
  http_courier courier{http};
  pawl::memory_store<letter> letters;
  letters.insert_if_absent("ada");
  pawl::commit_queue queue{loop, letters};
  auto const sum = pawl::run(queue, postman{courier}, {.retry = {.wait = {std::chrono::milliseconds(1)}}});
  CHECK(sum.finished == 1);
  CHECK(mailed.size() == 1);
  CHECK(server.requests() == 5);
  CHECK(letters.recorded<mail>(*letters.get("ada").item)->receipt == "a/b");
}
