// Events over time in slices: exact counts for any duration, flat lines where nothing happened, the longest pause.
#include <chrono>
#include <cstdint>
#include <string>

#include <pawl/latency/timeline.hpp>

#include "catch.hpp"

namespace timeline_test {

using namespace std::chrono_literals;

static std::string way_of(pawl::timeline const& events) {
  std::string way;
  for (auto const& point : events.points())
    way += std::to_string(point.at.count()) + ":" + std::to_string(point.count) + " ";
  return way;
}

TEST_CASE("a timeline of nothing is its beginning", "[latency]") {
  pawl::timeline const nothing;
  CHECK(nothing.count() == 0);
  CHECK(way_of(nothing) == "0:0 ");
  CHECK(nothing.longest_pause().length() == 0ns);
}

TEST_CASE("a timeline is level where nothing happened, and ends at the latest event", "[latency]") {
  pawl::timeline events{8};
  for (auto const at : {100ns, 900ns, 1'500ns, 6'200ns}) events.record(at);
  CHECK(way_of(events) == "0:0 1000:2 2000:3 6000:3 6200:4 ");
  CHECK(events.longest_pause().from == 1'500ns);
  CHECK(events.longest_pause().to == 6'200ns);
}

TEST_CASE("slices join as time goes on, and no event is lost", "[latency]") {
  pawl::timeline events{4};
  for (int i = 0; i < 4; ++i) events.record(i * 1us);
  events.record(4us);  // slices of 2 us from here on
  CHECK(way_of(events) == "0:0 2000:2 4000:4 4000:5 ");
  events.record(1h);
  CHECK(events.count() == 6);
  CHECK(events.points().size() <= 2 * 4 + 1);
  CHECK(events.points().back().count == 6);
  CHECK(events.points().back().at == 1h);
  CHECK(events.longest_pause().length() == 1h - 4us);
}

TEST_CASE("the wait for the first event is a pause, too", "[latency]") {
  pawl::timeline events;
  events.record(5s);
  events.record(6s);
  CHECK(events.longest_pause().from == 0s);
  CHECK(events.longest_pause().to == 5s);
}

TEST_CASE("an event before the latest counts as at its time", "[latency]") {
  pawl::timeline events{3};  // four slices
  events.record(2us);
  events.record(-1us);
  events.record(1us);
  CHECK(events.count() == 3);
  CHECK(way_of(events) == "0:0 2000:0 2000:3 ");
}

}  // namespace timeline_test
