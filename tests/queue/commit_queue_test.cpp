#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/thread_pool.hpp>

#include <pawl/queue/commit_queue.hpp>

#include "catch.hpp"
#include "runner/parcel.hpp"

namespace queue_test {

using namespace std::chrono_literals;
using parcel::pack;
using parcel::ship;
using parcel::state;
using pawl::store_failure;
namespace asio = boost::asio;

using virtual_loop = pawl::loop<pawl::virtual_clock>;

struct batches {
  std::vector<std::size_t> sizes;
  std::vector<std::string> keys;
  void on_batch(pawl::batch_times const& b) { sizes.push_back(b.size); }
  void on_transition(pawl::transition_times const& t) { keys.emplace_back(t.key); }
};

struct world {
  explicit world(int parcels, pawl::commit_queue_options options = {}) : queue(loop, memory, seen, options) {
    parcel::fill(memory, parcels);
  }

  // Spawns one transition an item and notes in `answers` what became of it: "moved", "conflict" or the failure's name.
  void pack_all(int parcels) {
    answers.assign(static_cast<std::size_t>(parcels), "unanswered");
    for (int i = 0; i < parcels; ++i) asio::co_spawn(loop.get_executor(), pack_one(i), asio::detached);
  }
  pawl::task<void> pack_one(int i) {
    auto& answer = answers[static_cast<std::size_t>(i)];
    try {
      auto moved = co_await queue.fire<pack>(parcel::item<state::ordered>("parcel " + std::to_string(i), 0));
      answer = moved ? "moved" : "conflict";
      if (moved) CHECK(moved->version == 1);
    } catch (pawl::store_error const& e) {
      answer = e.what_failed() == store_failure::rejected      ? "rejected"
               : e.what_failed() == store_failure::busy        ? "busy"
               : e.what_failed() == store_failure::unknown     ? "unknown"
               : e.what_failed() == store_failure::not_applied ? "not_applied"
                                                               : "?";
    }
    order.push_back(i);
  }
  void settle() {
    loop.wait([](auto& l) -> pawl::task<void> { co_await l.sleep(1h); }(loop));
  }

  virtual_loop loop;
  parcel::store memory;
  batches seen;
  test_queue<parcel::store, virtual_loop, batches> queue;
  std::vector<std::string> answers;
  std::vector<int> order;
};

using sizes = std::vector<std::size_t>;
using texts = std::vector<std::string>;

TEST_CASE("transitions that are ready together share a transaction, first in, first out", "[queue]") {
  world w(5);
  w.pack_all(5);
  w.settle();
  CHECK(w.answers == texts(5, "moved"));
  CHECK(w.seen.sizes == sizes{5});
  CHECK(w.order == std::vector<int>{0, 1, 2, 3, 4});
  CHECK(w.seen.keys == texts{"parcel 0", "parcel 1", "parcel 2", "parcel 3", "parcel 4"});
}

TEST_CASE("a transaction holds at most options.batch transitions", "[queue]") {
  std::size_t const limit = GENERATE(1u, 2u, 256u);
  world w(600, {.batch = limit});
  w.pack_all(600);
  w.settle();
  CHECK(w.answers == texts(600, "moved"));
  CHECK(w.seen.sizes.size() == (600 + limit - 1) / limit);
  for (auto size : w.seen.sizes) CHECK(size <= limit);
}

TEST_CASE("a conflict in a batch is an answer and disturbs nobody", "[queue]") {
  world w(3);
  REQUIRE(w.memory.apply(parcel::item<state::ordered>("parcel 1", 0), pack{}));
  w.pack_all(3);
  w.settle();
  CHECK(w.answers == texts{"moved", "conflict", "moved"});
  CHECK(w.seen.sizes == sizes{3});
  CHECK(w.memory.get("parcel 1").item->version == 1);
}

TEST_CASE("a rejected transition fails alone: the others of its batch are written one by one, in order", "[queue]") {
  world w(4);
  w.memory.fail_next(store_failure::rejected);
  w.pack_all(4);
  w.settle();
  // the store rejects one call, whichever comes first: in the repetition all four go through
  CHECK(w.answers == texts(4, "moved"));
  CHECK(w.seen.sizes == sizes{1, 1, 1, 1});
  CHECK(w.order == std::vector<int>{0, 1, 2, 3});
  w.memory.insert_if_absent("more");
  CHECK(w.memory.get("more").item);
}

// Rejects one key, always, as a constraint of the table does.
struct picky_store : parcel::store {
  template <auto S, class E> auto apply(pawl::item<parcel::life, S> const& it, E const& event) {
    if (it.key == "parcel 2")
      throw pawl::store_error(store_failure::rejected, "pawl: a constraint of the table forbids it");
    return parcel::store::apply(it, event);
  }
};

TEST_CASE(
    "a transition that is rejected every time gets the error, its batch is written, and later batches are grouped "
    "again",
    "[queue]") {
  queue_test::virtual_loop loop;
  queue_test::picky_store memory;
  parcel::fill(memory, 8);
  queue_test::batches seen;
  test_queue queue{loop, memory, seen};
  std::vector<std::string> answers(8, "unanswered");
  auto const pack_one = [&](int i) -> pawl::task<void> {
    try {
      auto moved = co_await queue.template fire<pack>(parcel::item<state::ordered>("parcel " + std::to_string(i), 0));
      answers[static_cast<std::size_t>(i)] = moved ? "moved" : "conflict";
    } catch (pawl::store_error const& e) {
      answers[static_cast<std::size_t>(i)] = e.what();
    }
  };
  auto const pack_some = [&](int from, int to) -> pawl::task<void> {
    for (int i = from; i < to; ++i) asio::co_spawn(loop.get_executor(), pack_one(i), asio::detached);
    co_await loop.sleep(1s);
  };
  loop.wait(pack_some(0, 4));
  loop.wait(pack_some(4, 8));
  CHECK(answers == texts{"moved", "moved", "pawl: a constraint of the table forbids it", "moved", "moved", "moved",
                         "moved", "moved"});
  CHECK(seen.sizes == sizes{1, 1, 1, 4});
}

TEST_CASE("after an error at COMMIT the batch is unknown, those queued are not applied, and nobody hangs", "[queue]") {
  world w(6, {.batch = 3});
  w.memory.fail_next(store_failure::unknown);
  w.pack_all(6);
  w.settle();
  CHECK(w.answers == texts{"unknown", "unknown", "unknown", "not_applied", "not_applied", "not_applied"});
  CHECK(w.seen.sizes.empty());
}

TEST_CASE("after an error that breaks the store before COMMIT nothing is applied, and nobody hangs", "[queue]") {
  world w(4, {.batch = 2});
  w.memory.fail_next(store_failure::not_applied);
  w.pack_all(4);
  w.settle();
  CHECK(w.answers == texts(4, "not_applied"));
  w.memory.reopen();
  for (int i = 0; i < 4; ++i) CHECK(w.memory.get("parcel " + std::to_string(i)).item->version == 0);
}

struct locked_store : parcel::store {
  int refusals = 0;
  bool try_begin() { return refusals-- > 0 ? false : parcel::store::try_begin(); }
};

TEST_CASE("while another process holds the lock the queue waits by the loop's clock and keeps its order", "[queue]") {
  queue_test::virtual_loop loop;
  queue_test::locked_store memory;
  parcel::fill(memory, 3);
  test_queue queue{loop, memory, {.busy_bound = 30s}};
  std::vector<int> order;
  std::vector<std::string> failures;
  auto const pack_one = [&](int i) -> pawl::task<void> {
    try {
      auto moved = co_await queue.template fire<pack>(parcel::item<state::ordered>("parcel " + std::to_string(i), 0));
      if (moved) order.push_back(i);
    } catch (pawl::store_error const& e) {
      failures.emplace_back(e.what());
    }
  };
  auto const pack_three = [&]() -> pawl::task<void> {
    for (int i = 0; i < 3; ++i) asio::co_spawn(loop.get_executor(), pack_one(i), asio::detached);
    co_await loop.sleep(1h);
  };
  SECTION("until it is free") {
    memory.refusals = 100;
    loop.wait(pack_three());
    CHECK(order == std::vector<int>{0, 1, 2});
  }
  SECTION("up to the bound: then each is told, and the queue works when the lock is free") {
    memory.refusals = 1000000;
    loop.wait(pack_three());
    CHECK(order.empty());
    REQUIRE(failures.size() == 3);
    CHECK_THAT(failures[0], ContainsSubstring("commit_queue_options::busy_bound"));
    memory.refusals = 0;
    loop.wait(pack_three());
    CHECK(order == std::vector<int>{0, 1, 2});
  }
}

TEST_CASE("a destroyed queue drops what its loop's coroutines wait for, unwritten", "[queue]") {
  queue_test::virtual_loop loop;
  parcel::store memory;
  parcel::fill(memory, 1);
  auto alive = std::make_shared<int>();
  {
    test_queue queue{loop, memory};
    bool asked = false;
    loop.sleep(1s, [&](boost::system::error_code) {
      queue.apply(parcel::item<state::ordered>("parcel 0", 0), pack{},
                  [alive](std::exception_ptr, pawl::applied<parcel::item<state::packed>>) { FAIL("answered"); });
      asked = true;
    });
    loop.run_until(asked);
    CHECK(alive.use_count() == 2);
  }
  CHECK(alive.use_count() == 1);
  loop.wait([](auto& l) -> pawl::task<void> { co_await l.sleep(1s); }(loop));  // the posted flush finds nothing
  CHECK(memory.get("parcel 0").item->version == 0);
}

TEST_CASE("an event's short and long strings arrive whole, whatever form of asking is used", "[queue]") {
  world w(4);
  std::string const shorty = "abc", longer(100, 'x');
  auto const ship_all = [&]() -> pawl::task<void> {
    for (int i = 0; i < 4; ++i) {
      auto packed = co_await w.queue.fire<pack>(parcel::item<state::ordered>("parcel " + std::to_string(i), 0));
      auto const& text = i % 2 ? longer : shorty;
      if (i < 2) {
        auto sent = co_await w.queue.fire<ship>(*packed, text);
        CHECK(sent);
      } else {
        ship event{text};
        auto sent = co_await w.queue.apply(*packed, std::move(event));
        CHECK(sent);
      }
    }
  };
  w.loop.wait(ship_all());
  for (int i = 0; i < 4; ++i)
    CHECK(w.memory.recorded<ship>(*w.memory.get("parcel " + std::to_string(i)).item)->tracking ==
          (i % 2 ? longer : shorty));
}

TEST_CASE("a field may be taken from the item that is moved in", "[queue]") {
  world w(1);
  auto const ship_one = [&]() -> pawl::task<void> {
    auto packed = co_await w.queue.fire<pack>(parcel::item<state::ordered>("parcel 0", 0));
    auto sent = co_await w.queue.fire<ship>(std::move(*packed), packed->key);
    CHECK(sent);
  };
  w.loop.wait(ship_one());
  CHECK(w.memory.recorded<ship>(*w.memory.get("parcel 0").item)->tracking == "parcel 0");
}

TEST_CASE("tasks that race for one store through its queue: every expected version wins exactly once", "[queue]") {
  world w(50);
  int won = 0, lost = 0;
  auto const racer = [&](int seed) -> pawl::task<void> {
    for (int i = 0; i < 50; ++i) {
      co_await w.loop.sleep(std::chrono::nanoseconds(seed * 7 % 5));
      auto moved =
          co_await w.queue.fire<pack>(parcel::item<state::ordered>("parcel " + std::to_string((i * seed) % 50), 0));
      if (moved)
        ++won;
      else
        ++lost;
    }
  };
  for (int seed : {1, 3, 7, 9, 11, 13, 17, 19}) asio::co_spawn(w.loop.get_executor(), racer(seed), asio::detached);
  w.settle();
  CHECK(won == 50);
  CHECK(lost == 7 * 50);
  for (int i = 0; i < 50; ++i) CHECK(w.memory.get("parcel " + std::to_string(i)).item->version == 1);
}

TEST_CASE("a waiter of another executor resumes there", "[queue]") {
  pawl::loop<> loop;
  parcel::store memory;
  parcel::fill(memory, 1);
  test_queue queue{loop, memory};
  asio::thread_pool pool(1);
  std::thread::id resumed_on;
  bool answered = false;
  loop.wait([](auto& l, auto& q, auto& p, auto& where, bool& done) -> pawl::task<void> {
    auto const guard = l.elsewhere();
    q.apply(parcel::item<state::ordered>("parcel 0", 0), pack{},
            asio::bind_executor(p.get_executor(), [&](std::exception_ptr, pawl::applied<parcel::item<state::packed>>) {
              where = std::this_thread::get_id();
              asio::post(l.get_executor(), [&] { done = true; });
            }));
    while (!done) co_await l.sleep(1ms);
  }(loop, queue, pool, resumed_on, answered));
  pool.join();
  CHECK(resumed_on != std::this_thread::get_id());
}

TEST_CASE("with a batch of one each write has a transaction of its own", "[queue]") {
  world w(3, {.batch = 1});
  w.pack_all(3);
  w.settle();
  CHECK(w.answers == texts(3, "moved"));
  CHECK(w.seen.sizes == sizes{1, 1, 1});
}

TEST_CASE("a waiter that throws does not keep the others of its batch from resuming", "[queue]") {
  world w(3);
  int answered = 0;
  for (int i = 0; i < 3; ++i)
    w.queue.apply(parcel::item<state::ordered>("parcel " + std::to_string(i), 0), pack{},
                  [&, i](std::exception_ptr, pawl::applied<parcel::item<state::packed>>) {
                    ++answered;
                    if (i == 0) throw std::runtime_error("from a waiter");
                  });
  CHECK_THROWS_WITH(w.settle(), "from a waiter");
  CHECK(answered == 3);
}

struct rejecting_then_locked : locked_store {
  bool reject = true;
  template <auto S, class E> auto apply(pawl::item<parcel::life, S> const& it, E const& event) {
    if (std::exchange(reject, false)) {
      refusals = 1'000'000;
      throw pawl::store_error(store_failure::rejected, "pawl: a constraint");
    }
    return parcel::store::apply(it, event);
  }
};

TEST_CASE("a waiter that throws does not keep runs from being told of its transition", "[queue]") {
  world w(1);
  int heard = 0;
  pawl::change_signal::listener const listener(w.queue.changes(), [&heard] { ++heard; });
  w.queue.apply(parcel::item<state::ordered>("parcel 0", 0), pack{},
                [](std::exception_ptr, auto) { throw std::runtime_error("out of order"); });
  CHECK_THROWS_AS(w.settle(), std::runtime_error);
  CHECK(heard == 1);
}

TEST_CASE("after the lock was not to be had, transitions are grouped again", "[queue]") {
  queue_test::virtual_loop loop;
  queue_test::rejecting_then_locked memory;
  parcel::fill(memory, 8);
  queue_test::batches seen;
  test_queue queue{loop, memory, seen};
  auto const pack_one = [&](int i) -> pawl::task<void> {
    try {
      auto moved = co_await queue.template fire<pack>(parcel::item<state::ordered>("parcel " + std::to_string(i), 0));
      CHECK(moved);
    } catch (pawl::store_error const& e) {
      CHECK(e.what_failed() == store_failure::busy);
    }
  };
  auto const pack_some = [&](int from, int to) -> pawl::task<void> {
    for (int i = from; i < to; ++i) asio::co_spawn(loop.get_executor(), pack_one(i), asio::detached);
    co_await loop.sleep(1h);
  };
  loop.wait(pack_some(0, 4));
  memory.refusals = 0;
  loop.wait(pack_some(4, 8));
  CHECK(seen.sizes == sizes{4});
}

TEST_CASE("a batch that cannot begin for lack of memory fails its waiters, and the queue goes on", "[queue]") {
  struct poor_port final : pawl::detail::write_port {
    void* store() override { return nullptr; }
    bool poisoned() const override { return false; }
    std::string name() const override { return "poor"; }
    bool try_begin() override { return true; }
    void commit() override {}
    void rollback() noexcept override {}
    pawl::detail::write_manner manner() const override { return pawl::detail::write_manner::one_by_one; }
    void begin_batch(pawl::detail::batch_writer&) override {
      ++begun;
      throw std::bad_alloc();
    }
    int begun = 0;
  };
  struct told_write final : pawl::detail::pending_write {
    void execute(void*) override {}
    pawl::task<void> execute_later(void*) override { return {}; }
    pawl::detail::batch_place append_to(void*) override { return {}; }
    void collect_from(void*, std::size_t) override {}
    void finish(std::exception_ptr failure, pawl::detail::loop_executor const&) override {
      failed += failure != nullptr;
    }
    void discard() noexcept override {}
    bool moved() const override { return false; }
    int failed = 0;
  };
  pawl::loop<pawl::virtual_clock> loop;
  poor_port port;
  pawl::null_observer nobody;
  pawl::detail::batch_writer writer(loop, port, pawl::detail::write_watch::of(nobody), {});
  told_write first, second;
  for (auto* write : {&first, &second}) {
    writer.schedule();
    writer.push(*write, pawl::detail::batch_writer::no_slot);
    bool turned = false;
    loop.sleep(1ms, [&turned](boost::system::error_code) { turned = true; });
    loop.run_until(turned);
    CHECK(write->failed == 1);
  }
  CHECK(port.begun == 2);
}

}  // namespace queue_test
