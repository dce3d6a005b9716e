#include <memory>
#include <string>

#include <pawl/adapter/lifting.hpp>
#include <pawl/adapter/outcome.hpp>

#include "catch.hpp"

namespace outcome_test {

using namespace std::chrono_literals;
using pawl::outcome;
using pawl::trouble;
using pawl::trouble_kind;

TEST_CASE("an outcome holds its value or the trouble, never both", "[adapter]") {
  outcome<std::string> good("value");
  REQUIRE(good);
  CHECK(*good == "value");
  CHECK(good->size() == 5);
  CHECK_THROWS(good.why());

  outcome<std::string> bad(trouble::throttled(3s));
  REQUIRE_FALSE(bad);
  CHECK(bad.why().kind == trouble_kind::throttled);
  CHECK(bad.why().after == 3s);
  CHECK_THROWS(*bad);
}

TEST_CASE("an outcome moves a value that cannot be copied", "[adapter]") {
  outcome<std::unique_ptr<int>> made(std::make_unique<int>(7));
  auto taken = *std::move(made);
  CHECK(*taken == 7);
}

TEST_CASE("a trouble describes itself in one line", "[adapter]") {
  CHECK(trouble::permanent("no such bucket").describe() == "permanent: no such bucket");
  CHECK(trouble::pending(1s).describe() == "pending");
  CHECK(trouble::unknown_outcome("connection reset").describe() == "unknown_outcome: connection reset");
  CHECK(pawl::name(trouble_kind::cancelled) == "cancelled");
  CHECK(pawl::name(static_cast<trouble_kind>(200)) == "?");
}

template <class T> struct coroutine {
  using value_type = T;
  struct promise_type {
    coroutine get_return_object();
    std::suspend_always initial_suspend();
    std::suspend_always final_suspend() noexcept;
    void return_value(T);
    void unhandled_exception();
  };
};
template <class A>
concept uploads = requires(A a) {
  { a.upload() } -> pawl::answers<int>;
};
struct plain {
  int upload();
};
struct says {
  outcome<int> upload();
};
struct waits {
  coroutine<int> upload();
};
struct waits_and_says {
  coroutine<outcome<int>> upload();
};
struct wrong {
  std::string upload();
};
static_assert(uploads<plain> && uploads<says> && uploads<waits> && uploads<waits_and_says> && !uploads<wrong>);
static_assert(std::same_as<pawl::outcome_of<std::string const&>, outcome<std::string>>);

}  // namespace outcome_test
