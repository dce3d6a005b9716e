#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/system/system_error.hpp>

#include <pawl/loop/loop.hpp>

#include "catch.hpp"

namespace loop_test {

using namespace std::chrono_literals;
namespace asio = boost::asio;

template <class Loop>
pawl::task<void> sleep_and_note(Loop& loop, std::chrono::nanoseconds d, int id, std::vector<int>& order) {
  co_await loop.sleep(d);
  order.push_back(id);
}

template <class Loop> pawl::task<int> count_down(Loop& loop, int from) {
  int naps = 0;
  for (; from > 0; --from, ++naps) co_await loop.sleep(1ms);
  co_return naps;
}

// c workers share n jobs of two naps each: the shape of the 818-file benchmark.
template <class Loop> pawl::task<void> batch(Loop& loop, int jobs, int workers, std::chrono::nanoseconds nap) {
  int next = 0, alive = workers;
  auto worker = [&]() -> pawl::task<void> {
    while (next < jobs) {
      ++next;
      co_await loop.sleep(nap);
      co_await loop.sleep(nap);
    }
    --alive;
  };
  for (int i = 0; i < workers; ++i) asio::co_spawn(loop.get_executor(), worker(), asio::detached);
  while (alive > 0) co_await loop.sleep(nap);
}

TEMPLATE_TEST_CASE("sleepers wake in the order of their due times, and at one time in the order in which they lay down",
                   "[loop]", pawl::steady_clock, pawl::warp_clock, pawl::virtual_clock) {
  pawl::loop<TestType> loop;
  std::vector<int> order;
  auto const spawn = [&](std::chrono::nanoseconds d, int id) {
    asio::co_spawn(loop.get_executor(), loop_test::sleep_and_note(loop, d, id, order), asio::detached);
  };
  spawn(20ms, 4);
  spawn(10ms, 2);
  spawn(10ms, 3);
  spawn(0ms, 1);
  loop.wait(loop_test::sleep_and_note(loop, 30ms, 5, order));
  CHECK(order == std::vector<int>{1, 2, 3, 4, 5});
}

TEMPLATE_TEST_CASE("a sleep lasts at least as long as it was asked to, and wait answers with the result", "[loop]",
                   pawl::steady_clock, pawl::warp_clock, pawl::virtual_clock) {
  pawl::loop<TestType> loop;
  auto const begin = loop.now();
  CHECK(loop.wait(loop_test::count_down(loop, 20)) == 20);
  CHECK(loop.now() - begin >= 20ms);
}

TEST_CASE("the makespan of a batch is exact on virtual time", "[loop]") {
  int const workers = GENERATE(1, 10, 50);
  pawl::loop<pawl::virtual_clock> loop;
  loop.wait(loop_test::batch(loop, 818, workers, 2s));
  CHECK(loop.now() == ((818 + workers - 1) / workers) * 4s);
}

TEMPLATE_TEST_CASE(
    "the same batch has the same makespan on every clock: never less than the ideal one, and exactly that on virtual "
    "time",
    "[loop]", pawl::steady_clock, pawl::warp_clock, pawl::virtual_clock) {
  pawl::loop<TestType> loop;
  auto const begin = loop.now();
  loop.wait(loop_test::batch(loop, 13, 4, 5ms));
  auto const makespan = loop.now() - begin;
  auto const ideal = 4 * 2 * 5ms;  // ceil(13 / 4) rounds of two naps
  CHECK(makespan >= ideal);
  if constexpr (!TestType::real) CHECK(makespan == ideal);
  if constexpr (pawl::jumping_clock<TestType>) CHECK(loop.clock().jumped() <= ideal);
}

TEST_CASE("warp time is real time plus what was jumped over, and the makespan is at least the ideal one", "[loop]") {
  pawl::loop<pawl::warp_clock> loop;
  auto const really = std::chrono::steady_clock::now();
  auto const begin = loop.now();
  loop.wait(loop_test::batch(loop, 818, 10, 2s));
  auto const elapsed = loop.now() - begin;
  auto const real = std::chrono::steady_clock::now() - really;
  CHECK(elapsed >= 328s);
  CHECK(loop.clock().jumped() <= 328s);
  CHECK(elapsed <= loop.clock().jumped() + real);
}

TEST_CASE("a jumping clock does not jump over work that is in flight elsewhere", "[loop]") {
  pawl::loop<pawl::virtual_clock> loop;
  asio::thread_pool pool(1);
  bool asleep_woke_first = false, back = false;
  asio::co_spawn(
      loop.get_executor(),
      [&]() -> pawl::task<void> {
        co_await loop.sleep(1h);
        asleep_woke_first = !back;
      },
      asio::detached);
  loop.wait([](auto& l, auto& p, bool& done) -> pawl::task<void> {
    auto const guard = l.elsewhere();
    co_await asio::post(p, asio::bind_executor(l.get_executor(), pawl::await));
    co_await asio::co_spawn(
        p,
        []() -> pawl::task<void> {
          std::this_thread::sleep_for(20ms);
          co_return;
        },
        pawl::await);
    done = true;
  }(loop, pool, back));
  CHECK(back);
  CHECK_FALSE(asleep_woke_first);
  CHECK(loop.now() == 0ns);
  pool.join();
}

TEMPLATE_TEST_CASE("a sleep can be cancelled, and then it does not hold the others up", "[loop]", pawl::steady_clock,
                   pawl::warp_clock, pawl::virtual_clock) {
  pawl::loop<TestType> loop;
  asio::cancellation_signal cancel;
  boost::system::error_code result;
  loop.sleep(1h, asio::bind_cancellation_slot(cancel.slot(), [&](boost::system::error_code why) { result = why; }));
  CHECK(loop.sleepers() == 1);
  auto const begin = loop.now();
  loop.wait([](auto& l, auto& c) -> pawl::task<void> {
    co_await l.sleep(1ms);
    c.emit(asio::cancellation_type::terminal);
    co_await l.sleep(1ms);
  }(loop, cancel));
  CHECK(result == asio::error::operation_aborted);
  CHECK(loop.sleepers() == 0);
  CHECK(loop.now() - begin < 1h);
}

TEST_CASE("a busy loop keeps its timers", "[loop]") {
  pawl::loop<> loop;
  bool woke = false;
  loop.sleep(5ms, [&](boost::system::error_code) { woke = true; });
  loop.wait([](auto& l, bool& done) -> pawl::task<void> {
    while (!done) co_await l.sleep(0ms);  // always ready: it yields and yields
  }(loop, woke));
  CHECK(woke);
}

TEST_CASE("a task that nothing can complete is an error and not a hang", "[loop]") {
  pawl::loop<pawl::virtual_clock> loop;
  auto never = [](pawl::loop<pawl::virtual_clock>&) -> pawl::task<void> {
    co_await asio::async_initiate<decltype(pawl::await) const&, void()>([](auto) {}, pawl::await);
  };
  CHECK_THROWS_AS(loop.wait(never(loop)), pawl::error);
}

TEST_CASE("what a task throws comes out of wait, and the loop can be used again", "[loop]") {
  pawl::loop<pawl::virtual_clock> loop;
  auto failing = [](pawl::loop<pawl::virtual_clock>& l) -> pawl::task<int> {
    co_await l.sleep(1s);
    throw std::runtime_error("broken");
  };
  CHECK_THROWS_WITH(loop.wait(failing(loop)), "broken");
  CHECK(loop.wait(loop_test::count_down(loop, 3)) == 3);
}

TEST_CASE("a loop destroys what still sleeps on it", "[loop]") {
  auto alive = std::make_shared<int>(1);
  {
    pawl::loop<pawl::virtual_clock> loop;
    asio::co_spawn(
        loop.get_executor(),
        [](auto& l, std::shared_ptr<int> kept) -> pawl::task<void> {
          co_await l.sleep(1h);
          ++*kept;
        }(loop, alive),
        asio::detached);
    loop.wait(loop_test::count_down(loop, 1));
    CHECK(alive.use_count() == 2);
  }
  CHECK(alive.use_count() == 1);
}

TEST_CASE("a task may answer with what has no default constructor", "[loop]") {
  struct answer {
    explicit answer(int v) : value(v) {}
    int value;
  };
  pawl::loop<pawl::virtual_clock> loop;
  auto answering = [](auto& l) -> pawl::task<answer> {
    co_await l.sleep(1s);
    co_return answer(7);
  };
  CHECK(loop.wait(answering(loop)).value == 7);
}

TEST_CASE("a handler's exception comes out of wait, and what was waited for does no harm when it ends later",
          "[loop]") {
  pawl::loop<pawl::virtual_clock> loop;
  loop.sleep(1s, [](boost::system::error_code) { throw std::runtime_error("from a handler"); });
  auto seven = [](auto& l) -> pawl::task<int> {
    co_await l.sleep(2s);
    co_return 7;
  };
  CHECK_THROWS_WITH(loop.wait(seven(loop)), "from a handler");
  CHECK(loop.wait(loop_test::count_down(loop, 3000)) == 3000);
}

TEMPLATE_TEST_CASE("the longest sleep does not overflow", "[loop]", pawl::steady_clock, pawl::warp_clock,
                   pawl::virtual_clock) {
  pawl::loop<TestType> loop;
  bool woke = false;
  loop.sleep((std::chrono::nanoseconds::max)(), [&](boost::system::error_code) { woke = true; });
  loop.wait(loop_test::count_down(loop, 3));
  CHECK_FALSE(woke);
}

TEST_CASE("neither a signal that is gone before its sleep ends nor one that outlives the loop does harm", "[loop]") {
  asio::cancellation_signal outlives;
  {
    pawl::loop<pawl::virtual_clock> loop;
    {
      asio::cancellation_signal gone;
      loop.sleep(1h, asio::bind_cancellation_slot(gone.slot(), [](boost::system::error_code) {}));
    }
    loop.sleep(2h, asio::bind_cancellation_slot(outlives.slot(), [](boost::system::error_code) { FAIL("woken"); }));
    loop.wait(loop_test::count_down(loop, 3));
  }
  outlives.emit(asio::cancellation_type::terminal);
  SUCCEED();
}

}  // namespace loop_test
