#include <fmt/format.h>

#include <pawl/report/escape.hpp>
#include <pawl/report/span_table.hpp>

#include "lifecycle.hpp"
#include "report.hpp"
#include "utc.hpp"

namespace batch_benchmark {

using json = pawl::report_json;

static constexpr std::size_t longest_profile = 20;
// The original counted a file's states where it meant its transitions. Both countings stand side by side, each under
// its own name.
static constexpr int states_of_a_file = 4;
static constexpr char const* counting =
    "transitions_per_file, total_transitions and transitions_per_second count 4 a file, as the original did: its "
    "states. A file commits 3 "
    "transitions; committed_transitions and committed_transitions_per_second count those, as every table does.";

static double seconds(std::chrono::nanoseconds d) { return std::chrono::duration<double>(d).count(); }
static double ms(std::chrono::nanoseconds d) { return pawl::in_milliseconds(d); }

// As a key: "db_total_ms".
static std::string key_of(std::string_view segment) { return fmt::format("{}_ms", segment); }
static std::string key_of(segment s) { return key_of(segment_names[static_cast<std::size_t>(s)]); }

static json sample(file_times const& t) {
  json row = json::object();
  row["file_path"] = pawl::escaped(t.path);
  row["total_wall_ms"] = ms(t.total_wall);
  row["mock_api_ms"] = ms(t.mock_api());
  row["mock_asked_ms"] = ms(t.asked_sleep);
  row["mock_upload_ms"] = ms(t.upload);
  row["mock_import_ms"] = ms(t.import);
  row["db_total_ms"] = ms(t.db_total());
  row["lock_wait_ms"] = ms(t.lock_wait());
  row["queue_ms"] = ms(t.queue);
  row["update_ms"] = ms(t.update);
  row["commit_ms"] = ms(t.commit);
  row["fsm_dispatch_ms"] = ms(t.dispatch);
  row["fsm_hydrate_ms"] = ms(t.hydrate);
  row["fsm_net_ms"] = ms(t.fsm_net());
  return row;
}

static json one_configuration(configuration_result const& r) {
  json j = json::object();
  j["concurrency"] = r.what.concurrency;
  j["profile"] = name(r.what.remote);
  j["elapsed_seconds"] = seconds(r.elapsed);
  j["real_seconds"] = seconds(r.elapsed - r.jumped);
  j["jumped_seconds"] = seconds(r.jumped);
  j["ideal_seconds"] = seconds(r.ideal);
  j["transitions_per_second"] = r.per_second(static_cast<double>(r.indexed * states_of_a_file));
  j["committed_transitions"] = r.committed;
  j["committed_transitions_per_second"] = r.per_second(static_cast<double>(r.committed));
  auto& segments = j["segments"] = json::object();
  for (std::size_t s = 0; s < segment_count; ++s) segments[key_of(segment_names[s])] = pawl::to_json(r.segments[s]);
  auto& events = j["transition_by_event_ms"] = json::object();
  for (auto const& [event, snapshot] : r.events) events[std::string(event)] = pawl::to_json(snapshot);
  j["wal_size_start_bytes"] = r.log_before;
  j["wal_size_end_bytes"] = r.log_after;
  j["wal_contention_verdict"] = judge_log(r).describe();
  j["wal_contention_verdict_without_update"] = judge_log_without_update(r).describe();
  j["indexed_count"] = r.indexed;
  for (auto const& t : thresholds)
    if (t.what == r.what) j[fmt::format("threshold_{}_verdict", t.number)] = verdict(t, &r);
  if (r.interrupted) j["interrupted"] = true;
  if (!r.samples.empty()) {
    auto& rows = j["samples"] = json::array();
    for (auto const& t : r.samples) rows.push_back(sample(t));
  }
  return j;
}

static json one_bottleneck(mode_result const& m) {
  auto const* const r = m.find(compared_configuration);
  if (!r) return nullptr;
  auto const found = find_bottleneck(*r);
  return {{"segment", key_of(found.segment)}, {"evidence", found.evidence}};
}

static json one_mode(mode_result const& m) {
  json j = json::object();
  j["mode"] = name(m.how);
  j["durability"] = name(m.kept);
  auto& all = j["configurations"] = json::array();
  for (auto const& r : m.configurations) all.push_back(one_configuration(r));
  j["bottleneck"] = one_bottleneck(m);
  return j;
}

static json all_thresholds(benchmark_result const& result) {
  json all = json::array();
  for (auto const& t : thresholds) {
    json j = {{"threshold", t.number},
              {"concurrency", t.what.concurrency},
              {"profile", name(t.what.remote)},
              {"limit_seconds", t.limit.count()}};
    auto& modes = j["modes"] = json::object();
    for (auto const& m : result.modes) {
      auto const* const r = m.find(t.what);
      auto& pair = modes[std::string(name(m.how))] = json::object();
      pair["measured_seconds"] = r ? json(seconds(r->elapsed)) : json(nullptr);
      pair["limit_seconds"] = t.limit.count();
      pair["verdict"] = verdict(t, r);
    }
    all.push_back(std::move(j));
  }
  return all;
}

static json all_mitigations(benchmark_result const& result) {
  auto const designs = compared_designs(result);
  if (designs.empty()) return nullptr;
  auto const& before = *designs.front().measured;
  json j = json::object();
  j["concurrency"] = compared_configuration.concurrency;
  j["profile"] = name(compared_configuration.remote);
  j["baseline"] = designs.front().title;
  auto& all = j["designs"] = json::array();
  for (auto const& d : designs) {
    json one = json::object();
    one["design"] = d.title;
    one["committed_transitions_per_second"] = d.measured->per_second(static_cast<double>(d.measured->committed));
    one["transitions_per_second"] = d.measured->per_second(static_cast<double>(d.measured->indexed * states_of_a_file));
    auto& p95 = one["p95"] = json::object();
    for (auto s : compared_segments) {
      double const was = before.p95_ms(s), is = d.measured->p95_ms(s);
      auto& change = p95[key_of(s)] = json::object();
      change["before"] = was;
      change["after"] = is;
      change["change_ms"] = is - was;
      change["change_percent"] = was > 0 ? json(100 * (is - was) / was) : json(nullptr);
    }
    all.push_back(std::move(one));
  }
  return j;
}

json profile_json(benchmark_result const& result) {
  json j = json::object();
  j["clock"] = name(result.asked.clock);
  j["spans"] = pawl::to_json(result.profile.top(longest_profile));
  auto& modes = j["modes"] = json::object();
  for (auto const* group : {&result.modes, &result.compared})
    for (auto const& m : *group) modes[m.title()] = pawl::to_json(m.profile.top(longest_profile));
  return j;
}

static void put_head(json& j, benchmark_result const& result) {
  auto const& asked = result.asked;
  j["timestamp"] = utc_time(result.began);
  j["seed"] = seed;
  if (!asked.from.empty()) j["from"] = pawl::escaped(asked.from.string());
  j["file_count"] = asked.files;
  j["transitions_per_file"] = states_of_a_file;
  j["total_transitions"] = asked.files * states_of_a_file;
  j["committed_transitions_per_file"] = transitions_of_a_file;
  j["committed_transitions"] = asked.files * transitions_of_a_file;
  j["transitions_counting"] = counting;
  j["realistic_delay_seconds"] = seconds(asked.realistic_delay);
  j["quick_mode"] = asked.quick;
  j["percentile_method"] = result.percentile_method();
  j["clock"] = name(asked.clock);
  j["store"] = name(asked.store);
  j["mode"] = name(asked.modes.front());
  j["durability"] = name(asked.kept);
  j["file_system"] = result.file_system;
  if (result.in_memory) j["durability_note"] = "the databases are on a RAM disk: no figure here is one of durability";
  auto& built = j["versions"] = json::object();
  for (auto const& [what, version] : versions_of(result)) built[what] = version;
  if (result.interrupted) j["interrupted"] = true;
}

json to_json(benchmark_result const& result) {
  json j = json::object();
  put_head(j, result);
  j["configurations"] = json::array();
  j["bottleneck"] = nullptr;
  if (!result.modes.empty()) {
    auto first = one_mode(result.modes.front());
    j["configurations"] = std::move(first["configurations"]);
    j["bottleneck"] = std::move(first["bottleneck"]);
  }
  auto& modes = j["modes"] = json::object();
  for (std::size_t i = 1; i < result.modes.size(); ++i)
    modes[std::string(name(result.modes[i].how))] = one_mode(result.modes[i]);
  j["thresholds"] = all_thresholds(result);
  j["mitigations"] = all_mitigations(result);
  j["profile"] = profile_json(result);
  return j;
}

}  // namespace batch_benchmark
