// The measured results and the verdicts on them.
#ifndef BATCH_BENCHMARK_RESULTS_HPP
#define BATCH_BENCHMARK_RESULTS_HPP

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/latency/snapshot.hpp>
#include <pawl/latency/span_recorder.hpp>
#include <pawl/latency/timeline.hpp>

#include "measurements.hpp"
#include "settings.hpp"

namespace batch_benchmark {

// The spans of a configuration that are kept one by one, for the traces: those of about its last hundred files.
inline constexpr std::size_t traced_spans = 4096;

struct configuration_result {
  configuration what;
  std::chrono::nanoseconds elapsed{}, jumped{};  // real time is the difference
  std::chrono::nanoseconds ideal{};              // ceil(files / concurrency) cycles of nothing but the remote
  std::vector<pawl::latency_snapshot> segments;  // in the order of segment_names
  std::vector<std::pair<std::string_view, pawl::latency_snapshot>> events;
  std::size_t committed = 0;  // transitions
  std::size_t indexed = 0;    // files at version 3
  std::uintmax_t log_before = 0, log_after = 0;
  bool interrupted = false;
  std::vector<file_times> samples;
  pawl::latency_snapshot writes;  // db_total, at the quantiles of a curve
  pawl::timeline progress;        // files that left, from the first one's beginning
  pawl::span_recorder profile{{.capacity = traced_spans}};

  pawl::latency_snapshot const& of(segment s) const { return segments[static_cast<std::size_t>(s)]; }
  // In milliseconds; 0 where nothing was measured.
  double p95_ms(segment s) const;
  double per_second(double count) const;
};

// One way to reach the store, with the configurations that ran.
struct mode_result {
  mode how;
  durability kept;
  std::vector<configuration_result> configurations;
  pawl::span_recorder profile{{.capacity = 0}};

  configuration_result const* find(configuration const& what) const;
  std::string title() const;  // "grouped, full"
};

struct benchmark_result {
  settings asked;
  std::chrono::system_clock::time_point began;
  std::string server;       // its version, where the store is on one
  std::string file_system;  // of the databases
  bool in_memory = false;   // that is a RAM disk
  bool interrupted = false;
  std::vector<mode_result> modes;
  std::vector<mode_result> compared;             // more designs, at (10, zero) alone
  pawl::span_recorder profile{{.capacity = 0}};  // of all of it

  std::string_view percentile_method() const;
};

inline constexpr configuration compared_configuration{10, remote_profile::zero};

// ---- thresholds ----

struct threshold {
  int number;
  configuration what;
  std::chrono::seconds limit;
};
inline constexpr std::array<threshold, 2> thresholds{
    {{1, {10, remote_profile::zero}, std::chrono::seconds(300)},
     {2, {10, remote_profile::realistic}, std::chrono::seconds(21'600)}}};
inline bool passes(threshold const& t, configuration_result const& r) { return !r.interrupted && r.elapsed <= t.limit; }
inline std::string_view verdict(threshold const& t, configuration_result const* r) {
  return r == nullptr ? "not run" : r->interrupted ? "interrupted" : passes(t, *r) ? "PASS" : "FAIL";
}

// Both thresholds in every mode and, where both ran, grouped ahead of per-file at (10, zero). The sentence says what is
// missed; empty: nothing.
std::string missed_gate(benchmark_result const& result);

// ---- the write-ahead log ----

// Contention: the P95 of the waiting is more than 5 % of the P95 of the whole write.
struct log_verdict {
  double waiting_ms = 0, write_ms = 0;
  bool contention() const { return waiting_ms > 0.05 * write_ms; }
  std::string describe() const;  // "CONTENTION (lock_wait P95 0.24 ms is 46.2 % of db_total P95 0.52 ms)"
  std::string_view waiting_name = "lock_wait";
};
log_verdict judge_log(configuration_result const& r);
log_verdict judge_log_without_update(configuration_result const& r);

// ---- the bottleneck ----

struct bottleneck {
  std::string_view segment;
  std::string evidence;  // a sentence
};
bottleneck find_bottleneck(configuration_result const& r);

// ---- the designs side by side ----

inline constexpr std::array compared_segments{segment::db_total, segment::lock_wait, segment::fsm_dispatch,
                                              segment::fsm_net};
struct design {
  std::string title;
  mode how;
  durability kept;
  configuration_result const* measured;
};
// per-file first, which is what the others are compared with. Empty: one of per-file and grouped did not run at (10,
// zero).
std::vector<design> compared_designs(benchmark_result const& result);

}  // namespace batch_benchmark

#endif
