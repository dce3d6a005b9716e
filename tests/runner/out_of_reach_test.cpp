// Runs that are stopped while their store is out of reach: what they have asked is given up, and nothing else is.
#include <chrono>
#include <exception>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <pawl/error.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/run.hpp>

#include "catch.hpp"
#include "runner/delayed_store.hpp"
#include "runner/parcel.hpp"

namespace out_of_reach_test {

using namespace std::chrono_literals;
using namespace parcel;
using virtual_loop = pawl::loop<pawl::virtual_clock>;

struct lease final : pawl::run_owner {
  bool try_acquire(pawl::ownership) override { return true; }
  pawl::ownership how() const override { return pawl::ownership::sole; }
  std::string describe_holder() const override { return "held"; }
};
// Leases items, and answers its n-th question and all later ones after a day.
struct distant_store : delayed_store<store> {
  using base = delayed_store<store>;
  distant_store(virtual_loop& l, store& memory) : base(l, memory), loop(l) {}

  pawl::owner_handle make_owner() { return pawl::owner_handle(new lease); }
  pawl::task<bool> acquire(pawl::run_owner&, pawl::ownership) {
    co_await answer();
    co_return true;
  }
  pawl::task<void> cut_delays(pawl::stored_time) { return answer(); }
  auto claim(pawl::run_owner&, pawl::state_of<life> in, page_mark after, std::size_t limit) {
    return base::runnable(in, after, limit);
  }
  auto claim_due(pawl::run_owner&, pawl::stored_time until, pawl::delayed_by who, std::size_t limit) {
    return base::due(until, who, limit);
  }
  pawl::task<bool> begin(pawl::run_owner&, pawl::any_item<life>) {
    co_await loop.sleep({});
    co_return true;
  }
  pawl::task<void> leave(pawl::run_owner&) {
    co_await loop.sleep(3s);
    has_left = true;
  }
  pawl::task<bool> changed_elsewhere() {
    co_await answer();
    co_return false;
  }
  pawl::task<void> answer() {
    auto sleeping = loop.sleep(++asked < out_of_reach_from ? 1ms : 24h);
    co_await std::move(sleeping);
  }

  virtual_loop& loop;
  int out_of_reach_from = 1'000'000, asked = 0;
  bool has_left = false;
};

struct slow {
  virtual_loop& loop;
  std::chrono::nanoseconds takes;
  pawl::task<pack> operator()(item<state::ordered>, pawl::safe&) {
    co_await loop.sleep(takes);
    co_return pack{};
  }
  ship operator()(item<state::packed>) { return {"tracking"}; }
  deliver operator()(item<state::sent>) { return {"signature"}; }
};

struct distant_run {
  explicit distant_run(std::chrono::nanoseconds takes) : by{loop, takes} { fill(memory, 1); }

  pawl::task<void> run() {
    auto running = pawl::async_run(queue, by, {.until = pawl::until::stopped, .poll = 40ms, .stop = &stop});
    try {
      sum = co_await std::move(running);
    } catch (pawl::store_error const& e) {
      failure = e.what_failed();
    }
    ended = loop.now();
  }
  void start() { boost::asio::co_spawn(loop.get_executor(), run(), boost::asio::detached); }
  void pass(std::chrono::nanoseconds time) {
    auto const nap = [](virtual_loop& on, std::chrono::nanoseconds t) -> pawl::task<void> { co_await on.sleep(t); };
    loop.wait(nap(loop, time));
  }

  virtual_loop loop{};
  store memory{};
  distant_store distant{loop, memory};
  pawl::commit_queue<distant_store, virtual_loop> queue{loop, distant};
  std::stop_source stop{};
  slow by;
  pawl::summary sum{};
  std::optional<pawl::store_failure> failure{};
  std::chrono::nanoseconds ended{};
};

TEST_CASE("a run that is stopped gives up what it has asked a store out of reach a second later", "[runner]") {
  int const first = GENERATE(1, 2, 3, 10);  // while it acquires, opens, begins its work, or waits for others
  distant_run r(1ms);
  r.distant.out_of_reach_from = first;
  r.start();
  r.pass(2s);
  REQUIRE(r.distant.asked >= first);
  REQUIRE(r.ended == 0ns);
  auto const stopped = r.loop.now();
  r.stop.request_stop();
  r.pass(10s);
  REQUIRE(r.ended > 0ns);
  CHECK(r.ended - stopped <= 1s + 3s + 100ms);  // and its leave
  CHECK(r.sum.stopped);
  CHECK_FALSE(r.failure);
  CHECK(r.sum.finished == (first == 10 ? 1 : 0));
}

TEST_CASE("a run whose store has failed ends as well when it is stopped", "[runner]") {
  distant_run r(5s);
  r.distant.out_of_reach_from = 20;
  r.start();
  r.pass(2s);
  r.memory.fail_next(pawl::store_failure::not_applied);
  r.pass(100s);
  REQUIRE(r.ended == 0ns);
  r.stop.request_stop();
  r.pass(10s);
  CHECK(r.ended > 0ns);
  CHECK(r.failure == pawl::store_failure::not_applied);
}

TEST_CASE("a run that is stopped waits for its steps, and its leave is not cut", "[runner]") {
  auto const takes = GENERATE(1ms, 1990ms, 1999ms, 4s);
  distant_run r(takes);
  r.start();
  r.pass(1s);
  r.stop.request_stop();
  r.pass(20s);
  CHECK(r.sum.stopped);
  CHECK(r.sum.finished == (takes == 1ms ? 1 : 0));
  CHECK(r.sum.transitions >= 1);
  CHECK(r.distant.has_left);
}

}  // namespace out_of_reach_test
