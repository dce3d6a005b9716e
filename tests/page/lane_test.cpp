// How often the page asks the console, who is asked first, and what is shown meanwhile.
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "page/asking.hpp"

namespace page_lane_test {

using namespace page_test;
using pawl::detail::status::console_lane;
using pawl::detail::status::turn;

static std::chrono::steady_clock::time_point steady_now() { return std::chrono::steady_clock::now(); }

static std::string request_for(std::string const& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
}

// Asks in the background, and notes when it was answered.
struct asker {
  pawl::event_loop& loop;
  std::shared_ptr<console_lane> lane;
  std::vector<std::string> order{};

  static task<int> question(pawl::event_loop& on, std::chrono::nanoseconds length) {
    auto sleeping = on.sleep(length);
    co_await std::move(sleeping);
    co_return 1;
  }
  static task<void> ask(asker* self, std::string name, turn when, std::chrono::nanoseconds length) {
    try {
      auto asking = self->lane->ask(question(self->loop, length), when);
      co_await std::move(asking);
    } catch (pawl::error const& e) {
      name += " " + std::string(e.id());
    }
    self->order.push_back(std::move(name));
  }
  void begin(std::string name, turn when, std::chrono::nanoseconds length) {
    pawl::detail::spawn(loop.get_executor(), ask(this, std::move(name), when, length), {&pawl::detail::rethrow, {}});
  }
  void wait(std::string name, turn when, std::chrono::nanoseconds length) {
    loop.wait(ask(this, std::move(name), when, length));
  }
};

TEST_CASE("a short question does not end the pause of a long one", "[page]") {
  pawl::loop<> loop;
  asker of{loop, std::make_shared<console_lane>(loop, 0.1, 10s)};
  of.wait("long", turn::counting, 100ms);
  auto const begun = steady_now();
  of.wait("health", turn::at_once, 0ms);
  CHECK(steady_now() - begun < 100ms);
  pass(loop, 20ms);
  CHECK_FALSE(of.lane->is_free());
  of.wait("reading", turn::reading, 0ms);
  CHECK(steady_now() - begun >= 850ms);
}

TEST_CASE("countings keep to the share, however long they take; people wait for a part of the pause", "[page]") {
  pawl::loop<> loop;
  asker of{loop, std::make_shared<console_lane>(loop, 0.1, 200ms)};  // so that nobody waits for a pause over 100 ms
  of.wait("counting", turn::counting, 100ms);
  auto const begun = steady_now();
  CHECK_FALSE(of.lane->is_free_soon());
  of.begin("counting again", turn::counting, 0ms);
  of.wait("reading", turn::reading, 0ms);
  CHECK(steady_now() - begun >= 90ms);
  CHECK(steady_now() - begun < 800ms);
  while (of.order.size() < 3) pass(loop, 5ms);
  CHECK(steady_now() - begun >= 850ms);
}

TEST_CASE("actions are asked before readings, and these before countings", "[page]") {
  pawl::loop<> loop;
  asker of{loop, std::make_shared<console_lane>(loop, 1, 10s)};
  of.begin("first", turn::reading, 30ms);
  pass(loop, 5ms);
  of.begin("counting", turn::counting, 1ms);
  of.begin("reading", turn::reading, 1ms);
  of.begin("another reading", turn::reading, 1ms);
  of.begin("action", turn::action, 1ms);
  of.begin("health", turn::at_once, 1ms);
  while (of.order.size() < 6) pass(loop, 5ms);
  CHECK(of.order == std::vector<std::string>{"first", "health", "action", "reading", "another reading", "counting"});
}

TEST_CASE("a question that was never begun is another error than one that may still be answered", "[page]") {
  pawl::loop<> loop;
  asker of{loop, std::make_shared<console_lane>(loop, 1, 50ms)};
  of.begin("hangs", turn::reading, 300ms);
  pass(loop, 5ms);
  CHECK_FALSE(of.lane->is_overdue());
  of.wait("waits", turn::action, 0ms);
  CHECK(of.order == std::vector<std::string>{"hangs page.busy", "waits page.not_asked"});
  CHECK(of.lane->is_overdue());
  while (of.lane->is_busy()) pass(loop, 5ms);
  CHECK_FALSE(of.lane->is_overdue());
  of.begin("counts", turn::counting, 200ms);
  pass(loop, 80ms);
  CHECK(of.lane->is_busy());
  CHECK_FALSE(of.lane->is_overdue());
}

TEST_CASE("tables that take longer to count than the patience are shown when they have been counted", "[page]") {
  served_page site({.share = 1, .patience = 100ms});
  site.console.add("ada", "sent");
  site.console.delay = 200ms;  // twice for each counting
  CHECK(site.get("/").status == 503);
  CHECK(site.get("/").status == 503);
  pass(site.loop, 350ms);
  auto const seen = site.get("/");
  CHECK(seen.status == 200);
  CHECK(seen.has("sent 1"));
  CHECK(site.console.counted == 1);
}

TEST_CASE("all who wait for the first counting wait for the same one", "[page]") {
  served_page site({.counted_every = 0s});
  site.console.delay = 50ms;
  wire first(site.loop, site.page.port()), second(site.loop, site.page.port()), third(site.loop, site.page.port());
  for (auto* const one : {&first, &second, &third}) one->send(request_for("/"));
  CHECK(parsed(first.rest()).status == 200);
  CHECK(parsed(second.rest()).status == 200);
  CHECK(parsed(third.rest()).status == 200);
  CHECK(site.console.counted == 1);
}

TEST_CASE("during the pause the tables are shown as they were counted last", "[page]") {
  served_page site({.share = 0.01, .counted_every = 0s, .patience = 200ms});
  site.console.delay = 20ms;
  CHECK(site.get("/").has("letters.db"));
  auto const begun = steady_now();
  while (steady_now() - begun < 600ms) {
    auto const asked = steady_now();
    CHECK(site.get("/metrics").status == 200);
    CHECK(steady_now() - asked < 90ms);
    CHECK(site.get("/healthz").status == 200);
  }
  CHECK(site.console.counted == 1);  // the next after 4 s
}

TEST_CASE("what an action has changed is counted for the next who asks", "[page]") {
  served_page site({.token = pawl::page_token(secret), .counted_every = 1h});
  site.console.add("ada", "sent");
  CHECK_FALSE(site.get("/").has("1 parked"));
  CHECK(site.post("/action", "action=park&table=letters&key=ada&version=1&token=" + std::string(secret)).status == 200);
  CHECK(site.get("/").has("1 parked"));
  CHECK(site.console.counted == 2);
  site.get("/");
  CHECK(site.console.counted == 2);
}

TEST_CASE("while tables are counted the process is well, and an action that was not begun says so", "[page]") {
  served_page site({.token = pawl::page_token(secret), .counted_every = 0s, .patience = 60ms});
  CHECK(site.get("/healthz").status == 200);
  site.console.delay = 300ms;
  CHECK(site.get("/").status == 503);  // it has not been counted yet
  CHECK(site.get("/healthz").status == 200);
  auto const acted = site.post("/action", "action=pause&table=letters&state=sent&token=" + std::string(secret));
  CHECK(acted.status == 503);
  CHECK(acted.has("Nothing was done"));
  pass(site.loop, 700ms);
  CHECK(site.console.done.empty());
}

TEST_CASE("a counting that takes far too long is not well", "[page]") {
  served_page site({.counted_every = 0s, .patience = 20ms});
  CHECK(site.get("/healthz").status == 200);
  site.console.delay = 400ms;
  CHECK(site.get("/").status == 503);
  pass(site.loop, 130ms);
  CHECK(site.get("/healthz").status == 503);
  CHECK(site.get("/metrics").has("pawl_up 0\n"));
}

TEST_CASE("an action that is begun and not answered in time may still be done", "[page]") {
  served_page site({.token = pawl::page_token(secret), .share = 1, .counted_every = 1h, .patience = 50ms});
  CHECK_FALSE(site.get("/").has("paused"));
  site.console.delay = 120ms;
  auto const acted = site.post("/action", "action=pause&table=letters&state=sent&token=" + std::string(secret));
  CHECK(acted.status == 503);
  CHECK(acted.has("it may still be done"));
  pass(site.loop, 150ms);
  CHECK(site.console.done.size() == 1);
  site.console.delay = {};
  pass(site.loop, 50ms);
  CHECK(site.get("/").has("paused"));
}

TEST_CASE("metrics say that the database is away, and still what the runs of this process do", "[page]") {
  pawl::run_monitor monitor;
  served_page site({.monitor = &monitor, .counted_every = 0s});
  CHECK(site.get("/metrics").has("pawl_up 1\n"));
  CHECK(site.get("/metrics").has("pawl_items{"));
  site.console.failure.emplace(pawl::store_failure::busy, "pawl: the database is locked");
  pass(site.loop, 5ms);
  auto const seen = site.get("/metrics");
  CHECK(seen.status == 200);
  CHECK(seen.has("pawl_up 0\n"));
  CHECK(seen.has("pawl_run_transitions_total 0\n"));
  CHECK_FALSE(seen.has("pawl_items{"));
  site.console.failure.reset();
  pass(site.loop, 5ms);
  CHECK(site.get("/metrics").has("pawl_up 1\n"));
}

}  // namespace page_lane_test
