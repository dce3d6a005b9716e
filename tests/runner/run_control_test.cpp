// Pausing states, and other limits, while a run works: by its run_control, and by the store.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <pawl/loop/loop.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/runner/run_control.hpp>
#include <pawl/sqlite/store.hpp>
#include <pawl/system/mapped_journal.hpp>
#include <pawl/system/native.hpp>

#include "catch.hpp"
#include "files.hpp"
#include "runner/delivery.hpp"
#include "runner/parcel.hpp"
#include "runner/shipping.hpp"
#include "sqlite/fixture.hpp"

namespace run_control_test {

using namespace run_test;

// Shipping takes a second; when each began, and how many were at it.
struct dock {
  explicit dock(int parcels) : w(parcels) {}

  auto steps() {
    return safe_steps{[this](parcel::item<state::packed>) -> pawl::task<pawl::one_of<ship>> {
      begun.push_back(w.loop.now());
      most = (std::max)(most, ++inside);
      co_await w.loop.sleep(1s);
      --inside;
      co_return ship{"t"};
    }};
  }
  // Does this at that time.
  template <class Do> void at(nanoseconds when, Do what) {
    auto const later = [](virtual_loop& loop, nanoseconds until, Do act) -> pawl::task<void> {
      co_await loop.sleep(until);
      act();
    };
    boost::asio::co_spawn(w.loop.get_executor(), later(w.loop, when, std::move(what)), [](std::exception_ptr) {});
  }
  std::size_t begun_between(nanoseconds from, nanoseconds to) const {
    return static_cast<std::size_t>(
        std::count_if(begun.begin(), begun.end(), [&](auto t) { return t > from && t < to; }));
  }

  world w;
  pawl::run_control control{};
  std::vector<nanoseconds> begun{};
  std::size_t inside = 0, most = 0;
};

TEST_CASE("no step of a paused state begins until it is resumed, and those that have begun end", "[runner]") {
  auto const waits_at_gates = GENERATE(false, true);
  dock d(20);
  d.at(2500ms, [&] { d.control.pause(state::packed); });
  d.at(100s, [&] {
    CHECK(d.inside == 0);
    CHECK(d.w.memory.count_items()[1] == 14);  // packed
    d.control.resume(state::packed);
  });
  pawl::rate_gate gate({.per_second = 1000});
  pawl::run_options options{.concurrency = 2, .control = &d.control};
  if (waits_at_gates) options.gate = &gate;
  auto const sum = pawl::run(d.w.queue, d.steps(), options);
  CHECK(sum.finished == 20);
  CHECK(d.begun.size() == 20);
  CHECK(d.begun_between(2600ms, 100s) == 0);
  CHECK(d.w.loop.now() >= 107s);
}

TEST_CASE("other states go on while one is paused", "[runner]") {
  dock d(4);
  d.control.pause(state::packed);
  d.at(50s, [&] {
    auto const counts = d.w.memory.count_items();
    CHECK(counts[0] == 0);  // all were packed
    CHECK(counts[1] == 4);
    d.control.resume(state::packed);
  });
  CHECK(pawl::run(d.w.queue, d.steps(), {.concurrency = 3, .control = &d.control}).finished == 4);
  CHECK(d.begun_between(-1s, 50s) == 0);
}

TEST_CASE("a run on a clock that jumps ends with an error where nobody is left to resume a paused state", "[runner]") {
  dock d(2);
  d.control.pause(state::packed);
  try {
    pawl::run(d.w.queue, d.steps(), {.concurrency = 2, .control = &d.control});
    FAIL("it ended");
  } catch (pawl::error const& e) {
    CHECK(e.id() == "loop.stalled");
  }
  CHECK(d.begun.empty());
}

TEST_CASE("a paused run is stopped like any other", "[runner]") {
  dock d(3);
  pawl::stop_source stop;
  d.control.pause(state::packed);
  d.at(10s, [&] { stop.request_stop(); });
  auto const sum = pawl::run(d.w.queue, d.steps(), {.concurrency = 3, .control = &d.control, .stop = &stop});
  CHECK(sum.stopped);
  CHECK(sum.finished == 0);
  CHECK(d.w.loop.now() < 11s);
}

TEST_CASE("the limit of a state is raised and lowered while the run works", "[runner]") {
  dock d(60);
  std::size_t most_at_first = 0, most_then = 0;
  d.at(3500ms, [&] {
    most_at_first = std::exchange(d.most, 0);
    d.control.limit(state::packed, 8);
  });
  d.at(6500ms, [&] {
    most_then = d.most;
    d.control.limit(state::packed, 1);
  });
  d.at(7600ms, [&] { d.most = d.inside; });
  d.at(12s, [&] {
    CHECK(d.most == 1);
    d.control.limit(state::packed, pawl::run_control::unlimited);
  });
  auto const sum =
      pawl::run(d.w.queue, d.steps(), {.concurrency = 20, .limits = {{state::packed, 3}}, .control = &d.control});
  CHECK(sum.finished == 60);
  CHECK(most_at_first == 3);
  CHECK(most_then == 8);
  CHECK(d.most > 8);
}

TEST_CASE("the number of items in progress is raised and lowered while the run works", "[runner]") {
  dock d(60);
  std::size_t most_at_first = 0, most_then = 0;
  d.at(2500ms, [&] {
    most_at_first = std::exchange(d.most, 0);
    d.control.concurrency(10);
  });
  d.at(4500ms, [&] {
    most_then = d.most;
    d.control.concurrency(1);
  });
  d.at(6100ms, [&] { d.most = d.inside; });
  d.at(10s, [&] {
    CHECK(d.most == 1);
    d.control.concurrency(5);
  });
  auto const sum = pawl::run(d.w.queue, d.steps(), {.concurrency = 2, .control = &d.control});
  CHECK(sum.finished == 60);
  CHECK(most_at_first == 2);
  CHECK(most_then == 10);
  CHECK(d.most == 5);
}

TEST_CASE("what is out of range is refused, and the run's options stay as they are", "[runner]") {
  pawl::run_control control;
  auto const id_of = [](auto call) -> std::string {
    try {
      call();
      return "none";
    } catch (pawl::error const& e) {
      return std::string(e.id());
    }
  };
  CHECK(id_of([&] { control.concurrency(0); }) == "run.concurrency");
  CHECK(id_of([&] { control.concurrency(1'000'001); }) == "run.concurrency");
  CHECK(id_of([&] { control.limit(state::packed, 0); }) == "run.limits");
  dock d(6);
  CHECK(pawl::run(d.w.queue, d.steps(), {.concurrency = 3, .control = &control}).finished == 6);
  CHECK(d.most == 3);
}

enum class other_state { packed };

TEST_CASE("a control steers each run by the states of its own lifecycle", "[runner]") {
  dock d(3);
  d.control.pause(other_state::packed);
  d.control.limit(other_state::packed, 1);
  CHECK(pawl::run(d.w.queue, d.steps(), {.concurrency = 3, .control = &d.control}).finished == 3);
  CHECK(d.most == 3);
}

TEST_CASE("a state that is paused in the store when a run begins stays so, until it sees that it was resumed",
          "[runner]") {
  dock d(5);
  REQUIRE(d.w.memory.pause(state::packed, "ada"));
  CHECK_FALSE(d.w.memory.pause(state::packed, "ada"));
  pawl::stop_source stop;
  d.at(50s, [&] { CHECK(d.w.memory.resume(state::packed)); });
  d.at(100s, [&] { stop.request_stop(); });
  auto const sum =
      pawl::run(d.w.queue, d.steps(),
                {.concurrency = 5, .until = pawl::until::stopped, .poll = 2s, .control = &d.control, .stop = &stop});
  CHECK(sum.finished == 5);
  CHECK(d.begun_between(-1s, 50s) == 0);
  CHECK(d.begun_between(-1s, 53s) == 5);
}

// ---- on the disk, and by the clock ----

struct on_disk {
  temporary_folder folder{};
  std::string path = folder / "parcels.db";
  pawl::sqlite::database db{path, sqlite_test::quick()};
  pawl::sqlite::store<parcel::life> store{db};
  pawl::loop<> loop{};
  pawl::commit_queue<pawl::sqlite::store<parcel::life>, pawl::loop<>> queue{loop, store};
};

TEST_CASE("a control is for every thread", "[runner]") {
  on_disk at;
  for (int i = 0; i < 40; ++i) at.store.insert_if_absent("p" + std::to_string(i));
  pawl::run_control control;
  control.pause(state::packed);
  std::size_t begun = 0;
  bool resumed = false, too_early = false;
  auto const shipping = [&](parcel::item<state::packed>) -> pawl::task<pawl::one_of<ship>> {
    ++begun;
    too_early = too_early || !resumed;
    co_return ship{"t"};
  };
  std::thread operating([&] {
    std::this_thread::sleep_for(50ms);
    control.concurrency(7);
    control.limit(state::packed, 2);
    boost::asio::post(at.loop.get_executor(), [&] { resumed = true; });  // before it hears of it
    control.resume(state::packed);
  });
  auto const sum = pawl::run(at.queue, safe_steps{shipping}, {.concurrency = 3, .control = &control});
  operating.join();
  CHECK(sum.finished == 40);
  CHECK(begun == 40);
  CHECK_FALSE(too_early);
}

TEST_CASE("a run that is widened to many slots has each item in hand in its journal", "[runner]") {
  on_disk at;
  constexpr std::size_t many = 600;  // of 16 bytes: more than the pages that the first two were in
  for (std::size_t i = 0; i < many; ++i) at.store.insert_if_absent("p" + std::to_string(i));
  pawl::run_control control;
  std::size_t inside = 0, in_journal = 0;
  pawl::stop_source all_inside;
  auto const shipping = [&](parcel::item<state::packed>) -> pawl::task<pawl::one_of<ship>> {
    if (++inside == 2) control.concurrency(many);
    if (inside == many) {
      auto const journal = pawl::detail::native::file::open_to_read(at.path + ".life.lock");
      pawl::detail::mapped_journal::read(journal, [&in_journal](std::int64_t, std::int64_t) { ++in_journal; });
      all_inside.request_stop();
    }
    while (!all_inside.stop_requested()) co_await at.loop.sleep(1ms);
    co_return ship{"t"};
  };
  CHECK(pawl::run(at.queue, safe_steps{shipping}, {.concurrency = 2, .control = &control}).finished == many);
  CHECK(in_journal == many);
}

TEST_CASE("a run's transitions have its number in the history, and those of others none", "[runner]") {
  on_disk at;
  pawl::sqlite::store<parcel::life> remembering{at.db, {.history = true}};
  pawl::commit_queue queue{at.loop, remembering};
  remembering.insert_if_absent("by a run");
  pawl::run(queue, plain_steps{});
  auto const told = remembering.history("by a run");
  REQUIRE(told.size() == 3);
  CHECK(told[0].run > 0);
  CHECK(told[2].run == told[0].run);
  remembering.insert_if_absent("by hand");
  REQUIRE(remembering.apply(parcel::item<state::ordered>("by hand", 0), pack{}));
  CHECK(remembering.history("by hand").at(0).run == 0);
}

TEST_CASE("a control that is used while runs begin and end harms none of them", "[runner]") {
  pawl::run_control control;
  std::atomic<bool> over = false;
  std::thread operating([&] {
    while (!over) {
      control.pause(state::packed);
      control.concurrency(3);
      control.resume(state::packed);
      std::this_thread::yield();
    }
  });
  for (int i = 0; i < 50; ++i) {
    parcel::store parcels;
    parcel::fill(parcels, 3);
    pawl::loop<> loop;
    test_queue<parcel::store, pawl::loop<>> queue{loop, parcels};
    CHECK(pawl::run(queue, plain_steps{}, {.concurrency = 2, .control = &control}).finished == 3);
  }
  over = true;
  operating.join();
}

TEST_CASE("another process pauses and resumes a state by the store, whatever the run waits for", "[runner]") {
  auto const until = GENERATE(pawl::until::idle, pawl::until::stopped);
  on_disk at;
  for (int i = 0; i < 3; ++i) at.store.insert_if_absent("p" + std::to_string(i));
  pawl::sqlite::database theirs_db{at.path, sqlite_test::quick()};
  pawl::sqlite::store<parcel::life> theirs{theirs_db};
  REQUIRE(theirs.pause(state::packed, "grace"));
  CHECK(theirs.paused_states() == 1U << 1U);
  pawl::stop_source stop;
  bool resumed = false, too_early = false;
  std::size_t begun = 0;
  auto const shipping = [&](parcel::item<state::packed>) -> pawl::task<pawl::one_of<ship>> {
    too_early = too_early || !resumed;
    if (++begun == 3 && until == pawl::until::stopped) stop.request_stop();
    co_return ship{"t"};
  };
  auto const resume = [&](pawl::loop<>& loop) -> pawl::task<void> {
    co_await loop.sleep(60ms);
    resumed = true;
    theirs.resume(state::packed);
  };
  boost::asio::co_spawn(at.loop.get_executor(), resume(at.loop), [](std::exception_ptr) {});
  auto const sum =
      pawl::run(at.queue, safe_steps{shipping}, {.concurrency = 3, .until = until, .poll = 5ms, .stop = &stop});
  CHECK(begun == 3);
  CHECK_FALSE(too_early);
  CHECK(sum.taken >= 3);
}

}  // namespace run_control_test
