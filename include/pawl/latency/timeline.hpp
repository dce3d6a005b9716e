// Counts events over time in a fixed number of slices: the progress of a run, and its pauses.
#ifndef PAWL_LATENCY_TIMELINE_HPP
#define PAWL_LATENCY_TIMELINE_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <pawl/latency/order.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// Slices are a microsecond wide at first. Whenever time runs past the last slice, neighbours are merged and all become
// twice as wide, so memory use is constant however long the run takes. Count, last event and longest pause are exact.
//
// One thread at a time.
class timeline {
 public:
  // A point of the curve: `count` events up to then.
  struct point {
    std::chrono::nanoseconds at{};
    std::uint64_t count = 0;
  };
  struct pause {
    std::chrono::nanoseconds from{}, to{};
    std::chrono::nanoseconds length() const noexcept { return to - from; }
  };

  // At least 2 slices, and an even number of them.
  explicit timeline(std::size_t slices = 128) : counts_(detail::greater(std::size_t{2}, slices + slices % 2)) {}

  // Records an event at this time after the beginning. One before the beginning, or before the latest, is moved there.
  void record(std::chrono::nanoseconds since_begin) noexcept {
    auto const at = detail::greater(since_begin, latest_);
    if (at - latest_ > longest_.length()) longest_ = {latest_, at};
    latest_ = at;
    ++count_;
    auto slice = static_cast<std::uint64_t>(at / width_);
    for (; slice >= counts_.size(); slice /= 2) join_neighbours();
    ++counts_[static_cast<std::size_t>(slice)];
  }

  std::uint64_t count() const noexcept { return count_; }
  // Between two events, or before the first.
  pause longest_pause() const noexcept { return longest_; }

  // The curve from {0, 0} to {the latest event, count()}: a point at the end of each slice that has events, and one at
  // its beginning where the slice before has none, so that a line through them is level where nothing happened.
  std::vector<point> points() const;

 private:
  void join_neighbours() noexcept;

  std::vector<std::uint64_t> counts_;
  std::chrono::nanoseconds width_ = std::chrono::microseconds(1);
  std::chrono::nanoseconds latest_{};
  std::uint64_t count_ = 0;
  pause longest_{};
};

}  // namespace pawl::inline PAWL_ABI

#ifndef PAWL_COMPILED
#include <pawl/latency/timeline_impl.hpp>
#endif

#endif
