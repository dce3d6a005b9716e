// A latency collector that is exact while the samples are few, and a histogram of fixed size from then on.
#ifndef PAWL_LATENCY_HYBRID_COLLECTOR_HPP
#define PAWL_LATENCY_HYBRID_COLLECTOR_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <pawl/latency/collector.hpp>
#include <pawl/latency/exact_collector.hpp>
#include <pawl/latency/log_linear_collector.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// Keeps up to `MostExact` samples as `exact_collector` does. The next one, or a merge that exceeds the limit, moves
// them into a `log_linear_collector<Precision, RangeBits>`, for good: the relative error is 0 until then and below
// `max_relative_error` after it. `method()`, and the snapshot's `method`, tell which of the two it is now. Count, min,
// max, mean and sum are exact all along.
//
// The default limit is where the histogram is about as large as the samples: 33 KiB of them, 38 KiB of buckets.
template <std::size_t MostExact = 4096, unsigned Precision = 7, unsigned RangeBits = 44> class hybrid_collector {
 public:
  using histogram = log_linear_collector<Precision, RangeBits>;

  static constexpr std::size_t most_exact = MostExact;
  static constexpr double max_relative_error = histogram::max_relative_error;

  // Prepares for `samples` durations in all: for more than `MostExact` it becomes a histogram at once, else it
  // allocates room for them. Until that many are recorded `record` neither allocates nor throws, and collectors that
  // expect the same number use the same method. Throws std::bad_alloc; nothing has changed then.
  void expect(std::size_t samples) {
    if (!exact()) return;
    if (samples > MostExact)
      become_a_histogram();
    else
      samples_.reserve(samples);
  }

  // Allocates nothing as a histogram. Before that it is an append to a vector, and the sample that comes after
  // `MostExact` allocates the histogram. Throws std::bad_alloc; nothing has changed then.
  void record(std::chrono::nanoseconds duration) {
    if (exact()) {
      if (samples_.count() < MostExact) return samples_.record(duration);
      become_a_histogram();
    }
    histogram_.front().record(duration);
  }

  // The result is exact if both are and together are at most `MostExact`. Throws std::bad_alloc; nothing has changed
  // then.
  void merge(hybrid_collector const& other) {
    if (exact() && other.exact() && other.count() <= MostExact - count()) return samples_.merge(other.samples_);
    if (exact()) become_a_histogram();  // other too, if it is this one
    if (other.exact())
      pour(other.samples_, histogram_.front());
    else
      histogram_.front().merge(other.histogram_.front());
  }

  // Whether every quantile is a duration that was recorded. Once false it stays false.
  bool exact() const noexcept { return histogram_.empty(); }
  // The name of what it is now, as snapshots have it. A literal.
  std::string_view method() const noexcept { return exact() ? exact_collector::method : histogram::method; }

  std::uint64_t count() const noexcept { return exact() ? samples_.count() : histogram_.front().count(); }
  // Of these, how many were beyond the histogram's range; always 0 while it is exact.
  std::uint64_t overflow() const noexcept { return exact() ? 0 : histogram_.front().overflow(); }

  // How many of them are at most `limit`: exactly, or to the resolution of the buckets.
  std::uint64_t count_at_most(std::chrono::nanoseconds limit) const noexcept {
    return exact() ? samples_.count_at_most(limit) : histogram_.front().count_at_most(limit);
  }

  std::optional<std::chrono::nanoseconds> quantile(double p) const {
    return exact() ? samples_.quantile(p) : histogram_.front().quantile(p);
  }

  latency_snapshot snapshot(std::span<double const> ps = usual_quantiles) const {
    return exact() ? samples_.snapshot(ps) : histogram_.front().snapshot(ps);
  }

 private:
  static void pour(exact_collector const& from, histogram& into) noexcept {
    for (auto const sample : from.samples()) into.record(sample);
  }

  void become_a_histogram() {
    std::vector<histogram> made(1);
    pour(samples_, made.front());
    histogram_.swap(made);
    samples_ = {};
  }

  exact_collector samples_{};
  std::vector<histogram> histogram_{};  // one, or none while it is exact: on the heap, and copied with the collector
};
static_assert(latency_collector<hybrid_collector<>>);

}  // namespace pawl::inline PAWL_ABI

#endif
