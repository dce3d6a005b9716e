// Runs and steps that end early: stops, grace periods, deadlines, failures.
#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/system/system_error.hpp>

#include <pawl/runner/ask.hpp>
#include <pawl/runner/rate_gate.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/store/explanation.hpp>

#include "catch.hpp"
#include "runner/delivery.hpp"
#include "runner/parcel.hpp"
#include "runner/shipping.hpp"

namespace stop_test {

using namespace run_test;
using pawl::trouble;

TEST_CASE("a stop leaves what waits, ends what is in flight, and the next run finishes", "[runner]") {
  world w(20);
  std::stop_source source;
  w.loop.sleep(5s, [&](boost::system::error_code) { source.request_stop(); });
  w.api.remote.refuse(1, trouble::pending(1h));
  auto const sum = w.run({.concurrency = 4, .stop = &source});
  CHECK(sum.stopped);
  CHECK(sum.finished + sum.left == sum.taken);
  CHECK(sum.left > 0);
  CHECK(w.loop.now() < 1h);
  CHECK(w.loop.sleepers() == 0);
  auto const rest = w.run({.concurrency = 4});
  CHECK(sum.finished + rest.finished == 20);
}

TEST_CASE("a stop that was requested before the run takes nothing", "[runner]") {
  world w(3);
  std::stop_source source;
  source.request_stop();
  auto const sum = w.run({.stop = &source});
  CHECK(sum.stopped);
  CHECK(sum.taken == 0);
  CHECK(sum.transitions == 0);
  CHECK(w.run().finished == 3);
}

TEST_CASE("a stop is heard by steps that never wait", "[runner]") {
  world w(1000);
  struct tireless {
    int& steps;
    std::stop_source& source;
    pawl::task<pawl::one_of<pack>> operator()(parcel::item<state::ordered>, pawl::safe&) {
      if (++steps == 10) source.request_stop();
      co_return trouble::permanent("no");
    }
    ship operator()(parcel::item<state::packed>) { return {"t"}; }
    deliver operator()(parcel::item<state::sent>) { return {"s"}; }
  };
  int steps = 0;
  std::stop_source source;
  auto const sum = pawl::run(w.queue, tireless{steps, source}, {.concurrency = 1, .stop = &source});
  CHECK(sum.stopped);
  CHECK(steps == 10);
}

TEST_CASE("every item that was taken is accounted for when the intake stops while another comes due", "[runner]") {
  world w(2);
  struct halting {
    virtual_loop& loop;
    pack operator()(parcel::item<state::ordered>) { return {}; }
    pawl::task<pawl::one_of<ship>> operator()(parcel::item<state::packed> it, pawl::safe&) {
      if (it.key == "parcel 0") {
        co_await loop.sleep(4s);
        co_return trouble::quota_exhausted("for today");
      }
      co_await loop.sleep(2s);
      co_return trouble::pending(2s);  // due in the very moment of the halt
    }
    deliver operator()(parcel::item<state::sent>) { return {"s"}; }
  };
  auto const sum = pawl::run(w.queue, halting{w.loop}, {.concurrency = 2});
  CHECK(sum.halted);
  CHECK(sum.taken == 2);
  CHECK(sum.left == 2);
}

TEST_CASE("a run that is abandoned with its loop is destroyed with it, and a stop then finds nobody", "[runner]") {
  auto alive = std::make_shared<int>();
  std::stop_source source;
  {
    world w(3);
    struct sleepy {
      virtual_loop& loop;
      std::shared_ptr<int> held;
      pawl::task<pack> operator()(parcel::item<state::ordered>, pawl::safe&) {
        co_await loop.sleep(1h);
        co_return pack{};
      }
      ship operator()(parcel::item<state::packed>) { return {"t"}; }
      deliver operator()(parcel::item<state::sent>) { return {"s"}; }
    };
    sleepy steps{w.loop, alive};
    boost::asio::co_spawn(w.loop.get_executor(),
                          pawl::async_run(w.queue, std::move(steps), {.concurrency = 2, .stop = &source}),
                          [](std::exception_ptr, pawl::summary const&) { FAIL("ended"); });
    w.loop.wait([](virtual_loop& l) -> pawl::task<void> { co_await l.sleep(1s); }(w.loop));
    CHECK(alive.use_count() == 2);
  }
  CHECK(alive.use_count() == 1);
  source.request_stop();
}

// The worker's slot was free before the run knew why the worker had ended, and a run with free slots and no work ends.
TEST_CASE("what ends a worker ends the run, also where the store has changed meanwhile", "[runner]") {
  struct observer {
    parcel::store& memory;
    void on_take(std::size_t, pawl::any_item<parcel::life> const&, std::chrono::nanoseconds) const {
      auto const packed = memory.apply(parcel::item<state::ordered>("parcel 0", 0), pack{});
      REQUIRE(memory.apply(*packed, lose{"by the observer"}));
      throw std::runtime_error("the observer has had enough");
    }
  };
  virtual_loop loop;
  parcel::store memory;
  parcel::fill(memory, 1);
  observer meddling{memory};
  test_queue queue{loop, memory, meddling};
  CHECK_THROWS_WITH(pawl::run(queue, run_test::plain_steps{}), "the observer has had enough");
}

TEST_CASE("a step past its deadline is cut off, and what it called is in doubt", "[runner]") {
  world w(1);
  int calls = 0;
  auto const shipping = [&](parcel::item<state::packed>) -> pawl::task<pawl::one_of<ship>> {
    if (++calls == 1) co_await w.loop.sleep(24h);
    co_return ship{"t"};
  };
  pawl::run_options const options{.retry = {.wait = {0s, 0s}}, .attempt_deadline = 5s};
  SECTION("a safe one is repeated") {
    auto const sum = pawl::run(w.queue, safe_steps{shipping}, options);
    CHECK(sum.finished == 1);
    CHECK(sum.retries == 1);
    CHECK(w.loop.now() == 5s);
  }
  SECTION("an unsafe one is parked") {
    auto const sum = pawl::run(w.queue, unsafe_steps{shipping}, options);
    REQUIRE(sum.parked == 1);
    CHECK(sum.first_parked[0].why.describe() == "unknown_outcome: the attempt's deadline has passed");
    CHECK(calls == 1);
  }
  CHECK(w.loop.sleepers() == 0);
}

TEST_CASE("an answer that comes although the step was cut off counts", "[runner]") {
  world w(1);
  auto const shipping = [&](parcel::item<state::packed>) -> pawl::task<pawl::one_of<ship>> {
    try {
      co_await w.loop.sleep(24h);
    } catch (boost::system::system_error const&) {}
    co_return ship{"done all the same"};
  };
  auto const sum = pawl::run(w.queue, safe_steps{shipping}, {.attempt_deadline = 5s});
  CHECK(sum.finished == 1);
  CHECK(sum.retries == 0);
  CHECK(w.memory.recorded<ship>(row(w, "parcel 0"))->tracking == "done all the same");
}

TEST_CASE("a step is told by ask that its call was cut off, and may still answer", "[runner]") {
  world w(1);
  auto const call = [&]() -> pawl::task<int> {
    co_await w.loop.sleep(24h);
    co_return 1;
  };
  auto const shipping = [&](parcel::item<state::packed>) -> pawl::task<pawl::one_of<ship>> {
    auto calling = call();
    auto const answer = co_await pawl::ask(std::move(calling));
    if (!answer) co_return trouble::permanent("told of it");
    co_return ship{"t"};
  };
  auto const sum = pawl::run(w.queue, safe_steps{shipping}, {.attempt_deadline = 5s});
  CHECK(sum.failures == 1);
  CHECK(sum.retries == 0);
}
#ifndef PAWL_TEST_POSTGRES  // a server has no lock that another process holds
TEST_CASE("a deadline never cuts the write of a result", "[runner]") {
  virtual_loop loop;
  busy_store memory;
  memory.insert_if_absent("a");
  auto const shipping = [&](parcel::item<state::packed>) -> pawl::task<pawl::one_of<ship>> {
    co_await loop.sleep(4s);
    memory.refusals = 400;
    co_return ship{"t"};
  };
  memory.refusals = 0;
  test_queue queue{loop, memory, {.busy_bound = 1h}};
  auto const sum = pawl::run(queue, safe_steps{shipping}, {.attempt_deadline = 5s});
  CHECK(sum.finished == 1);
  CHECK(sum.retries == 0);
  CHECK(loop.now() > 5s);
}
#endif

TEST_CASE("a deadline that is called off at the very end of a run harms nobody", "[runner]") {
  world w(1);
  auto const shipping = [&](parcel::item<state::packed>) -> pawl::task<pawl::one_of<ship>> {
    co_await w.loop.sleep(1s);
    co_return trouble::auth("who are you?");
  };
  auto const sum = pawl::run(w.queue, safe_steps{shipping}, {.attempt_deadline = 1h});
  CHECK(sum.halted);
  CHECK(w.loop.sleepers() == 0);
  w.loop.wait([](virtual_loop& loop) -> pawl::task<void> { co_await loop.sleep(1s); }(w.loop));
}

TEST_CASE("steps that do not end within the grace period are cut off, and their items left", "[runner]") {
  world w(2);
  auto const shipping = [&](parcel::item<state::packed> it) -> pawl::task<pawl::one_of<ship>> {
    co_await w.loop.sleep(it.key == "parcel 0" ? nanoseconds(24h) : nanoseconds(10s));
    co_return ship{"t"};
  };
  std::stop_source source;
  stop_at(w.loop, 5s, source);
  pawl::run_options const options{.concurrency = 2, .stop = &source, .grace = 30s};
  SECTION("safe") {
    auto const sum = pawl::run(w.queue, safe_steps{shipping}, options);
    CHECK(sum.left == 2);  // one with its result written, one cut off
    CHECK(row(w, "parcel 1").state == state::sent);
    CHECK(row(w, "parcel 0").state == state::packed);
    CHECK(pawl::explain(w.memory, "parcel 0").is == standing::runnable);
  }
  SECTION("unsafe") {
    auto const sum = pawl::run(w.queue, unsafe_steps{shipping}, options);
    CHECK(sum.left == 2);
    CHECK(pawl::explain(w.memory, "parcel 0").is == standing::in_doubt);
    CHECK(pawl::run(w.queue, unsafe_steps{shipping}).parked == 1);
  }
  CHECK(w.loop.now() == 35s);
  CHECK(w.loop.sleepers() == 0);
}

TEST_CASE("who waits at the gate leaves at once when the run is stopped", "[runner]") {
  world w(3);
  pawl::rate_gate gate({.per_second = 0.001});
  std::stop_source source;
  stop_at(w.loop, 5s, source);
  auto const sum = w.run({.concurrency = 3, .gate = &gate, .stop = &source});
  CHECK(w.loop.now() == 5s);
  CHECK(sum.left == 3);
  CHECK(w.api.keys.size() == 1);
}

}  // namespace stop_test
