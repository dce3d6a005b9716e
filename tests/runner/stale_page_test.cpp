// Pages of runnable items that go stale while their items are in progress.
#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <pawl/runner/run.hpp>
#include <pawl/store/trouble_record.hpp>

#include "catch.hpp"
#include "runner/delivery.hpp"
#include "runner/parcel.hpp"

namespace stale_page_test {

using namespace std::chrono_literals;
using namespace run_test;

// Ships within the seconds that it is told, and counts its calls.
struct timed_steps {
  virtual_loop& loop;
  std::map<std::string, std::chrono::seconds> const& takes;
  std::map<std::string, int>& calls;

  pack operator()(parcel::item<state::ordered>) { return {}; }
  pawl::task<ship> operator()(parcel::item<state::packed> it, pawl::keyed&) {
    ++calls[it.key];
    co_await loop.sleep(takes.at(it.key));
    co_return ship{"t"};
  }
  deliver operator()(parcel::item<state::sent>) { return {"s"}; }
};

// Does something to the store while the run is under way.
template <class Do> pawl::task<void> later(virtual_loop& loop, std::chrono::nanoseconds when, Do what) {
  co_await loop.sleep(when);
  what();
}

TEST_CASE("what was in hand when its page was read is not taken from that page later", "[runner]") {
  world w(0);
  w.memory.put("behind", "delivered", 3);
  w.memory.put("quick", "packed", 1);
  w.memory.put("slow", "packed", 1);
  std::map<std::string, std::chrono::seconds> const takes{{"behind", 3s}, {"quick", 1s}, {"slow", 3s}, {"new", 1s}};
  std::map<std::string, int> calls;
  // Another page is read while two are in hand; the first of it takes the last free slot.
  auto const put_back = [&w] {
    w.memory.put("behind", "packed", 1);
    w.memory.insert_if_absent("new");
  };
  boost::asio::co_spawn(w.loop.get_executor(), stale_page_test::later(w.loop, 500ms, put_back), boost::asio::detached);
  auto const sum = pawl::run(w.queue, timed_steps{w.loop, takes, calls}, {.concurrency = 3});
  CHECK(sum.finished == 4);
  CHECK(sum.dropped == 0);
  for (auto const& [key, count] : calls) CHECK(count == 1);
}

TEST_CASE("what has come due and is in hand is not taken a second time from its page", "[runner]") {
  world w(0);
  for (char const* key : {"a", "b", "delayed"}) w.memory.put(key, "packed", 1);
  std::map<std::string, std::chrono::seconds> const takes{{"a", 2s}, {"b", 2s}, {"delayed", 1s}};
  std::map<std::string, int> calls;
  auto const delay = [&w] {
    pawl::trouble_record record;
    record.next_at = pawl::stored_time(1500ms);
    CHECK(w.memory.note(*w.memory.get("delayed").item, record));
  };
  boost::asio::co_spawn(w.loop.get_executor(), stale_page_test::later(w.loop, 1s, delay), boost::asio::detached);
  auto const sum = pawl::run(w.queue, timed_steps{w.loop, takes, calls}, {.concurrency = 2});
  CHECK(sum.finished == 3);
  CHECK(sum.dropped == 0);
  for (auto const& [key, count] : calls) CHECK(count == 1);
}

// Calls one after another, a second apart; says under which keys.
struct paced_steps {
  virtual_loop& loop;
  std::vector<std::string>& keys;

  pack operator()(parcel::item<state::ordered>) { return {}; }
  pawl::task<ship> operator()(parcel::item<state::packed> it, pawl::keyed& call) {
    keys.push_back(it.key + " " + std::to_string(it.life) + " " + call.key());
    co_return ship{"t"};
  }
  deliver operator()(parcel::item<state::sent>) { return {"s"}; }
};

TEST_CASE("a row that is written anew while its predecessor waits before a gate is called once, under its own key",
          "[runner]") {
  world w(0);
  for (char const* key : {"a", "b", "c"}) w.memory.put(key, "packed", 1);
  auto const life_before = w.memory.get("c").item->life;
  std::vector<std::string> keys;
  auto const write_anew = [&w] {
    w.memory.erase("c");
    w.memory.put("c", "packed", 1);
  };
  boost::asio::co_spawn(w.loop.get_executor(), stale_page_test::later(w.loop, 500ms, write_anew),
                        boost::asio::detached);
  pawl::rate_gate gate({.per_second = 1});
  auto const sum = pawl::run(w.queue, paced_steps{w.loop, keys}, {.concurrency = 3, .gate = &gate});
  CHECK(sum.finished == 3);
  REQUIRE(keys.size() == 3);
  auto const life = w.memory.get("c").item->life;
  CHECK(life != life_before);
  CHECK(keys[2].substr(0, 3 + std::to_string(life).size()) == "c " + std::to_string(life) + " ");
}

// The remote refuses everybody for 20 s; a call takes a second.
struct refused_steps {
  virtual_loop& loop;
  std::vector<std::chrono::nanoseconds>& calls;

  pack operator()(parcel::item<state::ordered>) { return {}; }
  pawl::task<pawl::one_of<ship>> operator()(parcel::item<state::packed>, pawl::keyed&) {
    calls.push_back(loop.now());
    co_await loop.sleep(1s);
    if (loop.now() < 20s) co_return pawl::trouble::throttled(10s);
    co_return ship{"t"};
  }
  deliver operator()(parcel::item<state::sent>) { return {"s"}; }
};

TEST_CASE(
    "an item on trial that was written anew says nothing of the remote: the next one is on trial, and calls alone",
    "[runner]") {
  world w(0);
  for (char const* key : {"a", "b", "c", "d", "e", "f", "g", "h", "i"}) w.memory.put(key, "packed", 1);
  std::vector<std::chrono::nanoseconds> calls;
  auto const write_anew = [&w] {
    for (char const* key : {"d", "e", "f"}) {  // the next in line
      w.memory.erase(key);
      w.memory.put(key, "packed", 1);
    }
  };
  boost::asio::co_spawn(w.loop.get_executor(), stale_page_test::later(w.loop, 5s, write_anew), boost::asio::detached);
  pawl::rate_gate gate;
  auto const sum = pawl::run(w.queue, refused_steps{w.loop, calls}, {.concurrency = 3, .gate = &gate});
  CHECK(sum.finished == 9);
  auto const between = [&calls](auto from, auto to) {
    return std::count_if(calls.begin(), calls.end(), [&](auto at) { return at >= from && at < to; });
  };
  CHECK(between(0s, 5s) == 3);
  CHECK(between(5s, 20s) == 1);
}

}  // namespace stale_page_test
