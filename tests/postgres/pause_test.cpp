// States that are paused on the server: no run of any process begins their steps.
#include <chrono>
#include <cstddef>
#include <exception>
#include <string>
#include <utility>

#include <boost/asio/co_spawn.hpp>

#include <pawl/loop/stop.hpp>
#include <pawl/postgres.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/run.hpp>

#include "catch.hpp"
#include "postgres/own_database.hpp"
#include "store/filing.hpp"

namespace postgres_pause_test {

using namespace filing;
using namespace std::chrono_literals;
using postgres_test::own_database;
using files = pawl::postgres::store<file_lifecycle>;

struct counting_steps {
  std::size_t& uploads;
  bool const& resumed;
  bool& too_early;

  start_upload operator()(file<untracked>) { return {}; }
  complete_upload operator()(file<file_state::uploading>) {
    too_early = too_early || !resumed;
    ++uploads;
    return {"id", "uri"};
  }
  complete_processing operator()(file<file_state::processing>) { return {"doc"}; }
};

TEST_CASE("a run on a server sees within its poll that a state is paused or resumed by another process", "[postgres]") {
  own_database at;
  files mine{at.db}, theirs{at.theirs};
  for (std::string const key : {"a", "b", "c"}) REQUIRE(at.wait(mine.insert_if_absent(key)));
  REQUIRE(at.wait(theirs.pause(file_state::uploading, "ada")));
  CHECK_FALSE(at.wait(theirs.pause(file_state::uploading)));
  CHECK(at.wait(mine.paused_states()) == 1U << pawl::state_index<file_lifecycle>(file_state::uploading));
  CHECK(at.in.sql.must("SELECT state||' '||\"by\"||' '||(since>0) FROM pawl_pause").at(0, 0) == "uploading ada true");

  bool resumed = false, too_early = false;
  std::size_t uploads = 0;
  auto const resume = [&](pawl::loop<>& loop) -> pawl::task<void> {
    co_await loop.sleep(150ms);
    resumed = true;
    auto resuming = theirs.resume(file_state::uploading);
    co_await std::move(resuming);
  };
  boost::asio::co_spawn(at.loop.get_executor(), resume(at.loop), [](std::exception_ptr) {});
  pawl::commit_queue queue{at.loop, mine};
  auto const sum = pawl::run(queue, counting_steps{uploads, resumed, too_early}, {.concurrency = 2, .poll = 10ms});
  CHECK(sum.finished == 3);
  CHECK(uploads == 3);
  CHECK_FALSE(too_early);
  CHECK_FALSE(at.wait(theirs.resume(file_state::uploading)));
}

TEST_CASE("items of a paused state that are due keep none of another state waiting", "[postgres]") {
  own_database at;
  files mine{at.db}, theirs{at.theirs};
  pawl::trouble_record due;
  due.next_at = pawl::stored_time(1s);
  due.attempts = 1;
  due.run = 7;
  start_upload const beginning{};
  complete_upload const sent{"id", "uri"};
  for (std::string const key : {"a", "b", "c", "d", "last"}) {
    REQUIRE(at.wait(mine.insert_if_absent(key)));
    file<untracked> const fresh(key, 0);
    auto const begun = at.wait(mine.apply(fresh, beginning));
    if (key == "last") {
      due.next_at = pawl::stored_time(2s);
      auto const processing = at.wait(mine.apply(*begun, sent));
      REQUIRE(at.wait(mine.note(*processing, due)));
    } else {
      REQUIRE(at.wait(mine.note(*begun, due)));
    }
  }
  REQUIRE(at.wait(theirs.pause(file_state::uploading)));
  bool resumed = false, too_early = false, was_indexed = false;
  std::size_t uploads = 0;
  auto const resume = [&](pawl::loop<>& loop) -> pawl::task<void> {
    for (int i = 0; i < 500 && !was_indexed; ++i) {
      co_await loop.sleep(10ms);
      auto getting = theirs.get("last");
      auto const now = co_await std::move(getting);
      was_indexed = now.item->state == file_state::indexed;
    }
    resumed = true;
    auto resuming = theirs.resume(file_state::uploading);
    co_await std::move(resuming);
  };
  boost::asio::co_spawn(at.loop.get_executor(), resume(at.loop), [](std::exception_ptr) {});
  pawl::commit_queue queue{at.loop, mine};
  auto const sum = pawl::run(queue, counting_steps{uploads, resumed, too_early}, {.concurrency = 1, .poll = 10ms});
  CHECK(was_indexed);
  CHECK(sum.finished == 5);
  CHECK_FALSE(too_early);
}

// Holds each item in the step of `uploading` until it is stopped.
struct holding_steps {
  pawl::event_loop& loop;
  std::size_t& held;

  start_upload operator()(file<untracked>) { return {}; }
  pawl::task<pawl::one_of<complete_upload>> operator()(file<file_state::uploading>, pawl::safe&) {
    ++held;
    for (;;) co_await loop.sleep(10ms);
  }
  complete_processing operator()(file<file_state::processing>) { return {"doc"}; }
};

// The two ways to wait meet: for what another worker has claimed, and then, when that is nobody's, for its state.
TEST_CASE("a run that has waited for other workers' items waits on where their state is paused meanwhile",
          "[postgres]") {
  own_database at;
  files mine{at.db}, theirs{at.theirs};
  for (std::string const key : {"a", "b", "c"}) REQUIRE(at.wait(mine.insert_if_absent(key)));
  bool resumed = false, too_early = false, ended_early = false, is_over = false, was_waited_for = false;
  std::size_t uploads = 0, held = 0;
  pawl::stop_source stop;

  auto const operate = [&](pawl::event_loop& loop) -> pawl::task<void> {
    for (std::size_t workers = 0; workers < 2 || held < 3;) {
      co_await loop.sleep(10ms);
      auto asking = theirs.workers();
      auto const all = co_await std::move(asking);
      workers = all.size();
    }
    co_await loop.sleep(200ms);  // it has nothing to do but to wait for them
    was_waited_for = !is_over && uploads == 0;
    auto pausing = theirs.pause(file_state::uploading, "ada");
    co_await std::move(pausing);
    co_await loop.sleep(100ms);  // its poll
    stop.request_stop();
    for (std::size_t workers = 2; workers > 1;) {
      co_await loop.sleep(10ms);
      auto asking = theirs.workers();
      auto const all = co_await std::move(asking);
      workers = all.size();
    }
    co_await loop.sleep(500ms);  // what was claimed is nobody's now
    ended_early = is_over;
    resumed = true;
    auto resuming = theirs.resume(file_state::uploading);
    co_await std::move(resuming);
  };
  boost::asio::co_spawn(at.loop.get_executor(), operate(at.loop), [](std::exception_ptr) {});

  pawl::commit_queue my_queue{at.loop, mine}, their_queue{at.loop, theirs};
  auto const holding = [&]() -> pawl::task<void> {
    pawl::run_options how{.concurrency = 3, .poll = 10ms};
    how.stop = &stop;
    how.grace = 10ms;
    auto running = pawl::async_run(their_queue, holding_steps{at.loop, held}, how);
    co_await std::move(running);
  };
  auto const waiting = [&]() -> pawl::task<std::size_t> {
    while (held < 3) co_await at.loop.sleep(5ms);
    pawl::run_options const how{.concurrency = 2, .poll = 10ms};
    auto running = pawl::async_run(my_queue, counting_steps{uploads, resumed, too_early}, how);
    auto const sum = co_await std::move(running);
    is_over = true;
    co_return sum.finished;
  };
  boost::asio::co_spawn(at.loop.get_executor(), holding(), [](std::exception_ptr) {});
  CHECK(at.wait(waiting()) == 3);
  CHECK(was_waited_for);
  CHECK_FALSE(ended_early);
  CHECK_FALSE(too_early);
  CHECK(uploads == 3);
}

TEST_CASE("a transaction that begins with a change of nothing is told as committed where its answer was lost",
          "[postgres]") {
  own_database at;
  files mine{at.db};
  CHECK_FALSE(at.wait(mine.resume(file_state::uploading)));
  CHECK(at.in.sql.must("SELECT moved::text FROM pawl_batch ORDER BY written_at DESC LIMIT 1").at(0, 0) == "{0,1}");
  CHECK(at.wait(mine.remove_finished(0s, 5)) == 0);
}

}  // namespace postgres_pause_test
