// The cost of measuring: a record by each collector and by Boost, on one thread and on two; a span; a merge.
//
// Google Benchmark runs benchmarks one after the other without comparing them. The interleaving is done by
// measuring.hpp; only the optimisation barriers come from Google Benchmark.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <benchmark/benchmark.h>
#include <sched.h>

#include <pawl/latency/exact_collector.hpp>
#include <pawl/latency/hybrid_collector.hpp>
#include <pawl/latency/log_linear_collector.hpp>
#include <pawl/latency/per_thread.hpp>
#include <pawl/latency/span.hpp>
#include <pawl/latency/span_recorder.hpp>

#include "benchmark/measuring.hpp"
#include "boost_peers.hpp"

namespace latency_benchmark {

using measuring::at_most;
using measuring::nanoseconds_each;
using std::chrono::nanoseconds;
using samples_view = std::span<nanoseconds const>;

// From 100 ns to 10 s, each power of ten as often as another.
std::vector<nanoseconds> log_uniform(std::size_t count) {
  std::mt19937_64 random{42};
  std::vector<nanoseconds> result;
  result.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    auto const exponent = 2 + 8 * static_cast<double>(random() >> 11) * 0x1p-53;
    result.emplace_back(static_cast<std::int64_t>(std::pow(10, exponent)));
  }
  return result;
}

void expect(std::uint64_t recorded, std::uint64_t wanted, std::string const& by) {
  if (recorded != wanted)
    throw std::runtime_error(by + " has " + std::to_string(recorded) + " samples, not " + std::to_string(wanted));
}

// ---- one thread ----

template <class Collector> double record_all(samples_view samples, Collector& into) {
  auto const before = into.count();
  std::uint64_t bursts = 0;
  auto const taken = nanoseconds_each(samples.size(), [&] {
    for (auto const sample : samples) into.record(sample);
    benchmark::ClobberMemory();
    ++bursts;
  });
  expect(into.count(), before + bursts * samples.size(), "a collector");
  return taken;
}

// Collectors that keep all samples: as many of them as hold the samples in pieces of 4096, with room made before.
template <class Collector> double record_in_pieces(samples_view samples) {
  constexpr std::size_t most = 4096;
  Collector piece;
  double sum = 0;
  std::size_t pieces = 0;
  for (; samples.size() >= most; samples = samples.subspan(most), ++pieces) {
    sum += nanoseconds_each(most, [&] {
      piece = {};
      if constexpr (requires { piece.expect(most); })
        piece.expect(most);
      else
        piece.reserve(most);
      for (auto const sample : samples.first(most)) piece.record(sample);
      benchmark::ClobberMemory();
    });
    expect(piece.count(), most, "a collector that keeps all");
  }
  return sum / static_cast<double>(pieces);
}

void enter_peer(measuring::contest& all, std::string const& name, samples_view samples, peer const& of_boost) {
  all.enter(name, [=] {
    auto const before = of_boost.count();
    std::uint64_t bursts = 0;
    auto const taken = nanoseconds_each(samples.size(), [&] { of_boost.record_all(), ++bursts; });
    expect(of_boost.count(), before + bursts * samples.size(), name);
    return taken;
  });
}

// ---- two threads ----

// Gives the calling thread a core of its own among those that the program may use, if there are enough: else a busy
// machine puts all threads on one, and they never meet.
void take_core(std::size_t number) {
  cpu_set_t allowed, mine;
  CPU_ZERO(&mine);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  for (std::size_t core = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET(core, &allowed) && number-- == 0) {
      CPU_SET(core, &mine);
      sched_setaffinity(0, sizeof mine, &mine);
      return;
    }
}

// Keeps a core busy until the others are there: a thread that is woken up would come late.
void meet(std::atomic<int>& arrived, int all) {
  ++arrived;
  for (int spins = 1; arrived < all; ++spins)
    if (spins % 1'000'000 == 0) std::this_thread::yield();
}

// The nanoseconds of a record where so many threads record at once, from the first one's start to the last one's end:
// threads that have come to run one after the other count as slow. At the best of many short bursts.
template <class Record> double on_threads(int threads, samples_view samples, Record record) {
  using clock = std::chrono::steady_clock;
  constexpr std::size_t bursts = 60;
  struct stretch {
    clock::time_point begun{}, ended{};
  };
  std::array<std::atomic<int>, bursts> arrived{};
  std::vector<std::array<stretch, bursts>> stretches(static_cast<std::size_t>(threads));
  std::vector<std::thread> running;
  for (auto& mine : stretches)
    running.emplace_back([&, core = running.size()] {
      take_core(core);
      record(samples.front());  // a first record may cost more
      for (std::size_t burst = 0; burst < bursts; ++burst) {
        meet(arrived[burst], threads);
        mine[burst].begun = clock::now();
        for (auto const sample : samples) record(sample);
        benchmark::ClobberMemory();
        mine[burst].ended = clock::now();
      }
    });
  for (auto& thread : running) thread.join();
  auto best = (clock::duration::max)();
  for (std::size_t burst = 0; burst < bursts; ++burst) {
    auto all = stretches.front()[burst];
    for (auto const& other : stretches) {
      all.begun = (std::min)(all.begun, other[burst].begun);
      all.ended = (std::max)(all.ended, other[burst].ended);
    }
    best = (std::min)(best, all.ended - all.begun);
  }
  return std::chrono::duration<double, std::nano>(best).count() / static_cast<double>(samples.size());
}

class under_a_mutex {
 public:
  void record(nanoseconds duration) {
    std::lock_guard const lock{mutex_};
    collector_.record(duration);
  }

 private:
  std::mutex mutex_{};
  pawl::log_linear_collector<> collector_{};
};

// ---- spans ----

double two_clock_reads(std::size_t count) {
  return nanoseconds_each(count, [count] {
    for (std::size_t i = 0; i < count; ++i) {
      auto const start = pawl::steady_now{}();
      benchmark::DoNotOptimize(pawl::steady_now{}() - start);
    }
  });
}

double spans(std::size_t count, pawl::span_recorder& recorder, pawl::span_id id) {
  return nanoseconds_each(count, [&, count] {
    for (std::size_t i = 0; i < count; ++i) {
      pawl::scoped_span const measured{recorder, id, static_cast<std::uint32_t>(i)};
      benchmark::ClobberMemory();
    }
  });
}

// ---- the figures ----

void measure(measuring::effort how_much) {
  std::size_t const count = how_much.small ? 4096 : 1 << 18, span_count = how_much.small ? 1000 : 20'000;
  auto const kept = log_uniform(count);
  samples_view const samples{kept};
  constexpr std::array ps{0.5, 0.95, 0.99, 0.999, 0.9999};

  auto const histogram = std::make_unique<pawl::log_linear_collector<>>();
  pawl::hybrid_collector<> hybrid;
  hybrid.expect(count);
  pawl::per_thread<pawl::log_linear_collector<>> shared;
  under_a_mutex guarded;
  pawl::span_recorder recorder;
  auto const span = recorder.name("measured");
  auto const into_shared = [&](nanoseconds sample) { shared.record(sample); };
  auto const into_guarded = [&](nanoseconds sample) { guarded.record(sample); };

  auto const some = samples.first((std::min)(samples.size(), std::size_t{1} << 15));
  for (auto const sample : samples) histogram->record(sample);

  measuring::contest all;
  all.enter("record", [&] { return record_all(samples, *histogram); });
  all.enter("hybrid", [&] { return record_all(samples, hybrid); });
  all.enter("hybrid_exact", [&] { return record_in_pieces<pawl::hybrid_collector<>>(samples); });
  all.enter("exact", [&] { return record_in_pieces<pawl::exact_collector>(samples); });
  enter_peer(all, "boost_histogram", samples, boost_histogram(samples));
  enter_peer(all, "boost_accumulators", samples, boost_accumulators(samples));
  all.enter("per_thread", [&] { return on_threads(1, some, into_shared); });
  all.enter("per_thread_two", [&] { return on_threads(2, some, into_shared); });
  all.enter("mutex", [&] { return on_threads(1, some, into_guarded); });
  all.enter("mutex_two", [&] { return on_threads(2, some, into_guarded); });
  all.enter("clock", [&] { return two_clock_reads(span_count); });
  all.enter("span", [&] { return spans(span_count, recorder, span); });
  all.enter("merge", [&] {
    auto const sum = std::make_unique<pawl::log_linear_collector<>>();
    return nanoseconds_each(1, [&] {
      sum->merge(*histogram);
      benchmark::DoNotOptimize(*sum);
    });
  });
  all.enter("snapshot",
            [&] { return nanoseconds_each(1, [&] { benchmark::DoNotOptimize(histogram->snapshot(ps)); }); });
  all.enter("per_thread_snapshot",
            [&] { return nanoseconds_each(1, [&] { benchmark::DoNotOptimize(shared.snapshot(ps)); }); });
  all.run(how_much.rounds);

  using measuring::figure;
  // The goal is 2 ns, or 0.3 of Boost's where the machine is slow: the ratio is what holds on any.
  figure("latency.record_ns", all.median_of("record"));
  figure("latency.record.vs_boost_histogram", all.ratio("record", "boost_histogram"), at_most(0.3));
  figure("latency.record.vs_boost_accumulators", all.ratio("record", "boost_accumulators"));
  figure("latency.boost_histogram.record_ns", all.median_of("boost_histogram"));
  figure("latency.boost_accumulators.record_ns", all.median_of("boost_accumulators"));
  figure("latency.hybrid.record_ns", all.median_of("hybrid"));
  figure("latency.hybrid.record_while_exact_ns", all.median_of("hybrid_exact"));
  figure("latency.exact.record_ns", all.median_of("exact"));
  figure("latency.per_thread.record_ns", all.median_of("per_thread"));
  figure("latency.per_thread.two_threads_vs_one", all.ratio("per_thread_two", "per_thread"), at_most(1.3));
  figure("latency.mutex.record_ns", all.median_of("mutex"));
  figure("latency.mutex.two_threads_vs_one", all.ratio("mutex_two", "mutex"));
  figure("latency.two_clock_reads_ns", all.median_of("clock"));
  figure("latency.span.over_two_clock_reads_ns", all.difference("span", "clock"), at_most(2));
  figure("latency.merge_us", all.median_of("merge") / 1000);
  figure("latency.snapshot_of_5_quantiles_us", all.median_of("snapshot") / 1000);
  figure("latency.per_thread.snapshot_of_5_quantiles_us", all.median_of("per_thread_snapshot") / 1000);
}

}  // namespace latency_benchmark

int main(int argc, char** argv) {
  return measuring::program(
      "Measures what it costs to measure: a record by each collector and by Boost, on one thread and on two; a span; a "
      "merge and a snapshot.",
      argc, argv, {}, latency_benchmark::measure);
}
