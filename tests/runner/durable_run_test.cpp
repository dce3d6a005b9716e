// What a run keeps over its own end: attempts, waits, what is in doubt, what is given up. And its limits, its pace, its
// deadlines and its end. Times are exact: the clock is virtual.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/system/system_error.hpp>

#include <pawl/runner/rate_gate.hpp>
#include <pawl/store/explanation.hpp>

#include "catch.hpp"
#include "runner/delivery.hpp"
#include "runner/parcel.hpp"

namespace durable_test {

using namespace std::chrono_literals;
using parcel::deliver;
using parcel::lose;
using parcel::pack;
using parcel::ship;
using parcel::state;
using pawl::standing;
using pawl::stored_time;
using pawl::trouble;
using run_test::virtual_loop;
using run_test::world;
using std::chrono::nanoseconds;

pawl::any_item<parcel::life> row(world& w, char const* key) { return *w.memory.get(key).item; }

// Asks for a stop at a time of the loop.
void stop_at(virtual_loop& loop, nanoseconds time, std::stop_source& source) {
  loop.sleep(time - loop.now(), [&source](boost::system::error_code) { source.request_stop(); });
}

// Steps whose shipping is what the test says, and as repeatable as it says. One type each: every type of steps is a run
// of its own to the compiler.
using shipping_step = std::function<pawl::task<pawl::one_of<ship>>(parcel::item<state::packed>)>;
template <class Context> struct steps_of {
  shipping_step ship_it;

  pack operator()(parcel::item<state::ordered>) { return {}; }
  pawl::task<pawl::one_of<ship>> operator()(parcel::item<state::packed> it, Context&) {
    auto shipping = ship_it(it);
    co_return co_await std::move(shipping);
  }
  deliver operator()(parcel::item<state::sent>) { return {"s"}; }
};
using unsafe_steps = steps_of<pawl::step_context>;
using safe_steps = steps_of<pawl::safe>;

// ---- troubles -------------------------------------------------------------------------------------------------------

TEST_CASE("attempts count over runs, and the wait between them is in the store", "[runner]") {
  world w(1);
  pawl::run_options const options{.retry = {.attempts = 3, .wait = {60s, 60s}}};
  for (std::size_t call = 1; call <= 3; ++call) w.api.remote.refuse(call, trouble::transient("down"));
  std::stop_source source;
  stop_at(w.loop, 3s, source);
  auto stoppable = options;
  stoppable.stop = &source;
  auto const first = w.run(stoppable);
  CHECK(first.left == 1);
  CHECK(w.loop.now() == 3s);
  auto const record = w.memory.trouble_of(row(w, "parcel 0"));
  REQUIRE(record);
  CHECK(record->attempts == 1);
  CHECK(record->last_error == "transient: down");
  CHECK(record->since == stored_time(0s));
  CHECK(record->next_at > stored_time(2s));

  auto const second = w.run(options);
  CHECK(w.api.keys.size() == 3);
  CHECK(second.failures == 1);
  CHECK(second.ended == 1);
  CHECK_FALSE(w.memory.trouble_of(row(w, "parcel 0")));
}

TEST_CASE("a wait that another run began is waited for to its end, and no longer than the policy's longest",
          "[runner]") {
  world w(1);
  w.api.remote.refuse(1, trouble::pending(50min));
  std::stop_source source;
  stop_at(w.loop, 3s, source);
  REQUIRE(w.run({.stop = &source}).left == 1);
  SECTION("to its end") {
    CHECK(w.run().finished == 1);
    CHECK(w.loop.now() == 2s + 50min + 4s);
  }
  SECTION("no longer: the system's clock may have been set back since") {
    CHECK(w.run({.retry = {.wait = {1s, 1s}, .poll = 5s, .longest = 1min}}).finished == 1);
    CHECK(w.loop.now() == 3s + 1min + 1s + 4s);
  }
}

TEST_CASE("an item without a failure event is parked when its attempts are used up, and others go on", "[runner]") {
  world w(2);
  auto const shipping = [&w](parcel::item<state::packed> it) -> pawl::task<pawl::one_of<ship>> {
    co_await w.loop.sleep(1s);
    co_return ship{"track " + it.key};
  };
  struct undeliverable {
    decltype(shipping)& ship_it;
    pack operator()(parcel::item<state::ordered>) { return {}; }
    pawl::task<pawl::one_of<ship>> operator()(parcel::item<state::packed> it, pawl::safe&) { return ship_it(it); }
    pawl::one_of<deliver> operator()(parcel::item<state::sent> it) {
      if (it.key == "parcel 0") return trouble::transient("nobody at home");
      return deliver{"s"};
    }
  };
  auto const sum = pawl::run(w.queue, undeliverable{shipping}, {.retry = {.attempts = 4, .wait = {1ms, 1ms}}});
  CHECK(sum.finished == 1);
  CHECK(sum.parked == 1);
  CHECK(sum.retries == 3);
  auto const parked = w.memory.parked(10);
  REQUIRE(parked.size() == 1);
  CHECK(parked[0].item.key == "parcel 0");
  CHECK(parked[0].record.attempts == 4);
  CHECK(pawl::explain(w.memory, "parcel 0").text() ==
        "sent at version 2: parked after 4 attempts: transient: nobody at home");

  SECTION("a release begins anew") {
    CHECK(w.memory.release("parcel 0"));
    CHECK(w.run().finished == 1);
  }
  SECTION("an event of the lifecycle ends it too") {
    CHECK(w.memory.apply(parcel::item<state::sent>("parcel 0", 2), lose{"sold"}));
    CHECK(w.memory.parked(10).empty());
    CHECK(w.run().taken == 0);
  }
}

TEST_CASE("explanations say where an item stands, and why", "[runner]") {
  world w(1);
  auto const said = [&w](char const* key) { return pawl::explain(w.memory, key).text(); };
  CHECK(said("parcel 0") == "ordered at version 0: nothing holds it back, so that a run takes it");
  CHECK(said("nothing") == "there is no such row");
  CHECK(pawl::explain(w.memory, "nothing").is == standing::absent);
  w.memory.put("strange", "teleported", 4);
  CHECK(pawl::explain(w.memory, "strange").is == standing::unrecognised);
  CHECK(w.memory.insert_if_absent("later", stored_time(1h)));
  CHECK(said("later") == "ordered at version 0: delayed until 1970-01-01T01:00:00.000000Z");
  w.memory.put("done", "delivered", 3);
  CHECK(said("done") == "delivered at version 3: it has arrived");
  pawl::trouble_record died;
  died.recoveries = 2;
  CHECK(w.memory.note(row(w, "parcel 0"), died));
  CHECK(said("parcel 0") ==
        "ordered at version 0: nothing holds it back, so that a run takes it after 2 deaths of its process");
}

TEST_CASE("items with which processes have died more than once go one at a time, delayed ones too", "[runner]") {
  world w(4);
  pawl::trouble_record died;
  died.recoveries = 2;
  for (auto const* key : {"parcel 0", "parcel 1", "parcel 2"}) {
    if (key != std::string("parcel 0")) died.next_at = stored_time(1s);
    CHECK(w.memory.note(row(w, key), died));
  }
  std::size_t suspects = 0, most = 0;
  shipping_step const shipping = [&](parcel::item<state::packed>) -> pawl::task<pawl::one_of<ship>> {
    co_await w.loop.sleep(1s);
    co_return ship{"t"};
  };
  struct careful {
    world& w;
    shipping_step ship_it;
    std::size_t &suspects, &most;
    pawl::task<pack> operator()(parcel::item<state::ordered> it, pawl::safe&) {
      bool const suspect = it.key != "parcel 3";
      if (suspect) most = (std::max)(most, ++suspects);
      co_await w.loop.sleep(5s);
      if (suspect) --suspects;
      co_return pack{};
    }
    pawl::task<pawl::one_of<ship>> operator()(parcel::item<state::packed> it, pawl::safe&) { return ship_it(it); }
    deliver operator()(parcel::item<state::sent>) { return {"s"}; }
  };
  w.loop.wait([](virtual_loop& loop) -> pawl::task<void> { co_await loop.sleep(2s); }(w.loop));
  auto const sum = pawl::run(w.queue, careful{w, shipping, suspects, most}, {.concurrency = 4});
  CHECK(sum.finished == 4);
  CHECK(sum.taken == 4);
  CHECK(most == 1);
}

TEST_CASE("an item that its step leaves is not taken again by this run", "[runner]") {
  world w(2);
  int calls = 0;
  auto const shipping = [&](parcel::item<state::packed> it) -> pawl::task<pawl::one_of<ship>> {
    ++calls;
    if (it.key == "parcel 0") co_return trouble::cancelled("not now");
    co_return ship{"t"};
  };
  auto const sum = pawl::run(w.queue, safe_steps{shipping});
  CHECK(sum.finished == 1);
  CHECK(sum.left == 1);
  CHECK(calls == 2);
}

TEST_CASE("an item that somebody moved under its step is found again where it is now", "[runner]") {
  world w(1);
  int calls = 0;
  auto const shipping = [&](parcel::item<state::packed> it) -> pawl::task<pawl::one_of<ship>> {
    if (++calls == 1) {
      CHECK(w.memory.apply(it, ship{"by hand"}));
      co_return trouble::not_found("gone");
    }
    co_return ship{"t"};
  };
  auto const sum = pawl::run(w.queue, safe_steps{shipping});
  CHECK(sum.finished == 1);
  CHECK(sum.parked == 0);
  CHECK(sum.dropped == 1);
  CHECK(w.memory.recorded<ship>(row(w, "parcel 0"))->tracking == "by hand");
}

TEST_CASE("delayed items of a state that is full do not hold up those of another", "[runner]") {
  world w(0);
  for (int i = 0; i < 5; ++i) w.memory.put("full " + std::to_string(i), "packed", 1);
  pawl::trouble_record later;
  later.next_at = stored_time(1s);
  for (int i = 0; i < 5; ++i) CHECK(w.memory.note(row(w, ("full " + std::to_string(i)).c_str()), later));
  w.memory.put("free", "ordered", 0);
  later.next_at = stored_time(10s);
  later.run = 1;
  CHECK(w.memory.note(row(w, "free"), later));
  nanoseconds begun{};
  struct slow {
    world& w;
    nanoseconds& begun;
    pack operator()(parcel::item<state::ordered>) {
      begun = w.loop.now();
      return {};
    }
    pawl::task<ship> operator()(parcel::item<state::packed>, pawl::safe&) {
      co_await w.loop.sleep(100s);
      co_return ship{"t"};
    }
    deliver operator()(parcel::item<state::sent>) { return {"s"}; }
  };
  w.loop.wait([](virtual_loop& loop) -> pawl::task<void> { co_await loop.sleep(2s); }(w.loop));
  auto const sum = pawl::run(w.queue, slow{w, begun}, {.concurrency = 4, .limits = {{state::packed, 1}}});
  CHECK(sum.finished == 6);
  CHECK(begun == 10s);
}

// ---- in doubt -------------------------------------------------------------------------------------------------------

TEST_CASE("an unsafe step is marked before it begins, and nothing is left of the mark when it has succeeded",
          "[runner]") {
  world w(2);
  int marked = 0;
  auto const shipping = [&](parcel::item<state::packed> it) -> pawl::task<pawl::one_of<ship>> {
    auto const record = w.memory.trouble_of(row(w, it.key.c_str()));
    marked += record && record->is_mark() ? 1 : 0;
    CHECK(pawl::explain(w.memory, it.key).is == standing::in_doubt);
    co_await w.loop.sleep(1s);
    co_return ship{"t"};
  };
  CHECK(pawl::run(w.queue, unsafe_steps{shipping}, {.concurrency = 2}).finished == 2);
  CHECK(marked == 2);
  CHECK(w.memory.count_troubles() == pawl::trouble_counts{});
}

TEST_CASE("an unsafe step whose process died is in doubt: parked, not repeated, until somebody releases it",
          "[runner]") {
  world w(1);
  REQUIRE(w.memory.apply(parcel::item<state::ordered>("parcel 0", 0), pack{}));
  pawl::trouble_record mark;
  mark.in_doubt = true;
  mark.run = 4711;  // of a run that is no more
  REQUIRE(w.memory.note(row(w, "parcel 0"), mark));
  int calls = 0;
  auto const shipping = [&](parcel::item<state::packed>) -> pawl::task<pawl::one_of<ship>> {
    ++calls;
    co_return ship{"t"};
  };
  auto const sum = pawl::run(w.queue, unsafe_steps{shipping});
  CHECK(calls == 0);
  CHECK(sum.parked == 1);
  CHECK(sum.first_parked[0].why.describe() ==
        "unknown_outcome: its step was begun, and nobody knows whether it was carried out");
  CHECK(pawl::run(w.queue, unsafe_steps{shipping}).taken == 0);
  CHECK(w.memory.release("parcel 0"));
  CHECK(pawl::run(w.queue, unsafe_steps{shipping}).finished == 1);
  CHECK(calls == 1);
}

TEST_CASE("an unsafe step that answered with a trouble is in doubt no more, and may be repeated", "[runner]") {
  world w(1);
  int calls = 0;
  auto const shipping = [&](parcel::item<state::packed>) -> pawl::task<pawl::one_of<ship>> {
    if (++calls == 1) co_return trouble::transient("refused before it did anything");
    co_return ship{"t"};
  };
  CHECK(pawl::run(w.queue, unsafe_steps{shipping}).finished == 1);
  CHECK(calls == 2);
}

TEST_CASE("of several runs that share a store one alone calls an unsafe step", "[runner]") {
  world w(20);
  std::map<std::string, int> calls;
  auto const shipping = [&](parcel::item<state::packed> it) -> pawl::task<pawl::one_of<ship>> {
    ++calls[it.key];
    co_await w.loop.sleep(1s);
    co_return ship{"t"};
  };
  test_queue second{w.loop, w.memory};
  pawl::run_options const options{.concurrency = 4, .owner = pawl::ownership::shared};
  std::size_t finished = 0, parked = 0;
  auto const note = [&](std::exception_ptr failure, pawl::summary sum) {
    CHECK_FALSE(failure);
    finished += sum.finished;
    parked += sum.parked;
  };
  boost::asio::co_spawn(w.loop.get_executor(), pawl::async_run(w.queue, unsafe_steps{shipping}, options), note);
  auto other = pawl::async_run(second, unsafe_steps{shipping}, options);
  auto const sum = w.loop.wait(std::move(other));
  w.loop.wait([](virtual_loop& loop) -> pawl::task<void> { co_await loop.sleep(1h); }(w.loop));
  CHECK(finished + sum.finished == 20);
  CHECK(parked + sum.parked == 0);
  for (auto const& [key, count] : calls) CHECK(count == 1);
  CHECK(calls.size() == 20);
}

// ---- limits and pace ------------------------------------------------------------------------------------------------

TEST_CASE("no more items are in the step of a state than its limit, and others are not held up by it", "[runner]") {
  world w(10);
  std::size_t inside = 0, most = 0;
  auto const shipping = [&](parcel::item<state::packed>) -> pawl::task<pawl::one_of<ship>> {
    most = (std::max)(most, ++inside);
    co_await w.loop.sleep(2s);
    --inside;
    co_return ship{"t"};
  };
  auto const limit = GENERATE(std::size_t{1}, std::size_t{2}, std::size_t{5});
  auto const sum = pawl::run(w.queue, safe_steps{shipping}, {.concurrency = 10, .limits = {{state::packed, limit}}});
  CHECK(sum.finished == 10);
  CHECK(sum.taken == 10);
  CHECK(most == limit);
  CHECK(w.loop.now() == 2s * (10 / static_cast<int>(limit)));
}

TEST_CASE("a limit names a state with a step, once, and lets at least one in", "[runner]") {
  world w(1);
  CHECK_THROWS_WITH(w.run({.limits = {{state::delivered, 3}}}), Catch::Contains("a state that has no step"));
  CHECK_THROWS_WITH(w.run({.limits = {{state::packed, 0}}}), Catch::Contains("at least 1"));
}

TEST_CASE("any number of workers, and of runs, stays at the rate of their gate, exactly", "[runner]") {
  auto const workers = GENERATE(std::size_t{1}, std::size_t{10}, std::size_t{50});
  auto const runs = GENERATE(std::size_t{1}, std::size_t{3});
  virtual_loop loop;
  std::vector<nanoseconds> begun;
  auto const shipping = [&](parcel::item<state::packed>) -> pawl::task<pawl::one_of<ship>> {
    begun.push_back(loop.now());
    co_await loop.sleep(100ms);
    co_return ship{"t"};
  };
  pawl::rate_gate gate({.per_second = 4});
  parcel::store stores[3];
  std::vector<std::unique_ptr<test_queue<parcel::store, virtual_loop>>> queues;
  std::size_t finished = 0;
  for (std::size_t i = 0; i < runs; ++i) {
    parcel::fill(stores[i], 20);
    queues.push_back(std::make_unique<test_queue<parcel::store, virtual_loop>>(loop, stores[i]));
    boost::asio::co_spawn(
        loop.get_executor(),
        pawl::async_run(*queues.back(), safe_steps{shipping}, {.concurrency = workers, .gate = &gate}),
        [&](std::exception_ptr, pawl::summary sum) { finished += sum.finished; });
  }
  loop.wait([](virtual_loop& l) -> pawl::task<void> { co_await l.sleep(1h); }(loop));
  CHECK(finished == 20 * runs);
  REQUIRE(begun.size() == 20 * runs);
  for (std::size_t i = 0; i < begun.size(); ++i) CHECK(begun[i] == 250ms * static_cast<int>(i));
}

TEST_CASE("a burst may begin at once, and is made up for", "[runner]") {
  world w(6);
  std::vector<nanoseconds> begun;
  auto const shipping = [&](parcel::item<state::packed>) -> pawl::task<pawl::one_of<ship>> {
    begun.push_back(w.loop.now());
    co_return ship{"t"};
  };
  pawl::rate_gate gate({.per_second = 1, .burst = 3});
  CHECK(pawl::run(w.queue, safe_steps{shipping}, {.concurrency = 6, .gate = &gate}).finished == 6);
  CHECK(begun == std::vector<nanoseconds>{0s, 0s, 0s, 1s, 2s, 3s});
}

TEST_CASE("a rate below zero is refused in words", "[runner]") {
  CHECK_THROWS_WITH(pawl::rate_gate({.per_second = -1}), Catch::Contains("a rate is a number of calls a second"));
}

TEST_CASE("the remote's Retry-After closes the gate for everybody", "[runner]") {
  world w(20);
  std::vector<nanoseconds> begun;
  bool throttled = false;
  auto const shipping = [&](parcel::item<state::packed>) -> pawl::task<pawl::one_of<ship>> {
    begun.push_back(w.loop.now());
    co_await w.loop.sleep(100ms);
    if (w.loop.now() >= 1s && !std::exchange(throttled, true)) co_return trouble::throttled(30s);
    co_return ship{"t"};
  };
  pawl::rate_gate gate({.per_second = 10});
  bool const limited = GENERATE(true, false);
  auto const sum =
      pawl::run(w.queue, safe_steps{shipping},
                {.concurrency = limited ? std::size_t{8} : std::size_t{1}, .gate = limited ? &gate : nullptr});
  CHECK(sum.finished == 20);
  CHECK(sum.retries == 1);
  auto const closed = *std::find_if(begun.begin(), begun.end(), [](auto t) { return t >= 900ms; }) + 100ms;
  for (auto t : begun) CHECK((t <= closed || t >= closed + 30s));
  CHECK(begun.size() == 21);
}

TEST_CASE("an item may have to begin not before a time: an idle run leaves it, one until stopped takes it then",
          "[runner]") {
  world w(1);
  CHECK(w.memory.insert_if_absent("later", stored_time(1h)));
  CHECK(w.run().finished == 1);
  CHECK(w.loop.now() == 4s);
  std::stop_source source;
  stop_at(w.loop, 2h, source);
  auto const sum = w.run({.until = pawl::until::stopped, .stop = &source});
  CHECK(sum.finished == 1);
  CHECK(w.api.trackings.size() == 2);
  CHECK(w.memory.get("later").item->state == state::delivered);
  CHECK(w.loop.now() == 2h);
}

// ---- deadlines ------------------------------------------------------------------------------------------------------

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
// Another process holds the lock for the first hundred times.
struct busy_store : parcel::store {
  using parcel::store::store;
  int refusals = 100;
  bool try_begin() { return refusals-- <= 0 && parcel::store::try_begin(); }
};

TEST_CASE("a deadline never cuts the write of a result", "[runner]") {
  virtual_loop loop;
  busy_store memory;
  memory.insert_if_absent("a");
  auto const shipping = [&](parcel::item<state::packed>) -> pawl::task<pawl::one_of<ship>> {
    co_await loop.sleep(4s);
    memory.refusals = 100;
    co_return ship{"t"};
  };
  memory.refusals = 0;
  test_queue queue{loop, memory, {.busy_bound = 1h}};
  auto const sum = pawl::run(queue, safe_steps{shipping}, {.attempt_deadline = 5s});
  CHECK(sum.finished == 1);
  CHECK(sum.retries == 0);
  CHECK(loop.now() > 5s);
}

TEST_CASE("a wait that is over before it is written is over", "[runner]") {
  virtual_loop loop;
  busy_store memory{[&loop] { return stored_time(loop.now()); }};
  memory.refusals = 0;
  parcel::fill(memory, 2);
  pawl::trouble_record soon;
  soon.next_at = stored_time(5ms);
  soon.run = 4711;  // of a run that is no more
  REQUIRE(memory.note(*memory.get("parcel 1").item, soon));
  int calls = 0;
  auto const shipping = [&](parcel::item<state::packed>) -> pawl::task<pawl::one_of<ship>> {
    if (++calls > 1) co_return ship{"t"};
    memory.refusals = 100;  // while the wait of parcel 0 is to be written, parcel 1 comes due
    co_return trouble::transient("busy");
  };
  test_queue queue{loop, memory, {.busy_bound = 1h}};
  auto const sum = pawl::run(queue, safe_steps{shipping}, {.concurrency = 2, .retry = {.wait = {0s, 0s}}});
  CHECK(sum.finished == 2);
  CHECK(sum.dropped == 0);
}

TEST_CASE("an item's deadline ends its attempts, with their waits, over all runs", "[runner]") {
  world w(1);
  for (std::size_t call = 1; call <= 1000; ++call) w.api.remote.refuse(call, trouble::pending(10s));
  auto const sum = w.run({.item_deadline = 1min});
  CHECK(sum.failures == 1);
  CHECK(w.memory.recorded<lose>(row(w, "parcel 0"))->reason == "pending: the item's deadline has passed");
  CHECK(w.api.keys.size() == 5);  // at 0, 12, 24, 36 and 48 s; the next would begin at 60 s
  CHECK(w.loop.now() == 50s);
}

// ---- until, waking and stopping -------------------------------------------------------------------------------------

TEST_CASE("a run until stopped is woken by inserts and applies of its process at once", "[runner]") {
  world w(0);
  std::stop_source source;
  stop_at(w.loop, 100s, source);
  w.loop.sleep(7s, [&](boost::system::error_code) { w.memory.insert_if_absent("new"); });
  auto const sum = w.run({.until = pawl::until::stopped, .poll = 1h, .stop = &source});
  CHECK(sum.finished == 1);
  CHECK(sum.stopped);
  CHECK(w.loop.now() == 100s);
  REQUIRE(w.memory.get("new").item->state == state::delivered);
  CHECK(w.api.remote.calls() == 2);
}

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

TEST_CASE("what another process writes is seen at the next look", "[runner]") {
  world w(0);
  std::vector<nanoseconds> begun;
  auto const shipping = [&](parcel::item<state::packed>) -> pawl::task<pawl::one_of<ship>> {
    begun.push_back(w.loop.now());
    co_return ship{"t"};
  };
  std::stop_source source;
  stop_at(w.loop, 100s, source);
  w.loop.sleep(7500ms, [&](boost::system::error_code) { w.memory.put("theirs", "ordered"); });
  auto const sum = pawl::run(w.queue, safe_steps{shipping},
                             {.until = pawl::until::stopped,
                              .poll = 2s,
                              .stop = &source,
                              .owner = GENERATE(pawl::ownership::sole, pawl::ownership::shared)});
  CHECK(sum.finished == 1);
  CHECK(begun == std::vector<nanoseconds>{8s});
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

// ---- watching -------------------------------------------------------------------------------------------------------

TEST_CASE("progress tells what has arrived, how fast, and what is slow", "[runner]") {
  struct observer {
    std::vector<pawl::run_progress> seen;
    std::vector<std::string> oldest;
    void on_progress(pawl::run_progress const& p) {
      seen.push_back(p);
      oldest.emplace_back(p.oldest_key);
    }
  } watching;
  virtual_loop loop;
  parcel::store memory;
  parcel::fill(memory, 100);
  test_queue queue{loop, memory, watching};
  run_test::carrier api{loop};
  auto const sum = pawl::run(queue, run_test::steps{api}, {.concurrency = 2, .progress_every = 1s});
  CHECK(sum.finished == 100);
  REQUIRE(watching.seen.size() == 201);  // at 0, 1, .. 200 s
  auto const& half = watching.seen[101];
  CHECK(half.elapsed == 101s);
  CHECK(half.arrived == 50);
  CHECK(half.in_flight == 2);
  CHECK(half.remaining == 50);
  CHECK(half.per_second == Approx(0.5).epsilon(0.3));
  CHECK(*half.eta / 1s > 80);
  CHECK(*half.eta / 1s < 120);
  CHECK(watching.oldest[103] == "parcel 50");
  CHECK(watching.seen[103].oldest_age == 3s);  // taken at 100 s
  CHECK(watching.seen[103].oldest_state == "sent");
  CHECK(watching.seen[0].remaining == 100);
  CHECK_FALSE(watching.seen[0].eta);
}

TEST_CASE("the summary has the counts and the percentiles of each step", "[runner]") {
  world w(10);
  w.api.remote.refuse(1, trouble::transient("busy"));
  auto const sum = w.run({.concurrency = 3});
  REQUIRE(sum.steps.size() == 3);
  CHECK(sum.steps[0].state == "ordered");
  CHECK(sum.steps[1].state == "packed");
  CHECK(sum.steps[1].attempts == 11);
  CHECK(sum.steps[1].moved == 10);
  CHECK(sum.steps[1].troubles == 1);
  CHECK(sum.steps[1].duration.count == 11);
  CHECK(sum.steps[1].duration.max == 2s);
  CHECK(sum.steps[2].attempts == 10);
  CHECK(sum.steps[2].troubles == 0);
}

// ---- many -----------------------------------------------------------------------------------------------------------

TEST_CASE("ten thousand items with faults in three of ten calls all end at a goal, or parked, and are counted",
          "[runner]") {
  virtual_loop loop;
  parcel::store memory{[&loop] { return stored_time(loop.now()); }};
  constexpr int items = 10000;
  parcel::fill(memory, items);
  test_queue queue{loop, memory};
  struct unreliable {
    virtual_loop& loop;
    pawl::jitter& random;

    // Three of ten calls fail, in every way there is but those that end the run.
    std::optional<trouble> fault() {
      auto const drawn = random.upto(999ns).count();
      if (drawn >= 300) return std::nullopt;
      switch (drawn % 8) {
        case 0:
          return trouble::pending(3s);
        case 1:
          return trouble::throttled(1ms);
        case 2:
          return trouble::unknown_outcome("timed out");
        case 3:
          if (drawn < 30) return trouble::permanent("no");
          throw 42;
        case 4:
          if (drawn < 30) return trouble::not_found("gone");
          throw std::runtime_error("reset");
        default:
          return trouble::transient("busy");
      }
    }
    pack operator()(parcel::item<state::ordered>) { return {}; }
    pawl::task<pawl::one_of<ship, lose>> operator()(parcel::item<state::packed> it, pawl::keyed&) {
      co_await loop.sleep(20ms);
      if (auto why = fault()) co_return *why;
      co_return ship{it.key};
    }
    pawl::task<pawl::one_of<deliver, lose>> operator()(parcel::item<state::sent>, ship const& sent, pawl::safe&) {
      co_await loop.sleep(20ms);
      if (auto why = fault()) co_return *why;
      co_return deliver{sent.tracking};
    }
  };
  pawl::jitter random(GENERATE(1u, 2u));
  auto const sum = pawl::run(queue, unreliable{loop, random}, {.concurrency = 50, .retry = {.attempts = 4}});
  CHECK(sum.finished + sum.ended + sum.parked == items);
  CHECK(sum.taken == items);
  CHECK(sum.left + sum.dropped == 0);
  CHECK(sum.ended > 0);
  CHECK(sum.parked > 0);
  CHECK(sum.finished > items * 9 / 10);
  auto const counts = memory.count_items();
  auto const in = [&](state s) { return counts[pawl::state_index<parcel::life>(s)]; };
  CHECK(in(state::delivered) == sum.finished);
  CHECK(in(state::lost) == sum.ended);
  CHECK(in(state::sent) == sum.parked);
  CHECK(memory.count_troubles() == pawl::trouble_counts{sum.parked, 0, 0});
}

}  // namespace durable_test
