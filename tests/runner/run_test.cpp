// A run drives the items it finds to the goal, from wherever they are.
#include <chrono>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/strand.hpp>

#include <pawl/runner/run.hpp>

#include "catch.hpp"
#include "runner/delivery.hpp"
#include "runner/parcel.hpp"
#include "runner/shipping.hpp"

namespace runs_test {

using namespace run_test;
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
  CHECK(w.api.trackings[0] == "track " + std::string(w.memory.identity()) + "/life/packed/1/1/parcel 0");
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

TEST_CASE("rows in a state that the lifecycle does not know are counted and left alone", "[runner]") {
  world w(1);
  w.memory.put("stranger", "teleported", 7);
  auto const sum = w.run();
  CHECK(sum.unrecognised == 1);
  CHECK(sum.finished == 1);
  CHECK(w.memory.get("stranger").unknown_state == "teleported");
}

TEST_CASE("steps that never wait leave the loop its turns", "[runner]") {
  constexpr int items = so_many(2000, 500);
  world w(items);
  std::size_t done_then = items, done = 0;
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
  CHECK(pawl::run(w.queue, busy{done}).parked == items);
  CHECK(done_then < items / 2);
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

TEST_CASE("an event may have members of any name", "[runner]") {
  virtual_loop loop;
  test_store<runs_test::getting> memory;
  memory.insert_if_absent("k");
  test_queue queue{loop, memory};
  CHECK(pawl::run(queue, getting_steps{}).finished == 1);
}

TEST_CASE("a run on a store brings a loop and a queue of its own", "[runner]") {
  parcel::store memory;
  parcel::fill(memory, 3);

  CHECK(pawl::run(memory, run_test::plain_steps{}).finished == 3);
  CHECK(memory.get("parcel 2").item->state == state::delivered);
}

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

TEST_CASE("thousands of items with faults in three of ten calls all end at a goal, or parked, and are counted",
          "[runner]") {
  virtual_loop loop;
  parcel::store memory{[&loop] { return stored_time(loop.now()); }};
  constexpr int items = so_many(10000, 1000);
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

TEST_CASE("whoever awaits a run goes on where it was awaited", "[runner]") {
  world w(1);
  auto const strand = boost::asio::make_strand(w.loop.get_executor());
  bool in_strand = false, ended = false;
  auto const await_run = [](world& on, auto where, bool& in, bool& end) -> pawl::task<void> {
    test_queue queue{on.loop, on.memory};
    auto running = pawl::async_run(queue, plain_steps{});
    auto const sum = co_await std::move(running);
    in = where.running_in_this_thread();
    end = sum.finished == 1;
  };
  boost::asio::co_spawn(strand, await_run(w, strand, in_strand, ended), boost::asio::detached);
  w.loop.run_until(ended);
  CHECK(in_strand);
}

TEST_CASE("an item lives as long as its attempt, however the step takes it", "[runner]") {
  struct by_reference {
    virtual_loop* loop;
    std::string* seen;
    pawl::task<pack> operator()(parcel::item<state::ordered> const& it, pawl::safe&) {
      co_await loop->sleep(1s);
      *seen = it.key;
      co_return pack{};
    }
    ship operator()(parcel::item<state::packed> const&) { return {"tracking"}; }
    deliver operator()(parcel::item<state::sent>) { return {"signature"}; }
  };
  virtual_loop loop;
  parcel::store memory;
  std::string const key = "a key that is too long to be stored inside of the string itself";
  memory.insert_if_absent(key);
  test_queue queue{loop, memory};
  std::string seen;
  CHECK(pawl::run(queue, by_reference{&loop, &seen}).finished == 1);
  CHECK(seen == key);
}

}  // namespace runs_test
