// Limits per state, rates, and gates closed by a remote.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>

#include <pawl/runner/rate_gate.hpp>
#include <pawl/runner/run.hpp>

#include "catch.hpp"
#include "runner/delivery.hpp"
#include "runner/parcel.hpp"
#include "runner/shipping.hpp"

namespace limits_test {

using namespace run_test;
using pawl::trouble;

TEST_CASE("no more items are in the step of a state than its limit, and others are not held up by it", "[runner]") {
  world w(10);
  std::size_t inside = 0, most = 0;
  auto const shipping = [&](parcel::item<state::packed>) -> pawl::task<pawl::one_of<ship>> {
    most = (std::max)(most, ++inside);
    co_await w.loop.sleep(2s);
    --inside;
    co_return ship{"t"};
  };
  auto const limit = GENERATE(std::size_t{1}, std::size_t{2}, std::size_t{5});
  auto const sum = pawl::run(w.queue, safe_steps{shipping}, {.concurrency = 10, .limits = {{state::packed, limit}}});
  CHECK(sum.finished == 10);
  CHECK(sum.taken == 10);
  CHECK(most == limit);
  CHECK(w.loop.now() == 2s * (10 / static_cast<int>(limit)));
}

TEST_CASE("any number of workers, and of runs, stays at the rate of their gate, exactly", "[runner]") {
  auto const workers = GENERATE(std::size_t{1}, std::size_t{10}, std::size_t{50});
  auto const runs = GENERATE(std::size_t{1}, std::size_t{3});
  virtual_loop loop;
  std::vector<nanoseconds> begun;
  auto const shipping = [&](parcel::item<state::packed>) -> pawl::task<pawl::one_of<ship>> {
    begun.push_back(loop.now());
    co_await loop.sleep(100ms);
    co_return ship{"t"};
  };
  pawl::rate_gate gate({.per_second = 4});
  parcel::store stores[3];
  std::vector<std::unique_ptr<test_queue<parcel::store, virtual_loop>>> queues;
  std::size_t finished = 0;
  for (std::size_t i = 0; i < runs; ++i) {
    parcel::fill(stores[i], 20);
    queues.push_back(std::make_unique<test_queue<parcel::store, virtual_loop>>(loop, stores[i]));
    boost::asio::co_spawn(
        loop.get_executor(),
        pawl::async_run(*queues.back(), safe_steps{shipping}, {.concurrency = workers, .gate = &gate}),
        [&](std::exception_ptr, pawl::summary sum) { finished += sum.finished; });
  }
  loop.wait([](virtual_loop& l) -> pawl::task<void> { co_await l.sleep(1h); }(loop));
  CHECK(finished == 20 * runs);
  REQUIRE(begun.size() == 20 * runs);
  for (std::size_t i = 0; i < begun.size(); ++i) CHECK(begun[i] == 250ms * static_cast<int>(i));
}

TEST_CASE("a burst may begin at once, and is made up for", "[runner]") {
  world w(6);
  std::vector<nanoseconds> begun;
  auto const shipping = [&](parcel::item<state::packed>) -> pawl::task<pawl::one_of<ship>> {
    begun.push_back(w.loop.now());
    co_return ship{"t"};
  };
  pawl::rate_gate gate({.per_second = 1, .burst = 3});
  CHECK(pawl::run(w.queue, safe_steps{shipping}, {.concurrency = 6, .gate = &gate}).finished == 6);
  CHECK(begun == std::vector<nanoseconds>{0s, 0s, 0s, 1s, 2s, 3s});
}

TEST_CASE("the remote's Retry-After closes the gate for everybody", "[runner]") {
  world w(20);
  std::vector<nanoseconds> begun;
  bool throttled = false;
  auto const shipping = [&](parcel::item<state::packed>) -> pawl::task<pawl::one_of<ship>> {
    begun.push_back(w.loop.now());
    co_await w.loop.sleep(100ms);
    if (w.loop.now() >= 1s && !std::exchange(throttled, true)) co_return trouble::throttled(30s);
    co_return ship{"t"};
  };
  pawl::rate_gate limited({.per_second = 10}), unlimited;
  auto const [gate, workers] = GENERATE_REF(std::pair(&limited, std::size_t{8}), std::pair(&unlimited, std::size_t{1}));
  auto const sum = pawl::run(w.queue, safe_steps{shipping}, {.concurrency = workers, .gate = gate});
  CHECK(sum.finished == 20);
  CHECK(sum.retries == 1);
  auto const closed = *std::find_if(begun.begin(), begun.end(), [](auto t) { return t >= 900ms; }) + 100ms;
  for (auto t : begun) CHECK((t <= closed || t >= closed + 30s));
  CHECK(begun.size() == 21);
}

}  // namespace limits_test
