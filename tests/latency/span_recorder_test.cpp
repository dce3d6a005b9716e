// Spans: totals that are exact even after the ring has wrapped, self times from the tree of names, and no cost when
// off.
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include <pawl/latency/span.hpp>
#include <pawl/latency/span_recorder.hpp>

#include "catch.hpp"

namespace span_recorder_test {

using std::chrono::nanoseconds;
using namespace std::chrono_literals;

static_assert(pawl::a_span_recorder<pawl::span_recorder>);
static_assert(pawl::a_span_recorder<pawl::null_recorder>);
static_assert(!pawl::a_span_recorder<std::string>);
static_assert(std::is_empty_v<pawl::null_recorder>);
static_assert(sizeof(pawl::span_event) == 24);

static std::vector<std::string> names_of(std::vector<pawl::span_totals> const& rows) {
  std::vector<std::string> names;
  for (auto const& row : rows) names.push_back(row.name);
  return names;
}

static pawl::span_totals row_named(pawl::span_recorder const& spans, std::string const& name) {
  for (auto const& row : spans.top())
    if (row.name == name) return row;
  FAIL("no row " << name);
  return {};
}

struct hand_clock {
  nanoseconds* time;
  int* reads;
  nanoseconds operator()() const noexcept {
    ++*reads;
    return *time;
  }
};

TEST_CASE("the totals of a name are its calls, total, longest and mean time", "[latency]") {
  pawl::span_recorder spans;
  auto const update = spans.name("update");
  spans.add(update, 100ns, 10ns);
  spans.add(update, 200ns, 31ns);
  spans.add(update, 300ns, 20ns);
  auto const row = row_named(spans, "update");
  CHECK(row.calls == 3);
  CHECK(row.total == 61ns);
  CHECK(row.self == 61ns);
  CHECK(row.max == 31ns);
  CHECK(row.mean.count() == Approx(61.0 / 3));
}

TEST_CASE("self time is the total without the spans inside", "[latency]") {
  pawl::span_recorder spans;
  auto const write = spans.name("write");
  auto const update = spans.name("update", write);
  auto const step = spans.name("step", update);
  auto const commit = spans.name("commit", write);
  spans.add(step, 2ns, 10ns);
  spans.add(update, 1ns, 30ns);
  spans.add(commit, 40ns, 50ns);
  spans.add(write, 0ns, 100ns);
  CHECK(row_named(spans, "write").self == 20ns);
  CHECK(row_named(spans, "update").self == 20ns);
  CHECK(row_named(spans, "step").self == 10ns);
  CHECK(row_named(spans, "commit").self == 50ns);
}

TEST_CASE("self time is 0 where spans side by side add up to more than the one around them", "[latency]") {
  pawl::span_recorder spans;
  auto const outer = spans.name("outer");
  auto const inner = spans.name("inner", outer);
  spans.add(inner, 0ns, 90ns);
  spans.add(inner, 0ns, 90ns);
  spans.add(outer, 0ns, 100ns);
  CHECK(row_named(spans, "outer").self == 0ns);
  CHECK(row_named(spans, "inner").total == 180ns);
}

TEST_CASE("a name under several parents is one row, and each parent's self time loses its own part", "[latency]") {
  pawl::span_recorder spans;
  auto const upload = spans.name("upload");
  auto const import = spans.name("import");
  spans.add(spans.name("sleep", upload), 0ns, 30ns);
  spans.add(spans.name("sleep", import), 0ns, 5ns);
  spans.add(upload, 0ns, 40ns);
  spans.add(import, 0ns, 6ns);
  auto const sleep = row_named(spans, "sleep");
  CHECK(sleep.calls == 2);
  CHECK(sleep.total == 35ns);
  CHECK(row_named(spans, "upload").self == 10ns);
  CHECK(row_named(spans, "import").self == 1ns);
}

TEST_CASE("a span inside one of its own name is a call, but not counted twice in the total", "[latency]") {
  pawl::span_recorder spans;
  auto const outer = spans.name("visit");
  auto const between = spans.name("child", outer);
  auto const inner = spans.name("visit", between);
  spans.add(inner, 0ns, 40ns);
  spans.add(between, 0ns, 60ns);
  spans.add(outer, 0ns, 100ns);
  auto const row = row_named(spans, "visit");
  CHECK(row.calls == 2);
  CHECK(row.total == 100ns);
  CHECK(row.self == 80ns);
  CHECK(row.mean.count() == 70);
}

TEST_CASE("the top rows are those with the largest total, equal ones by name, without names never called",
          "[latency]") {
  pawl::span_recorder spans;
  for (auto const* name : {"c", "b", "large", "small", "never"}) (void)spans.name(name);
  spans.add(spans.name("c"), 0ns, 5ns);
  spans.add(spans.name("small"), 0ns, 1ns);
  spans.add(spans.name("large"), 0ns, 9ns);
  spans.add(spans.name("b"), 0ns, 5ns);
  CHECK(names_of(spans.top()) == std::vector<std::string>{"large", "b", "c", "small"});
  CHECK(names_of(spans.top(2)) == std::vector<std::string>{"large", "b"});
  CHECK(spans.top(0).empty());
}

TEST_CASE("a name and its parent have one id, and the name is copied", "[latency]") {
  pawl::span_recorder spans;
  std::string name = "a name longer than any small string buffer";
  auto const id = spans.name(name);
  auto const inside = spans.name(name, id);
  name.assign(name.size(), '?');
  CHECK(spans.name("a name longer than any small string buffer") == id);
  CHECK(inside != id);
  CHECK(spans.name_of(id) == "a name longer than any small string buffer");
  CHECK(spans.parent_of(inside) == id);
  CHECK(spans.parent_of(id) == pawl::no_span);
  CHECK_THROWS_AS(spans.name_of(pawl::no_span), std::out_of_range);
}

TEST_CASE("ids that a recorder never gave are ignored", "[latency]") {
  pawl::span_recorder spans;
  spans.add(pawl::no_span, 0ns, 5ns);
  spans.add(pawl::span_id{7}, 0ns, 5ns);
  CHECK(spans.top().empty());
  CHECK(spans.events().empty());
  CHECK(spans.parent_of(spans.name("x", pawl::span_id{7})) == pawl::no_span);
}

TEST_CASE("the ring keeps the latest events in their order and counts the overwritten, and totals know them all",
          "[latency]") {
  pawl::span_recorder spans{{.capacity = 4}};
  auto const id = spans.name("x");
  for (int i = 0; i < 3; ++i) spans.add(id, nanoseconds{i}, 1ns, static_cast<std::uint32_t>(i));
  CHECK(spans.events().size() == 3);
  CHECK(spans.dropped() == 0);
  for (int i = 3; i < 10; ++i) spans.add(id, nanoseconds{i}, 1ns, static_cast<std::uint32_t>(i));
  auto const events = spans.events();
  REQUIRE(events.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(events[i].start == nanoseconds{6 + static_cast<int>(i)});
    CHECK(events[i].slot == 6 + i);
    CHECK(events[i].id == id);
  }
  CHECK(spans.dropped() == 6);
  CHECK(row_named(spans, "x").calls == 10);
}

TEST_CASE("a ring that is just full has dropped nothing", "[latency]") {
  pawl::span_recorder spans{{.capacity = 2}};
  auto const id = spans.name("x");
  spans.add(id, 1ns, 1ns);
  spans.add(id, 2ns, 1ns);
  CHECK(spans.dropped() == 0);
  CHECK(spans.events().front().start == 1ns);
}

TEST_CASE("without a ring the totals are kept all the same", "[latency]") {
  pawl::span_recorder spans{{.capacity = 0}};
  spans.add(spans.name("x"), 0ns, 5ns);
  CHECK(spans.events().empty());
  CHECK(spans.dropped() == 1);
  CHECK(row_named(spans, "x").total == 5ns);
}

TEST_CASE("a negative duration of a span counts as 0", "[latency]") {
  pawl::span_recorder spans;
  spans.add(spans.name("x"), 0ns, -5ns);
  CHECK(row_named(spans, "x").total == 0ns);
  CHECK(row_named(spans, "x").calls == 1);
  CHECK(spans.events().front().duration == 0ns);
}

TEST_CASE("merged recorders have the totals and events of both, names matched and not ids", "[latency]") {
  pawl::span_recorder first, second{{.capacity = 1}};
  auto const a = first.name("a");
  auto const b = first.name("b", a);
  first.add(b, 0ns, 3ns);
  auto const other_c = second.name("c");
  auto const other_a = second.name("a");
  auto const other_b = second.name("b", other_a);
  second.add(other_c, 1ns, 7ns, 9);
  second.add(other_b, 2ns, 4ns, 9);
  first.merge(second);
  CHECK(row_named(first, "b").total == 7ns);
  CHECK(row_named(first, "b").max == 4ns);
  CHECK(row_named(first, "c").total == 7ns);
  REQUIRE(first.events().size() == 2);
  CHECK(first.events()[1].id == b);
  CHECK(first.events()[1].slot == 9);
  CHECK(first.dropped() == 1);
  first.merge(first);
  CHECK(row_named(first, "b").calls == 4);
  CHECK(first.events().size() == 4);
}

TEST_CASE("a scoped span lasts from its construction to its destruction", "[latency]") {
  pawl::span_recorder spans;
  auto const id = spans.name("scope");
  nanoseconds time = 100ns;
  int reads = 0;
  {
    pawl::scoped_span const outer{spans, id, 3, hand_clock{&time, &reads}};
    time = 142ns;
  }
  CHECK(reads == 2);
  REQUIRE(spans.events().size() == 1);
  CHECK(spans.events()[0].start == 100ns);
  CHECK(spans.events()[0].duration == 42ns);
  CHECK(spans.events()[0].slot == 3);
}

TEST_CASE("a scoped span is recorded when an exception ends it, and reads the steady clock by itself", "[latency]") {
  pawl::span_recorder spans;
  try {
    pawl::scoped_span const outer{spans, spans.name("scope")};
    throw std::runtime_error{"over"};
  } catch (std::runtime_error const&) {}
  CHECK(row_named(spans, "scope").calls == 1);
  CHECK(row_named(spans, "scope").total < 1s);
}

TEST_CASE("with the null recorder the clock is never read and nothing is kept", "[latency]") {
  pawl::null_recorder spans;
  nanoseconds time{};
  int reads = 0;
  { pawl::scoped_span const outer{spans, spans.name("scope"), 0, hand_clock{&time, &reads}}; }
  CHECK(reads == 0);
  CHECK(spans.top().empty());
  CHECK(spans.events().empty());
}

TEST_CASE("paths are the names in their places, parents first, with the time of each", "[latency]") {
  pawl::span_recorder spans{{.capacity = 0}};
  auto const upload = spans.name("upload"), import = spans.name("import");
  auto const sleep = spans.name("sleep", upload);
  spans.add(sleep, 0ns, 30ns);
  spans.add(upload, 0ns, 100ns);
  spans.add(spans.name("sleep", import), 0ns, 50ns);
  spans.add(import, 0ns, 20ns);
  auto const paths = spans.paths();
  REQUIRE(paths.size() == 4);
  CHECK(paths[0].id == upload);
  CHECK(paths[0].parent == pawl::no_span);
  CHECK(paths[0].calls == 1);
  CHECK(paths[0].total == 100ns);
  CHECK(paths[0].self == 70ns);
  CHECK(paths[1].self == 0ns);  // what ran inside adds up to more
  CHECK(paths[2].id == sleep);
  CHECK(paths[2].parent == upload);
  CHECK(paths[2].total == 30ns);
  CHECK(paths[3].parent == import);
  CHECK(paths[3].self == 50ns);
}

}  // namespace span_recorder_test
