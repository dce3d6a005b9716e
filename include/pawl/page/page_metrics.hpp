// The page as metrics for Prometheus.
#ifndef PAWL_PAGE_PAGE_METRICS_HPP
#define PAWL_PAGE_PAGE_METRICS_HPP

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <pawl/page/counted_tables.hpp>
#include <pawl/page/run_monitor.hpp>
#include <pawl/report/escape.hpp>
#include <pawl/report/prometheus.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::status {

// Labels are names of tables, lifecycles and states, never keys: as `escaped` shows them, so that two that differ in bytes
// which are not UTF-8 stay two. At most 100 columns.
inline std::string label_text(std::string_view name) {
  return name.empty() ? "(empty)" : escaped(name.substr(0, 400), 100);
}

inline void add_table(prometheus_page& page, counted_table const& table) {
  std::string const name = label_text(table.seen.name);
  std::set<std::string> seen;
  for (auto const& state : table.seen.states) {
    std::string label = label_text(state.name);
    if (!seen.insert(label).second) continue;  // long names that begin alike: of unknown states only
    prometheus_labels const of{{"table", name}, {"state", std::move(label)}};
    auto const put = [&](char const* metric, char const* help, std::size_t value) {
      page.gauge(metric, help, of, static_cast<double>(value));
    };
    put("pawl_items", "Items in a state.", state.items);
    put("pawl_parked_items", "Of these, parked until somebody releases them.", state.parked);
    put("pawl_delayed_items", "Of these, waiting for a later attempt.", state.delayed);
    put("pawl_in_doubt_items", "Of these, with a step that may or may not have been carried out.", state.in_doubt);
    put("pawl_state_paused", "1 where no run begins the step.", state.paused ? 1 : 0);
  }
  std::size_t dead = 0;
  for (auto const& worker : table.seen.workers) dead += worker.dead ? 1 : 0;
  page.gauge("pawl_workers", "Processes that run a table's items.", {{"table", name}, {"kind", "alive"}},
             static_cast<double>(table.seen.workers.size() - dead));
  page.gauge("pawl_workers", "Processes that run a table's items.", {{"table", name}, {"kind", "dead"}},
             static_cast<double>(dead));
}
inline void add_runs(prometheus_page& page, seen_runs const& runs, stored_time now) {
  std::size_t in_flight = 0, retrying = 0;
  for (auto const& run : runs.runs) {
    in_flight += run.in_flight;
    if (run.progress) retrying += run.progress->retrying;
  }
  page.gauge("pawl_run_in_flight_items", "Items that runs of this process have in hand.", {},
             static_cast<double>(in_flight));
  page.gauge("pawl_run_retrying_items", "Items that runs of this process have delayed.", {},
             static_cast<double>(retrying));
  auto const closed =
      std::count_if(runs.gates.begin(), runs.gates.end(), [now](seen_gate const& one) { return one.until > now; });
  page.gauge("pawl_run_closed_gates", "Gates that a remote has closed for now.", {}, static_cast<double>(closed));
  page.counter("pawl_run_transitions_total", "Transitions that this process has committed.", {},
               static_cast<double>(runs.transitions));
  page.counter("pawl_run_conflicts_total", "Transitions that another writer came before.", {},
               static_cast<double>(runs.conflicts));
  std::set<std::pair<std::string, std::string>> seen;
  for (auto const& step : runs.steps) {
    std::string const lifecycle = label_text(step.lifecycle), state = label_text(step.state);
    if (!seen.emplace(lifecycle, state).second) continue;
    prometheus_labels const of{{"lifecycle", lifecycle}, {"state", state}};
    page.counter("pawl_step_troubles_total", "Attempts that ended without an event.", of,
                 static_cast<double>(step.troubles));
    auto times =
        step.recent;  // quantiles of the last minutes; count and sum since the monitor began, as a counter must
    times.count = step.attempts;
    times.sum = step.total;
    if (step.recent.count == 0) times.quantiles.clear();
    page.summary("pawl_step_seconds", "How long the step took, by attempt.", of, times);
  }
}
// Of a database that does not answer: that it does not, and the runs of this process.
inline std::string metrics_of(counted const* all, seen_runs const* runs) {
  prometheus_page page;
  page.gauge("pawl_up", "1 where the database answers.", {}, all ? 1 : 0);
  std::set<std::string> seen;
  if (all)
    for (auto const& table : all->tables)
      if (seen.insert(label_text(table.seen.name)).second) add_table(page, table);
  auto const now = std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
  if (runs) add_runs(page, *runs, all ? all->at : now);
  return page.text();
}

}  // namespace pawl::inline PAWL_ABI::detail::status

#endif
