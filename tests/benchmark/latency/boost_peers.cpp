#include "boost_peers.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

#include <boost/accumulators/accumulators.hpp>
#include <boost/accumulators/statistics/count.hpp>
#include <boost/accumulators/statistics/extended_p_square_quantile.hpp>
#include <boost/accumulators/statistics/max.hpp>
#include <boost/accumulators/statistics/mean.hpp>
#include <boost/accumulators/statistics/min.hpp>
#include <boost/accumulators/statistics/stats.hpp>
#include <boost/histogram/axis/regular.hpp>
#include <boost/histogram/make_histogram.hpp>
#include <boost/histogram/storage_adaptor.hpp>

namespace latency_benchmark {

peer boost_histogram(std::span<std::chrono::nanoseconds const> samples) {
  namespace bh = boost::histogram;
  using axis = bh::axis::regular<double, bh::axis::transform::log>;
  auto made = bh::make_histogram_with(bh::dense_storage<std::uint64_t>{}, axis{3500, 1.0, 0x1p44});
  auto const shared = std::make_shared<decltype(made)>(std::move(made));
  auto const record_all = [shared, samples] {
    auto& histogram = *shared;
    for (auto const sample : samples) histogram(static_cast<double>(sample.count()));
  };
  auto const count = [shared] {
    std::uint64_t sum = 0;
    for (auto const bin : *shared) sum += bin;
    return sum;
  };
  return {record_all, count};
}

peer boost_accumulators(std::span<std::chrono::nanoseconds const> samples) {
  namespace ba = boost::accumulators;
  using set = ba::accumulator_set<double, ba::stats<ba::tag::count, ba::tag::mean, ba::tag::min, ba::tag::max,
                                                    ba::tag::extended_p_square_quantile>>;
  static constexpr std::array ps{0.5, 0.95, 0.99, 0.999, 0.9999};
  auto const shared = std::make_shared<set>(ba::extended_p_square_probabilities = ps);
  auto const record_all = [shared, samples] {
    auto& accumulators = *shared;
    for (auto const sample : samples) accumulators(static_cast<double>(sample.count()));
  };
  return {record_all, [shared] { return static_cast<std::uint64_t>(ba::count(*shared)); }};
}

}  // namespace latency_benchmark
