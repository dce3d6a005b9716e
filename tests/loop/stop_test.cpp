// Stop sources: that of the standard library, and our own for libraries that have none, which must do the same.
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <pawl/loop/own_stop.hpp>
#include <pawl/loop/stop.hpp>

#include "catch.hpp"

namespace stop_test {

struct chosen {
  using source = pawl::stop_source;
  using token = pawl::stop_token;
  template <class F> using callback = pawl::stop_callback<F>;
};
struct own {
  using source = pawl::detail::own_stop::stop_source;
  using token = pawl::detail::own_stop::stop_token;
  template <class F> using callback = pawl::detail::own_stop::stop_callback<F>;
};
template <class Kind, class F> auto on_stop(typename Kind::source& of, F f) {
  return std::make_unique<typename Kind::template callback<F>>(of.get_token(), f);
}

TEMPLATE_TEST_CASE("one stop is requested, and seen through every copy and token", "[loop]", chosen, own) {
  typename TestType::source source;
  auto const copy = source;
  auto const token = source.get_token();
  CHECK(token.stop_possible());
  CHECK_FALSE(token.stop_requested());
  CHECK(source.request_stop());
  CHECK_FALSE(source.request_stop());
  CHECK(copy.stop_requested());
  CHECK(token.stop_requested());
  CHECK_FALSE(typename TestType::source().stop_requested());
}

TEMPLATE_TEST_CASE("a token of no source is never stopped, and calls nothing back", "[loop]", chosen, own) {
  typename TestType::token const none;
  CHECK_FALSE(none.stop_possible());
  CHECK_FALSE(none.stop_requested());
  auto const never = [] { FAIL("it was called"); };
  typename TestType::template callback<decltype(never)> const callback(none, never);
}

TEMPLATE_TEST_CASE("callbacks are called once, by the request or at once after it", "[loop]", chosen, own) {
  typename TestType::source source;
  int calls = 0;
  auto const count = [&calls] { ++calls; };
  auto const first = on_stop<TestType>(source, count), second = on_stop<TestType>(source, count);
  auto gone = on_stop<TestType>(source, count);
  gone.reset();
  CHECK(calls == 0);
  source.request_stop();
  CHECK(calls == 2);
  source.request_stop();
  CHECK(calls == 2);
  auto const late = on_stop<TestType>(source, count);
  CHECK(calls == 3);
}

TEMPLATE_TEST_CASE("a callback outlives its source's last copy", "[loop]", chosen, own) {
  std::optional<typename TestType::source> source(std::in_place);
  int calls = 0;
  auto const callback = on_stop<TestType>(*source, [&calls] { ++calls; });
  source.reset();
  CHECK(calls == 0);
}

template <class Kind> struct self_ending {
  struct end {
    self_ending* of;
    void operator()() const { of->callback.reset(); }
  };
  std::optional<typename Kind::template callback<end>> callback{};
};
TEMPLATE_TEST_CASE("a callback may end its own life, and that of others", "[loop]", chosen, own) {
  typename TestType::source source;
  self_ending<TestType> first, second;
  first.callback.emplace(source.get_token(), typename self_ending<TestType>::end{&first});
  second.callback.emplace(source.get_token(), typename self_ending<TestType>::end{&first});
  source.request_stop();
  CHECK_FALSE(first.callback);
  CHECK(second.callback);
}

TEMPLATE_TEST_CASE("whoever ends a callback that another thread is in waits for it", "[loop]", chosen, own) {
  typename TestType::source source;
  std::atomic<bool> inside = false, done = false;
  auto callback = on_stop<TestType>(source, [&] {
    inside = true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    done = true;
  });
  std::thread other([&source] { source.request_stop(); });
  while (!inside) std::this_thread::yield();
  callback.reset();
  CHECK(done);
  other.join();
}

TEMPLATE_TEST_CASE("of many threads one requests the stop, and each callback is called once or not at all", "[loop]",
                   chosen, own) {
  for (int round = 0; round < 50; ++round) {
    typename TestType::source source;
    std::atomic<int> first = 0, twice = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) threads.emplace_back([&] { first += source.request_stop() ? 1 : 0; });
    for (int i = 0; i < 3; ++i)
      threads.emplace_back([&] {
        int mine = 0;
        {
          auto const callback = on_stop<TestType>(source, [&mine] { ++mine; });
        }
        twice += mine < 2 ? 0 : 1;
      });
    for (auto& thread : threads) thread.join();
    REQUIRE(first == 1);
    REQUIRE(twice == 0);
  }
}

}  // namespace stop_test
