// The measurements of a configuration: an observer of the run that adds up each file's times and collects them by
// segment.
#ifndef BATCH_BENCHMARK_MEASUREMENTS_HPP
#define BATCH_BENCHMARK_MEASUREMENTS_HPP

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <pawl/core.hpp>
#include <pawl/runner/observer.hpp>

#include "file_times.hpp"
#include "lifecycle.hpp"
#include "progress.hpp"
#include "search_api.hpp"

namespace batch_benchmark {

// Exact up to many thousands of samples, and a histogram beyond, whose name says so.
using collector = pawl::hybrid_collector<100'000>;

// The names of the spans, so that all modes use the same ones.
class spans {
 public:
  // The slots of what belongs to no file in flight.
  static constexpr std::uint32_t database_lane = 1'000'000, program_lane = 1'000'001;

  explicit spans(pawl::span_recorder& to);
  pawl::span_recorder& recorder;
  // Of a file.
  pawl::span_id file, hydrate, dispatch, write, queue, update, committing, upload, import, upload_sleep, import_sleep;
  // Of a transaction, which several files may share.
  pawl::span_id transaction, begin, commit, checkpoint;
  // Of the program.
  pawl::span_id open, close, insert, reset, verify, report, read;

  // From on_span of a database, which tells no start.
  void add_of_database(std::string_view what, std::chrono::nanoseconds ended, std::chrono::nanoseconds duration);
};

// All on the loop's thread. It must outlive the run.
class measurements {
 public:
  measurements(std::size_t files, std::size_t concurrency, bool keep_samples, spans& named, progress& shown);

  // ---- an observer of pawl's, called by the run or by hand ----
  void on_take(std::size_t slot, any_file const& item, std::chrono::nanoseconds now);
  void on_phase(std::size_t slot, pawl::phase what, std::chrono::nanoseconds start, std::chrono::nanoseconds duration);
  void on_transition(pawl::transition_times const& times);
  void on_batch(pawl::batch_times const& times);
  void on_leave(std::size_t slot, any_file const& item, std::chrono::nanoseconds now);

  // ---- the adapter ----
  void on_call(api_call which, std::string_view path, std::chrono::nanoseconds start, std::chrono::nanoseconds end);
  void on_asked_sleep(std::string_view path, std::chrono::nanoseconds asked);

  batch_benchmark::spans& spans() { return spans_; }
  std::size_t in_flight() const { return slot_of_.size(); }  // files

  // ---- afterwards ----
  std::size_t committed() const { return committed_; }     // transitions
  std::size_t completed() const { return completed_; }     // files that went from untracked to indexed
  std::vector<pawl::latency_snapshot> by_segment() const;  // in the order of segment_names
  std::vector<std::pair<std::string_view, pawl::latency_snapshot>> by_event() const;  // transitions
  pawl::latency_snapshot at_quantiles(segment s, std::span<double const> ps) const {
    return segments_[static_cast<std::size_t>(s)].snapshot(ps);
  }
  pawl::timeline const& progress_over_time() const { return timeline_; }
  std::vector<file_times> take_samples() { return std::move(samples_); }

 private:
  struct in_hand {
    file_times times;
    std::chrono::nanoseconds last_dispatch{};
    std::chrono::nanoseconds asked_sleep{};  // by the call that is under way
  };
  std::uint32_t slot_of(std::string_view path) const;
  void collect(segment s, std::chrono::nanoseconds d) { segments_[static_cast<std::size_t>(s)].record(d); }

  batch_benchmark::spans& spans_;
  progress& progress_;
  bool keep_samples_;
  std::vector<in_hand> slots_;
  // Of the files in flight. Their paths are in their slots, which are left before another file takes them.
  std::unordered_map<std::string_view, std::uint32_t> slot_of_;
  std::array<collector, segment_count> segments_;
  std::array<collector, pawl::events_of<file_lifecycle>::size> events_;
  std::vector<file_times> samples_;
  pawl::timeline timeline_{40};
  std::optional<std::chrono::nanoseconds> began_;
  std::size_t committed_ = 0;
  std::size_t completed_ = 0;
};

}  // namespace batch_benchmark

#endif
