// A latency collector that one thread records into while others read it. Not part of core.hpp, for what <atomic> and
// <mutex> cost to compile.
#ifndef PAWL_LATENCY_SINGLE_WRITER_HPP
#define PAWL_LATENCY_SINGLE_WRITER_HPP

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>

#include <pawl/latency/collector.hpp>
#include <pawl/latency/log_linear_collector.hpp>
#include <pawl/latency/snapshot.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// `record` is for one thread at a time; `add_to` and `read` are for any, at any time. They include every duration whose
// `record` happens before the call.
//
// For any collector: a mutex, contended only while another thread reads. `record` throws what the collector's own
// throws.
template <class Collector> class single_writer {
  static_assert(latency_collector<Collector>, "pawl: a single_writer needs a latency_collector");

 public:
  void record(std::chrono::nanoseconds duration) {
    std::lock_guard<std::mutex> const lock{mutex_};
    collector_.record(duration);
  }

  // Merges what was recorded into `into`.
  void add_to(Collector& into) const {
    std::lock_guard<std::mutex> const lock{mutex_};
    into.merge(collector_);
  }

  Collector read() const {
    std::lock_guard<std::mutex> const lock{mutex_};
    return collector_;
  }

 private:
  mutable std::mutex mutex_{};
  Collector collector_{};
};

// For a histogram: no lock. `record` is wait-free and as fast as the histogram's own: a counter with one writer needs
// only a load and a store.
//
// A read during a `record` sees a consistent histogram: count is the sum of the buckets, and min and max enclose them.
// Only the sum, and so the mean, may already include a duration that count does not.
template <unsigned Precision, unsigned RangeBits> class single_writer<log_linear_collector<Precision, RangeBits>> {
  using collector = log_linear_collector<Precision, RangeBits>;
  using counter = std::atomic<std::uint64_t>;

 public:
  void record(std::chrono::nanoseconds duration) noexcept {
    auto const value = detail::not_negative(duration);
    add_sum(value);
    if (value < min_.load(std::memory_order_relaxed)) [[unlikely]]
      min_.store(value, std::memory_order_relaxed);
    if (value > max_.load(std::memory_order_relaxed)) [[unlikely]]
      max_.store(value, std::memory_order_relaxed);
    if (value >= collector::range) [[unlikely]]
      return count_one(overflow_);
    count_one(counts_[collector::bucket_of(value)]);
  }

  void add_to(collector& into) const noexcept { into.merge(read()); }

  collector read() const noexcept {
    collector seen;
    std::uint64_t count = seen.overflow_ = overflow_.load(std::memory_order_acquire);
    for (std::size_t bucket = 0; bucket < collector::bucket_count; ++bucket)
      count += seen.counts_[bucket] = counts_[bucket].load(std::memory_order_acquire);
    if (count == 0) return seen;
    auto const total = sum();
    seen.total_ = {count, total.low, total.high, min_.load(std::memory_order_relaxed),
                   max_.load(std::memory_order_relaxed)};
    return seen;
  }

 private:
  struct wide {
    std::uint64_t low, high;
  };

  // The last store of a `record` (release): a thread that reads this count sees everything stored before it.
  static void count_one(counter& what) noexcept {
    what.store(what.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }

  // The sum has 128 bits in two words. While one is carried to the other, once in 2^64 ns, `carries_` is odd.
  void add_sum(std::uint64_t value) noexcept {
    auto const before = sum_low_.load(std::memory_order_relaxed);
    auto const after = before + value;
    if (after >= before) [[likely]]
      return sum_low_.store(after, std::memory_order_relaxed);
    auto const carries = carries_.load(std::memory_order_relaxed);
    carries_.store(carries + 1, std::memory_order_relaxed);
    sum_low_.store(after, std::memory_order_release);
    carries_.store(carries + 2, std::memory_order_release);
  }
  wide sum() const noexcept {
    for (;;) {
      auto const carries = carries_.load(std::memory_order_acquire);
      auto const low = sum_low_.load(std::memory_order_acquire);
      if (carries % 2 == 0 && carries == carries_.load(std::memory_order_relaxed)) return {low, carries / 2};
    }
  }

  counter sum_low_{0};
  counter carries_{0};
  counter min_{(std::numeric_limits<std::uint64_t>::max)()};
  counter max_{0};
  counter overflow_{0};
  std::array<counter, collector::bucket_count> counts_{};
};

}  // namespace pawl::inline PAWL_ABI

#endif
