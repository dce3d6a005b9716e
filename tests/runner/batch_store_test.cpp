// Queues and runs on stores that are given whole batches: round trips, and who is rejected.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <pawl/error.hpp>
#include <pawl/loop/clock.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/store/batch_store.hpp>

#include "catch.hpp"
#include "runner/batching_store.hpp"
#include "runner/parcel.hpp"

namespace batch_store_test {

using namespace parcel;
using virtual_loop = pawl::loop<pawl::virtual_clock>;
using batching = batching_store<store>;
static_assert(pawl::batch_store<batching>);
static_assert(!pawl::batch_store<store>);
static_assert(!pawl::batch_store<delayed_store<store>>);

struct on_the_spot {
  pack operator()(item<state::ordered>) { return {}; }
  ship operator()(item<state::packed>) { return {"tracking"}; }
  deliver operator()(item<state::sent>) { return {"signature"}; }
};

// What became of each write, in the order in which they were told.
struct told {
  std::size_t number;
  bool moved = false;
  std::exception_ptr failure{};

  bool failed_as(pawl::store_failure kind) const { return pawl::detail::is_failure(failure, kind); }
};
struct bench {
  virtual_loop loop{};
  store memory{};
  batching remote{loop, memory};
  pawl::commit_queue<batching, virtual_loop> queue;
  std::vector<told> answers{};

  explicit bench(int parcels, pawl::commit_queue_options options = {}) : queue(loop, remote, options) {
    fill(memory, parcels);
  }
  static std::string key(std::size_t number) { return "parcel " + std::to_string(number); }
  void pack_one(std::size_t number) {
    queue.apply(item<state::ordered>(key(number), 0), pack{}, [this, number](std::exception_ptr failure, auto answer) {
      answers.push_back({number, static_cast<bool>(answer), std::move(failure)});
    });
  }
  // Posted, so that all are asked for on the loop before a batch is formed.
  void pack_all(std::size_t count) {
    loop.sleep({}, [this, count](boost::system::error_code) {
      for (std::size_t i = 0; i < count; ++i) pack_one(i);
    });
  }
  void pass(std::chrono::nanoseconds time = std::chrono::seconds(1)) {
    auto const nap = [](virtual_loop& on, std::chrono::nanoseconds t) -> pawl::task<void> { co_await on.sleep(t); };
    loop.wait(nap(loop, time));
  }
  bool is_packed(std::size_t number) { return memory.get(key(number)).item->state == state::packed; }
};

TEST_CASE("fifty writes that wait are one round trip", "[runner]") {
  bench b(50);
  b.pack_all(50);
  b.pass();
  CHECK(b.remote.script().round_trips == 1);
  REQUIRE(b.answers.size() == 50);
  for (std::size_t i = 0; i < 50; ++i) {
    CHECK(b.answers[i].number == i);
    CHECK(b.answers[i].moved);
    CHECK(b.is_packed(i));
  }
}

TEST_CASE("fifty items side by side in a run take one round trip a step", "[runner]") {
  bench b(50);
  auto const sum = pawl::run(b.queue, on_the_spot{}, {.concurrency = 50});
  CHECK(sum.finished == 50);
  CHECK(b.remote.script().round_trips == 3);
}

// How many transactions halving takes, and which writes fail, by a model that knows nothing of a queue.
struct halving_model {
  std::vector<bool> const& poisoned;
  std::vector<std::size_t> sizes{};
  std::vector<told> answers{};

  void write(std::size_t from, std::size_t to) {
    sizes.push_back(to - from);
    bool refused = false;
    for (auto i = from; i < to; ++i) refused = refused || poisoned[i];
    if (refused && to - from > 1) {
      auto const middle = from + (to - from + 1) / 2;
      write(from, middle);
      return write(middle, to);
    }
    for (auto i = from; i < to; ++i) answers.push_back({i, !refused});
  }
};

TEST_CASE("a batch that is rejected is halved until each culprit stands alone, in order", "[runner]") {
  unsigned const seed = GENERATE(range(1u, 200u));
  std::mt19937 random(seed);
  std::size_t const count = 1 + random() % 70, most = 1 + random() % 80;
  CAPTURE(seed, count, most);
  bench b(static_cast<int>(count), {.batch = most});
  std::vector<bool> poisoned(count);
  auto const rarity = 1 + random() % 20;
  for (std::size_t i = 0; i < count; ++i)
    if ((poisoned[i] = random() % rarity == 0)) b.remote.script().rejected.insert(b.key(i));
  b.pack_all(count);
  b.pass();
  halving_model model{poisoned};
  for (std::size_t from = 0; from < count; from += most) model.write(from, std::min(from + most, count));
  CHECK(b.remote.script().sizes == model.sizes);
  REQUIRE(b.answers.size() == count);
  for (std::size_t i = 0; i < count; ++i) {
    CHECK(b.answers[i].number == model.answers[i].number);
    CHECK(b.answers[i].moved == !poisoned[i]);
    CHECK(b.answers[i].failed_as(pawl::store_failure::rejected) == poisoned[i]);
    CHECK(b.is_packed(i) == !poisoned[i]);
  }
}

TEST_CASE("a write that cannot be sent fails alone, and costs no round trip of its own", "[runner]") {
  std::size_t const bad = GENERATE(0u, 4u, 9u);
  CAPTURE(bad);
  bench b(10);
  b.remote.script().unsendable.insert(b.key(bad));
  b.pack_all(10);
  b.pass();
  CHECK(b.remote.script().round_trips == (bad == 4 ? 2 : 1));
  REQUIRE(b.answers.size() == 10);
  for (std::size_t i = 0; i < 10; ++i) {
    CHECK(b.answers[i].number == i);
    CHECK(b.answers[i].failed_as(pawl::store_failure::rejected) == (i == bad));
    CHECK(b.is_packed(i) == (i != bad));
  }
}

TEST_CASE("a batch that may have been applied is not written again", "[runner]") {
  bool const applied = GENERATE(false, true);
  auto const failure =
      applied ? pawl::store_failure::unknown : GENERATE(pawl::store_failure::unknown, pawl::store_failure::not_applied);
  bench b(5);
  b.remote.script().failure = failure;
  b.remote.script().after_the_effect = applied;
  b.pack_all(5);
  b.pass();
  CHECK(b.remote.script().round_trips == 1);
  REQUIRE(b.answers.size() == 5);
  for (auto const& one : b.answers) CHECK(one.failed_as(failure));
  for (std::size_t i = 0; i < 5; ++i) CHECK(b.is_packed(i) == applied);
}

TEST_CASE("a batch that another process holds up is written again as it was", "[runner]") {
  bench b(5);
  b.remote.script().failure = pawl::store_failure::busy;
  b.pack_all(5);
  b.pass();
  CHECK(b.remote.script().sizes == std::vector<std::size_t>{5, 5});
  REQUIRE(b.answers.size() == 5);
  for (std::size_t i = 0; i < 5; ++i) CHECK((b.answers[i].number == i && b.answers[i].moved));
}

TEST_CASE("a batch that is held up for longer than busy_bound fails", "[runner]") {
  bench b(2, {.busy_bound = std::chrono::seconds(2)});
  REQUIRE(b.memory.try_begin());  // and never ends
  b.pack_all(2);
  b.pass(std::chrono::seconds(1));
  CHECK(b.answers.empty());
  CHECK(b.queue.writer().locked_for());
  b.pass(std::chrono::seconds(9));
  REQUIRE(b.answers.size() == 2);
  for (auto const& one : b.answers) CHECK(one.failed_as(pawl::store_failure::busy));
  CHECK(b.remote.script().round_trips > 2);
}

TEST_CASE("the same key twice in a batch: the later write sees the earlier one", "[runner]") {
  bench b(1);
  b.loop.sleep({}, [&b](boost::system::error_code) {
    b.pack_one(0);
    b.pack_one(0);
    b.queue.insert_if_absent("new", [&b](std::exception_ptr, bool is_new) { b.answers.push_back({2, is_new}); });
    b.queue.insert_if_absent("new", [&b](std::exception_ptr, bool is_new) { b.answers.push_back({3, is_new}); });
  });
  b.pass();
  CHECK(b.remote.script().round_trips == 1);
  REQUIRE(b.answers.size() == 4);
  CHECK(b.answers[0].moved);
  CHECK_FALSE(b.answers[1].moved);
  CHECK(b.answers[2].moved);
  CHECK_FALSE(b.answers[3].moved);
}

TEST_CASE("a write is cancelled while it waits for the second half of its batch", "[runner]") {
  bench b(4);
  b.remote.script().rejected.insert(b.key(0));
  boost::asio::cancellation_signal signal;
  int cancelled = 0, moved = 0;
  b.loop.sleep({}, [&](boost::system::error_code) {
    for (std::size_t i = 0; i < 3; ++i) b.pack_one(i);
    b.queue.apply(item<state::ordered>(b.key(3), 0), pack{},
                  boost::asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr failure, auto answer) {
                    cancelled += pawl::detail::is_failure(failure, pawl::store_failure::cancelled);
                    moved += static_cast<bool>(answer);
                  }));
  });
  bool const early = GENERATE(true, false);
  int const when = early ? 2 : 4;  // the batch of four is rejected, then the first half, then its halves
  while (b.remote.script().round_trips < when) b.pass({});
  signal.emit(boost::asio::cancellation_type::terminal);
  b.pass();
  CHECK(cancelled == 1);
  CHECK(moved == 0);
  CHECK_FALSE(b.is_packed(3));
  CHECK(b.answers.size() == 3);
}

TEST_CASE("a write that is under way with its batch is not cancelled", "[runner]") {
  bench b(1);
  boost::asio::cancellation_signal signal;
  int told = 0;
  b.loop.sleep({}, [&](boost::system::error_code) {
    b.queue.apply(item<state::ordered>(b.key(0), 0), pack{},
                  boost::asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr failure, auto answer) {
                    told += !failure && answer ? 1 : 100;
                  }));
  });
  while (b.remote.script().round_trips == 0) b.pass({});
  REQUIRE(told == 0);
  signal.emit(boost::asio::cancellation_type::terminal);
  b.pass();
  CHECK(told == 1);
}

TEST_CASE("a queue may be destroyed while its batch is under way", "[runner]") {
  virtual_loop loop;
  store memory;
  fill(memory, 1);
  batching remote(loop, memory);
  auto queue = std::make_unique<pawl::commit_queue<batching, virtual_loop>>(loop, remote);
  bool told = false;
  loop.sleep({}, [&](boost::system::error_code) {
    queue->apply(item<state::ordered>("parcel 0", 0), pack{}, [&](std::exception_ptr, auto const&) { told = true; });
  });
  auto const nap = [](virtual_loop& on) -> pawl::task<void> { co_await on.sleep({}); };
  while (remote.script().round_trips == 0) loop.wait(nap(loop));
  queue.reset();
  for (int i = 0; i < 9; ++i) loop.wait(nap(loop));
  CHECK_FALSE(told);
  CHECK(memory.get("parcel 0").item->state == state::packed);
}

}  // namespace batch_store_test
