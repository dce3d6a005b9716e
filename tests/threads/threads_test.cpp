// Adapters with threads of their own, a stop from another thread, and a real database: built and run under
// ThreadSanitizer, which fails the test on a data race.
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/append.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <pawl/adapter/outcome.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/ask.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/store.hpp>

#include "catch.hpp"
#include "runner/parcel.hpp"
#include "sqlite/fixture.hpp"

namespace threads_test {

using namespace std::chrono_literals;
using parcel::state;
using pawl::trouble;
namespace asio = boost::asio;

// A carrier with a client library of the usual kinds. What it has done is in a map that its threads share.
template <class Loop> class threaded_carrier {
 public:
  using answer = pawl::outcome<std::string>;

  threaded_carrier(Loop& loop, std::stop_source& stop) : loop_(loop), stop_(stop) {}
  ~threaded_carrier() { pool_.join(); }

  // Answers from a pool of threads.
  pawl::task<answer> ship(std::string key) {
    return elsewhere([this, key](auto respond) {
      asio::post(pool_, [this, key, respond = std::move(respond)]() mutable { respond(carry_out(shipped_, key)); });
    });
  }

  // A thread for each call.
  pawl::task<answer> deliver(std::string tracking) {
    return elsewhere([this, tracking](auto respond) {
      std::thread([this, tracking, respond = std::move(respond)]() mutable {
        respond(carry_out(delivered_, tracking));
      }).detach();
    });
  }

  // The coroutine itself goes to the pool, and ends there.
  pawl::task<answer> hop(std::string key) {
    auto const guard = loop_.elsewhere();
    co_await asio::post(asio::bind_executor(pool_, pawl::await));
    co_return carry_out(shipped_, key);
  }

  std::map<std::string, int> shipped() const { return copy_of(shipped_); }
  std::map<std::string, int> delivered() const { return copy_of(delivered_); }

  int stop_at = 0;  // the call, from whose thread the stop is requested

 private:
  // Completes the caller with what `begin` hands to its argument, on whatever thread. The loop's guard is let go of
  // there too.
  template <class Begin> pawl::task<answer> elsewhere(Begin begin) {
    return asio::async_initiate<asio::use_awaitable_t<> const&, void(answer)>(
        [this, begin = std::move(begin)](auto handler) mutable {
          auto const home = asio::get_associated_executor(handler, loop_.get_executor());
          begin([home, guard = loop_.elsewhere(),
                 waiter = asio::any_completion_handler<void(answer)>(std::move(handler))](answer said) mutable {
            asio::post(home, asio::append(std::move(waiter), std::move(said)));
          });
        },
        pawl::await);
  }

  // Of seven calls one is refused, and of eleven one answer is lost.
  answer carry_out(std::map<std::string, int>& deeds, std::string const& key) {
    int const call = ++calls_;
    if (call == stop_at) stop_.request_stop();
    if (call % 7 == 0) return trouble::transient("busy");
    std::lock_guard const lock(mutex_);
    ++deeds[key];
    if (call % 11 == 0) return trouble::unknown_outcome("lost");
    return "receipt for " + key;
  }
  std::map<std::string, int> copy_of(std::map<std::string, int> const& deeds) const {
    std::lock_guard const lock(mutex_);
    return deeds;
  }

  Loop& loop_;
  std::stop_source& stop_;
  asio::thread_pool pool_{4};
  std::atomic<int> calls_{0};
  mutable std::mutex mutex_;
  std::map<std::string, int> shipped_, delivered_;
};

template <class Carrier> struct steps {
  Carrier& api;
  std::map<state, std::size_t>& calls;  // of the run's thread alone

  parcel::pack operator()(parcel::item<state::ordered>) { return {}; }

  pawl::task<pawl::one_of<parcel::ship>> operator()(parcel::item<state::packed>, pawl::keyed& call) {
    auto answer = co_await pawl::ask(api.ship(call.key()));
    ++calls[state::packed];
    if (!answer) co_return answer.why();
    co_return parcel::ship{*answer};
  }
  pawl::task<pawl::one_of<parcel::deliver>> operator()(parcel::item<state::sent>, parcel::ship const& sent,
                                                       pawl::safe&) {
    auto answer = co_await pawl::ask(api.deliver(sent.tracking));
    ++calls[state::sent];
    if (!answer) co_return answer.why();
    co_return parcel::deliver{*answer};
  }
};
template <class Carrier> steps(Carrier&, std::map<state, std::size_t>&) -> steps<Carrier>;

pawl::run_options options(std::stop_source& stop) {
  return {.concurrency = 10, .retry = {.attempts = 1000, .wait = {1ms, 5ms}}, .stop = &stop};
}

}  // namespace threads_test

using namespace threads_test;

TEST_CASE("adapters may answer from any thread, and a stop may come from any", "[threads]") {
  constexpr std::size_t items = 400;
  temporary_folder folder;
  pawl::sqlite::database db{folder / "parcels.db", sqlite_test::quick()};
  pawl::sqlite::store<parcel::life> store{db};
  db.begin();
  for (std::size_t i = 0; i < items; ++i) store.insert_if_absent("parcel " + std::to_string(i));
  db.commit();

  pawl::loop<> loop;
  pawl::commit_queue queue{loop, store};
  std::stop_source stop, never;
  threaded_carrier carrier{loop, stop};
  carrier.stop_at = items / 2;
  std::map<state, std::size_t> calls;

  auto const first = pawl::run(queue, threads_test::steps{carrier, calls}, options(stop));
  CHECK(first.stopped);
  CHECK(first.finished < items);
  CHECK(first.retries > 0);

  auto const second = pawl::run(queue, threads_test::steps{carrier, calls}, options(never));
  CHECK(first.finished + second.finished == items);
  CHECK(second.parked == 0);
  CHECK(carrier.shipped().size() == items);
  CHECK(carrier.delivered().size() == items);
  CHECK(calls[state::packed] >= items);
  for (std::size_t i = 0; i < items; ++i) {
    auto const row = store.get("parcel " + std::to_string(i));
    REQUIRE(row.item);
    auto const ship = store.recorded<parcel::ship>(*row.item);
    REQUIRE(ship);
    CHECK(ship->tracking ==
          "receipt for " + db.identity() + "/life/packed/1/" + std::to_string(row.item->life) + "/" + row.item->key);
    auto const deliver = store.recorded<parcel::deliver>(*row.item);
    REQUIRE(deliver);
    CHECK(deliver->signature == "receipt for " + ship->tracking);
  }
}

TEST_CASE("an adapter's coroutine may end on another thread: its step goes on on the run's", "[threads]") {
  constexpr std::size_t items = 200;
  temporary_folder folder;
  pawl::sqlite::database db{folder / "parcels.db", sqlite_test::quick()};
  pawl::sqlite::store<parcel::life> store{db};
  for (std::size_t i = 0; i < items; ++i) store.insert_if_absent("parcel " + std::to_string(i));
  pawl::loop<> loop;
  pawl::commit_queue queue{loop, store};
  std::stop_source never;
  threaded_carrier carrier{loop, never};
  auto const here = std::this_thread::get_id();
  std::size_t at_home = 0;
  struct hopping {
    threaded_carrier<pawl::loop<>>& api;
    std::thread::id here;
    std::size_t& at_home;
    parcel::pack operator()(parcel::item<state::ordered>) { return {}; }
    pawl::task<pawl::one_of<parcel::ship>> operator()(parcel::item<state::packed>, pawl::keyed& call) {
      auto answer = co_await pawl::ask(api.hop(call.key()));
      if (std::this_thread::get_id() == here) ++at_home;
      if (!answer) co_return answer.why();
      co_return parcel::ship{*answer};
    }
    pawl::task<pawl::one_of<parcel::deliver>> operator()(parcel::item<state::sent> it, pawl::safe&) {
      auto answer = co_await api.hop(it.key);
      if (!answer) co_return answer.why();
      co_return parcel::deliver{*answer};
    }
  };
  auto const sum = pawl::run(queue, hopping{carrier, here, at_home}, options(never));
  CHECK(sum.finished == items);
  CHECK(at_home == sum.steps[1].attempts);
}
