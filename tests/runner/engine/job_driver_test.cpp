// One item from step to step: exceptions from steps, refusals by the store, and what is asked beforehand.
#include <chrono>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <pawl/adapter/mock_adapter.hpp>
#include <pawl/runner/run.hpp>

#include "catch.hpp"
#include "runner/delivery.hpp"
#include "runner/parcel.hpp"
#include "runner/shipping.hpp"

namespace job_driver_test {

using namespace run_test;
using pawl::trouble;

TEST_CASE("an item whose step reads what was never recorded is parked, and the words say what is missing", "[engine]") {
  world w(1);
  w.memory.put("from elsewhere", "sent", 2);
  auto const sum = w.run();
  CHECK(sum.finished == 1);
  REQUIRE(sum.parked == 1);
  CHECK(sum.first_parked[0].why.describe() ==
        "permanent: the store has no recorded ship for this item, and its step reads it");
}

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

TEST_CASE("what a step throws is its item's trouble alone, and is repeated where it may be", "[engine]") {
  auto const fault = GENERATE(
      as<std::function<void()>>{}, [] { throw std::runtime_error("connection reset"); }, [] { throw std::bad_alloc(); },
      [] { throw 7; });
  auto const [sum, calls] = job_driver_test::run_throwing<pawl::safe>(fault);
  CHECK(sum.finished == 2);
  CHECK(sum.retries == 1);
  CHECK(calls == 3);
}

TEST_CASE("an unsafe step is not repeated while in doubt: its item is parked", "[engine]") {
  auto const [sum, calls] =
      job_driver_test::run_throwing<pawl::step_context>([] { throw std::runtime_error("connection reset"); });
  CHECK(sum.finished == 1);
  CHECK(calls == 2);
  REQUIRE(sum.parked == 1);
  CHECK(sum.first_parked[0].why.describe() == "unknown_outcome: connection reset");
}

TEST_CASE("a step that calls nobody is repeated after it threw", "[engine]") {
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
          "[engine]") {
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

TEST_CASE("a transition that the store rejects is that item's failure", "[engine]") {
  world w(3);
  w.memory.fail_next(pawl::store_failure::rejected);
  auto const sum = w.run({.concurrency = 1});
  CHECK(sum.finished == 2);
  REQUIRE(sum.parked == 1);
  CHECK(sum.first_parked[0].why.kind == pawl::trouble_kind::permanent);
}

TEST_CASE("an error at COMMIT ends the run, and after reopening nothing is lost or done twice", "[engine]") {
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

TEST_CASE("a run waits by the loop's clock while another process holds the lock", "[engine]") {
  world w(2);
  w.memory.fail_next(pawl::store_failure::busy);
  CHECK(w.run().finished == 2);
  CHECK(w.loop.now() > 8s);  // not a multiple of the calls: it slept in between
}

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

TEST_CASE("what was recorded before a return to the initial state is not read after it", "[engine]") {
  virtual_loop loop;
  pawl::memory_store<loop_back::life> memory;
  memory.insert_if_absent("k");
  test_queue queue{loop, memory};
  auto const sum = pawl::run(queue, loop_back::steps{});
  REQUIRE(sum.parked == 1);
  CHECK(sum.first_parked[0].why.detail == "the store has no recorded mark for this item, and its step reads it");
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

TEST_CASE("an event that the store rejected is not read by a later step", "[engine]") {
  virtual_loop loop;
  job_driver_test::store_without_tracking memory;
  parcel::fill(memory, 1);
  test_queue queue{loop, memory};
  auto const sum = pawl::run(queue, run_test::plain_steps{});
  CHECK(sum.failures == 1);
  CHECK(sum.ended == 1);
  CHECK(memory.recorded<lose>(*memory.get("parcel 0").item)->reason == "permanent: pawl: no tracking here");
}

TEST_CASE("a row that does not change although nobody else moved it is parked, not tried for ever", "[engine]") {
  virtual_loop loop;
  job_driver_test::store_with_a_stubborn_row memory;
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

struct store_without_memory_for_one : parcel::store {
  template <auto S, class E> auto apply(pawl::item<parcel::life, S> const& it, E const& event) {
    if (it.key == "parcel 1") throw std::bad_alloc();
    return parcel::store::apply(it, event);
  }
};

TEST_CASE("a write that finds no memory is its item's failure, and the others go on", "[engine]") {
  virtual_loop loop;
  job_driver_test::store_without_memory_for_one memory;
  parcel::fill(memory, 5);
  test_queue queue{loop, memory};
  auto const sum = pawl::run(queue, run_test::plain_steps{}, {.concurrency = 5});
  CHECK(sum.finished == 4);
  REQUIRE(sum.parked == 1);
  CHECK(sum.first_parked[0].key == "parcel 1");
}

// Does not tell where a row is after its transition, which a store may leave open.
struct store_without_locators : parcel::store {
  using serves_rows = void;
  template <auto S, class E> auto apply(pawl::item<parcel::life, S> const& it, E const& event) {
    auto applied = parcel::store::apply(it, event);
    if (applied) applied->row = 0;
    return applied;
  }
};

TEST_CASE("an item is retried although its store does not tell where its row is after a transition", "[engine]") {
  struct failing_once : run_test::plain_steps {
    int* calls;
    pack operator()(parcel::item<state::ordered>) { return {}; }
    pawl::task<pawl::one_of<ship>> operator()(parcel::item<state::packed>, pawl::safe&) {
      if (++*calls == 1) co_return pawl::trouble::transient("once");
      co_return ship{"tracking"};
    }
    deliver operator()(parcel::item<state::sent>) { return {"signature"}; }
  };
  virtual_loop loop;
  job_driver_test::store_without_locators memory;
  parcel::fill(memory, 1);
  test_queue queue{loop, memory};
  int calls = 0;
  failing_once steps;
  steps.calls = &calls;
  CHECK(pawl::run(queue, steps).finished == 1);
  CHECK(calls == 2);
}

// The lifecycle's failure event cannot be made of every trouble.
enum class door { open, locked, stuck };
struct lock {};
struct jam {
  jam() = default;
  explicit jam(pawl::trouble const& why) {
    if (why.detail == "no words for it") throw std::runtime_error("it is not in the table");
  }
};
struct door_life : pawl::lifecycle<pawl::initial<door::open>, pawl::goal<door::locked>, pawl::terminal<door::stuck>,
                                   pawl::transition<door::open, lock, door::locked>,
                                   pawl::transition<door::open, jam, door::stuck>, pawl::on_failure<door::open, jam>> {
};
static_assert(pawl::valid<door_life>);

TEST_CASE("a failure event that cannot be built parks its item, and the others go on", "[engine]") {
  struct locksmith {
    pawl::one_of<lock> operator()(pawl::item<door_life, door::open> it) {
      if (it.key == "bad") return pawl::trouble::permanent("no words for it");
      return lock{};
    }
  };
  virtual_loop loop;
  pawl::memory_store<door_life> memory;
  for (auto const* key : {"bad", "good", "better"}) memory.insert_if_absent(key);
  test_queue queue{loop, memory};
  auto const sum = pawl::run(queue, locksmith{});
  CHECK(sum.finished == 2);
  REQUIRE(sum.parked == 1);
  CHECK(sum.first_parked[0].why.detail ==
        "its failure event could not be built: it is not in the table; it was to tell: permanent: no words for it");
}

}  // namespace job_driver_test
