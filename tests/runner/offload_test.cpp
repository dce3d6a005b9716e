// Calls on a pool of threads: what is queued and what is under way when a run is stopped, cancelled or cut off. This file
// is also built with ThreadSanitizer.
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <pawl/loop/offload.hpp>
#include <pawl/runner/ask.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/store/explanation.hpp>

#include "catch.hpp"
#include "runner/parcel.hpp"

namespace offload_test {

using namespace std::chrono_literals;
using parcel::state;
namespace asio = boost::asio;

using real_loop = pawl::loop<>;

// Calls that end when the test says so.
class calls {
 public:
  // Called on a thread of the pool.
  int make() {
    ++begun_;
    released_.get_future_for().wait();
    ++ended_;
    return 1;
  }
  void release() { released_.set(); }
  int begun() const { return begun_; }
  int ended() const { return ended_; }

 private:
  class gate {
   public:
    std::shared_future<void> get_future_for() const { return open_; }
    void set() {
      if (!std::exchange(is_set_, true)) promise_.set_value();
    }

   private:
    std::promise<void> promise_{};
    std::shared_future<void> open_{promise_.get_future()};
    bool is_set_ = false;
  };

  gate released_{};
  std::atomic<int> begun_{0}, ended_{0};
};

using shipping = std::function<pawl::task<pawl::one_of<parcel::ship>>(std::string key)>;
template <class Context> struct steps_of {
  shipping ship_it;
  parcel::pack operator()(parcel::item<state::ordered>) { return {}; }
  pawl::task<pawl::one_of<parcel::ship>> operator()(parcel::item<state::packed> it, Context&) {
    auto shipped = ship_it(it.key);
    co_return co_await std::move(shipped);
  }
  parcel::deliver operator()(parcel::item<state::sent>) { return {"s"}; }
};

struct world {
  explicit world(int parcels, std::size_t threads = 2) : pool(threads) { parcel::fill(memory, parcels); }
  ~world() {
    calling.release();
    pool.join();
  }

  auto call() {
    ++asked;
    auto const make = [this] { return calling.make(); };
    return pawl::offload(loop, pool, make);
  }
  pawl::task<pawl::one_of<parcel::ship>> ship() {
    auto calling_it = call();
    co_await std::move(calling_it);
    co_return parcel::ship{"t"};
  }
  shipping by_call() {
    return [this](std::string) { return ship(); };
  }
  // When `when` has come, does `what` on the loop.
  void once(std::function<bool()> when, std::function<void()> what) {
    loop.sleep(1ms, [this, when, what](boost::system::error_code) { when() ? what() : once(when, what); });
  }
  template <class Context = pawl::safe> pawl::summary run(pawl::run_options options, shipping how = {}) {
    options.stop = &stop;
    return pawl::run(queue, steps_of<Context>{how ? how : by_call()}, options);
  }
  std::size_t count_in(state where) {
    std::size_t count = 0;
    for (int i = 0; i < 20; ++i) {
      auto const there = memory.get("parcel " + std::to_string(i));
      count += static_cast<std::size_t>(there.item && there.item->state == where);
    }
    return count;
  }

  real_loop loop;
  parcel::store memory;
  test_queue<parcel::store, real_loop> queue{loop, memory};
  std::stop_source stop;
  int asked = 0;  // calls handed to the pool
  calls calling;
  asio::thread_pool pool;
};

TEST_CASE("at a stop, calls that wait for the pool are not begun, and the results of those under way are written",
          "[runner]") {
  world w(5);
  bool const asks = GENERATE(false, true);
  pawl::run_options options{.concurrency = 5};
  options.until = GENERATE(pawl::until::idle, pawl::until::stopped);
  w.once([&] { return w.asked == 5 && w.calling.begun() == 2; },
         [&] {
           w.stop.request_stop();
           w.loop.sleep(5ms, [&](boost::system::error_code) { w.calling.release(); });
         });
  auto const asked = [&w](std::string) -> pawl::task<pawl::one_of<parcel::ship>> {
    auto answer = co_await pawl::ask(w.call());
    if (!answer) co_return answer.why();
    co_return parcel::ship{"t"};
  };
  auto const sum = w.run(options, asks ? shipping(asked) : shipping());
  CHECK(sum.stopped);
  CHECK(w.calling.ended() == 2);
  w.pool.join();
  CHECK(w.calling.begun() == 2);
  CHECK(w.count_in(state::sent) == 2);
  CHECK(w.count_in(state::packed) == 3);
  CHECK(sum.left == 5);
  CHECK(sum.parked == 0);
  for (int i = 0; i < 5; ++i)  // nothing is held against those that were not begun
    CHECK(pawl::explain(w.memory, "parcel " + std::to_string(i)).is == pawl::standing::runnable);
}

TEST_CASE("who cancels what awaits a run stops its calls in the same way", "[runner]") {
  world w(3, 1);
  asio::cancellation_signal signal;
  std::optional<pawl::summary> sum;
  bool ended = false;
  w.once([&] { return w.asked == 3 && w.calling.begun() == 1; },
         [&] {
           signal.emit(asio::cancellation_type::terminal);
           w.loop.sleep(5ms, [&](boost::system::error_code) { w.calling.release(); });
         });
  asio::co_spawn(w.loop.get_executor(), pawl::async_run(w.queue, steps_of<pawl::safe>{w.by_call()}, {.concurrency = 3}),
                 asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr, pawl::summary given) {
                   sum = std::move(given);
                   ended = true;
                 }));
  w.loop.run_until(ended);
  CHECK(sum->stopped);
  CHECK(w.count_in(state::sent) == 1);
  CHECK(w.count_in(state::packed) == 2);
  w.pool.join();
  CHECK(w.calling.begun() == 1);
}

TEST_CASE("an unsafe step whose call was not begun may have done something before: it stays in doubt", "[runner]") {
  world w(2, 1);
  w.once([&] { return w.asked == 2 && w.calling.begun() == 1; },
         [&] {
           w.stop.request_stop();
           w.calling.release();
         });
  CHECK(w.run<pawl::step_context>({.concurrency = 2}).stopped);
  CHECK(w.calling.begun() == 1);
  CHECK(w.count_in(state::sent) == 1);
  auto const other = w.memory.get("parcel 0").item->state == state::sent ? "parcel 1" : "parcel 0";
  CHECK(pawl::explain(w.memory, other).is == pawl::standing::in_doubt);
}

TEST_CASE("a call under way is awaited longer than the grace period, and its result written", "[runner]") {
  world w(1);
  w.once([&] { return w.calling.begun() == 1; },
         [&] {
           w.stop.request_stop();
           w.loop.sleep(20ms, [&](boost::system::error_code) { w.calling.release(); });
         });
  pawl::run_options options;
  options.grace = 1ms;
  auto const sum = w.run(options);
  CHECK(sum.stopped);
  CHECK(w.count_in(state::sent) == 1);
}

TEST_CASE("what a step in flight offloads after the stop is begun, and withdrawn when the grace period ends",
          "[runner]") {
  world w(1, 1);
  bool const is_busy = GENERATE(false, true);
  std::atomic<bool> release_busy{false};
  std::atomic<int> made{0};
  if (is_busy)
    asio::post(w.pool, [&] {
      while (!release_busy) std::this_thread::sleep_for(1ms);
    });
  auto const ship_late = [&](std::string) -> pawl::task<pawl::one_of<parcel::ship>> {
    w.stop.request_stop();
    co_await w.loop.sleep(2ms);
    auto const make = [&made] { return ++made; };
    auto calling = pawl::offload(w.loop, w.pool, make);
    co_await std::move(calling);
    co_return parcel::ship{"t"};
  };
  pawl::run_options options;
  options.grace = is_busy ? std::chrono::nanoseconds(5ms) : std::chrono::nanoseconds(24h);
  auto const sum = w.run(options, ship_late);
  CHECK(sum.stopped);
  release_busy = true;
  w.pool.join();
  CHECK(made == (is_busy ? 0 : 1));
  CHECK(w.count_in(state::sent) == (is_busy ? 0 : 1));
}

TEST_CASE("a deadline withdraws a call that waits for the pool, and its step is repeated", "[runner]") {
  world w(1, 1);
  std::atomic<bool> release_busy{false};
  std::atomic<int> made{0};
  asio::post(w.pool, [&] {
    while (!release_busy) std::this_thread::sleep_for(1ms);
  });
  int attempts = 0;
  auto const ship_it = [&](std::string) -> pawl::task<pawl::one_of<parcel::ship>> {
    if (++attempts == 2) release_busy = true;
    auto const make = [&made] { return ++made; };
    auto calling = pawl::offload(w.loop, w.pool, make);
    co_await std::move(calling);
    co_return parcel::ship{"t"};
  };
  pawl::run_options options;
  options.retry.attempts = 1000;
  options.retry.wait = {0s, 0s};
  options.attempt_deadline = 20ms;
  auto const sum = w.run(options, ship_it);
  CHECK(sum.finished == 1);
  CHECK(sum.retries >= 1);
  CHECK(made == 1);
}

TEST_CASE("a stop of one run withdraws nothing of another run that shares the pool and the loop", "[runner]") {
  using namespace asio::experimental::awaitable_operators;
  world w(4, 1);
  parcel::store other_memory;
  parcel::fill(other_memory, 4);
  test_queue other_queue{w.loop, other_memory};
  std::atomic<int> made_by_other{0};
  auto const ship_other = [&](std::string) -> pawl::task<pawl::one_of<parcel::ship>> {
    auto const make = [&made_by_other] { return ++made_by_other; };
    auto calling = pawl::offload(w.loop, w.pool, make);
    co_await std::move(calling);
    co_return parcel::ship{"t"};
  };
  w.once([&] { return w.asked == 4 && w.calling.begun() == 1; },
         [&] {
           w.stop.request_stop();
           w.loop.sleep(5ms, [&](boost::system::error_code) { w.calling.release(); });
         });
  pawl::run_options options{.concurrency = 4};
  auto other = pawl::async_run(other_queue, steps_of<pawl::safe>{ship_other}, options);
  options.stop = &w.stop;
  auto first = pawl::async_run(w.queue, steps_of<pawl::safe>{w.by_call()}, options);
  auto const [of_first, of_other] = w.loop.wait(std::move(first) && std::move(other));
  CHECK(of_first.stopped);
  CHECK(w.count_in(state::sent) == 1);
  CHECK(of_other.finished == 4);
  CHECK(made_by_other == 4);
  w.pool.join();
  CHECK(w.calling.begun() == 1);
}

TEST_CASE("the next run on a loop is not stopped by the last one's stop", "[runner]") {
  world w(2, 1);
  w.once([&] { return w.asked == 2 && w.calling.begun() == 1; },
         [&] {
           w.stop.request_stop();
           w.calling.release();
         });
  CHECK(w.run({.concurrency = 2}).stopped);
  CHECK(pawl::run(w.queue, steps_of<pawl::safe>{w.by_call()}, {.concurrency = 2}).finished == 2);
}

TEST_CASE("the branches of a step's && know their run", "[runner]") {
  using namespace asio::experimental::awaitable_operators;
  world w(1, 1);
  auto const ship_both = [&](std::string) -> pawl::task<pawl::one_of<parcel::ship>> {
    auto first = w.call();
    auto second = w.call();
    auto both = std::move(first) && std::move(second);
    co_await std::move(both);
    co_return parcel::ship{"t"};
  };
  w.once([&] { return w.asked == 2 && w.calling.begun() == 1; },
         [&] {
           w.stop.request_stop();
           w.loop.sleep(5ms, [&](boost::system::error_code) { w.calling.release(); });
         });
  CHECK(w.run({}, ship_both).stopped);
  w.pool.join();
  CHECK(w.calling.begun() == 1);
  CHECK(w.count_in(state::packed) == 1);
}

TEST_CASE("outside a run too a cancelled call that waits for the pool is withdrawn, and one under way is awaited",
          "[runner]") {
  world w(0, 1);
  bool const is_queued = GENERATE(true, false);
  std::atomic<bool> release_busy{false};
  if (is_queued)
    asio::post(w.pool, [&] {
      while (!release_busy) std::this_thread::sleep_for(1ms);
    });
  asio::cancellation_signal signal;
  std::string said;
  bool ended = false;
  auto const job = [](world& of, std::string& into) -> pawl::task<void> {
    try {
      auto calling = of.call();
      into = std::to_string(co_await std::move(calling));
    } catch (pawl::call_not_begun const& e) {
      into = e.code() == asio::error::operation_aborted ? "not begun" : "another code";
    }
  };
  asio::co_spawn(w.loop.get_executor(), job(w, said),
                 asio::bind_cancellation_slot(signal.slot(), [&ended](std::exception_ptr) { ended = true; }));
  w.once([&] { return is_queued || w.calling.begun() == 1; },
         [&] {
           signal.emit(asio::cancellation_type::terminal);
           w.loop.sleep(2ms, [&](boost::system::error_code) { w.calling.release(); });
         });
  w.loop.run_until(ended);
  CHECK(said == (is_queued ? "not begun" : "1"));
  release_busy = true;
  w.pool.join();
  CHECK(w.calling.begun() == (is_queued ? 0 : 1));
}

TEST_CASE("a pool that is destroyed gives its queued calls up, and who waits is told", "[runner]") {
  real_loop loop;
  std::string said;
  auto pool = std::make_unique<asio::thread_pool>(std::size_t{1});
  loop.wait([](real_loop& on, std::unique_ptr<asio::thread_pool>& of, std::string& into) -> pawl::task<void> {
    of->stop();
    on.sleep(1ms, [&of](boost::system::error_code) { of.reset(); });
    auto const make = [] { return 1; };
    auto calling = pawl::offload(on, *of, make);
    try {
      co_await std::move(calling);
      into = "made";
    } catch (pawl::call_not_begun const&) {
      into = "not begun";
    }
  }(loop, pool, said));
  CHECK(said == "not begun");
}

TEST_CASE("an offloaded call's result and exception arrive on the loop's thread", "[runner]") {
  real_loop loop;
  asio::thread_pool pool(2);
  auto const here = std::this_thread::get_id();
  loop.wait([](real_loop& on, asio::thread_pool& of, std::thread::id home) -> pawl::task<void> {
    auto const make = [] { return std::make_pair(std::this_thread::get_id(), std::string(100, 'x')); };
    auto calling = pawl::offload(on, of, make);
    auto const [there, text] = co_await std::move(calling);
    CHECK(there != home);
    CHECK(text == std::string(100, 'x'));
    CHECK(std::this_thread::get_id() == home);
    auto const fail = []() -> int { throw std::runtime_error("no such file"); };
    auto failing = pawl::offload(on, of, fail);
    std::string said;
    try {
      co_await std::move(failing);
    } catch (std::runtime_error const& e) {
      said = e.what();
    }
    CHECK(said == "no such file");
  }(loop, pool, here));
  pool.join();
}

}  // namespace offload_test
