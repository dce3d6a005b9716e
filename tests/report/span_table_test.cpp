// The profile as a table and as JSON.
#include <chrono>
#include <sstream>
#include <string>

#include <pawl/latency/span_recorder.hpp>
#include <pawl/report.hpp>

#include "catch.hpp"

namespace span_table_test {

using namespace std::chrono_literals;

static pawl::span_recorder recorded() {
  pawl::span_recorder spans;
  auto const write = spans.name("db_write");
  auto const commit = spans.name("commit", write);
  spans.add(commit, 0ns, 1'500us);
  spans.add(commit, 0ns, 2'500us);
  spans.add(write, 0ns, 10ms);
  spans.add(spans.name("dispatch"), 0ns, 40ns);
  return spans;
}

TEST_CASE("the profile shows the spans by total time, one unit a column", "[report]") {
  CHECK(pawl::span_table(recorded().top()).render() ==
        "Wall-clock profile\n"
        "span      calls     self     total      mean       max\n"
        "                      µs        µs        µs        µs\n"
        "--------  -----  -------  --------  --------  --------\n"
        "db_write      1  6000.00  10000.00  10000.00  10000.00\n"
        "commit        2  4000.00   4000.00   2000.00   2500.00\n"
        "dispatch      1     0.04      0.04      0.04      0.04\n");
}

TEST_CASE("the profile is in milliseconds where those say enough, and has no more rows than asked for", "[report]") {
  CHECK(pawl::span_table(recorded().top(), 2, "Profile").render() ==
        "Profile\n"
        "span      calls  self  total   mean    max\n"
        "                   ms     ms     ms     ms\n"
        "--------  -----  ----  -----  -----  -----\n"
        "db_write      1  6.00  10.00  10.00  10.00\n"
        "commit        2  4.00   4.00   2.00   2.50\n");
}

TEST_CASE("the profile as JSON is unrounded milliseconds", "[report]") {
  auto const json = pawl::to_json(recorded().top());
  REQUIRE(json.size() == 3);
  CHECK(pawl::dump(json[1], -1) ==
        R"({"name":"commit","calls":2,"self_ms":4.0,"total_ms":4.0,"mean_ms":2.0,"max_ms":2.5})");
  CHECK(json[2]["total_ms"] == 4e-5);
}

TEST_CASE("a profile of nothing is a table without rows and an empty array", "[report]") {
  pawl::span_recorder const nothing;
  CHECK(pawl::span_table(nothing.top()).render() ==
        "Wall-clock profile\n"
        "span  calls  self  total  mean  max\n"
        "               ms     ms    ms   ms\n"
        "----  -----  ----  -----  ----  ---\n");
  CHECK(pawl::dump(pawl::to_json(nothing.top())) == "[]");
}

TEST_CASE("spans as JSON can be streamed, whatever bytes are in their names", "[report]") {
  pawl::span_recorder spans;
  spans.add(spans.name("refus\xe9"), 0ns, 5ns);
  auto const rows = spans.top(1);
  std::ostringstream out;
  REQUIRE_NOTHROW(out << pawl::to_json(rows));
  CHECK(pawl::to_json(rows)[0]["name"] == "refus\xef\xbf\xbd");
}

}  // namespace span_table_test
