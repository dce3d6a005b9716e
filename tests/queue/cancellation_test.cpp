// Cancelled waiters of a queue: before their write, and too late.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/engine/job_write.hpp>

#include "catch.hpp"
#include "runner/parcel.hpp"

namespace cancellation_test {

using namespace std::chrono_literals;
using parcel::pack;
using parcel::state;
using pawl::store_failure;
namespace asio = boost::asio;

using virtual_loop = pawl::loop<pawl::virtual_clock>;
using texts = std::vector<std::string>;
using sizes = std::vector<std::size_t>;
using packed = pawl::applied<parcel::item<state::packed>>;

struct batches {
  std::vector<std::size_t> sizes;
  void on_batch(pawl::batch_times const& b) { sizes.push_back(b.size); }
};

// Refuses the lock so often, and one key always.
struct awkward_store : parcel::store {
  int refusals = 0;
  std::string rejected{};
  bool try_begin() { return refusals-- > 0 ? false : parcel::store::try_begin(); }
  template <auto S, class E> auto apply(pawl::item<parcel::life, S> const& it, E const& event) {
    if (it.key == rejected) throw pawl::store_error(store_failure::rejected, "pawl: a constraint");
    return parcel::store::apply(it, event);
  }
};

struct world {
  explicit world(int parcels, pawl::commit_queue_options options = {})
      : queue(loop, memory, seen, options),
        answers(static_cast<std::size_t>(parcels), "unanswered"),
        signals(static_cast<std::size_t>(parcels)) {
    parcel::fill(memory, parcels);
  }
  static std::string key(std::size_t i) { return "parcel " + std::to_string(i); }

  // Queues the packing of a parcel, which cancel(i) calls off.
  void ask(std::size_t i) {
    queue.apply(parcel::item<state::ordered>(key(i), 0), pack{},
                asio::bind_cancellation_slot(signals[i].slot(), [this, i](std::exception_ptr failure, packed moved) {
                  answers[i] = words(failure, moved);
                  order.push_back(i);
                  if (when_answered) when_answered(i);
                }));
  }
  void ask_all() {
    for (std::size_t i = 0; i < answers.size(); ++i) ask(i);
  }
  void cancel(std::size_t i, asio::cancellation_type type = asio::cancellation_type::terminal) {
    signals[i].emit(type);
  }
  static std::string words(std::exception_ptr failure, packed const& moved) {
    try {
      if (failure) std::rethrow_exception(failure);
    } catch (pawl::error const& e) {
      return std::string(e.id());
    }
    return moved ? "moved" : "conflict";
  }
  void pass(std::chrono::nanoseconds time) {
    loop.wait([](auto& l, auto d) -> pawl::task<void> { co_await l.sleep(d); }(loop, time));
  }
  std::int64_t version(std::size_t i) { return memory.get(key(i)).item->version; }

  virtual_loop loop;
  awkward_store memory;
  batches seen;
  test_queue<awkward_store, virtual_loop, batches> queue;
  std::vector<std::string> answers;
  std::vector<std::size_t> order;
  std::function<void(std::size_t)> when_answered{};
  std::vector<asio::cancellation_signal> signals;
};

TEST_CASE("a waiter that is cancelled in the queue is told so, nothing of it is written, and the others go on",
          "[queue]") {
  world w(5);
  w.ask_all();
  std::size_t const out = GENERATE(0u, 2u, 4u);
  w.cancel(out, GENERATE(asio::cancellation_type::terminal, asio::cancellation_type::partial,
                         asio::cancellation_type::total));
  CHECK(w.order.empty());  // posted, and not from within the signal
  w.pass(1s);
  texts expected(5, "moved");
  expected[out] = "store.cancelled";
  CHECK(w.answers == expected);
  CHECK(w.seen.sizes == sizes{4});
  for (std::size_t i = 0; i < 5; ++i) CHECK(w.version(i) == (i == out ? 0 : 1));
  std::vector<std::size_t> others;
  for (auto i : w.order)
    if (i != out) others.push_back(i);
  CHECK(std::is_sorted(others.begin(), others.end()));
  w.cancel(out);  // once more does nothing
  w.pass(1s);
  CHECK(w.order.size() == 5);
}

TEST_CASE("the message names the item, and that nothing was applied", "[queue]") {
  world w(1);
  std::string what;
  w.queue.apply(parcel::item<state::ordered>("parcel 0", 0), pack{},
                asio::bind_cancellation_slot(w.signals[0].slot(), [&](std::exception_ptr failure, packed) {
                  try {
                    std::rethrow_exception(failure);
                  } catch (pawl::store_error const& e) {
                    CHECK(e.what_failed() == store_failure::cancelled);
                    what = e.what();
                  }
                }));
  w.cancel(0);
  w.pass(1s);
  CHECK(
      what ==
      "pawl: the transition of 'parcel 0' was cancelled before it was written to the store; nothing of it was applied");
}

TEST_CASE("batches are filled with those that are left, and one of none is none", "[queue]") {
  world w(9, {.batch = 3});
  w.ask_all();
  for (std::size_t out : {1u, 2u, 3u, 8u}) w.cancel(out);
  w.pass(1s);
  CHECK(w.seen.sizes == sizes{3, 2});
  world all(3);
  all.ask_all();
  for (std::size_t i = 0; i < 3; ++i) all.cancel(i);
  all.pass(1s);
  CHECK(all.seen.sizes.empty());
  CHECK(all.answers == texts(3, "store.cancelled"));
  all.ask(0);
  all.pass(1s);
  CHECK(all.answers[0] == "moved");
}

TEST_CASE("while another process holds the lock a waiter is cancelled at once", "[queue]") {
  world w(3);
  w.memory.refusals = 1'000'000;
  w.ask_all();
  w.pass(2s);
  CHECK(w.order.empty());
  auto const before = w.loop.now();
  w.cancel(1);
  w.pass(1us);
  CHECK(w.loop.now() - before < 1ms);
  CHECK(w.answers == texts{"unanswered", "store.cancelled", "unanswered"});
  w.memory.refusals = 0;
  w.pass(1s);
  CHECK(w.answers == texts{"moved", "store.cancelled", "moved"});
  CHECK(w.seen.sizes == sizes{2});
}

TEST_CASE("who comes after all others have been cancelled waits for the lock as long as the first one would have",
          "[queue]") {
  world w(2, {.busy_bound = 10s});
  w.memory.refusals = 1'000'000'000;
  w.ask(0);
  w.pass(9s);
  w.cancel(0);
  w.pass(1s);
  w.ask(1);
  w.pass(8s);
  CHECK(w.answers == texts{"store.cancelled", "unanswered"});
  w.pass(3s);
  CHECK(w.answers[1] == "store.busy");
}

TEST_CASE("one that is to be repeated alone may be cancelled, and later ones are grouped again", "[queue]") {
  world w(8);
  w.memory.rejected = "parcel 0";
  bool cancelled = false;
  w.when_answered = [&](std::size_t i) {
    if (i != 0 || std::exchange(cancelled, true)) return;
    w.cancel(2);  // the batch of 0 to 3 is being repeated
    for (std::size_t more = 4; more < 8; ++more) w.ask(more);
  };
  for (std::size_t i = 0; i < 4; ++i) w.ask(i);
  w.pass(1s);
  CHECK(w.answers == texts{"store.rejected", "moved", "store.cancelled", "moved", "moved", "moved", "moved", "moved"});
  CHECK(w.seen.sizes == sizes{1, 1, 4});
  CHECK(w.version(2) == 0);
}

TEST_CASE("a cancellation that comes after the flush has begun changes nothing: the answer is what happened",
          "[queue]") {
  world w(3);
  w.when_answered = [&](std::size_t i) {
    if (i == 0)
      for (std::size_t late = 0; late < 3; ++late) w.cancel(late);
  };
  w.ask_all();
  w.pass(1s);
  CHECK(w.answers == texts(3, "moved"));
  for (std::size_t i = 0; i < 3; ++i) CHECK(w.version(i) == 1);
}

TEST_CASE("a failed COMMIT is unknown to a waiter that is cancelled too late", "[queue]") {
  world w(2);
  w.memory.fail_next(store_failure::unknown);
  w.when_answered = [&](std::size_t) { w.cancel(1); };
  w.ask_all();
  w.pass(1s);
  CHECK(w.answers == texts(2, "store.unknown"));
}

TEST_CASE("the signal may go before the write, and be used again after it", "[queue]") {
  world w(2);
  {
    asio::cancellation_signal gone;
    w.queue.apply(parcel::item<state::ordered>("parcel 0", 0), pack{},
                  asio::bind_cancellation_slot(gone.slot(), [&](std::exception_ptr failure, packed moved) {
                    w.answers[0] = world::words(failure, moved);
                  }));
  }
  w.pass(1s);
  CHECK(w.answers[0] == "moved");
  w.ask(1);
  w.pass(1s);
  w.cancel(1);  // of a write that is long gone
  w.pass(1s);
  CHECK(w.answers == texts{"moved", "moved"});
}

TEST_CASE("a queue that is destroyed drops those that were cancelled too, and their signals find nothing", "[queue]") {
  virtual_loop loop;
  parcel::store memory;
  parcel::fill(memory, 2);
  auto alive = std::make_shared<int>();
  asio::cancellation_signal first, second;
  {
    test_queue queue{loop, memory};
    bool asked = false;
    loop.sleep(1s, [&](boost::system::error_code) {
      for (auto* signal : {&first, &second})
        queue.apply(
            parcel::item<state::ordered>("parcel 0", 0), pack{},
            asio::bind_cancellation_slot(signal->slot(), [alive](std::exception_ptr, packed) { FAIL("answered"); }));
      first.emit(asio::cancellation_type::terminal);
      asked = true;
    });
    loop.run_until(asked);
    CHECK(alive.use_count() == 3);
  }
  CHECK(alive.use_count() == 1);
  second.emit(asio::cancellation_type::terminal);
  loop.wait([](auto& l) -> pawl::task<void> { co_await l.sleep(1s); }(loop));
  CHECK(memory.get("parcel 0").item->version == 0);
}

TEST_CASE("a coroutine gives a transition a time limit with ||", "[queue]") {
  using namespace asio::experimental::awaitable_operators;
  world w(1);
  auto const limited = [&w]() -> pawl::task<std::size_t> {
    auto packing = w.queue.fire<pack>(parcel::item<state::ordered>("parcel 0", 0));
    auto limit = w.loop.sleep(3s);
    auto both = std::move(packing) || std::move(limit);
    auto const first = co_await std::move(both);
    co_return first.index();
  };
  w.memory.refusals = 1'000'000;
  auto const begun = w.loop.now();
  CHECK(w.loop.wait(limited()) == 1);
  CHECK(w.loop.now() - begun == 3s);
  w.memory.refusals = 0;
  w.pass(1min);
  CHECK(w.version(0) == 0);
  CHECK(w.seen.sizes.empty());
  CHECK(w.loop.wait(limited()) == 0);
  CHECK(w.version(0) == 1);
}

TEST_CASE("a coroutine that is cancelled while it waits is told by its exception", "[queue]") {
  world w(1);
  w.memory.refusals = 1'000'000;
  asio::cancellation_signal signal;
  std::string told;
  auto const pack_it = [&w, &told]() -> pawl::task<void> {
    try {
      auto moved = co_await w.queue.fire<pack>(parcel::item<state::ordered>("parcel 0", 0));
      told = moved ? "moved" : "conflict";
    } catch (pawl::store_error const& e) {
      told = e.id();
    }
  };
  asio::co_spawn(w.loop.get_executor(), pack_it(), asio::bind_cancellation_slot(signal.slot(), asio::detached));
  w.pass(1s);
  signal.emit(asio::cancellation_type::terminal);
  w.pass(1us);
  CHECK(told == "store.cancelled");
}

// Packs the job's parcel, as a run would.
using queued_store = decltype(world::queue)::store_type;
template <class Store> pawl::detail::row_entry packing_in() {
  pawl::detail::row_entry packing;
  if constexpr (pawl::detail::writes_later<Store>) {
    packing.apply_later = [](void* store, pawl::detail::job const& j,
                             pawl::detail::transition_result& into) -> pawl::task<void> {
      parcel::item<state::ordered> it(j.item.key, j.item.version);
      auto applying = static_cast<Store*>(store)->apply(std::move(it), pack{});
      auto const moved = co_await std::move(applying);
      into.moved = static_cast<bool>(moved);
    };
  } else {
    packing.apply = [](void* store, pawl::detail::job const& j) -> pawl::detail::transition_result {
      parcel::item<state::ordered> const it(j.item.key, j.item.version);
      return {static_cast<bool>(static_cast<Store*>(store)->apply(it, pack{})), 0};
    };
  }
  return packing;
}

TEST_CASE("what is written for a run cannot be cancelled", "[queue]") {
  world w(1);
  w.memory.refusals = 800;
  auto const packing = packing_in<queued_store>();
  pawl::detail::job j({pawl::detail::to_stored_item(pawl::any_item<parcel::life>("parcel 0", 0, state::ordered))});
  auto write = [&]() -> pawl::task<void> {
    pawl::detail::transition_write writing(w.queue.writer(), 0, packing, j);
    co_await writing.commit();
    w.answers[0] = writing.moved() ? "kept" : "not";
  };
  asio::co_spawn(w.loop.get_executor(), write(), asio::bind_cancellation_slot(w.signals[0].slot(), asio::detached));
  w.pass(1ms);
  w.cancel(0);
  w.pass(1min);
  CHECK(w.answers == texts{"kept"});
  CHECK(w.version(0) == 1);
}

// One parcel, whose shipping takes a second longer than it may.
struct slow_steps {
  virtual_loop& loop;
  std::function<void()> shipped;

  pack operator()(parcel::item<state::ordered>) { return {}; }
  pawl::task<pawl::one_of<parcel::ship>> operator()(parcel::item<state::packed>, pawl::safe&) {
    co_await loop.sleep(1s);
    shipped();
    co_return parcel::ship{"t"};
  }
  parcel::deliver operator()(parcel::item<state::sent>) { return {"s"}; }
};

TEST_CASE("neither a deadline nor a stop cancels the write of a step's result", "[queue]") {
  world w(1);
  std::stop_source stop;
  bool const stops = GENERATE(false, true);
  pawl::run_options options;
  options.attempt_deadline = 2s;  // over while the write waits for the lock
  options.grace = 1s;
  if (stops) options.stop = &stop;
  auto const sum = pawl::run(w.queue,
                             slow_steps{w.loop,
                                        [&] {
                                          w.memory.refusals = 800;
                                          if (stops) stop.request_stop();
                                        }},
                             options);
  CHECK(w.loop.now() > 4s);  // it has waited for the lock that long
  CHECK(sum.transitions == (stops ? 2 : 3));
  CHECK(sum.retries == 0);
  CHECK(w.version(0) == (stops ? 2 : 3));
}

}  // namespace cancellation_test
