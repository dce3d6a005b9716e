// The driver's verdicts on hand-made numbers. Includes the driver's source, since it is a program, not a library.
#include "../../examples/batch_benchmark/results.cpp"  // NOLINT(bugprone-suspicious-include)

#include "catch.hpp"

using namespace batch_benchmark;

static pawl::latency_snapshot p95_of(std::chrono::nanoseconds value) {
  pawl::latency_snapshot s;
  s.count = 1;
  s.quantiles = {{0.5, std::chrono::nanoseconds(1)}, {0.95, value}, {0.99, std::chrono::hours(1)}};
  return s;
}
static configuration_result measured(configuration what, std::chrono::nanoseconds elapsed = std::chrono::seconds(1)) {
  configuration_result r;
  r.what = what;
  r.elapsed = elapsed;
  r.segments.resize(segment_count);
  return r;
}
static void set(configuration_result& r, segment s, std::chrono::microseconds p95) {
  r.segments[static_cast<std::size_t>(s)] = p95_of(p95);
}
static configuration_result waiting(std::chrono::microseconds lock_wait) {
  auto r = measured({10, remote_profile::zero});
  set(r, segment::db_total, std::chrono::microseconds(1000));
  set(r, segment::lock_wait, lock_wait);
  return r;
}
static mode_result mode_of(mode how, std::vector<configuration_result> configurations) {
  mode_result m{how, durability::normal, {}};
  m.configurations = std::move(configurations);
  return m;
}

TEST_CASE("the log is clean up to 5 % of waiting, and contended above", "[examples]") {
  CHECK_FALSE(judge_log(waiting(std::chrono::microseconds(50))).contention());
  CHECK(judge_log(waiting(std::chrono::microseconds(50))).describe() ==
        "CLEAN (lock_wait P95 0.05 ms is 5.0 % of db_total P95 1 ms)");
  CHECK(judge_log(waiting(std::chrono::microseconds(51))).describe() ==
        "CONTENTION (lock_wait P95 0.051 ms is 5.1 % of db_total P95 1 ms)");
  auto r = waiting(std::chrono::microseconds(500));
  set(r, segment::queue, std::chrono::microseconds(10));
  CHECK(judge_log_without_update(r).describe() == "CLEAN (queue P95 0.01 ms is 1.0 % of db_total P95 1 ms)");
}

TEST_CASE("the bottleneck is the segment with the highest P95", "[examples]") {
  auto r = waiting(std::chrono::microseconds(20));
  set(r, segment::fsm_dispatch, std::chrono::microseconds(10));
  CHECK(find_bottleneck(r).segment == "db_total");
  set(r, segment::fsm_dispatch, std::chrono::microseconds(3000));
  CHECK(find_bottleneck(r).segment == "fsm_dispatch");
  CHECK(find_bottleneck(r).evidence ==
        "At (10, zero) fsm_dispatch has the highest P95 of db_total (1 ms), lock_wait (0.02 ms) and fsm_dispatch (3 "
        "ms); the lock wait is 2.0 % of db_total.");
}

TEST_CASE("a threshold passes up to its limit, fails above it, and never when it was interrupted", "[examples]") {
  auto const& t = thresholds[0];
  auto r = measured(t.what, t.limit);
  CHECK(verdict(t, &r) == "PASS");
  r.elapsed += std::chrono::nanoseconds(1);
  CHECK(verdict(t, &r) == "FAIL");
  r.elapsed = std::chrono::seconds(1);
  r.interrupted = true;
  CHECK(verdict(t, &r) == "interrupted");
  CHECK_FALSE(passes(t, r));
  CHECK(verdict(t, nullptr) == "not run");
}

TEST_CASE("the gate asks for both thresholds in every mode, and for grouped ahead of per-file", "[examples]") {
  auto fast = measured(thresholds[0].what), slow = measured(thresholds[0].what);
  fast.committed = 200;
  slow.committed = 100;
  auto const realistic = measured(thresholds[1].what);
  auto const missed = [&](configuration_result const& per_file, configuration_result const& grouped,
                          configuration_result const& later) {
    benchmark_result result;
    result.modes.push_back(mode_of(mode::per_file, {per_file, realistic}));
    result.modes.push_back(mode_of(mode::grouped, {grouped, later}));
    return missed_gate(result);
  };
  CHECK(missed(slow, fast, realistic).empty());
  CHECK(missed(fast, slow, realistic) == "grouped commits 100 transitions/s at (10, zero), and per-file 200");
  CHECK_FALSE(missed(fast, fast, realistic).empty());
  CHECK(missed(slow, fast, measured(thresholds[1].what, std::chrono::hours(7))) == "threshold 2 is missed by grouped");
  auto stopped = fast;
  stopped.interrupted = true;
  CHECK(missed(slow, stopped, realistic) == "threshold 1 is missed by grouped");
}
