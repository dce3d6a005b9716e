// The page as JSON, for programs.
#ifndef PAWL_PAGE_PAGE_JSON_HPP
#define PAWL_PAGE_PAGE_JSON_HPP

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/console/console.hpp>
#include <pawl/page/counted_tables.hpp>
#include <pawl/page/item_view.hpp>
#include <pawl/page/run_monitor.hpp>
#include <pawl/page/state_diagram.hpp>
#include <pawl/page/words.hpp>
#include <pawl/report/json.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::status {

// Times are "YYYY-MM-DDTHH:MM:SS.ffffffZ". Texts are cut at 4096 bytes; bytes that are not UTF-8 become U+FFFD. "link" has
// the key as it is, percent-encoded, where it is short enough for one. "size" is that of a field's value that is cut, in bytes.
inline report_json json_text(std::string_view text) { return std::string(text.substr(0, 4096)); }
inline report_json json_time(std::optional<stored_time> time) {
  if (!time) return nullptr;
  return std::string(utc_text()(std::chrono::time_point_cast<std::chrono::system_clock::duration>(*time))) + "Z";
}
inline report_json json_seconds(std::chrono::nanoseconds time) { return static_cast<double>(time.count()) / 1e9; }

inline report_json json_of(trouble_record const& record) {
  report_json json = report_json::object();
  json["kind"] = trouble_word(kind_of_trouble(record));
  json["attempts"] = record.attempts;
  json["recoveries"] = record.recoveries;
  json["next_at"] = json_time(record.next_at);
  json["since"] = json_time(record.since);
  json["in_doubt"] = record.in_doubt;
  json["last_error"] = json_text(record.last_error);
  return json;
}
inline report_json json_of(std::string_view table, seen_item const& item) {
  report_json json = report_json::object();
  json["key"] = json_text(item.key);
  auto const link = item_link(table, item.key);
  json["link"] = link.empty() ? report_json(nullptr) : report_json(link);
  json["state"] = json_text(item.state);
  json["version"] = item.version;
  json["changed_at"] = json_time(item.changed_at);
  json["trouble"] = item.trouble ? json_of(*item.trouble) : report_json(nullptr);
  json["children"] = to_json(item.children);
  return json;
}
inline report_json json_of(seen_page const& page, std::string_view table) {
  report_json json = report_json::object();
  json["items"] = report_json::array();
  for (auto const& item : page.items) json["items"].push_back(json_of(table, item));
  json["next"] = page.is_last ? report_json(nullptr) : report_json(page.next);
  return json;
}
inline report_json json_of(history_entry const& one) {
  report_json json = report_json::object();
  json["at"] = json_time(one.at);
  json["version"] = one.version;
  json["from"] = json_text(one.from);
  json["event"] = json_text(one.event);
  json["to"] = json_text(one.to);
  json["by_hand"] = one.by_hand().empty() ? report_json(nullptr) : json_text(one.by_hand());
  json["attempts"] = one.attempts;
  json["error"] = json_text(one.error);
  return json;
}
inline report_json json_of(item_story const& story, std::string_view table) {
  auto json = json_of(table, story.item);
  json["parents"] = to_json(story.parents);
  json["fields"] = report_json::array();
  for (std::size_t i = 0; i < story.fields.size() && i < most_fields_shown; ++i) {
    report_json field = report_json::object();
    field["name"] = json_text(story.fields[i].name);
    field["value"] = story.fields[i].value ? json_text(*story.fields[i].value) : report_json(nullptr);
    if (story.fields[i].size > 0) field["size"] = story.fields[i].size;
    json["fields"].push_back(std::move(field));
  }
  json["history"] = report_json::array();
  std::size_t const size = story.history.size();
  for (std::size_t i = size > most_entries_shown ? size - most_entries_shown : 0; i < size; ++i)
    json["history"].push_back(json_of(story.history[i]));
  return json;
}

inline report_json json_of(counted_table const& table) {
  report_json json = report_json::object();
  json["name"] = json_text(table.seen.name);
  json["lifecycle"] = json_text(table.seen.lifecycle);
  json["items"] = table.items();
  json["states"] = report_json::array();
  auto const initial = initial_of(table.seen);
  for (std::size_t i = 0; i < table.seen.states.size(); ++i) {
    auto const& state = table.seen.states[i];
    report_json one = report_json::object();
    one["name"] = json_text(state.name);
    one["role"] = role_word(state.role, state.known, i == initial);
    one["items"] = state.items;
    one["parked"] = state.parked;
    one["delayed"] = state.delayed;
    one["in_doubt"] = state.in_doubt;
    one["paused"] = state.paused.has_value();
    one["paused_by"] = state.paused && !state.paused->by.empty() ? json_text(state.paused->by) : report_json(nullptr);
    one["paused_since"] = json_time(state.paused ? std::optional(state.paused->since) : std::nullopt);
    one["oldest"] = json_time(state.oldest);
    json["states"].push_back(std::move(one));
  }
  json["states_left_out"] = table.states_left_out;
  json["next_due"] = json_time(table.seen.next_due);
  json["workers"] = report_json::array();
  for (auto const& worker : table.seen.workers) {
    report_json one = report_json::object();
    one["name"] = json_text(worker.name);
    one["alive_at"] = json_time(worker.alive_at);
    one["dead"] = worker.dead;
    one["items"] = worker.items;
    json["workers"].push_back(std::move(one));
  }
  json["schedules"] = report_json::array();
  for (std::size_t i = 0; i < table.seen.schedules.size() && i < counted_table::most_schedules; ++i) {
    report_json one = report_json::object();
    one["name"] = json_text(table.seen.schedules[i].name);
    one["settled"] = json_time(table.seen.schedules[i].settled);
    json["schedules"].push_back(std::move(one));
  }
  json["deeds"] = report_json::array();
  for (auto const& deed : table.seen.deeds) {
    report_json one = report_json::object();
    one["at"] = json_time(deed.at);
    one["by_hand"] = json_text(deed.by_hand());
    one["state"] = deed.to.empty() ? report_json(nullptr) : json_text(deed.to);
    one["rows"] = deed.attempts;
    one["words"] = json_text(deed.error);
    json["deeds"].push_back(std::move(one));
  }
  return json;
}
inline report_json json_of(seen_step const& step) {
  report_json json = report_json::object();
  json["lifecycle"] = json_text(step.lifecycle);
  json["state"] = json_text(step.state);
  json["attempts"] = step.attempts;
  json["troubles"] = step.troubles;
  json["per_second"] = step.per_second;
  json["recent_milliseconds"] = to_json(step.recent);
  return json;
}
inline report_json json_of(seen_run const& run) {
  report_json json = report_json::object();
  json["in_flight"] = run.in_flight;
  json["oldest_key"] = json_text(run.oldest_key);
  json["oldest_state"] = json_text(run.oldest_state);
  json["oldest_seconds"] = json_seconds(run.oldest_age);
  if (!run.progress) return json;
  json["retrying"] = run.progress->retrying;
  json["at_gates"] = run.progress->at_gates;
  json["parked"] = run.progress->parked;
  json["arrived"] = run.progress->arrived;
  json["remaining"] = run.progress->remaining;
  json["told_seconds_ago"] = json_seconds(run.progress_ago);
  return json;
}
inline report_json json_of(seen_runs const& runs) {
  report_json json = report_json::object();
  json["transitions"] = runs.transitions;
  json["conflicts"] = runs.conflicts;
  json["transitions_per_second"] = runs.transitions_per_second;
  for (char const* const name : {"runs", "steps", "gates", "errors"}) json[name] = report_json::array();
  for (auto const& run : runs.runs) json["runs"].push_back(json_of(run));
  for (auto const& step : runs.steps) json["steps"].push_back(json_of(step));
  for (auto const& gate : runs.gates) {
    report_json one = report_json::object();
    one["kind"] = gate.kind == gate_kind::named ? "named" : gate.kind == gate_kind::state ? "state" : "run";
    one["name"] = json_text(gate.name);
    one["closed_until"] = json_time(gate.until);
    one["closings"] = gate.closings;
    json["gates"].push_back(std::move(one));
  }
  for (auto const& failed : runs.errors) {
    report_json one = report_json::object();
    one["seconds_ago"] = json_seconds(failed.ago);
    one["state"] = json_text(failed.state);
    one["key"] = json_text(failed.key);
    one["error"] = json_text(failed.text);
    json["errors"].push_back(std::move(one));
  }
  return json;
}
// /api/status.json; "runs" is null where there is no monitor.
inline report_json json_of(counted const& all, seen_runs const* runs) {
  report_json json = report_json::object();
  json["database"] = json_text(all.database);
  json["reads_only"] = all.reads_only;
  json["at"] = json_time(all.at);
  json["tables"] = report_json::array();
  for (auto const& table : all.tables) json["tables"].push_back(json_of(table));
  json["runs"] = runs ? json_of(*runs) : report_json(nullptr);
  return json;
}

}  // namespace pawl::inline PAWL_ABI::detail::status

#endif
