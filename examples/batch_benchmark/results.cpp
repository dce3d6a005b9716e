#include "results.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace batch_benchmark {

static constexpr double ms(pawl::fractional_nanoseconds d) { return d.count() / 1e6; }

double configuration_result::p95_ms(segment s) const {
  auto const value = of(s).quantile(0.95);
  return value ? ms(*value) : 0;
}
double configuration_result::per_second(double count) const {
  double const seconds = std::chrono::duration<double>(elapsed).count();
  return seconds > 0 ? count / seconds : 0;
}

configuration_result const* mode_result::find(configuration const& what) const {
  auto const found = std::find_if(configurations.begin(), configurations.end(),
                                  [&](configuration_result const& r) { return r.what == what; });
  return found == configurations.end() ? nullptr : &*found;
}
std::string mode_result::title() const {
  return kept == durability::full ? fmt::format("{}, full", name(how)) : std::string(name(how));
}

std::string_view benchmark_result::percentile_method() const {
  for (auto const& m : modes)
    for (auto const& c : m.configurations) return c.of(segment::db_total).method;
  return pawl::exact_collector::method;
}

std::string missed_gate(benchmark_result const& result) {
  for (auto const& t : thresholds)
    for (auto const& m : result.modes) {
      auto const* const r = m.find(t.what);
      if (!r || !passes(t, *r)) return fmt::format("threshold {} is missed by {}", t.number, m.title());
    }
  auto const designs = compared_designs(result);
  if (designs.empty()) return {};
  auto const rate = [](configuration_result const& r) { return r.per_second(static_cast<double>(r.committed)); };
  auto const grouped = std::find_if(designs.begin(), designs.end(), [&](design const& d) {
    return std::any_of(result.modes.begin(), result.modes.end(), [&](mode_result const& m) {
      return m.how == mode::grouped && m.find(compared_configuration) == d.measured;
    });
  });
  if (grouped != designs.end() && rate(*grouped->measured) <= rate(*designs.front().measured))
    return fmt::format("grouped commits {:.0f} transitions/s at (10, zero), and per-file {:.0f}",
                       rate(*grouped->measured), rate(*designs.front().measured));
  return {};
}

std::string log_verdict::describe() const {
  double const share = write_ms > 0 ? 100 * waiting_ms / write_ms : 0;
  return fmt::format("{} ({} P95 {:.4g} ms is {:.1f} % of db_total P95 {:.4g} ms)",
                     contention() ? "CONTENTION" : "CLEAN", waiting_name, waiting_ms, share, write_ms);
}
log_verdict judge_log(configuration_result const& r) {
  log_verdict v;
  v.waiting_ms = r.p95_ms(segment::lock_wait);
  v.write_ms = r.p95_ms(segment::db_total);
  return v;
}
log_verdict judge_log_without_update(configuration_result const& r) {
  auto v = judge_log(r);
  v.waiting_ms = r.p95_ms(segment::queue);
  v.waiting_name = "queue";
  return v;
}

bottleneck find_bottleneck(configuration_result const& r) {
  constexpr std::array candidates{segment::db_total, segment::lock_wait, segment::fsm_dispatch};
  auto const slowest = *std::max_element(candidates.begin(), candidates.end(),
                                         [&](segment a, segment b) { return r.p95_ms(a) < r.p95_ms(b); });
  double const write = r.p95_ms(segment::db_total), waiting = r.p95_ms(segment::lock_wait);
  auto const word = segment_names[static_cast<std::size_t>(slowest)];
  return {word, fmt::format("At ({}, {}) {} has the highest P95 of db_total ({:.4g} ms), lock_wait ({:.4g} ms) and "
                            "fsm_dispatch ({:.4g} ms); "
                            "the lock wait is {:.1f} % of db_total.",
                            r.what.concurrency, name(r.what.remote), word, write, waiting,
                            r.p95_ms(segment::fsm_dispatch), write > 0 ? 100 * waiting / write : 0)};
}

std::vector<design> compared_designs(benchmark_result const& result) {
  std::vector<design> designs;
  auto const add = [&](mode how, durability kept) {
    for (auto const* group : {&result.modes, &result.compared})
      for (auto const& m : *group)
        if (m.how == how && m.kept == kept)
          if (auto const* const r = m.find(compared_configuration); r != nullptr && !r->interrupted)
            return designs.push_back({m.title(), m.how, m.kept, r});
  };
  auto const kept = result.asked.kept;
  add(mode::per_file, kept);
  if (designs.empty()) return {};
  add(mode::shared, kept);
  add(mode::grouped, kept);
  if (kept != durability::full) add(mode::grouped, durability::full);
  return designs.size() > 1 ? designs : std::vector<design>{};
}

}  // namespace batch_benchmark
