// Durations as texts, and the choice of a column's unit.
#include <array>
#include <chrono>
#include <vector>

#include <pawl/latency/exact_collector.hpp>
#include <pawl/report/format.hpp>

#include "catch.hpp"

namespace format_test {

using namespace std::chrono_literals;
using pawl::time_unit;

static pawl::latency_snapshot snapshot_of(int count, std::chrono::nanoseconds step) {
  pawl::exact_collector collector;
  for (int i = 0; i < count; ++i) collector.record(i * step);
  return collector.snapshot();
}

TEST_CASE("a duration is printed in the unit asked for, with fixed decimals", "[report]") {
  CHECK(pawl::in_unit(1'500'000ns, time_unit::milliseconds) == "1.50");
  CHECK(pawl::in_unit(1'500ns, time_unit::microseconds) == "1.50");
  CHECK(pawl::in_unit(328'020ms, time_unit::seconds) == "328.02");
  CHECK(pawl::in_unit(1'234'567ns, time_unit::milliseconds, 4) == "1.2346");
  CHECK(pawl::in_unit(1'500'000ns, time_unit::milliseconds, 0) == "2");
  CHECK(pawl::in_unit(0ns, time_unit::milliseconds) == "0.00");
  CHECK(pawl::in_unit(pawl::fractional_nanoseconds{1234.5}, time_unit::microseconds, 4) == "1.2345");
}

TEST_CASE("units have their usual names", "[report]") {
  CHECK(pawl::unit_name(time_unit::microseconds) == "µs");
  CHECK(pawl::unit_name(time_unit::milliseconds) == "ms");
  CHECK(pawl::unit_name(time_unit::seconds) == "s");
}

TEST_CASE("a column is in milliseconds unless one of its durations would print as 0.00", "[report]") {
  using column = std::vector<pawl::fractional_nanoseconds>;
  CHECK(pawl::choose_unit(column{}) == time_unit::milliseconds);
  CHECK(pawl::choose_unit(column{5'100ns, 3s}) == time_unit::milliseconds);
  CHECK(pawl::choose_unit(column{4'900ns, 3s}) == time_unit::microseconds);
  CHECK(pawl::choose_unit(column{0ns, 3s}) == time_unit::milliseconds);
  CHECK(pawl::choose_unit(column{5'100ns}, 1) == time_unit::microseconds);
  CHECK(pawl::choose_unit(column{600ns}, 3) == time_unit::milliseconds);
}

TEST_CASE("the unit of a column of snapshots looks only at quantiles that are printed", "[report]") {
  std::array const slow{snapshot_of(818, 10us), snapshot_of(0, 1ns)};
  CHECK(pawl::choose_unit(slow) == time_unit::milliseconds);
  std::array const mixed{snapshot_of(818, 10us), snapshot_of(818, 1ns)};
  CHECK(pawl::choose_unit(mixed) == time_unit::microseconds);
  pawl::exact_collector one;
  one.record(40ns);
  CHECK(pawl::choose_unit(std::array{one.snapshot()}) == time_unit::milliseconds);
}

TEST_CASE("a quantile that is not meaningful, or not there, is a dash", "[report]") {
  auto const many = snapshot_of(818, 1ms);
  CHECK(pawl::quantile_in_unit(many, 0.5, time_unit::milliseconds) == "409.00");
  CHECK(pawl::quantile_in_unit(many, 0.42, time_unit::milliseconds) == "-");
  auto const ten = snapshot_of(10, 1ms);
  CHECK(pawl::quantile_in_unit(ten, 0.5, time_unit::milliseconds) == "5.00");
  CHECK(pawl::quantile_in_unit(ten, 0.95, time_unit::milliseconds) == "-");
  CHECK(pawl::quantile_in_unit(snapshot_of(0, 1ms), 0.5, time_unit::milliseconds) == "-");
}

TEST_CASE("all quantiles stand in one cell", "[report]") {
  CHECK(pawl::quantiles_in_unit(snapshot_of(818, 1ms), time_unit::seconds, 3) == "0.409/0.777/0.809");
  CHECK(pawl::quantiles_in_unit(snapshot_of(10, 1ms), time_unit::milliseconds) == "5.00/-/-");
  CHECK(pawl::quantiles_in_unit(snapshot_of(0, 1ms), time_unit::milliseconds) == "-/-/-");
}

}  // namespace format_test
