// Runs and queues on stores that take their time: what must still be there, told or noticed when an answer arrives.
#include <chrono>
#include <exception>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/run.hpp>

#include "catch.hpp"
#include "runner/delayed_store.hpp"
#include "runner/parcel.hpp"

namespace async_store_test {

using namespace std::chrono_literals;
using namespace parcel;
using virtual_loop = pawl::loop<pawl::virtual_clock>;
std::string const long_key = "a key that is too long to be stored inside of the string itself";

// Steps that call nobody.
struct on_the_spot {
  pack operator()(item<state::ordered>) { return {}; }
  ship operator()(item<state::packed>) { return {"tracking"}; }
  deliver operator()(item<state::sent>) { return {"signature"}; }
};

template <class Queue, class Steps>
pawl::task<void> run_into(Queue& queue, Steps steps, pawl::run_options options, pawl::summary& sum, bool& ended) {
  auto running = pawl::async_run(queue, std::move(steps), options);
  sum = co_await std::move(running);
  ended = true;
}
inline void start(virtual_loop& loop, pawl::task<void> what) {
  boost::asio::co_spawn(loop.get_executor(), std::move(what), boost::asio::detached);
}
inline void pass(virtual_loop& loop, std::chrono::nanoseconds time) {
  auto const nap = [](virtual_loop& on, std::chrono::nanoseconds t) -> pawl::task<void> { co_await on.sleep(t); };
  loop.wait(nap(loop, time));
}

// ---- a store that is asked for ownership over a network ----

struct lease final : pawl::run_owner {
  explicit lease(bool& h) : held(h) {}
  lease(lease const&) = delete;
  lease& operator=(lease const&) = delete;
  ~lease() override { held = false; }
  bool try_acquire(pawl::ownership) override { return held = true; }
  pawl::ownership how() const override { return pawl::ownership::sole; }
  std::string describe_holder() const override { return "held"; }
  bool& held;
};
struct leased_store : delayed_store<store> {
  leased_store(virtual_loop& l, store& memory) : delayed_store<store>(l, memory), loop(l) {}
  pawl::owner_handle make_owner() { return pawl::owner_handle(new lease(held)); }
  pawl::task<bool> acquire(pawl::run_owner& owner, pawl::ownership how) {
    co_await loop.sleep(10ms);
    co_return owner.try_acquire(how);
  }
  virtual_loop& loop;
  bool held = false;
};

TEST_CASE("a run that is stopped while it asks for its store ends with the answer, and gives the store back",
          "[runner]") {
  virtual_loop loop;
  store memory;
  fill(memory, 1);
  leased_store leased(loop, memory);
  pawl::commit_queue queue{loop, leased};
  std::stop_source stop;
  pawl::summary sum;
  bool ended = false;
  start(loop, run_into(queue, on_the_spot{}, {.stop = &stop}, sum, ended));
  pass(loop, 5ms);
  stop.request_stop();
  pass(loop, 1ms);
  CHECK_FALSE(ended);
  pass(loop, 10ms);
  CHECK(ended);
  CHECK(sum.stopped);
  CHECK(sum.taken == 0);
  CHECK_FALSE(leased.held);
}

// ---- a store whose opening writes ----

struct slow_opening : delayed_store<store> {
  slow_opening(virtual_loop& l, store& memory) : delayed_store<store>(l, memory), loop(l) {}
  pawl::task<void> cut_delays(pawl::stored_time) {
    co_await loop.sleep(10ms);
    cut_after_the_end = *run_ended;
  }
  virtual_loop& loop;
  bool* run_ended = nullptr;
  bool cut_after_the_end = false;
};

TEST_CASE("a run that is stopped while it opens its store does not end before the store is done", "[runner]") {
  virtual_loop loop;
  store memory;
  fill(memory, 1);
  slow_opening slow(loop, memory);
  pawl::commit_queue queue{loop, slow};
  std::stop_source stop;
  pawl::summary sum;
  bool ended = false;
  slow.run_ended = &ended;
  start(loop, run_into(queue, on_the_spot{}, {.stop = &stop}, sum, ended));
  pass(loop, 5ms);
  stop.request_stop();
  pass(loop, 100ms);
  CHECK(ended);
  CHECK_FALSE(slow.cut_after_the_end);
}

// ---- a store whose coroutines refer to their arguments ----

struct referring_store : delayed_store<store> {
  referring_store(virtual_loop& l, store& m) : delayed_store<store>(l, m), loop(l), memory(m) {}
  template <auto S, class E>
  pawl::task<pawl::applied_to<life, S, E>> apply(pawl::item<life, S> const& from,
                                                 E const& event) requires pawl::accepts<life, S, E> {
    co_await loop.sleep({});
    co_return memory.apply(from, event);
  }
  virtual_loop& loop;
  store& memory;
};

TEST_CASE("what a transition is applied to lives until the store has answered", "[runner]") {
  virtual_loop loop;
  store memory;
  memory.insert_if_absent(long_key);
  referring_store referring(loop, memory);
  pawl::commit_queue queue{loop, referring};
  CHECK(pawl::run(queue, on_the_spot{}).finished == 1);
}

// ---- a store of which one member alone takes its time ----

struct late_notes : store {
  explicit late_notes(virtual_loop& l) : loop(l) {}
  pawl::task<bool> note(pawl::any_item<life> of, pawl::trouble_record record) {
    co_await loop.sleep({});
    co_return store::note(of, record);
  }
  virtual_loop& loop;
};
struct packer {
  explicit packer(int& c) : calls(&c) {}
  pawl::task<pack> operator()(item<state::ordered>, pawl::step_context&) {
    ++*calls;
    co_return pack{};
  }
  ship operator()(item<state::packed>) { return {"tracking"}; }
  deliver operator()(item<state::sent>) { return {"signature"}; }
  int* calls;
};

TEST_CASE("a store of which only note() answers later marks an unsafe step before its call", "[runner]") {
  virtual_loop loop;
  late_notes memory(loop);
  fill(memory, 1);
  pawl::commit_queue queue{loop, memory};
  int calls = 0;
  auto const sum = pawl::run(queue, packer(calls));
  CHECK(sum.finished == 1);
  CHECK(sum.parked == 0);
  CHECK(calls == 1);
}

// ---- commits of others while a batch is under way ----

struct slow_begin : delayed_store<store> {
  slow_begin(virtual_loop& l, store& m) : delayed_store<store>(l, m), loop(l), memory(m) {}
  pawl::task<bool> try_begin() {
    co_await loop.sleep(10ms);
    co_return memory.try_begin();
  }
  virtual_loop& loop;
  store& memory;
};
inline pawl::task<void> conflict(auto& queue) {
  item<state::ordered> stale("not there", 0);
  pack event{};
  auto applying = queue.apply(stale, event);
  auto const given = co_await std::move(applying);
  CHECK_FALSE(given);
}

TEST_CASE("an item that is inserted while a batch is under way is noticed", "[runner]") {
  virtual_loop loop;
  store memory([&loop] { return pawl::stored_time(loop.now()); });
  slow_begin slow(loop, memory);
  pawl::commit_queue queue{loop, slow};
  std::stop_source stop;
  pawl::summary sum;
  bool ended = false;
  start(loop,
        run_into(queue, on_the_spot{}, {.until = pawl::until::stopped, .poll = 1h * 24, .stop = &stop}, sum, ended));
  pass(loop, 1s);
  start(loop, conflict(queue));  // a batch that moves nothing
  pass(loop, 5ms);
  memory.insert_if_absent("second");
  pass(loop, 1s);
  CHECK(memory.get("second").item->state == state::delivered);
  stop.request_stop();
  pass(loop, 1s);
  CHECK(ended);
}

TEST_CASE("whoever hears of another's commit may destroy the queue whose batch has to wait", "[runner]") {
  virtual_loop loop;
  store memory;
  fill(memory, 1);
  slow_begin slow(loop, memory);
  using queue_type = pawl::commit_queue<slow_begin, virtual_loop>;
  std::unique_ptr<queue_type> queue(new queue_type(loop, slow));
  pawl::change_signal::listener const heard(queue->changes(), [&queue] { queue.reset(); });
  bool told_inside = false;
  int told_outside = 0;
  queue->apply(item<state::ordered>("parcel 0", 0), pack{},
               [&told_outside](std::exception_ptr failure, auto const&) { told_outside += failure ? 1 : 100; });
  loop.sleep({}, [&](boost::system::error_code) {
    queue->apply(item<state::ordered>("parcel 0", 0), pack{},
                 [&told_inside](std::exception_ptr, auto const&) { told_inside = true; });
  });
  pass(loop, 5ms);
  memory.insert_if_absent("another");
  memory.fail_next(pawl::store_failure::busy);
  pass(loop, 1s);
  CHECK_FALSE(queue);
  CHECK_FALSE(told_inside);  // what waits in a queue is dropped with it
  CHECK(told_outside == 1);  // except for who may be on another thread
}

struct batch_counter {
  void on_batch(pawl::batch_times const& times) {
    ++batches;
    if (times.size == 0) ++empty;
  }
  int batches = 0, empty = 0;
};

TEST_CASE("a batch of which everything was cancelled before it began is none", "[runner]") {
  virtual_loop loop;
  store memory;
  fill(memory, 1);
  slow_begin slow(loop, memory);
  batch_counter counter;
  pawl::commit_queue queue{loop, slow, counter};
  boost::asio::cancellation_signal signal;
  bool cancelled = false;
  pass(loop, 1s);
  queue.apply(item<state::ordered>("parcel 0", 0), pack{},
              boost::asio::bind_cancellation_slot(
                  signal.slot(), [&](std::exception_ptr failure, auto const&) { cancelled = failure != nullptr; }));
  pass(loop, 5ms);
  signal.emit(boost::asio::cancellation_type::terminal);
  pass(loop, 1s);
  CHECK(cancelled);
  CHECK(counter.batches == 0);
  CHECK(memory.try_begin());  // the transaction was rolled back
}

}  // namespace async_store_test
