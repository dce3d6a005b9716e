// Counts and durations of the last minutes, in memory that does not grow.
#ifndef PAWL_PAGE_RECENT_HPP
#define PAWL_PAGE_RECENT_HPP

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/latency/log_linear_collector.hpp>
#include <pawl/latency/snapshot.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::status {

// Events in steps of five seconds, for five minutes. Times are a loop's, which never go back.
class recent_counts {
 public:
  static constexpr std::chrono::seconds step = std::chrono::seconds(5);
  static constexpr std::size_t steps = 60;

  void add(std::chrono::nanoseconds now) {
    auto const number = number_of(now);
    auto& one = parts_[static_cast<std::size_t>(number) % steps];
    if (one.number != number) one = {number, 0};
    if (first_ < 0) first_ = now.count();
    ++one.count;
  }
  // Oldest first; the last one is under way.
  std::vector<std::uint64_t> by_time(std::chrono::nanoseconds now) const {
    std::vector<std::uint64_t> all;
    for (std::int64_t number = number_of(now) - static_cast<std::int64_t>(steps) + 1; number <= number_of(now);
         ++number) {
      auto const& one = parts_[static_cast<std::size_t>(number < 0 ? 0 : number) % steps];
      all.push_back(one.number == number ? one.count : 0);
    }
    return all;
  }
  // Over the last minute, or since the first event if that is later.
  double per_second(std::chrono::nanoseconds now) const {
    constexpr std::int64_t window = 12;
    std::uint64_t count = 0;
    auto const last = number_of(now);
    for (auto const& one : parts_)
      if (one.number > last - window && one.number <= last) count += one.count;
    std::chrono::nanoseconds const begin((last - window + 1) * std::chrono::nanoseconds(step).count());
    std::chrono::nanoseconds const first(first_);
    std::chrono::duration<double> const time = now - (first > begin ? first : begin);
    return count == 0 ? 0 : static_cast<double>(count) / (time.count() < 1 ? 1 : time.count());
  }

 private:
  struct part {
    std::int64_t number = -1;
    std::uint64_t count = 0;
  };
  static std::int64_t number_of(std::chrono::nanoseconds now) { return now / std::chrono::nanoseconds(step); }

  std::array<part, steps> parts_{};
  std::int64_t first_ = -1;
};

// Durations of this minute and of the five before it; quantiles are off by at most 1.6 %.
class recent_durations {
 public:
  using collector = log_linear_collector<5>;

  void record(std::chrono::nanoseconds now, std::chrono::nanoseconds duration) {
    auto const number = number_of(now);
    auto& one = parts_[static_cast<std::size_t>(number) % minutes];
    if (one.number != number) {
      one.number = number;
      one.durations = collector{};
    }
    one.durations.record(duration);
  }
  latency_snapshot snapshot(std::chrono::nanoseconds now) const {
    auto const all = std::make_unique<collector>();
    for (auto const& one : parts_)
      if (one.number >= 0 && one.number > number_of(now) - minutes) all->merge(one.durations);
    return all->snapshot();
  }

 private:
  static constexpr std::int64_t minutes = 6;
  struct part {
    std::int64_t number = -1;
    collector durations{};
  };
  static std::int64_t number_of(std::chrono::nanoseconds now) { return now / std::chrono::minutes(1); }

  std::array<part, minutes> parts_{};
};

// The steps of one lifecycle.
struct step_times {
  std::uint64_t attempts = 0, troubles = 0;
  std::chrono::nanoseconds total{};
  recent_counts counts{};
  recent_durations durations{};

  void note(std::chrono::nanoseconds now, std::chrono::nanoseconds duration) {
    ++attempts;
    total += duration;
    counts.add(now);
    durations.record(now, duration);
  }
};
struct lifecycle_times {
  explicit lifecycle_times(lifecycle_view const& view) : of(&view), steps(view.state_count()) {}
  lifecycle_times(lifecycle_times const&) = delete;
  lifecycle_times(lifecycle_times&&) = default;
  lifecycle_times& operator=(lifecycle_times const&) = delete;
  lifecycle_times& operator=(lifecycle_times&&) = default;
  ~lifecycle_times() = default;

  step_times& step(std::size_t state) {
    if (!steps[state]) steps[state] = std::make_unique<step_times>();
    return *steps[state];
  }

  lifecycle_view const* of;
  std::vector<std::unique_ptr<step_times>> steps;  // by state; made when it is first called
};

}  // namespace pawl::inline PAWL_ABI::detail::status

#endif
