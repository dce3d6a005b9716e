// Every duration of a client and a request, at the ends of its range.
#include <chrono>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <pawl/http/client.hpp>
#include <pawl/http/http_error.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/testing/http/server.hpp>

#include "catch.hpp"
#include "http/asking.hpp"

namespace durations_test {
using namespace std::chrono_literals;
using namespace asking;
namespace http = pawl::http;
using std::chrono::nanoseconds;

constexpr nanoseconds most = (nanoseconds::max)(), least = (nanoseconds::min)();

struct named_duration {
  char const* name;
  nanoseconds http::client_options::*of;
  nanoseconds shortest;
};
std::vector<named_duration> const durations{{"connect", &http::client_options::connect, 1ns},
                                            {"first_byte", &http::client_options::first_byte, 1ns},
                                            {"stall", &http::client_options::stall, 1ns},
                                            {"idle_time", &http::client_options::idle_time, 0ns}};

struct well_server {
  well_server() {
    server.on(http::post, "/x", [](auto const&) { return answered("well"); });
  }
  pawl::testing::http_server server{};
};

TEST_CASE("a duration that cannot be is refused by its name", "[http]") {
  pawl::loop<> loop;
  for (auto const& one : durations)
    for (auto const wrong : std::vector<nanoseconds>{least, least + 1ns, -1h, -1ns, 0ns}) {
      http::client_options options{.base = "http://h"};
      options.*one.of = wrong;
      if (wrong >= one.shortest) {
        CHECK_NOTHROW(http::client(loop, options));
        continue;
      }
      try {
        http::client client(loop, options);
        FAIL(one.name);
      } catch (http::http_error const& e) {
        CHECK(has(e.what(), "client_options::" + std::string(one.name) + " must be"));
      }
    }
  for (auto const wrong : std::vector<nanoseconds>{least, least + 1ns, -1ns, 0ns})
    CHECK_THROWS_AS(http::request(http::post, "/x").deadline(wrong), http::http_error);
}

TEST_CASE("a duration without end ends nothing", "[http]") {
  well_server well;
  for (auto const long_one : std::vector<nanoseconds>{most, most - 1ns, most / 2, 24h * 365 * 200}) {
    std::vector<std::optional<named_duration>> which{std::nullopt};
    for (auto const& one : durations) which.push_back(one);
    for (auto const& one : which) {
      INFO((one ? one->name : "all of them, and the deadline") << " = " << long_one.count());
      http::client_options options{.base = well.server.base()};
      for (auto const& d : durations)
        if (!one || one->of == d.of) options.*d.of = long_one;
      pawl::loop<> loop;
      http::client client(loop, options);
      for (int i = 0; i < 5; ++i) {
        http::request call(http::post, "/x", "{}");
        if (!one) call.deadline(long_one);
        auto const given = loop.wait(ask(client, call));
        REQUIRE(given);
        CHECK(given->body == "well");
      }
      CHECK(client.counts().connections == 1);
    }
  }
}

TEST_CASE("whatever the durations are, a request is answered or is a trouble", "[http]") {
  well_server well;
  std::mt19937_64 random(17);
  std::vector<nanoseconds> const values{1ns, 1us, 1s, 1h, most / 2, most - 1ns, most};
  auto const any = [&] { return values[random() % values.size()]; };
  for (int i = 0; i < 300; ++i) {
    http::client_options options{.base = well.server.base()};
    for (auto const& one : durations) options.*one.of = any();
    pawl::loop<> loop;
    http::client client(loop, options);
    bool all_long = options.connect >= 1s && options.first_byte >= 1s && options.stall >= 1s;
    for (int j = 0; j < 3; ++j) {
      http::request call(http::post, "/x", "{}");
      auto const deadline = any();
      call.deadline(deadline);
      auto const given = loop.wait(ask(client, call));
      if (all_long && deadline >= 1h) CHECK(given);
      if (!given)
        CHECK((given.why().kind == pawl::trouble_kind::transient ||
               given.why().kind == pawl::trouble_kind::unknown_outcome));
    }
  }
}

}  // namespace durations_test
