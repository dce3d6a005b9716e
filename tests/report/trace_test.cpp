// Spans as files for trace and profile viewers, checked against the rules of their formats.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <pawl/latency/span_recorder.hpp>
#include <pawl/report.hpp>

#include "catch.hpp"
#include "trace_formats.hpp"

namespace trace_test {

using namespace std::chrono_literals;
using pawl::report_json;
using namespace trace_formats;

// Two files at once, and a transaction that neither of them is around.
static pawl::span_recorder two_files() {
  pawl::span_recorder spans;
  auto const file = spans.name("file");
  auto const write = spans.name("db_write", file);
  auto const queue = spans.name("queue", write);
  for (std::uint32_t slot : {0u, 1u}) {
    auto const begin = 1'000'000ns + slot * 10ns;
    spans.add(queue, begin + 20ns, 30ns, slot);
    spans.add(write, begin + 20ns, 100ns, slot);
    spans.add(file, begin, 1'500ns, slot);
  }
  spans.add(spans.name("transaction"), 1'000'040ns, 2us, 7);
  return spans;
}

// Names that would break a text that quotes them badly.
static std::vector<std::string> const hostile_names{"",
                                                    "a;b c 17",
                                                    "\n\r\t",
                                                    "\"\\\",",
                                                    "\x1b[31m",
                                                    "\xff\xc3(",
                                                    "\xe2\x80\xae"
                                                    "evil",
                                                    "</script>",
                                                    "{}"};

static report_json events_named(report_json const& trace, std::string const& name) {
  report_json found = report_json::array();
  for (auto const& event : trace["traceEvents"])
    if (event["name"] == name) found.push_back(event);
  return found;
}

TEST_CASE("a Chrome trace has a process a recorder and a thread a slot, and tells times in microseconds", "[report]") {
  pawl::chrome_trace trace;
  trace.add("import", two_files(), {{7, "store"}});
  CHECK(broken_in_chrome_trace(trace.text()) == "");
  auto const json = report_json::parse(trace.text());
  CHECK(events_named(json, "process_name")[0]["args"]["name"] == "import");
  auto const threads = events_named(json, "thread_name");
  REQUIRE(threads.size() == 3);
  CHECK(threads[0]["args"]["name"] == "slot 0");
  CHECK(threads[1]["args"]["name"] == "slot 1");
  CHECK(threads[2]["args"]["name"] == "store");
  auto const queues = events_named(json, "queue");
  REQUIRE(queues.size() == 4);
  CHECK(pawl::dump(queues[2], -1) == R"({"ph":"B","name":"queue","cat":"span","pid":1,"tid":2,"ts":0.03})");
  CHECK(pawl::dump(queues[3], -1) == R"({"ph":"E","name":"queue","cat":"span","pid":1,"tid":2,"ts":0.06})");
  CHECK(json["otherData"] == report_json{{"kept_spans", 7}, {"dropped_spans", 0}});
}

TEST_CASE("two recorders are two processes on one time line, and no thread's number is used twice", "[report]") {
  pawl::span_recorder later;
  later.add(later.name("report"), 5ms, 1ms);
  pawl::chrome_trace trace;
  trace.add("import", two_files());
  trace.add("after", later);
  CHECK(broken_in_chrome_trace(trace.text()) == "");
  auto const report = events_named(report_json::parse(trace.text()), "report");
  REQUIRE(report.size() == 2);
  CHECK(report[0]["ts"] == 4'000.0);
  CHECK(report[1]["ts"] == 5'000.0);
  CHECK(report[0]["pid"] == 2);
  CHECK(report[0]["tid"] == 4);
}

TEST_CASE("a trace holds no more spans than its recorder kept, and says how many are missing", "[report]") {
  pawl::span_recorder spans{{.capacity = 10}};
  auto const id = spans.name("step");
  for (int i = 0; i < 25; ++i) spans.add(id, i * 1us, 1us);
  pawl::chrome_trace trace;
  trace.add("flight", spans);
  CHECK(broken_in_chrome_trace(trace.text()) == "");
  auto const json = report_json::parse(trace.text());
  CHECK(events_named(json, "step").size() == 20);
  CHECK(json["otherData"]["dropped_spans"] == 15);
  CHECK(events_named(json, "process_labels")[0]["args"]["labels"] == "15 earlier spans dropped");
}

TEST_CASE("spans of one slot that overlap go to lanes of their own, and none is lost", "[report]") {
  pawl::span_recorder spans;
  auto const id = spans.name("call");
  spans.add(id, 0ns, 10ns);
  spans.add(id, 5ns, 10ns);
  spans.add(id, 6ns, 2ns);
  spans.add(id, 12ns, 1ns);
  auto const lanes = pawl::span_lanes(spans, {{0, "net"}});
  REQUIRE(lanes.size() == 2);
  CHECK(lanes[0].name == "net");
  CHECK(lanes[0].spans.size() == 3);
  CHECK(lanes[1].name == "net (2)");
  CHECK(lanes[1].spans.size() == 1);
}

TEST_CASE("whatever is recorded, traces nest and profiles close what they open", "[report]") {
  std::mt19937 random{42};
  auto const below = [&](unsigned n) { return static_cast<std::uint32_t>(random() % n); };
  for (int round = 0; round < 200; ++round) {
    pawl::span_recorder spans{{.capacity = 64}};
    std::vector<pawl::span_id> ids{pawl::no_span};
    for (int i = 0; i < 5; ++i)
      ids.push_back(spans.name("n" + std::to_string(below(4)), ids[below(static_cast<unsigned>(i) + 1)]));
    for (unsigned i = below(100); i > 0; --i)
      spans.add(ids[1 + below(5)], std::chrono::nanoseconds(below(40)), std::chrono::nanoseconds(below(20)), below(3));
    pawl::chrome_trace trace;
    trace.add("p", spans);
    REQUIRE(broken_in_chrome_trace(trace.text()) == "");
    pawl::speedscope_file profile{"p"};
    profile.add("p", spans);
    REQUIRE(broken_in_speedscope(profile.text()) == "");
    REQUIRE(broken_in_folded_stacks(pawl::folded_stacks(spans)) == "");
    std::size_t spread = 0;
    for (auto const& lane : pawl::span_lanes(spans)) spread += lane.spans.size();
    REQUIRE(spread == spans.events().size());
  }
}

using spans_of_lane = std::vector<std::pair<std::size_t, std::string>>;

static spans_of_lane nesting_of(pawl::span_recorder const& spans, pawl::span_lane const& lane) {
  spans_of_lane result;
  std::vector<std::chrono::nanoseconds> ends;
  for (auto const& span : lane.spans) {
    while (!ends.empty() && ends.back() <= span.start) ends.pop_back();
    result.emplace_back(ends.size(), spans.name_of(span.id));
    ends.push_back(span.start + span.duration);
  }
  return result;
}

// As far from its beginning as a run of days, where a double holds microseconds to a hundredth of a nanosecond.
TEST_CASE("a Chrome trace keeps its nesting for who reads its times as doubles", "[report]") {
  std::mt19937_64 random{7};
  auto const below = [&](std::int64_t n) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
  };
  for (int round = 0; round < 300; ++round) {
    pawl::span_recorder spans;
    std::vector<pawl::span_id> ids;
    for (int i = 0; i < 4; ++i) ids.push_back(spans.name("n" + std::to_string(i)));
    spans.add(ids[0], 0ns, 1ns, 9);  // what the times count from
    auto const length = std::int64_t{1} << (4 + below(30));
    // From the outside in: a span begins or ends with its parent or within it, follows another at once, or has no length.
    auto const fill = [&](auto const& self, std::int64_t begin, std::int64_t end, int depth) -> void {
      for (auto at = begin + below(2) * below(length / 8); at <= end && depth < 6;) {
        auto const last = below(3) == 0 ? end : (std::min)(end, at + below(3) * below(length / 4));
        spans.add(ids[static_cast<std::size_t>(below(4))], std::chrono::nanoseconds{at},
                  std::chrono::nanoseconds{last - at});
        if (last > at) self(self, at, last, depth + 1);
        if (below(4) == 0 || last == end) break;
        at = last + below(2) * below(length / 8);
      }
    };
    auto const begin = below(3) == 0 ? 0 : below(std::int64_t{1} << (20 + below(29)));
    fill(fill, begin, begin + length, 0);
    pawl::chrome_trace trace;
    trace.add("p", spans);
    auto const threads = events_of_threads(report_json::parse(trace.text()));
    auto const lanes = pawl::span_lanes(spans);
    REQUIRE(threads.size() == lanes.size());
    std::size_t number = 0;
    for (auto const& [thread, events] : threads) {
      std::string broken;
      auto const read = trace_formats::nesting_of(events, broken);
      REQUIRE(broken == "");
      REQUIRE(read == nesting_of(spans, lanes[number++]));
      // What is put off is put off by less than all these spans can see.
      for (auto const& event : events)
        CHECK(event.time <= static_cast<double>(begin + length) / 1e3 + 0.1);  // microseconds
    }
  }
}

TEST_CASE("spans without a length begin and end within those around them", "[report]") {
  pawl::span_recorder spans;
  auto const outer = spans.name("outer"), inner = spans.name("inner"), other = spans.name("other");
  spans.add(outer, 0ns, 10ns);
  spans.add(inner, 0ns, 0ns);
  spans.add(inner, 4ns, 0ns);
  spans.add(other, 4ns, 0ns);
  spans.add(inner, 5ns, 3ns);
  spans.add(inner, 8ns, 2ns);
  pawl::chrome_trace trace;
  trace.add("p", spans);
  std::string broken;
  auto const threads = events_of_threads(report_json::parse(trace.text()));
  CHECK(trace_formats::nesting_of(threads.begin()->second, broken) ==
        spans_of_lane{{0, "outer"}, {1, "inner"}, {1, "inner"}, {1, "other"}, {1, "inner"}, {1, "inner"}});
  CHECK(broken == "");
}

TEST_CASE("folded stacks are the self time of each path in nanoseconds", "[report]") {
  CHECK(pawl::folded_stacks(two_files()) ==
        "file 2800\n"
        "file;db_write 140\n"
        "file;db_write;queue 60\n"
        "transaction 2000\n");
  CHECK(pawl::folded_stacks(two_files(), "grouped").starts_with("grouped;file 2800\n"));
  CHECK(pawl::folded_stacks(pawl::span_recorder{}) == "");
}

TEST_CASE("folded stacks are exact where the spans themselves were dropped", "[report]") {
  pawl::span_recorder spans{{.capacity = 0}};
  spans.add(spans.name("step"), 0ns, 3ns);
  spans.add(spans.name("step"), 0ns, 4ns);
  CHECK(pawl::folded_stacks(spans) == "step 7\n");
}

TEST_CASE("a speedscope file has the totals first, then each lane by time", "[report]") {
  pawl::speedscope_file profile{"nightly"};
  profile.add("import", two_files(), {{7, "store"}});
  CHECK(broken_in_speedscope(profile.text()) == "");
  auto const json = report_json::parse(profile.text());
  CHECK(json["name"] == "nightly");
  CHECK(json["exporter"] == "pawl " PAWL_VERSION_STRING);
  REQUIRE(json["profiles"].size() == 4);
  auto const& totals = json["profiles"][0];
  CHECK(totals["name"] == "import");
  CHECK(totals["weights"] == report_json{2800, 140, 60, 2000});
  CHECK(totals["endValue"] == 5000);
  CHECK(totals["samples"][2] == report_json{0, 1, 2});
  auto const& lane = json["profiles"][2];
  CHECK(lane["name"] == "import: slot 1");
  std::string story;
  for (auto const& event : lane["events"])
    story += event["type"].get<std::string>() +
             json["shared"]["frames"][event["frame"].get<std::size_t>()]["name"].get<std::string>() + "@" +
             event["at"].dump() + " ";
  CHECK(story == "Ofile@10 Odb_write@30 Oqueue@30 Cqueue@60 Cdb_write@130 Cfile@1510 ");
  CHECK(lane["endValue"] == 2040);
  CHECK(json["profiles"][3]["name"] == "import: store");
}

TEST_CASE("names of any kind leave every file well-formed", "[report]") {
  pawl::span_recorder spans;
  pawl::span_id parent = pawl::no_span;
  for (auto const& name : hostile_names) {
    parent = spans.name(name, parent);
    spans.add(parent, 0ns, 10ns);
    spans.add(spans.name(name), 20ns, 10ns);
  }
  for (auto const& name : hostile_names) {
    pawl::chrome_trace trace;
    trace.add(name, spans, {{0, name}});
    CHECK(broken_in_chrome_trace(trace.text()) == "");
    pawl::speedscope_file profile{name};
    profile.add(name, spans, {{0, name}});
    CHECK(broken_in_speedscope(profile.text()) == "");
    CHECK(broken_in_folded_stacks(pawl::folded_stacks(spans, name)) == "");
  }
  CHECK(pawl::folded_stacks(spans).find("a\\x3bb c 17 ") != std::string::npos);
}

TEST_CASE("a recorder of nothing is a valid trace and a valid profile", "[report]") {
  pawl::chrome_trace trace;
  CHECK(broken_in_chrome_trace(trace.text()) == "");
  trace.add("nothing", pawl::span_recorder{});
  CHECK(broken_in_chrome_trace(trace.text()) == "");
  pawl::speedscope_file profile{"nothing"};
  profile.add("nothing", pawl::span_recorder{});
  CHECK(broken_in_speedscope(profile.text()) == "");
}

}  // namespace trace_test
