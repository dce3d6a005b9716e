// Two runs at work on one store at the same time.
#include <chrono>
#include <stop_token>
#include <string>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/rate_gate.hpp>
#include <pawl/runner/run.hpp>

#include "catch.hpp"
#include "runner/parcel.hpp"

namespace two_runs_test {

using namespace std::chrono_literals;
using namespace parcel;
using pawl::trouble;
using virtual_loop = pawl::loop<pawl::virtual_clock>;

struct world {
  virtual_loop loop{};
  store memory{[this] { return pawl::stored_time(loop.now()); }};
  test_queue<store, virtual_loop> queue{loop, memory};

  void pass(std::chrono::nanoseconds time) {
    auto const nap = [](virtual_loop& on, std::chrono::nanoseconds t) -> pawl::task<void> { co_await on.sleep(t); };
    loop.wait(nap(loop, time));
  }
};

struct one_run {
  pawl::summary sum{};
  std::string refused{};
  bool ended = false;

  template <class Steps> void start(world& w, Steps steps, pawl::run_options options) {
    boost::asio::co_spawn(w.loop.get_executor(), go(w, std::move(steps), options), boost::asio::detached);
  }

 private:
  template <class Steps> pawl::task<void> go(world& w, Steps steps, pawl::run_options options) {
    try {
      auto running = pawl::async_run(w.queue, std::move(steps), options);
      sum = co_await std::move(running);
    } catch (pawl::error const& e) {
      refused = e.id();
    }
    ended = true;
  }
};

// An unsafe step that takes ten seconds.
struct slow_packer {
  world* w;
  int* calls;
  pawl::task<pack> operator()(item<state::ordered>, pawl::step_context&) {
    ++*calls;
    co_await w->loop.sleep(10s);
    co_return pack{};
  }
  ship operator()(item<state::packed>) { return {"tracking"}; }
  deliver operator()(item<state::sent>) { return {"signature"}; }
};

#ifndef PAWL_TEST_POSTGRES  // it leases its items: any number of runs work on it
TEST_CASE("a second run that would be alone is refused while the first works, also on a store in memory", "[runner]") {
  world w;
  fill(w.memory, 1);
  int calls = 0;
  one_run first, second, third;
  first.start(w, slow_packer{&w, &calls}, {});
  w.pass(1s);
  second.start(w, slow_packer{&w, &calls}, {});
  third.start(w, slow_packer{&w, &calls}, {.owner = pawl::ownership::shared});
  w.pass(20s);
  CHECK(second.refused == "run.owned");
  CHECK(third.refused == "run.owned");
  CHECK(first.sum.finished == 1);
  CHECK(calls == 1);
  one_run later;
  later.start(w, slow_packer{&w, &calls}, {});
  w.pass(1s);
  CHECK(later.ended);
  CHECK(later.refused.empty());
}

// A store_lock cannot wait for a server.
TEST_CASE("a lock serves one run at a time, and the next when that has ended", "[runner]") {
  world w;
  fill(w.memory, 1);
  int calls = 0;
  pawl::store_lock lock(w.memory);
  one_run first, second, third;
  first.start(w, slow_packer{&w, &calls}, {.lock = &lock});
  w.pass(1s);
  second.start(w, slow_packer{&w, &calls}, {.lock = &lock});
  w.pass(20s);
  CHECK(second.refused == "run.owned");
  CHECK(first.sum.finished == 1);
  third.start(w, slow_packer{&w, &calls}, {.lock = &lock});
  w.pass(1s);
  CHECK(third.refused.empty());
  CHECK(calls == 1);
}
#endif

// The first parcel is asked for again after a minute, until 50 s have passed.
struct pending_packer {
  world* w;
  pawl::task<pawl::one_of<pack>> operator()(item<state::ordered> it, pawl::step_context&) {
    bool const early = w->loop.now() < 50s;
    if (it.key != "parcel 0") {
      co_await w->loop.sleep(10s);
      co_return pack{};
    }
    co_await w->loop.sleep(100ms);
    if (early) co_return trouble::pending(60s);
    co_await w->loop.sleep(5s);
    co_return pack{};
  }
  ship operator()(item<state::packed>) { return {"tracking"}; }
  deliver operator()(item<state::sent>) { return {"signature"}; }
};

TEST_CASE("who loses the race for an item twice does not park it while the winner works on it", "[runner][no_pooler]") {
  world w;
  fill(w.memory, 2);
  one_run a, b;
  a.start(w, pending_packer{&w}, {.owner = pawl::ownership::shared, .seed = 1});
  b.start(w, pending_packer{&w}, {.owner = pawl::ownership::shared, .seed = 2});
  w.pass(600s);
  CHECK(a.sum.parked + b.sum.parked == 0);
  CHECK(w.memory.get("parcel 0").item->state == state::delivered);
  CHECK(w.memory.get("parcel 1").item->state == state::delivered);
}

TEST_CASE("a run that waits at its gate does not take up again what another has parked meanwhile",
          "[runner][no_pooler]") {
  struct refusing {
    pawl::task<pawl::one_of<pack>> operator()(item<state::ordered>, pawl::step_context&) {
      ++*calls;
      co_return trouble::permanent("refused for good");
    }
    ship operator()(item<state::packed>) { return {"tracking"}; }
    deliver operator()(item<state::sent>) { return {"signature"}; }
    int* calls;
  };
  world w;
  fill(w.memory, 1);
  pawl::rate_gate gate;
  gate.close_until(10s);
  int calls_of_a = 0, calls_of_b = 0;
  one_run a, b;
  a.start(w, refusing{&calls_of_a}, {.gate = &gate, .owner = pawl::ownership::shared});
  w.pass(1s);
  b.start(w, refusing{&calls_of_b}, {.owner = pawl::ownership::shared});
  w.pass(600s);
  CHECK(calls_of_b == 1);
  CHECK(calls_of_a == 0);
  CHECK(w.memory.count_troubles().parked == 1);
}

TEST_CASE("a run takes what another run was at work on, once that has left it and the store has changed",
          "[runner][no_pooler]") {
  world w;
  fill(w.memory, 1);
  int calls = 0;
  std::stop_source stop_a, stop_b;
  one_run a, b;
  a.start(w, slow_packer{&w, &calls}, {.stop = &stop_a, .owner = pawl::ownership::shared});
  w.pass(1s);
  b.start(w, slow_packer{&w, &calls},
          {.until = pawl::until::stopped, .stop = &stop_b, .owner = pawl::ownership::shared});
  w.pass(1s);
  stop_a.request_stop();  // its step ends, and the item is left in the next state
  w.pass(60s);
  w.memory.insert_if_absent("another");
  w.pass(60s);
  CHECK(w.memory.get("another").item->state == state::delivered);
  CHECK(w.memory.get("parcel 0").item->state == state::delivered);
  stop_b.request_stop();
  w.pass(1s);
  CHECK(b.ended);
}

}  // namespace two_runs_test
