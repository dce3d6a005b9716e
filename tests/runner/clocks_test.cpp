// The store's clock is set, jumps over a suspension or drifts while a run waits: start times follow it, and what a run
// waits for by itself follows the loop's clock.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <pawl/runner/run.hpp>

#include "catch.hpp"
#include "runner/parcel.hpp"
#include "runner/patient_clock.hpp"
#include "runner/test_queue.hpp"

namespace clocks_test {

using namespace std::chrono_literals;
using parcel::deliver;
using parcel::lose;
using parcel::pack;
using parcel::ship;
using parcel::state;
using pawl::stored_time;
using pawl::trouble;
using std::chrono::nanoseconds;

// The store's time as a function of the loop's: at a time of the loop it jumps, and every second is as long as `rate`.
struct crooked_clock {
  nanoseconds jump{};
  nanoseconds jumps_at{};
  double rate = 1;

  stored_time at(nanoseconds loop_time) const {
    auto const passed =
        rate == 1 ? loop_time : nanoseconds(static_cast<std::int64_t>(double(loop_time.count()) * rate));
    return stored_time(std::chrono::hours(24 * 365 * 50)) + passed + (loop_time >= jumps_at ? jump : 0ns);
  }
};

// One parcel, inserted ten minutes after the run began, and when it was called.
struct world {
  explicit world(crooked_clock c) : clock(c) {}

  crooked_clock clock;
  patient_loop loop{};
  parcel::store memory{[this] { return clock.at(loop.now()); }};
  test_queue<parcel::store, patient_loop> queue{loop, memory};
  std::vector<trouble> answers{};
  std::vector<nanoseconds> calls{};

  pawl::summary run(pawl::run_options options, std::optional<nanoseconds> starts_in = {}) {
    std::stop_source source;
    loop.sleep(4h, [&source](boost::system::error_code) { source.request_stop(); });
    loop.sleep(10min, [this, starts_in](boost::system::error_code) {
      if (starts_in)
        memory.insert_if_absent("it", memory.now() + *starts_in);
      else
        memory.insert_if_absent("it");
    });
    options.until = pawl::until::stopped;
    options.poll = 0s;
    options.stop = &source;
    return pawl::run(queue, steps{*this}, options);
  }

  struct steps {
    world& of;
    pack operator()(parcel::item<state::ordered>) { return {}; }
    pawl::task<pawl::one_of<ship>> operator()(parcel::item<state::packed>, pawl::safe&) {
      of.calls.push_back(of.loop.now());
      if (of.calls.size() <= of.answers.size()) co_return of.answers[of.calls.size() - 1];
      co_return ship{"t"};
    }
    deliver operator()(parcel::item<state::sent>) { return {"s"}; }
  };
};

// Every way in which the clock may go wrong, before, during and after a wait from 10 to 30 minutes.
crooked_clock any_clock() {
  auto const when = GENERATE(nanoseconds(5min), nanoseconds(20min), nanoseconds(45min));
  auto const jump = GENERATE(nanoseconds(0), nanoseconds(1h), nanoseconds(-1h));
  auto const rate = GENERATE(1.0, 0.9, 1.1, 0.9999, 1.0001);
  return {jump, when, rate};
}

TEST_CASE("a start time follows the store's clock, whatever it does: never too early, at most a second late",
          "[runner]") {
  auto const clock = any_clock();
  CAPTURE(clock.jump / 1min, clock.jumps_at / 1min, clock.rate);
  world w(clock);
  CHECK(w.run({}, 20min).finished == 1);
  REQUIRE(w.calls.size() == 1);
  auto const begun = w.calls[0];
  auto const start = clock.at(10min) + 20min;
  CHECK(clock.at(begun) >= start);
  if (begun > 10min + 1s) CHECK(clock.at(begun - 1s - 1ms) < start);
  if (clock.jump == 0s && clock.rate == 1) CHECK(begun == 30min);
}

TEST_CASE("a retry waits by the loop's clock, whatever the store's does", "[runner]") {
  auto const clock = any_clock();
  CAPTURE(clock.jump / 1min, clock.jumps_at / 1min, clock.rate);
  world w(clock);
  w.answers = {GENERATE(trouble::pending(20min), trouble::throttled(20min))};
  CHECK(w.run({.retry = {.wait = {0s, 0s}}}).finished == 1);
  CHECK(w.calls == std::vector<nanoseconds>{10min, 30min});
}

TEST_CASE("a backoff waits by the loop's clock, whatever the store's does", "[runner]") {
  auto const seen_with = [](crooked_clock clock) {
    world w(clock);
    w.answers.assign(3, trouble::transient("down"));
    CHECK(w.run({.retry = {.wait = {20min, 20min}}, .seed = 3}).finished == 1);
    REQUIRE(w.calls.size() == 4);
    return w.calls;
  };
  auto const clock = any_clock();
  CAPTURE(clock.jump / 1min, clock.jumps_at / 1min, clock.rate);
  CHECK(seen_with(clock) == seen_with({}));
}

TEST_CASE("an item's deadline is measured on the loop's clock, whatever the store's does", "[runner]") {
  auto const clock = any_clock();
  CAPTURE(clock.jump / 1min, clock.jumps_at / 1min, clock.rate);
  world w(clock);
  w.answers.assign(100, trouble::pending(10min));
  CHECK(w.run({.retry = {.wait = {0s, 0s}}, .item_deadline = 30min}).ended == 1);
  CHECK(w.calls == std::vector<nanoseconds>{10min, 20min, 30min});
}

TEST_CASE("a start time that has come when the clock is set back is waited for again", "[runner]") {
  world w({-1h, 30min});
  w.memory.insert_if_absent("blocked", w.memory.now() + 25min);
  w.memory.insert_if_absent("first", w.memory.now() + 20min);
  struct slow {
    world& of;
    std::map<std::string, nanoseconds>& begun;
    pawl::task<pack> operator()(parcel::item<state::ordered> it, pawl::safe&) {
      begun[it.key] = of.loop.now();
      co_await of.loop.sleep(15min);
      co_return pack{};
    }
    ship operator()(parcel::item<state::packed>) { return {"t"}; }
    deliver operator()(parcel::item<state::sent>) { return {"s"}; }
  };
  std::map<std::string, nanoseconds> begun;
  std::stop_source source;
  w.loop.sleep(4h, [&source](boost::system::error_code) { source.request_stop(); });
  CHECK(pawl::run(w.queue, slow{w, begun}, {.until = pawl::until::stopped, .stop = &source}).finished == 2);
  CHECK(begun["first"] == 20min);
  CHECK(begun["blocked"] >= 1h + 25min);  // due from 25 min on, but only at 35 min a slot was free
  CHECK(begun["blocked"] <= 1h + 25min + 1s);
}

TEST_CASE("a store's clock that stands still just before a start time makes no busy loop", "[runner]") {
  patient_loop loop;
  parcel::store memory{[&loop] { return (std::min)(stored_time(loop.now()), stored_time(10s - 1ns)); }};
  memory.insert_if_absent("it", stored_time(10s));
  test_queue queue{loop, memory};
  std::stop_source source;
  loop.sleep(30s, [&source](boost::system::error_code) { source.request_stop(); });
  struct steps {
    pack operator()(parcel::item<state::ordered>) { return {}; }
    ship operator()(parcel::item<state::packed>) { return {"t"}; }
    deliver operator()(parcel::item<state::sent>) { return {"s"}; }
  };
  CHECK(pawl::run(queue, steps{}, {.until = pawl::until::stopped, .stop = &source}).taken == 0);
}

TEST_CASE("an idle run does not wait for a start time, and takes it where the clock has passed it", "[runner]") {
  world w({GENERATE(nanoseconds(0), nanoseconds(1h)), 0s});
  w.memory.insert_if_absent("later", w.memory.now() + 1min);
  CHECK(pawl::run(w.queue, world::steps{w}).taken == 0);
  w.clock.jump += 1min;
  CHECK(pawl::run(w.queue, world::steps{w}).finished == 1);
}

}  // namespace clocks_test
