#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/adapter/mock_adapter.hpp>
#include <pawl/runner/ask.hpp>
#include <pawl/runner/run.hpp>

#include "catch.hpp"
#include "runner/delivery.hpp"
#include "runner/parcel.hpp"

namespace run_test {

using pawl::trouble;

TEST_CASE("a run brings every item to its goal, and its makespan is exact", "[runner]") {
  auto const [concurrency, seconds] =
      GENERATE(std::pair<std::size_t, int>(1, 818 * 4), std::pair<std::size_t, int>(10, 328),
               std::pair<std::size_t, int>(50, 68));
  world w(818);
  auto const sum = w.run({.concurrency = concurrency});
  CHECK(sum.finished == 818);
  CHECK(sum.taken == 818);
  CHECK(sum.transitions == 3 * 818);
  CHECK(sum.parked == 0);
  CHECK(w.loop.now() == std::chrono::seconds(seconds));
}

TEST_CASE("a step reads what an earlier event recorded, byte for byte", "[runner]") {
  world w(3);
  w.run();
  REQUIRE(w.api.trackings.size() == 3);
  CHECK(w.api.trackings[0] == "track life/packed/1/parcel 0");
  CHECK(w.memory.recorded<deliver>(*w.memory.get("parcel 0").item)->signature == "signed");
}

TEST_CASE("an item that an earlier process left half way goes on from there", "[runner]") {
  world w(2);
  auto packed = w.memory.apply(parcel::item<state::ordered>("parcel 1", 0), pack{});
  auto sent = w.memory.apply(*packed, ship{"from the earlier process"});
  REQUIRE(sent);
  auto const sum = w.run();
  CHECK(sum.finished == 2);
  CHECK(sum.transitions == 4);
  CHECK(w.api.trackings.front() == "from the earlier process");  // nearest to the goal: taken first
}

TEST_CASE("a passing failure is repeated with the same key, and the key changes with the state's version", "[runner]") {
  world w(1);
  w.api.remote.refuse(1, trouble::transient("busy"));
  w.api.remote.lose_answer(2);
  auto const sum = w.run();
  CHECK(sum.finished == 1);
  CHECK(sum.retries == 2);
  REQUIRE(w.api.keys.size() == 3);
  CHECK(w.api.keys[0] == "life/packed/1/parcel 0");
  CHECK(w.api.keys[1] == w.api.keys[0]);
  CHECK(w.api.keys[2] == w.api.keys[0]);
}

TEST_CASE("pending and throttled wait as long as the remote asks and count no attempt", "[runner]") {
  world w(1);
  for (std::size_t i = 1; i <= 20; ++i) w.api.remote.refuse(i, trouble::pending(30s));
  auto const sum = w.run({.retry = {.attempts = 2}});
  CHECK(sum.finished == 1);
  CHECK(sum.retries == 20);
  CHECK(w.loop.now() == 20 * (2s + 30s) + 4s);
}

TEST_CASE("an item that waits for another attempt holds no slot", "[runner]") {
  world w(3);
  w.api.remote.refuse(1, trouble::pending(1h));
  auto const sum = w.run({.concurrency = 1});
  CHECK(sum.finished == 3);
  CHECK(w.loop.now() == 1h + 2s + 4s);  // the other two went through within the hour
}

TEST_CASE("when the attempts are used up, or will never succeed, the lifecycle's failure event is fired", "[runner]") {
  world w(2);
  SECTION("attempts") {
    for (std::size_t i = 1; i <= 3; ++i) w.api.remote.refuse(i, trouble::transient("down"));
    auto const sum = w.run({.retry = {.attempts = 3, .wait = {1ms, 1ms}}, .seed = 1});
    CHECK(sum.ended + sum.finished == 2);
  }
  SECTION("permanent") {
    w.api.remote.refuse(1, trouble::permanent("no such street"));
    auto const sum = w.run();
    CHECK(sum.failures == 1);
    CHECK(sum.ended == 1);
    CHECK(sum.finished == 1);
    CHECK(sum.retries == 0);
    CHECK(w.memory.recorded<lose>(*w.memory.get("parcel 0").item)->reason == "permanent: no such street");
  }
}

TEST_CASE("a state without a failure event parks its item with its trouble, and others go on", "[runner]") {
  world w(2);
  w.api.remote.refuse(2, trouble::not_found("no such door"));  // the delivery of the first parcel
  auto const sum = w.run();
  CHECK(sum.finished == 1);
  REQUIRE(sum.parked == 1);
  CHECK(sum.first_parked[0].key == "parcel 0");
  CHECK(sum.first_parked[0].state == "sent");
  CHECK(sum.first_parked[0].version == 2);
  CHECK(sum.first_parked[0].why.describe() == "not_found: no such door");
  CHECK(w.memory.get("parcel 0").item->state == state::sent);
  CHECK(w.run().taken == 0);  // no run takes it
  CHECK(w.memory.release("parcel 0"));
  CHECK(w.run().finished == 1);
}

TEST_CASE("quota and credentials stop the intake and fail nothing", "[runner]") {
  world w(10);
  w.api.remote.refuse(5, trouble::quota_exhausted("until tomorrow"));
  auto const sum = w.run({.concurrency = 2});
  REQUIRE(sum.halted);
  CHECK(sum.halted->detail == "until tomorrow");
  CHECK(sum.failures == 0);
  CHECK(sum.parked == 0);
  CHECK(sum.finished + sum.left == sum.taken);
  CHECK(w.run().finished == 10 - sum.finished);
}

TEST_CASE("a row that somebody else moved is dropped, found again and finished", "[runner]") {
  world w(5);
  struct rival {
    run_test::steps mine;
    parcel::store& memory;
    bool once = true;
    pack operator()(parcel::item<state::ordered> it) {
      if (std::exchange(once, false)) CHECK(memory.apply(it, pack{}));  // behind the runner's back
      return {};
    }
    auto operator()(parcel::item<state::packed> it, pawl::keyed& call) { return mine(std::move(it), call); }
    auto operator()(parcel::item<state::sent> it, ship const& sent, pawl::safe& call) {
      return mine(std::move(it), sent, call);
    }
  };
  auto const sum = pawl::run(w.queue, rival{{w.api}, w.memory}, {.concurrency = 2});
  CHECK(sum.dropped == 1);
  CHECK(sum.finished == 5);
  CHECK(sum.taken == 6);
}

TEST_CASE("rows in a state that the lifecycle does not know are counted and left alone", "[runner]") {
  world w(1);
  w.memory.put("stranger", "teleported", 7);
  auto const sum = w.run();
  CHECK(sum.unrecognised == 1);
  CHECK(sum.finished == 1);
  CHECK(w.memory.get("stranger").unknown_state == "teleported");
}

TEST_CASE("an item whose step reads what was never recorded is parked, and the words say what is missing", "[runner]") {
  world w(1);
  w.memory.put("from elsewhere", "sent", 2);
  auto const sum = w.run();
  CHECK(sum.finished == 1);
  REQUIRE(sum.parked == 1);
  CHECK(sum.first_parked[0].why.describe() == "permanent: the store holds no ship of this item, which its step reads");
}

TEST_CASE("items that a step inserts are found before the run ends", "[runner]") {
  world w(1);
  struct splitting {
    run_test::steps mine;
    parcel::store& memory;
    pack operator()(parcel::item<state::ordered> it) {
      if (it.key == "parcel 0") memory.insert_if_absent("its twin");
      return {};
    }
    auto operator()(parcel::item<state::packed> it, pawl::keyed& call) { return mine(std::move(it), call); }
    auto operator()(parcel::item<state::sent> it, ship const& sent, pawl::safe& call) {
      return mine(std::move(it), sent, call);
    }
  };
  CHECK(pawl::run(w.queue, splitting{{w.api}, w.memory}).finished == 2);
}

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

TEST_CASE("a concurrency of zero is refused in words", "[runner]") {
  world w(1);
  CHECK_THROWS_WITH(w.run({.concurrency = 0}), Catch::Contains("concurrency must be at least 1"));
}

// ---- exceptions and repetition --------------------------------------------------------------------------------------

// Steps that throw what they are told to, once.
template <class Context> struct throwing {
  std::function<void()> fault;
  int* calls;

  pack operator()(parcel::item<state::ordered>) { return {}; }
  pawl::task<ship> operator()(parcel::item<state::packed>, Context&) {
    if (++*calls == 1) fault();
    co_return ship{"a tracking number that is longer than any short string"};
  }
  deliver operator()(parcel::item<state::sent>) { return {"signed"}; }
};

template <class Context> std::pair<pawl::summary, int> run_throwing(std::function<void()> fault, int parcels = 2) {
  world w(parcels);
  int calls = 0;
  auto sum = pawl::run(w.queue, throwing<Context>{std::move(fault), &calls});
  return {std::move(sum), calls};
}

TEST_CASE("what a step throws is its item's trouble alone, and is repeated where it may be", "[runner]") {
  auto const fault = GENERATE(
      as<std::function<void()>>{}, [] { throw std::runtime_error("connection reset"); }, [] { throw std::bad_alloc(); },
      [] { throw 7; });
  auto const [sum, calls] = run_test::run_throwing<pawl::safe>(fault);
  CHECK(sum.finished == 2);
  CHECK(sum.retries == 1);
  CHECK(calls == 3);
}

TEST_CASE("an unsafe step is not repeated while in doubt: its item is parked", "[runner]") {
  auto const [sum, calls] =
      run_test::run_throwing<pawl::step_context>([] { throw std::runtime_error("connection reset"); });
  CHECK(sum.finished == 1);
  CHECK(calls == 2);
  REQUIRE(sum.parked == 1);
  CHECK(sum.first_parked[0].why.describe() == "unknown_outcome: connection reset");
}

TEST_CASE("a step that calls nobody is repeated after it threw", "[runner]") {
  world w(1);
  struct clumsy {
    bool* dropped;
    pack operator()(parcel::item<state::ordered>) {
      if (!std::exchange(*dropped, true)) throw std::runtime_error("dropped it");
      return {};
    }
    ship operator()(parcel::item<state::packed>) { return {"t"}; }
    deliver operator()(parcel::item<state::sent>) { return {"s"}; }
  };
  bool dropped = false;
  auto const sum = pawl::run(w.queue, clumsy{&dropped});
  CHECK(sum.finished == 1);
  CHECK(sum.retries == 1);
}

TEST_CASE("a probeable step is asked first when it is resumed or in doubt, and never repeats what was done",
          "[runner]") {
  world w(1);
  struct asking {
    pawl::mock_adapter<virtual_loop>& remote;
    int* probes;
    bool was_done;
    int refusals = 0;

    pack operator()(parcel::item<state::ordered>) { return {}; }
    pawl::task<pawl::one_of<ship>> operator()(parcel::item<state::packed>, pawl::probeable&) {
      auto effect = [] { return std::string("sent"); };
      auto call = remote.call(effect);
      auto answer = co_await std::move(call);
      if (!answer) co_return answer.why();
      co_return ship{*answer};
    }
    pawl::task<std::optional<pawl::one_of<ship>>> probe(parcel::item<state::packed>, pawl::probeable&) {
      if (++*probes <= refusals) co_return pawl::one_of<ship>(trouble::transient("ask later"));
      if (was_done || remote.effects() > 0) co_return pawl::one_of<ship>(ship{"found by the probe"});
      co_return std::nullopt;
    }
    deliver operator()(parcel::item<state::sent>) { return {"s"}; }
  };
  int probes = 0;
  auto const tracking = [&] { return w.memory.recorded<ship>(*w.memory.get("parcel 0").item)->tracking; };

  SECTION("in doubt and done") {
    w.api.remote.lose_answer(1);
    CHECK(pawl::run(w.queue, asking{w.api.remote, &probes, false}).finished == 1);
    CHECK(probes == 1);
    CHECK(w.api.remote.effects() == 1);
    CHECK(tracking() == "found by the probe");
  }
  SECTION("in doubt and not done") {
    w.api.remote.refuse(1, trouble::unknown_outcome("timed out"));
    CHECK(pawl::run(w.queue, asking{w.api.remote, &probes, false}).finished == 1);
    CHECK(probes == 1);
    CHECK(w.api.remote.effects() == 1);
    CHECK(tracking() == "sent");
  }
  SECTION("resumed") {
    REQUIRE(w.memory.apply(parcel::item<state::ordered>("parcel 0", 0), pack{}));
    CHECK(pawl::run(w.queue, asking{w.api.remote, &probes, true}).finished == 1);
    CHECK(probes == 1);
    CHECK(w.api.remote.effects() == 0);
  }
  SECTION("resumed, and the first probe was refused: asked again, not called blindly") {
    REQUIRE(w.memory.apply(parcel::item<state::ordered>("parcel 0", 0), pack{}));
    CHECK(pawl::run(w.queue, asking{w.api.remote, &probes, true, 1}).finished == 1);
    CHECK(probes == 2);
    CHECK(w.api.remote.effects() == 0);
  }
  SECTION("brought here by this run: no need to ask") {
    CHECK(pawl::run(w.queue, asking{w.api.remote, &probes, false}).finished == 1);
    CHECK(probes == 0);
  }
}

// ---- the store's failures
// ---------------------------------------------------------------------------------------------

TEST_CASE("a transition that the store rejects is that item's failure", "[runner]") {
  world w(3);
  w.memory.fail_next(pawl::store_failure::rejected);
  auto const sum = w.run({.concurrency = 1});
  CHECK(sum.finished == 2);
  REQUIRE(sum.parked == 1);
  CHECK(sum.first_parked[0].why.kind == pawl::trouble_kind::permanent);
}

TEST_CASE("an error at COMMIT ends the run, and after reopening nothing is lost or done twice", "[runner]") {
  auto const fate = GENERATE(pawl::commit_fate::applied, pawl::commit_fate::lost);
  world w(20);
  w.memory.fail_next(pawl::store_failure::unknown, fate);
  try {
    w.run({.concurrency = 5});
    FAIL("the run went on");
  } catch (pawl::store_error const& e) {
    CHECK(e.what_failed() == pawl::store_failure::unknown);
  }
  w.memory.reopen();
  CHECK(w.run({.concurrency = 5}).finished == 20);
  for (int i = 0; i < 20; ++i) CHECK(w.memory.get("parcel " + std::to_string(i)).item->version == 3);
}

TEST_CASE("a run waits by the loop's clock while another process holds the lock", "[runner]") {
  world w(2);
  w.memory.fail_next(pawl::store_failure::busy);
  CHECK(w.run().finished == 2);
  CHECK(w.loop.now() > 8s);  // not a multiple of the calls: it slept in between
}

TEST_CASE("an observer sees every part of an item's way", "[runner]") {
  struct observer {
    std::size_t taken = 0, left = 0, hydrated = 0, dispatched = 0, stepped = 0, moved = 0, batched = 0, troubled = 0;
    void on_take(std::size_t, pawl::any_item<parcel::life> const&, std::chrono::nanoseconds) { ++taken; }
    void on_leave(std::size_t, pawl::any_item<parcel::life> const&, std::chrono::nanoseconds) { ++left; }
    void on_phase(std::size_t, pawl::phase what, std::chrono::nanoseconds, std::chrono::nanoseconds) {
      ++(what == pawl::phase::hydrate ? hydrated : what == pawl::phase::dispatch ? dispatched : stepped);
    }
    void on_transition(pawl::transition_times const& t) {
      moved += t.moved ? 1u : 0u;
      CHECK(t.asked <= t.updating);
      CHECK(t.updated <= t.committed);
    }
    void on_batch(pawl::batch_times const& b) { batched += b.size; }
    void on_trouble(std::size_t, pawl::any_item<parcel::life> const&, trouble const&) { ++troubled; }
  } seen;
  virtual_loop loop;
  parcel::store memory;
  parcel::fill(memory, 10);
  test_queue queue{loop, memory, seen};
  run_test::carrier api{loop};
  api.remote.refuse(1, trouble::transient("busy"));
  auto const sum = pawl::run(queue, run_test::steps{api}, {.concurrency = 3});
  CHECK(sum.finished == 10);
  CHECK(seen.taken == 11);  // one came back after its retry
  CHECK(seen.left == 11);
  CHECK(seen.hydrated == 11);
  CHECK(seen.dispatched == 30);
  CHECK(seen.stepped == 31);
  CHECK(seen.moved == 30);
  CHECK(seen.batched == 31);  // and the wait before the retry
  CHECK(seen.troubled == 1);
}

// ---- what went wrong once -----------------------------------------------------------------------------------------

// A lifecycle with a way back to the beginning.
namespace loop_back {
enum class state { fresh, marked, skipped, done };
struct mark {
  std::string text;
};
struct forget {};
struct skip {};
struct finish {
  std::string text;
};
struct life
    : pawl::lifecycle<
          pawl::initial<state::fresh>, pawl::goal<state::done>, pawl::transition<state::fresh, mark, state::marked>,
          pawl::transition<state::marked, forget, state::fresh>, pawl::transition<state::fresh, skip, state::skipped>,
          pawl::transition<state::marked, finish, state::done>, pawl::transition<state::skipped, finish, state::done>> {
};
struct steps {
  pawl::one_of<mark, skip> operator()(pawl::item<life, state::fresh> it) {
    if (it.version == 0) return mark{"of the first life"};
    return skip{};
  }
  pawl::one_of<forget, finish> operator()(pawl::item<life, state::marked>) { return forget{}; }
  finish operator()(pawl::item<life, state::skipped>, mark const& m) { return {m.text}; }
};
}  // namespace loop_back

// Delivers at once what the test does not look at.
struct plain_steps {
  pack operator()(parcel::item<state::ordered>) { return {}; }
  ship operator()(parcel::item<state::packed>) { return {"t"}; }
  deliver operator()(parcel::item<state::sent>) { return {"s"}; }
};

struct wary_store : parcel::store {
  std::string warning_when_shared() const { return "pawl: the cellar may be flooded"; }
};

TEST_CASE("what a store knows against being shared is told when the run begins, and stands in its summary",
          "[runner]") {
  struct observer {
    std::vector<std::string> told{};
    void on_warning(std::string_view words) { told.emplace_back(words); }
    void on_take(std::size_t, pawl::any_item<parcel::life> const&, std::chrono::nanoseconds) {
      told.emplace_back("taken");
    }
  };
  run_test::virtual_loop loop;
  run_test::wary_store memory;
  parcel::fill(memory, 1);
  observer seen;
  test_queue queue{loop, memory, seen};
  auto const how = GENERATE(pawl::ownership::sole, pawl::ownership::shared);
  bool const shared = how == pawl::ownership::shared;
  std::vector<std::string> const warning(shared ? 1u : 0u, "pawl: the cellar may be flooded");
  run_test::carrier api{loop};
  auto const sum = pawl::run(queue, run_test::steps{api}, {.owner = how});
  CHECK(sum.warnings == warning);
  auto expected = warning;
  expected.emplace_back("taken");
  CHECK(seen.told == expected);
}

TEST_CASE("what was recorded before a return to the initial state is not read after it", "[runner]") {
  virtual_loop loop;
  pawl::memory_store<run_test::loop_back::life> memory;
  memory.insert_if_absent("k");
  test_queue queue{loop, memory};
  auto const sum = pawl::run(queue, run_test::loop_back::steps{});
  REQUIRE(sum.parked == 1);
  CHECK(sum.first_parked[0].why.detail == "the store holds no mark of this item, which its step reads");
}

// Refuses to record a tracking number, as a constraint of the table might.
struct store_without_tracking : parcel::store {
  template <auto S, class E> auto apply(pawl::item<parcel::life, S> const& it, E const& event) {
    if constexpr (std::is_same_v<E, ship>)
      throw pawl::store_error(pawl::store_failure::rejected, "pawl: no tracking here");
    return parcel::store::apply(it, event);
  }
};
// Answers one row's writes with a conflict although nobody moved it: it is as it was (a trigger ignores the UPDATE), or it
// is not found (its key is no text).
struct store_with_a_stubborn_row : parcel::store {
  bool found = true;
  template <auto S, class E> auto apply(pawl::item<parcel::life, S> const& it, E const& event) {
    using conflict = pawl::conflict<parcel::life>;
    if (it.key == "parcel 0") return pawl::applied_to<parcel::life, S, E>(found ? conflict(get(it.key)) : conflict());
    return parcel::store::apply(it, event);
  }
};

TEST_CASE("an event that the store rejected is not read by a later step", "[runner]") {
  virtual_loop loop;
  run_test::store_without_tracking memory;
  parcel::fill(memory, 1);
  test_queue queue{loop, memory};
  auto const sum = pawl::run(queue, run_test::plain_steps{});
  CHECK(sum.failures == 1);
  CHECK(sum.ended == 1);
  CHECK(memory.recorded<lose>(*memory.get("parcel 0").item)->reason == "permanent: pawl: no tracking here");
}

TEST_CASE("a row that does not change although nobody else moved it is parked, not tried for ever", "[runner]") {
  virtual_loop loop;
  run_test::store_with_a_stubborn_row memory;
  memory.found = GENERATE(true, false);
  parcel::fill(memory, 3);
  test_queue queue{loop, memory};
  auto const sum = pawl::run(queue, run_test::plain_steps{});
  CHECK(sum.finished == 2);
  REQUIRE(sum.parked == 1);
  CHECK(sum.dropped == 1);
  CHECK(sum.first_parked[0].why.detail ==
        "the store lists this row as runnable but will not move it, and no other writer has changed it");
}

TEST_CASE("an item is not called a second time from a page that was read while it was in hand", "[runner]") {
  world w(0);
  w.memory.put("old", "packed", 1);  // left by an earlier process: the page of its state is read while others are in it
  w.memory.put("quick", "ordered");
  w.memory.put("slow", "ordered");
  struct timed {
    virtual_loop& loop;
    std::map<std::string, int>& calls;
    pack operator()(parcel::item<state::ordered>) { return {}; }
    pawl::task<ship> operator()(parcel::item<state::packed> it, pawl::keyed&) {
      ++calls[it.key];
      co_await loop.sleep(it.key == "slow" ? 3s : it.key == "quick" ? 1s : 5s);
      co_return ship{"t"};
    }
    deliver operator()(parcel::item<state::sent>) { return {"s"}; }
  };
  for (std::size_t page : {1u, 2u, 256u}) {
    std::map<std::string, int> calls;
    world fresh(20);
    fresh.memory.put("old", "packed", 1);
    auto const sum = pawl::run(fresh.queue, timed{fresh.loop, calls}, {.concurrency = 3, .page = page});
    CHECK(sum.finished == 21);
    CHECK(sum.dropped == 0);
    for (auto const& [key, count] : calls) CHECK(count == 1);
  }
}

TEST_CASE("a dropped item does not wait until all others are done", "[runner]") {
  world w(3);
  struct rival {
    virtual_loop& loop;
    parcel::store& memory;
    bool& once;
    std::map<std::string, std::chrono::nanoseconds>& done;
    pack operator()(parcel::item<state::ordered> it) {
      if (it.key == "parcel 1" && !std::exchange(once, true)) CHECK(memory.apply(it, pack{}));
      return {};
    }
    pawl::task<ship> operator()(parcel::item<state::packed> it, pawl::safe&) {
      co_await loop.sleep(it.key == "parcel 0" ? 1h : 1s);
      co_return ship{"t"};
    }
    deliver operator()(parcel::item<state::sent> it) {
      done[it.key] = loop.now();
      return {"s"};
    }
  };
  bool once = false;
  std::map<std::string, std::chrono::nanoseconds> done;
  CHECK(pawl::run(w.queue, rival{w.loop, w.memory, once, done}, {.concurrency = 2}).finished == 3);
  CHECK(done["parcel 0"] == 1h);
  CHECK(done["parcel 1"] < 10s);
}

TEST_CASE("rows that a step inserts are found even where its own item is parked", "[runner]") {
  world w(1);
  struct inserting {
    parcel::store& memory;
    pack operator()(parcel::item<state::ordered>) { return {}; }
    pawl::task<pawl::one_of<ship>> operator()(parcel::item<state::packed>, pawl::safe&) { co_return ship{"t"}; }
    pawl::task<pawl::one_of<deliver>> operator()(parcel::item<state::sent> it, pawl::safe&) {
      if (it.key != "parcel 0") co_return deliver{"s"};
      memory.insert_if_absent("its twin");
      co_return trouble::permanent("refused");
    }
  };
  w.memory.put("parcel 0", "sent", 2);
  auto const sum = pawl::run(w.queue, inserting{w.memory});
  CHECK(sum.parked == 1);
  CHECK(sum.finished == 1);
}

TEST_CASE("a long polling is not given up for passing failures far apart", "[runner]") {
  world w(1);
  for (std::size_t i = 1; i <= 100; ++i)
    w.api.remote.refuse(i, i % 10 ? trouble::pending(5s) : trouble::transient("blip"));
  auto const sum = w.run({.retry = {.attempts = 2}});
  CHECK(sum.finished == 1);
  CHECK(sum.failures == 0);
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

struct with_get {
  std::string value;
  int get() const { return 1; }
};
struct getting : pawl::lifecycle<pawl::initial<state::ordered>, pawl::goal<state::packed>,
                                 pawl::transition<state::ordered, with_get, state::packed>,
                                 pawl::terminal<state::sent, state::delivered, state::lost>,
                                 pawl::transition<state::ordered, pack, state::sent>,
                                 pawl::transition<state::ordered, ship, state::delivered>,
                                 pawl::transition<state::ordered, lose, state::lost>> {};
struct getting_steps {
  with_get operator()(pawl::item<getting, state::ordered>) { return {"x"}; }
};

struct store_without_memory_for_one : parcel::store {
  template <auto S, class E> auto apply(pawl::item<parcel::life, S> const& it, E const& event) {
    if (it.key == "parcel 1") throw std::bad_alloc();
    return parcel::store::apply(it, event);
  }
};

TEST_CASE("a write that finds no memory is its item's failure, and the others go on", "[runner]") {
  virtual_loop loop;
  run_test::store_without_memory_for_one memory;
  parcel::fill(memory, 5);
  test_queue queue{loop, memory};
  auto const sum = pawl::run(queue, run_test::plain_steps{}, {.concurrency = 5});
  CHECK(sum.finished == 4);
  REQUIRE(sum.parked == 1);
  CHECK(sum.first_parked[0].key == "parcel 1");
}

TEST_CASE("steps that never wait leave the loop its turns", "[runner]") {
  world w(2000);
  std::size_t done_then = 2000, done = 0;
  struct busy {
    std::size_t& done;
    pawl::task<pawl::one_of<pack>> operator()(parcel::item<state::ordered>, pawl::safe&) {
      ++done;
      co_return trouble::permanent("no");
    }
    ship operator()(parcel::item<state::packed>) { return {"t"}; }
    deliver operator()(parcel::item<state::sent>) { return {"s"}; }
  };
  w.loop.sleep(
      0s, [&](boost::system::error_code) { w.loop.sleep(0s, [&](boost::system::error_code) { done_then = done; }); });
  CHECK(pawl::run(w.queue, busy{done}).parked == 2000);
  CHECK(done_then < 1000);
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

TEST_CASE("an event may have members of any name", "[runner]") {
  virtual_loop loop;
  pawl::memory_store<run_test::getting> memory;
  memory.insert_if_absent("k");
  test_queue queue{loop, memory};
  CHECK(pawl::run(queue, run_test::getting_steps{}).finished == 1);
}

TEST_CASE("a run on a store brings a loop and a queue of its own", "[runner]") {
  parcel::store memory;
  parcel::fill(memory, 3);

  CHECK(pawl::run(memory, run_test::plain_steps{}).finished == 3);
  CHECK(memory.get("parcel 2").item->state == state::delivered);
}

}  // namespace run_test
