// A table on the page: its diagram, its states with their buttons, and its items.
#ifndef PAWL_PAGE_TABLE_VIEW_HPP
#define PAWL_PAGE_TABLE_VIEW_HPP

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <pawl/console/console.hpp>
#include <pawl/page/counted_tables.hpp>
#include <pawl/page/form.hpp>
#include <pawl/page/page_frame.hpp>
#include <pawl/page/state_diagram.hpp>
#include <pawl/page/words.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::status {

inline std::string state_buttons(page_visit const& who, std::string_view table, seen_state const& state) {
  if (table.size() > longest_in_link || state.name.size() > longest_in_link) return {};
  std::string const of = " " + shown_plainly(state.name, 40);
  std::string all;
  if (state.role == role::step && state.known)
    all += state.paused ? button(who, "Resume", "Resume" + of,
                                 {{"action", "resume"}, {"table", std::string(table)}, {"state", state.name}})
                        : button(who, "Pause", "Pause" + of,
                                 {{"action", "pause"}, {"table", std::string(table)}, {"state", state.name}});
  if (state.role == role::step && state.parked + state.delayed > 0)
    all += button(who, "Retry all", "Retry all in" + of,
                  {{"action", "retry-all"}, {"table", std::string(table)}, {"state", state.name}});
  return all;
}

// Who has paused which state, since when and why.
inline std::string pause_lines(seen_table const& table, stored_time now) {
  std::string lines;
  for (auto const& state : table.states)
    if (state.paused)
      lines += fmt::format("<li><b>{}</b> is paused since {}{}</li>", shown(state.name, 60),
                           moment(state.paused->since, now),
                           state.paused->by.empty() ? "" : ", by " + shown(state.paused->by, 200));
  return lines.empty() ? lines : "<ul>" + lines + "</ul>";
}

inline std::string schedule_lines(seen_table const& table, stored_time now) {
  std::string lines;
  std::size_t const shown_ones = (std::min)(table.schedules.size(), counted_table::most_schedules);
  for (std::size_t i = 0; i < shown_ones; ++i)
    lines += fmt::format("<li><b>{}</b>: up to {}</li>", shown(table.schedules[i].name, 60),
                         moment(table.schedules[i].settled, now));
  if (lines.empty()) return lines;
  if (shown_ones < table.schedules.size())
    lines += fmt::format("<li>and {} more</li>", in_thousands(table.schedules.size() - shown_ones));
  return "<p>Schedules, and up to when they have made their items:</p><ul>" + lines + "</ul>";
}
// Newest first.
inline std::string deed_lines(seen_table const& table, stored_time now) {
  std::string lines;
  for (auto deed = table.deeds.rbegin(); deed != table.deeds.rend(); ++deed)
    lines += fmt::format(
        "<li>{}: {}{}{} {}</li>", moment(deed->at, now),
        deed->to.empty() ? std::string() : "<b>" + shown(deed->to, 60) + "</b> ", shown(deed->by_hand(), 60),
        deed->attempts > 0 ? fmt::format(", {} rows", in_thousands(static_cast<std::size_t>(deed->attempts)))
                           : std::string(),
        shown(deed->error, 200));
  return lines.empty() ? lines : "<p>What operators did last:</p><ul>" + lines + "</ul>";
}

inline std::string state_rows(page_visit const& who, counted_table const& table, stored_time now) {
  std::string rows;
  auto const initial = initial_of(table.seen);
  for (std::size_t i = 0; i < table.seen.states.size(); ++i) {
    auto const& state = table.seen.states[i];
    rows += fmt::format(
        "<tr><th scope=\"row\"><a href=\"{}\">{}</a></th><td>{}{}</td><td class=\"n\">{}</td><td "
        "class=\"n{}\">{}</td><td "
        "class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td>",
        with_entities(with_query(table_link(table.seen.name), "state", state.name)), shown(state.name, 40),
        role_word(state.role, state.known, i == initial), state.paused ? ", <b>paused</b>" : "",
        in_thousands(state.items), state.parked > 0 ? " bad" : "", in_thousands(state.parked),
        in_thousands(state.delayed), in_thousands(state.in_doubt),
        state.oldest ? moment(*state.oldest, now) : "<span class=\"dim\">-</span>");
    if (who.may_act()) rows += "<td>" + state_buttons(who, table.seen.name, state) + "</td>";
    rows += "</tr>";
  }
  return rows;
}

// Diagram and states; `number` tells the tables of one page apart.
inline std::string table_part(page_visit const& who, counted_table const& table, stored_time now, std::size_t number) {
  std::string text;
  state_diagram const diagram(table.seen, number);
  std::string const name = shown_plainly(table.seen.name, 60);
  if (!diagram.empty())
    text += fmt::format("<div class=\"wide w{}\" tabindex=\"0\" role=\"region\" aria-label=\"Diagram of {}\">{}</div>",
                        diagram.columns(), name, diagram.svg());
  auto head = heads({"State", "Role", ">Items", ">Parked", ">Delayed", ">In doubt", "Oldest since"});
  if (who.may_act()) head += "<th scope=\"col\">Actions</th>";
  text += wide_table("States of " + name, head, state_rows(who, table, now));
  text += pause_lines(table.seen, now);
  if (table.states_left_out > 0)
    text += fmt::format("<p>{} more unknown states, with {} items, are left out.</p>",
                        in_thousands(table.states_left_out), in_thousands(table.items_left_out));
  if (table.seen.next_due)
    text += fmt::format("<p>The next delayed item is due {}.</p>", moment(*table.seen.next_due, now));
  std::string workers;
  for (std::size_t i = 0; i < table.seen.workers.size() && i < 50; ++i) {
    auto const& worker = table.seen.workers[i];
    workers += fmt::format("<li>{}: {}{} claimed items{}</li>", shown(worker.name, 60),
                           worker.dead ? "<b class=\"bad\">dead</b>, " : "", in_thousands(worker.items),
                           worker.alive_at ? ", last seen " + moment(*worker.alive_at, now) : "");
  }
  if (workers.empty())
    text += "<p class=\"dim\">No process runs its items.</p>";
  else
    text += "<p>Processes that run its items:</p><ul>" + workers + "</ul>";
  return text + schedule_lines(table.seen, now) + deed_lines(table.seen, now);
}

inline std::string trouble_cells(seen_item const& item, stored_time now) {
  if (!item.trouble) return "<td></td><td></td>";
  auto const& record = *item.trouble;
  auto const kind = kind_of_trouble(record);
  std::string text = kind == trouble_is::in_doubt ? "in doubt" : std::string(trouble_word(kind));
  if (record.attempts > 0) text += fmt::format(", {} failed attempts", record.attempts);
  if (record.next_at && !record.parked) text += ", again " + moment(*record.next_at, now);
  return fmt::format("<td>{}</td><td class=\"error\">{}</td>", text,
                     record.last_error.empty() ? "" : shown(record.last_error, 160));
}
inline std::string release_button(page_visit const& who, std::string_view table, seen_item const& item) {
  if (!item.trouble || !item.trouble->holds_back() || item_link(table, item.key).empty()) return {};
  return button(who, "Release", "Release " + shown_plainly(item.key, 40),
                {{"action", "release"},
                 {"table", std::string(table)},
                 {"key", item.key},
                 {"version", std::to_string(item.version)}});
}
inline std::string children_cell(seen_item const& item) {
  std::string text;
  for (auto const& some : item.children) text.append(text.empty() ? "" : ", ").append(shown(some.ended_text(), 60));
  return "<td>" + text + "</td>";
}
inline std::string item_table(page_visit const& who, std::string_view table, std::vector<seen_item> const& items,
                              stored_time now, std::string_view label) {
  std::string rows;
  bool const have_children =
      std::any_of(items.begin(), items.end(), [](seen_item const& item) { return !item.children.empty(); });
  for (auto const& item : items) {
    // By which the script knows the row again, so that a button never becomes another item's under the reader's hand.
    std::string const known = item.key.size() > longest_in_link ? std::string() : http::percent_encoded(item.key);
    rows += fmt::format("<tr data-key=\"{}\"><th scope=\"row\">{}</th><td>{}</td><td class=\"n\">{}</td><td>{}</td>{}",
                        known, linked_key(table, item.key), shown(item.state, 40), item.version,
                        item.changed_at ? moment(*item.changed_at, now) : "", trouble_cells(item, now));
    if (have_children) rows += children_cell(item);
    if (who.may_act()) rows += "<td>" + release_button(who, table, item) + "</td>";
    rows += "</tr>";
  }
  auto head = heads({"Key", "State", ">Version", "Changed", "Trouble", "Last error"});
  if (have_children) head += "<th scope=\"col\">Children that have ended</th>";
  if (who.may_act()) head += "<th scope=\"col\">Actions</th>";
  return wide_table(label, head, rows);
}

// ---- /table/NAME ----

inline std::string option(std::string_view value, std::string_view chosen, std::string_view word) {
  return fmt::format("<option value=\"{}\"{}>{}</option>", typed(value), value == chosen ? " selected" : "", word);
}
inline std::string filter_form(counted_table const& table, form const& asked) {
  std::string states = option("", asked["state"], "any");
  for (auto const& state : table.seen.states)
    states += option(state.name, asked["state"], shown_plainly(state.name, 40));
  std::string troubles = option("", asked["trouble"], "with or without") +
                         option("parked", asked["trouble"], "parked") + option("delayed", asked["trouble"], "delayed") +
                         option("in_doubt", asked["trouble"], "in doubt");
  std::string const by_name =
      asked.has("name") ? fmt::format("<input type=\"hidden\" name=\"name\" value=\"{}\">", typed(asked["name"])) : "";
  return fmt::format(
      "<form method=\"get\" class=\"filter\">{}<label for=\"state\">State</label> <select id=\"state\" "
      "name=\"state\">{}</select> <label "
      "for=\"trouble\">Trouble</label> <select id=\"trouble\" name=\"trouble\">{}</select> <label for=\"key\">Key "
      "(with * and ?)</label> "
      "<input id=\"key\" name=\"key\" value=\"{}\"> <button>Show</button></form>",
      by_name, states, troubles, typed(asked["key"]));
}
// The same question from another mark on.
inline std::string page_link(std::string_view table, form const& asked, std::string_view after) {
  std::string link = asked.has("name") ? with_query("/table", "name", asked["name"]) : table_link(table);
  for (std::string_view const name : {"state", "trouble", "key"})
    if (!asked[name].empty()) link = with_query(std::move(link), name, asked[name]);
  return after.empty() ? link : with_query(std::move(link), "after", after);
}
inline std::string table_page(page_visit const& who, counted const& all, counted_table const& table, form const& asked,
                              seen_page const& page) {
  std::string const name = shown(table.seen.name, 60);
  std::string text = fmt::format("<h1>Table {}</h1><p>Lifecycle {}, {} items, counted at {}.</p>", name,
                                 shown(table.seen.lifecycle, 60), in_thousands(table.items()), utc(all.at));
  text += table_part(who, table, all.at, 0);
  text += "<h2>Items</h2>" + filter_form(table, asked);
  if (page.items.empty())
    text += page.is_last ? "<p>No item is like that.</p>" : "<p>None so far; there may be some on the next page.</p>";
  else
    text += item_table(who, table.seen.name, page.items, all.at, "Items");
  text += "<p class=\"pager\">";
  if (!asked["after"].empty())
    text += fmt::format("<a href=\"{}\">First page</a> ", with_entities(page_link(table.seen.name, asked, "")));
  if (!page.is_last)
    text += fmt::format("<a href=\"{}\">Next page</a>", with_entities(page_link(table.seen.name, asked, page.next)));
  return framed(who, "Table " + shown_plainly(table.seen.name, 60), shown_plainly(all.database, 80), text + "</p>");
}

}  // namespace pawl::inline PAWL_ABI::detail::status

#endif
