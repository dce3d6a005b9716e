// Which items a run finds, and that it finds none twice.
#include <chrono>
#include <cstddef>
#include <map>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <pawl/runner/run.hpp>

#include "catch.hpp"
#include "runner/delivery.hpp"
#include "runner/parcel.hpp"
#include "runner/shipping.hpp"

namespace backlog_test {

using namespace run_test;
using pawl::trouble;

TEST_CASE("an item that waits for another attempt holds no slot", "[engine]") {
  world w(3);
  w.api.remote.refuse(1, trouble::pending(1h));
  auto const sum = w.run({.concurrency = 1});
  CHECK(sum.finished == 3);
  CHECK(w.loop.now() == 1h + 2s + 4s);  // the other two went through within the hour
}

TEST_CASE("a row that somebody else moved is dropped, found again and finished", "[engine]") {
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

TEST_CASE("items that a step inserts are found before the run ends", "[engine]") {
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

TEST_CASE("an item is not called a second time from a page that was read while it was in hand", "[engine]") {
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

TEST_CASE("a dropped item does not wait until all others are done", "[engine]") {
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

TEST_CASE("rows that a step inserts are found even where its own item is parked", "[engine]") {
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

TEST_CASE("an item that its step leaves is not taken again by this run", "[engine]") {
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

TEST_CASE("an item that somebody moved under its step is found again where it is now", "[engine]") {
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

TEST_CASE("delayed items of a state that is full do not hold up those of another", "[engine]") {
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

TEST_CASE("an item may have to begin not before a time: an idle run leaves it, one until stopped takes it then",
          "[engine]") {
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

TEST_CASE("a wait that is over before it is written is over", "[engine]") {
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

TEST_CASE("what another process writes is seen at the next look", "[engine]") {
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

// From undone no goal is reached any more, only an end.
enum class way { begun, undone, done, ended };
struct finish {};
struct undo {};
struct end {};
struct two_ways
    : pawl::lifecycle<pawl::initial<way::begun>, pawl::goal<way::done>, pawl::terminal<way::ended>,
                      pawl::transition<way::begun, finish, way::done>, pawl::transition<way::begun, undo, way::undone>,
                      pawl::transition<way::undone, end, way::ended>> {};
struct undoing_steps {
  pawl::one_of<finish, undo> operator()(pawl::item<two_ways, way::begun>) { return undo{}; }
  end operator()(pawl::item<two_ways, way::undone>) { return {}; }
};

TEST_CASE("items of a state from which only an end can be reached are found", "[engine]") {
  virtual_loop loop;
  pawl::memory_store<two_ways> memory;
  memory.insert_if_absent("from the beginning");
  memory.put("found there", "undone", 1);
  test_queue queue{loop, memory};
  CHECK(pawl::run(queue, undoing_steps{}).ended == 2);
}

}  // namespace backlog_test
