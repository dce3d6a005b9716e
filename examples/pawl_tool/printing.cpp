#include "printing.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <pawl/console/console.hpp>
#include <pawl/console/shown_part.hpp>
#include <pawl/report/escape.hpp>
#include <pawl/report/inspection.hpp>
#include <pawl/report/json.hpp>
#include <pawl/report/text_table.hpp>
#include <pawl/store/history_entry.hpp>
#include <pawl/store/item_query.hpp>
#include <pawl/store/utf8.hpp>

#include "target.hpp"
#include "words.hpp"

namespace pawl_tool {

using pawl::escaped;
using pawl::report_json;

static std::string number_or_none(std::size_t n) { return n == 0 ? std::string("-") : fmt::to_string(n); }

// What a person is shown of a long value.
static std::string cut(std::string const& value) { return escaped(value, 200); }

// ---- text ----

static std::string head_of(pawl::seen_table const& table, pawl::stored_time now) {
  std::string text = fmt::format("{}: lifecycle {} in {}\n", escaped(table.name), escaped(table.lifecycle),
                                 table.is_own ? "pawl's own table" : "a table of its program's");
  for (auto const& worker : table.workers) {
    text += fmt::format("{} {}", worker.dead ? "left by dead" : "run by", escaped(worker.name));
    if (worker.items > 0) text += fmt::format(", {} in hand", counted(worker.items, "item"));
    if (worker.alive_at) text += fmt::format(", last sign of life {} ago", age(worker.alive_at, now));
    text += '\n';
  }
  if (table.workers.empty()) text += "run by nobody\n";
  if (!table.moved_to.empty()) text += fmt::format("moved to {}\n", escaped(table.moved_to));
  if (!table.problem.empty()) text += fmt::format("cannot be read: {}\n", escaped(table.problem));
  return text;
}

// "paused 3h ago by ada: the courier is ill"
static std::string pause_words(pawl::seen_state const& state, pawl::stored_time now) {
  if (!state.paused) return {};
  std::string const by =
      state.paused->by.empty() ? std::string() : " by " + pawl::detail::shortened(state.paused->by, 200);
  return fmt::format("paused {} ago{}", age(state.paused->since, now), by);
}

// "sent paused by ada: the courier is ill", "trimmed: 17 rows of before 2026-11-30T15:00:00.000000Z by ada"
static std::string deed_words(pawl::history_entry const& deed) {
  std::string const what = escaped(deed.by_hand()), rest = cut(deed.error);
  if (!deed.to.empty()) return fmt::format("{} {} {}", escaped(deed.to), what, rest);
  if (deed.attempts == 0) return fmt::format("{}: {}", what, rest);
  return fmt::format("{}: {} {}", what, counted(static_cast<std::size_t>(deed.attempts), "row"), rest);
}

std::string to_text(pawl::seen_table const& table, pawl::stored_time now) {
  std::string text = head_of(table, now);
  if (!table.problem.empty()) return text;
  using enum pawl::text_align;
  pawl::text_table rows;
  rows.column("state", "", left).column("role", "", left).column("items").column("parked").column("delayed");
  rows.column("in doubt").column("oldest").column("", "", left);
  std::size_t items = 0, parked = 0, delayed = 0, in_doubt = 0;
  for (auto const& state : table.states) {
    rows.row({state.name, state.known ? pawl::detail::name_of(state.role) : "unknown", fmt::to_string(state.items),
              number_or_none(state.parked), number_or_none(state.delayed), number_or_none(state.in_doubt),
              state.items > 0 ? age(state.oldest, now) : "", pause_words(state, now)});
    items += state.items;
    parked += state.parked;
    delayed += state.delayed;
    in_doubt += state.in_doubt;
  }
  rows.row({"total", "", fmt::to_string(items), number_or_none(parked), number_or_none(delayed),
            number_or_none(in_doubt), "", ""});
  text += rows.render();
  if (table.next_due) text += fmt::format("the next delay ends at {}\n", utc(table.next_due));
  for (auto const& one : table.schedules)
    text += fmt::format("schedule '{}' has made its items up to {}, {} ago\n", cut(one.name), utc(one.settled),
                        age(one.settled, now));
  if (table.has_history) text += "a history is kept\n";
  for (auto const& deed : table.deeds) text += fmt::format("  {} {}\n", utc(deed.at), deed_words(deed));
  return text;
}

std::string trouble_word(pawl::seen_item const& it) {
  if (!it.trouble) return {};
  switch (pawl::detail::item_filter::kind_of(*it.trouble)) {
    case pawl::trouble_is::parked:
      return "parked";
    case pawl::trouble_is::delayed:
      return "delayed";
    case pawl::trouble_is::in_doubt:
      break;
  }
  return "in doubt";
}

static std::string trouble_text(pawl::trouble_record const& r) {
  std::string text = fmt::format("{}, {}", counted(static_cast<std::size_t>(r.attempts), "failed attempt"),
                                 counted(static_cast<std::size_t>(r.recoveries), "death"));
  if (r.since) text += ", first failed at " + utc(r.since);
  if (r.next_at) text += ", not before " + utc(r.next_at);
  if (r.in_doubt) text += ", in doubt";
  text += r.run == 0 ? ", written by no run" : fmt::format(", written by run {}", r.run < 0 ? -r.run : r.run);
  return text;
}

// "... 2: sent -> delivered by deliver, after 2 failed attempts: busy", "... 1: in sent, parked by ada: the address is wrong"
static std::string to_text(pawl::history_entry const& entry) {
  std::string text = fmt::format("{} {}: ", utc(entry.at), entry.version);
  std::string const attempts =
      entry.attempts > 0 ? fmt::format("after {}", counted(static_cast<std::size_t>(entry.attempts), "failed attempt"))
                         : std::string();
  if (auto const deed = entry.by_hand(); !deed.empty())
    return text + fmt::format("in {}{}{}, {} {}", escaped(entry.from), attempts.empty() ? "" : " ", attempts,
                              escaped(deed), cut(entry.error));
  text += fmt::format("{} -> {} by {}", escaped(entry.from), escaped(entry.to), escaped(entry.event));
  if (!attempts.empty()) text += ", " + attempts;
  if (!entry.error.empty()) text += ": " + cut(entry.error);
  return text;
}

// "2 of 3 in photo": of its children those that have ended; empty if it has none.
std::string children_text(pawl::seen_item const& it) {
  std::string text;
  for (auto const& some : it.children) text.append(text.empty() ? "" : ", ").append(some.ended_text());
  return text;
}

std::string to_text(named_item const& it) {
  auto const& item = it.story.item;
  std::string text = fmt::format("{}: {}\n", named(it), it.story.why);
  if (item.changed_at) text += fmt::format("in this state since {}\n", utc(item.changed_at));
  if (item.trouble) text += fmt::format("record: {}\n", trouble_text(*item.trouble));
  if (!item.children.empty()) text += fmt::format("children that have ended: {}\n", children_text(item));
  for (auto const& parent : it.story.parents)
    text += fmt::format("a child of '{}' of {}\n", escaped(parent.key), escaped(parent.table));
  for (auto const& field : it.story.fields)
    text += fmt::format("  {} = {}\n", escaped(field.name),
                        field.value ? cut(*field.value) + pawl::detail::cut_mark(field.size) : "NULL");
  for (auto const& entry : it.story.history) text += "  " + to_text(entry) + '\n';
  return text;
}

// ---- JSON ----

static report_json time_json(std::optional<pawl::stored_time> time) {
  return time ? report_json(utc(time)) : report_json(nullptr);
}
static report_json text_json(std::optional<std::string> const& text) {
  return text ? report_json(*text) : report_json(nullptr);
}

report_json to_json(pawl::seen_table const& table) {
  report_json states = report_json::array(), rows = report_json::array(), workers = report_json::array();
  for (auto const& s : table.states)
    states.push_back(
        {{"name", s.name},
         {"role", s.known ? pawl::detail::name_of(s.role) : "unknown"},
         {"items", s.items},
         {"parked", s.parked},
         {"delayed", s.delayed},
         {"in_doubt", s.in_doubt},
         {"paused", s.paused.has_value()},
         {"paused_by", s.paused && !s.paused->by.empty() ? report_json(s.paused->by) : report_json(nullptr)},
         {"paused_since", time_json(s.paused ? std::optional(s.paused->since) : std::nullopt)},
         {"oldest", time_json(s.oldest)}});
  for (auto const& r : table.rows) rows.push_back({{"from", r.from}, {"event", r.event}, {"to", r.to}});
  for (auto const& w : table.workers)
    workers.push_back({{"name", w.name}, {"dead", w.dead}, {"items", w.items}, {"alive_at", time_json(w.alive_at)}});
  report_json schedules = report_json::array(), deeds = report_json::array();
  for (auto const& one : table.schedules)
    schedules.push_back({{"name", one.name}, {"settled", time_json(one.settled)}});
  for (auto const& deed : table.deeds)
    deeds.push_back({{"at", time_json(deed.at)},
                     {"by_hand", deed.by_hand()},
                     {"state", deed.to.empty() ? report_json(nullptr) : report_json(deed.to)},
                     {"rows", deed.attempts},
                     {"words", deed.error}});
  report_json all{
      {"table", table.name},          {"lifecycle", table.lifecycle},          {"own", table.is_own},
      {"states", std::move(states)},  {"transitions", std::move(rows)},        {"workers", std::move(workers)},
      {"history", table.has_history}, {"next_due", time_json(table.next_due)}, {"schedules", std::move(schedules)},
      {"deeds", std::move(deeds)}};
  if (!table.moved_to.empty()) all["moved_to"] = table.moved_to;
  if (!table.problem.empty()) all["problem"] = table.problem;
  return all;
}

static report_json trouble_json(std::optional<pawl::trouble_record> const& r) {
  if (!r) return nullptr;
  return {{"parked", r->parked},
          {"in_doubt", r->in_doubt},
          {"attempts", r->attempts},
          {"recoveries", r->recoveries},
          {"next_at", time_json(r->next_at)},
          {"since", time_json(r->since)},
          {"run", r->run},
          {"error", r->last_error}};
}

report_json to_json(std::string const& table, pawl::seen_item const& it) {
  return {{"table", table},
          {"key", it.key},
          {"state", it.state},
          {"version", it.version},
          {"changed_at", time_json(it.changed_at)},
          {"trouble", trouble_json(it.trouble)},
          {"children", pawl::to_json(it.children)}};
}

report_json to_json(named_item const& it) {
  auto all = to_json(it.table, it.story.item);
  all["why"] = it.story.why;
  all["parents"] = pawl::to_json(it.story.parents);
  report_json fields = report_json::array(), history = report_json::array();
  for (auto const& field : it.story.fields) fields.push_back({{"name", field.name}, {"value", text_json(field.value)}});
  for (auto const& entry : it.story.history)
    history.push_back({{"version", entry.version},
                       {"from", entry.from},
                       {"event", entry.event},
                       {"to", entry.to},
                       {"by_hand", entry.by_hand().empty() ? report_json(nullptr) : report_json(entry.by_hand())},
                       {"at", time_json(entry.at)},
                       {"run", entry.run},
                       {"attempts", entry.attempts},
                       {"error", entry.error.empty() ? report_json(nullptr) : report_json(entry.error)}});
  all["fields"] = std::move(fields);
  all["history"] = std::move(history);
  return all;
}

// ---- CSV ----

// RFC 4180 asks for it for the first four; others take a semicolon or a tab for the separator, or drop a blank at an end.
static bool needs_quotes(std::string_view field) {
  return field.find_first_of(std::string_view("\",\r\n;\t\0", 7)) != std::string_view::npos || field.starts_with(' ') ||
         field.ends_with(' ');
}

std::string csv_line(std::vector<std::string> const& fields) {
  std::string line;
  for (auto const& field : fields) {
    if (!line.empty() || &field != fields.data()) line += ',';
    if (!needs_quotes(field)) {
      line += field;
      continue;
    }
    line += '"';
    for (char const c : field) line.append(c == '"' ? 2 : 1, c);
    line += '"';
  }
  return line + "\r\n";
}

// What a spreadsheet would take for a formula, or drop, when it opens the file is kept from it by a ' in front, as OWASP has it
// ("CSV injection"). A text that begins with a ' gets another one, so that whoever drops one has the text again.
static std::string csv_text(std::string const& text) {
  constexpr std::string_view first_of_formulas = "=+-@\t\r\n'";
  // The full-width forms of the same signs.
  constexpr std::string_view wide[] = {"\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"};
  bool const is_formula =
      (!text.empty() && first_of_formulas.find(text[0]) != std::string_view::npos) ||
      std::any_of(std::begin(wide), std::end(wide), [&text](std::string_view sign) { return text.starts_with(sign); });
  return is_formula ? "'" + text : text;
}

std::string csv_head() {
  return csv_line(
      {"table", "key", "state", "version", "changed_at", "trouble", "attempts", "recoveries", "next_at", "error"});
}

std::string to_csv(std::string const& table, pawl::seen_item const& it) {
  auto const& r = it.trouble;
  return csv_line({csv_text(table), csv_text(it.key), csv_text(it.state), fmt::to_string(it.version),
                   utc(it.changed_at), trouble_word(it), r ? fmt::to_string(r->attempts) : "",
                   r ? fmt::to_string(r->recoveries) : "", r ? utc(r->next_at) : "", r ? csv_text(r->last_error) : ""});
}

}  // namespace pawl_tool
