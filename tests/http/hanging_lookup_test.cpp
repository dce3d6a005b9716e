// A system whose resolver hangs.
#include <atomic>
#include <chrono>
#include <cstring>
#include <memory>
#include <thread>

#include <pawl/http/client.hpp>
#include <pawl/loop/loop.hpp>

#include "catch.hpp"
#include "http/asking.hpp"

#ifdef __GLIBC__
#include <dlfcn.h>
#include <netdb.h>

namespace hanging_lookup_test {
constexpr char const* hanging_host = "hanging.invalid";
std::atomic<bool> released{false};
std::atomic<int> hanging{0};
}  // namespace hanging_lookup_test

// Instead of the system's, for this one host.
extern "C" int getaddrinfo(char const* host, char const* service, addrinfo const* hints, addrinfo** result) {
  using namespace hanging_lookup_test;
  if (host != nullptr && std::strcmp(host, hanging_host) == 0) {
    ++hanging;
    // Where somebody waits for it, the test fails instead of never ending.
    for (int i = 0; i < 2000 && !released; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    --hanging;
    return EAI_AGAIN;
  }
  using function = int (*)(char const*, char const*, addrinfo const*, addrinfo**);
  static auto const of_system = reinterpret_cast<function>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return of_system(host, service, hints, result);
}

namespace hanging_lookup_test {
using namespace std::chrono_literals;
using namespace asking;
namespace http = pawl::http;

TEST_CASE("a lookup that hangs is left at the deadline, and nothing waits for it at the end", "[http]") {
  released = false;
  {
    pawl::loop<> loop;
    http::client client(loop, {.base = "http://" + std::string(hanging_host), .connect = 50ms});
    for (int i = 0; i < 3; ++i) {
      auto const given = loop.wait(post(client));
      REQUIRE_FALSE(given);
      CHECK(given.why().kind == pawl::trouble_kind::transient);
      CHECK(has(given.why().detail, "looking up hanging.invalid"));
    }
    CHECK(hanging == 1);  // all share one
  }
  CHECK(hanging == 1);
  released = true;
  while (hanging > 0) std::this_thread::sleep_for(1ms);
}

TEST_CASE("a lookup that fails after a while is told to all that wait, and asked again", "[http]") {
  released = false;
  pawl::loop<> loop;
  http::client client(loop, {.base = "http://" + std::string(hanging_host), .connect = 1min});
  std::thread release([] {
    while (hanging == 0) std::this_thread::sleep_for(1ms);
    released = true;
  });
  for (int i = 0; i < 2; ++i) {
    auto const given = loop.wait(post(client));
    REQUIRE_FALSE(given);
    CHECK(given.why().kind == pawl::trouble_kind::transient);
  }
  release.join();
}

}  // namespace hanging_lookup_test
#endif
