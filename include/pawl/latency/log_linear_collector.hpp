// A latency collector of fixed size: a histogram whose buckets grow with the value, so that its relative error does
// not.
#ifndef PAWL_LATENCY_LOG_LINEAR_COLLECTOR_HPP
#define PAWL_LATENCY_LOG_LINEAR_COLLECTOR_HPP

#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <pawl/latency/collector.hpp>
#include <pawl/latency/order.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

namespace detail {
template <unsigned Precision> struct log_linear_name;
}
template <class Collector> class single_writer;

// Each power of two is divided into `2^Precision` buckets of equal width; below `2^(Precision + 1)` nanoseconds each
// bucket is one nanosecond. A quantile is answered with the middle of its bucket, so it is off by less than
// `max_relative_error`: 0.4 % with the default, in 38 KiB. Count, min, max, mean and sum are exact.
//
// `record` allocates nothing, cannot fail and takes one to two nanoseconds. Durations from `2^RangeBits` ns on (4.9
// hours with the default) share one counter, `overflow`; a quantile among them is answered with the greatest duration
// recorded.
//
// The buckets are members of the object: it is trivially copyable, and large for a stack or a coroutine's frame.
template <unsigned Precision = 7, unsigned RangeBits = 44> class log_linear_collector {
  static_assert(Precision >= 1 && Precision <= 14, "pawl: a log-linear collector has a precision of 1 to 14 bits");
  static_assert(RangeBits > Precision + 1 && RangeBits <= 63,
                "pawl: a log-linear collector has a range of at most 63 bits");

 public:
  static constexpr double max_relative_error = 1.0 / static_cast<double>(std::uint64_t{2} << Precision);
  static constexpr std::string_view method = detail::log_linear_name<Precision>::value;
  // The first duration that is an overflow, in nanoseconds.
  static constexpr std::uint64_t range = std::uint64_t{1} << RangeBits;
  // How many buckets there are, of 8 bytes each.
  static constexpr std::size_t bucket_count = std::size_t{RangeBits - Precision + 1} << Precision;

  constexpr void record(std::chrono::nanoseconds duration) noexcept {
    auto const value = detail::not_negative(duration);
    total_.add(value);
    if (value >= range) [[unlikely]] {
      ++overflow_;
      return;
    }
    ++counts_[bucket_of(value)];
  }

  constexpr void merge(log_linear_collector const& other) noexcept {
    for (std::size_t bucket = 0; bucket < bucket_count; ++bucket) counts_[bucket] += other.counts_[bucket];
    overflow_ += other.overflow_;
    total_.merge(other.total_);
  }

  constexpr std::uint64_t count() const noexcept { return total_.count(); }
  // Of these, how many were `range` or longer.
  constexpr std::uint64_t overflow() const noexcept { return overflow_; }

  // How many of them are at most `limit`, to the resolution of the buckets: the whole bucket that contains `limit`
  // counts.
  constexpr std::uint64_t count_at_most(std::chrono::nanoseconds limit) const noexcept {
    auto const value = detail::not_negative(limit);
    if (limit.count() < 0) return 0;
    if (value >= total_.largest()) return count();
    std::uint64_t result = 0;
    auto const last = value < range ? bucket_of(value) : bucket_count - 1;
    for (std::size_t bucket = 0; bucket <= last; ++bucket) result += counts_[bucket];
    return result;
  }

  constexpr std::optional<std::chrono::nanoseconds> quantile(double p) const noexcept {
    if (count() == 0) return std::nullopt;
    return detail::as_nanoseconds(cursor{*this}.value_at(floor_index(p, count())));
  }

  latency_snapshot snapshot(std::span<double const> ps = usual_quantiles) const {
    auto result = total_.describe(method, ps);
    result.overflow = overflow_;
    if (count() == 0) return result;
    std::vector<quantile_point*> ascending;  // one walk over the buckets answers all of them
    ascending.reserve(result.quantiles.size());
    for (auto& point : result.quantiles) ascending.push_back(&point);
    auto const index_of = [this](quantile_point const* point) { return floor_index(point->p, count()); };
    detail::sort(ascending.data(), ascending.size(), [&](auto* a, auto* b) { return index_of(a) < index_of(b); });
    cursor walk{*this};
    for (auto* point : ascending) point->value = detail::as_nanoseconds(walk.value_at(index_of(point)));
    return result;
  }

  // The bucket of a duration below `range`. Buckets are numbered from 0 without a gap, in ascending order.
  static constexpr std::size_t bucket_of(std::uint64_t value) noexcept {
    auto const shift = static_cast<unsigned>(std::bit_width(value | (2 * half - 1))) - (Precision + 1);
    return (std::size_t{shift} << Precision) + static_cast<std::size_t>(value >> shift);
  }
  // The smallest duration of a bucket.
  static constexpr std::uint64_t bucket_lower(std::size_t bucket) noexcept {
    auto const shift = shift_of(bucket);
    return (std::uint64_t{bucket} - (std::uint64_t{shift} << Precision)) << shift;
  }
  // How many different durations a bucket holds.
  static constexpr std::uint64_t bucket_width(std::size_t bucket) noexcept {
    return std::uint64_t{1} << shift_of(bucket);
  }

 private:
  friend class single_writer<log_linear_collector>;

  static constexpr std::uint64_t half = std::uint64_t{1} << Precision;

  static constexpr unsigned shift_of(std::size_t bucket) noexcept {
    return bucket < 2 * half ? 0 : static_cast<unsigned>((bucket >> Precision) - 1);
  }

  // Walks over the buckets once, for indices that do not descend.
  class cursor {
   public:
    constexpr explicit cursor(log_linear_collector const& collector) noexcept : of_{collector} {}

    constexpr std::uint64_t value_at(std::uint64_t index) noexcept {
      auto const& total = of_.total_;
      if (index == 0) return total.smallest();
      if (index == total.count() - 1 || index >= total.count() - of_.overflow_) return total.largest();
      while (before_ + of_.counts_[bucket_] <= index) before_ += of_.counts_[bucket_++];
      auto const middle = bucket_lower(bucket_) + (bucket_width(bucket_) - 1) / 2;
      return detail::lesser(detail::greater(middle, total.smallest()), total.largest());
    }

   private:
    log_linear_collector const& of_;
    std::size_t bucket_ = 0;
    std::uint64_t before_ = 0;  // recorded in the buckets below bucket_
  };

  detail::tally total_{};
  std::uint64_t overflow_ = 0;
  std::array<std::uint64_t, bucket_count> counts_{};
};

namespace detail {

template <unsigned Precision> struct log_linear_name {
  static constexpr std::string_view prefix = "floor_index_log_linear_";
  static constexpr std::size_t digits = Precision < 10 ? 1 : 2;
  static constexpr auto text = [] {
    std::array<char, prefix.size() + digits> result{};
    for (std::size_t i = 0; i < prefix.size(); ++i) result[i] = prefix[i];
    if constexpr (digits == 2) result[prefix.size()] = static_cast<char>('0' + Precision / 10);
    result[prefix.size() + digits - 1] = static_cast<char>('0' + Precision % 10);
    return result;
  }();
  static constexpr std::string_view value{text.data(), text.size()};
};

}  // namespace detail

static_assert(latency_collector<log_linear_collector<7>>);

}  // namespace pawl::inline PAWL_ABI

#endif
