// What a monitor has seen of a run, and how much it keeps.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <pawl/loop/clock.hpp>
#include <pawl/page/run_monitor.hpp>
#include <pawl/runner/observers.hpp>

#include "catch.hpp"
#include "page/asking.hpp"
#include "page/letters.hpp"

namespace page_run_monitor_test {

using namespace page_test;

TEST_CASE("a monitor sees a run's steps, transitions, gates and errors", "[page]") {
  pawl::loop<pawl::virtual_clock> loop;
  pawl::memory_store<letter> store;
  for (int i = 0; i < 100; ++i) store.insert_if_absent("letter " + std::to_string(i));
  for (char const* const key : {"refused", "busy", "lost"}) store.insert_if_absent(key);
  pawl::run_monitor monitor;
  pawl::commit_queue queue{loop, store, monitor.observer()};
  auto const sum = pawl::run(queue, post_office{loop}, {.concurrency = 10, .gates = {.states = {letter_state::sent}}});
  CHECK(sum.finished == 102);

  auto const seen = monitor.look(loop.now());
  CHECK(seen.transitions == 204);
  CHECK(seen.conflicts == 0);
  REQUIRE(seen.steps.size() == 2);
  auto const& mailing = seen.steps[0];
  CHECK(mailing.lifecycle == "letter");
  CHECK(mailing.state == "written");
  CHECK(mailing.attempts == 105);
  CHECK(mailing.troubles == 3);
  CHECK(mailing.recent.count == 105);
  CHECK(mailing.recent.quantile(0.5).value() >= 9800us);
  CHECK(mailing.recent.quantile(0.5).value() <= 10200us);
  CHECK(seen.steps[1].state == "sent");
  CHECK(seen.steps[1].attempts == 103);
  CHECK(seen.steps[1].recent.quantile(0.5).value() >= 29'400us);
  REQUIRE(seen.runs.size() == 1);
  CHECK(seen.runs[0].in_flight == 0);
  REQUIRE(seen.runs[0].progress);
  CHECK(seen.runs[0].progress->arrived == 102);
  REQUIRE(seen.gates.size() == 1);
  CHECK(seen.gates[0].kind == pawl::gate_kind::state);
  CHECK(seen.gates[0].name == "sent");
  REQUIRE(seen.errors.size() == 4);  // newest first
  std::vector<std::string> words;
  for (auto const& one : seen.errors) words.push_back(one.key + ": " + one.text);
  CHECK_THAT(words, Catch::Matchers::VectorContains(std::string("lost: permanent: no such address")));
  CHECK_THAT(words, Catch::Matchers::VectorContains(std::string("refused: transient: connection reset")));
  CHECK(seen.errors.front().ago <= seen.errors.back().ago);

  auto const later = monitor.look(loop.now() + 10min);
  CHECK(later.transitions == 204);
  CHECK(later.transitions_per_second == 0);
  CHECK(later.steps[0].attempts == 105);
  CHECK(later.steps[0].recent.count == 0);
}

// A page shows what the monitor beside an observer of the program's own has seen.
TEST_CASE("a monitor and an observer of the program's own see one run, and the page shows it", "[page]") {
  struct counting {
    std::size_t taken = 0, moved = 0, progress = 0;
    void on_take(std::size_t, pawl::any_item<letter> const&, std::chrono::nanoseconds) { ++taken; }
    void on_transition(pawl::transition_times const& times) { moved += times.moved ? 1U : 0U; }
    void on_progress(pawl::run_progress const&) { ++progress; }
  } mine;
  pawl::run_monitor monitor;
  served_page site({.monitor = &monitor});
  pawl::memory_store<letter> store;
  for (int i = 0; i < 5; ++i) store.insert_if_absent("letter " + std::to_string(i));
  pawl::observers both{monitor.observer(), mine};
  pawl::commit_queue queue{site.loop, store, both};
  CHECK(pawl::run(queue, post_office{site.loop}, {.concurrency = 2}).finished == 5);
  CHECK(mine.taken == 5);
  CHECK(mine.moved == 10);
  CHECK(mine.progress >= 2);
  auto const runs = nlohmann::json::parse(site.get("/api/status.json").body)["runs"];
  CHECK(runs["transitions"] == 10);
  CHECK(runs["steps"][0]["attempts"] == 5);
  CHECK(runs["runs"][0]["arrived"] == 5);
}

TEST_CASE("a monitor sees what is in flight, in the state in which it is now", "[page]") {
  pawl::loop<pawl::virtual_clock> loop;
  pawl::memory_store<letter> store;
  for (int i = 0; i < 3; ++i) store.insert_if_absent("letter " + std::to_string(i));
  pawl::run_monitor monitor;
  pawl::commit_queue queue{loop, store, monitor.observer()};
  std::vector<pawl::seen_runs> seen;
  auto const watch = [](pawl::event_loop& on, pawl::run_monitor const& of,
                        std::vector<pawl::seen_runs>& into) -> task<void> {
    for (auto const time : {5ms, 20ms}) {
      auto sleeping = on.sleep(time);
      co_await std::move(sleeping);
      into.push_back(of.look(on.now()));
    }
  };
  pawl::detail::spawn(loop.get_executor(), watch(loop, monitor, seen), {&pawl::detail::rethrow, {}});
  CHECK(pawl::run(queue, post_office{loop}, {.concurrency = 10}).finished == 3);
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].runs[0].in_flight == 3);
  CHECK(seen[0].runs[0].oldest_state == "written");
  CHECK(seen[0].runs[0].oldest_age == 5ms);
  CHECK(seen[1].runs[0].oldest_state == "sent");
  CHECK(seen[1].runs[0].oldest_key.substr(0, 7) == "letter ");
}

TEST_CASE("rates are those of the last minute, and the picture that of five", "[page]") {
  pawl::detail::status::recent_counts counts;
  auto const begin = std::chrono::nanoseconds(1000h);
  for (int i = 0; i < 600; ++i) counts.add(begin + i * 1s);
  CHECK(counts.per_second(begin + 599s) == Approx(1).margin(0.1));
  CHECK(counts.by_time(begin + 599s).size() == 60);
  CHECK(counts.by_time(begin + 599s)[30] == 5);
  CHECK(counts.per_second(begin + 800s) == 0);
  CHECK(counts.by_time(begin + 800s).back() == 0);
  pawl::detail::status::recent_counts few;
  for (int i = 0; i < 10; ++i) few.add(begin + i * 100ms);
  CHECK(few.per_second(begin + 2s) == Approx(5));  // since the first, not over a whole minute
}

TEST_CASE("durations are forgotten after some minutes", "[page]") {
  auto const times = std::make_unique<pawl::detail::status::recent_durations>();
  auto const begin = std::chrono::nanoseconds(1000h);
  times->record(begin, 1s);
  times->record(begin + 4min, 2s);
  CHECK(times->snapshot(begin + 4min).count == 2);
  CHECK(times->snapshot(begin + 7min).count == 1);
  times->record(begin + 30min, 3s);
  CHECK(times->snapshot(begin + 30min).count == 1);
  CHECK(times->snapshot(begin + 30min).max == 3s);
}

TEST_CASE("what a monitor keeps is bounded, whatever it is told", "[page]") {
  pawl::run_monitor monitor;
  auto& observer = monitor.observer();
  pawl::any_item<letter> const large(std::string(100'000, 'k'), 1, letter_state::written);
  for (int i = 0; i < 5000; ++i) {
    observer.on_take(0, large, i * 1ms);
    observer.on_trouble(0, large, pawl::trouble::transient(std::string(10'000, 'e')));
    observer.on_gate({pawl::gate_kind::named, "host " + std::to_string(i), noon, 1});
  }
  auto const seen = monitor.look(5s);
  CHECK(seen.errors.size() == 50);
  CHECK(seen.errors[0].key.size() == 203);
  CHECK(seen.errors[0].text.size() == 503);
  CHECK(seen.gates.size() == 100);
  CHECK(seen.gates.back().name == "host 4999");
  CHECK(seen.steps[0].troubles == 5000);
}

TEST_CASE("a transition from outside does not move what is in the first slot", "[page]") {
  pawl::run_monitor monitor;
  auto& observer = monitor.observer();
  observer.on_take(0, pawl::any_item<letter>("ada", 1, letter_state::written), 1ms);
  pawl::transition_times times;
  times.key = "grace";
  times.committed = 2ms;
  observer.on_transition(times);
  CHECK(monitor.look(3ms).runs[0].oldest_state == "written");
  times.key = "ada";
  observer.on_transition(times);
  CHECK(monitor.look(3ms).runs[0].oldest_state == "sent");
  CHECK(monitor.look(3ms).transitions == 2);
}

TEST_CASE("with a page the progress of an idle run has its right age", "[page]") {
  pawl::run_monitor monitor;
  auto& observer = monitor.observer();
  {
    pawl::loop<> loop;
    fake_console console(loop);
    pawl::status_page const page(loop, console, {.monitor = &monitor});
    observer.on_take(0, pawl::any_item<letter>("ada", 1, letter_state::written), loop.now() - 1h);
    observer.on_progress({});  // no hook has told the time since
    CHECK(monitor.look(loop.now()).runs[0].progress_ago < 1min);
    CHECK(monitor.look(loop.now() + 5min).runs[0].progress_ago >= 5min);
  }
  observer.on_progress({});  // the loop is gone, and not asked
}

TEST_CASE("a page beside a run is answered while the run goes on, and shows it", "[page]") {
  pawl::loop<> loop;
  fake_console console(loop);
  pawl::memory_store<letter> store;
  store.insert_if_absent("lost");
  for (int i = 0; i < 40; ++i) store.insert_if_absent("letter " + std::to_string(i));
  pawl::run_monitor monitor;
  pawl::commit_queue queue{loop, store, monitor.observer()};
  pawl::status_page const page(loop, console, {.monitor = &monitor});
  std::string during;
  auto const look = [](pawl::event_loop& on, std::uint16_t port, std::string& into) -> task<void> {
    auto sleeping = on.sleep(70ms);
    co_await std::move(sleeping);
    asio::ip::tcp::socket socket(on.get_executor());
    socket.connect({asio::ip::address_v4::loopback(), port});
    std::string const request = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    auto writing = asio::async_write(socket, asio::buffer(request), pawl::await);
    co_await std::move(writing);
    auto reading = asio::async_read(socket, asio::dynamic_buffer(into), pawl::http::detail::as_error);
    co_await std::move(reading);
  };
  pawl::detail::spawn(loop.get_executor(), look(loop, page.port(), during), {&pawl::detail::rethrow, {}});
  CHECK(pawl::run(queue, post_office{loop}, {.concurrency = 4}).finished == 40);
  CHECK(during.find("<b>4</b> in flight") != std::string::npos);
  CHECK(during.find("permanent: no such address") != std::string::npos);
  CHECK(during.find("aria-label=\"Steps\"") != std::string::npos);
  auto const status = nlohmann::json::parse(pawl::dump(pawl::detail::status::json_of(monitor.look(loop.now()))));
  CHECK(status["steps"][0]["attempts"] == 41);
  CHECK(status["transitions"] == 80);
}

}  // namespace page_run_monitor_test
