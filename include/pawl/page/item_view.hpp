// The story of one item: where it is, what holds it back, what it recorded, and how it came there.
#ifndef PAWL_PAGE_ITEM_VIEW_HPP
#define PAWL_PAGE_ITEM_VIEW_HPP

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <pawl/console/console.hpp>
#include <pawl/console/shown_part.hpp>
#include <pawl/page/page_frame.hpp>
#include <pawl/page/words.hpp>
#include <pawl/store/history_entry.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::status {

inline constexpr std::size_t most_fields_shown = 200, most_entries_shown = 200, columns_of_text = 2000;

inline std::string trouble_part(trouble_record const& record, stored_time now) {
  auto const kind = kind_of_trouble(record);
  std::string text =
      fmt::format("<h2>Trouble</h2><p>It is <b>{}</b>", kind == trouble_is::in_doubt ? "in doubt" : trouble_word(kind));
  if (record.since) text += ", in trouble since " + moment(*record.since, now);
  if (record.next_at && !record.parked) text += "; the next attempt is due " + moment(*record.next_at, now);
  text += fmt::format(". Failed attempts of this step: {}. Processes that died with it in hand: {}.</p>",
                      record.attempts, record.recoveries);
  if (record.in_doubt) text += "<p>Its step was started, and may or may not have been carried out.</p>";
  if (!record.last_error.empty())
    text += fmt::format("<p class=\"error\">{}</p>", shown(record.last_error, columns_of_text));
  return text;
}
inline std::string item_actions(page_visit const& who, std::string_view table, seen_item const& item) {
  if (item_link(table, item.key).empty())
    return "<p>Its key is too long for a form: use the console's own program.</p>";
  std::string const version = std::to_string(item.version);
  if (item.trouble && item.trouble->holds_back())
    return "<h2>Actions</h2>" +
           button(who, "Release", "Release this item",
                  {{"action", "release"}, {"table", std::string(table)}, {"key", item.key}, {"version", version}});
  return fmt::format(
      "<h2>Actions</h2><form method=\"post\" action=\"/action\">{}<label for=\"reason\">Reason</label> <input "
      "id=\"reason\" "
      "name=\"reason\" required maxlength=\"200\"> <button>Park</button></form>",
      hidden_inputs(who, {{"action", "park"}, {"table", std::string(table)}, {"key", item.key}, {"version", version}}));
}
inline std::string transition_row(history_entry const& one) {
  return fmt::format(
      "<tr><td>{}</td><td class=\"n\">{}</td><td>{}</td><td>{}</td><td>{}</td><td class=\"n\">{}</td><td "
      "class=\"error\">{}</td></tr>",
      utc(one.at), one.version, shown(one.from, 40), shown(one.event, 40), shown(one.to, 40), one.attempts,
      one.error.empty() ? "" : shown(one.error, 160));
}
// "parked by ada: the address is wrong", in the place of what an event does.
inline std::string deed_row(history_entry const& one) {
  return fmt::format(
      "<tr><td>{}</td><td class=\"n\">{}</td><td>{}</td><td colspan=\"2\" class=\"value\">{}</td><td "
      "class=\"n\">{}</td><td></td></tr>",
      utc(one.at), one.version, shown(one.from, 40),
      shown(std::string(one.by_hand()) + (one.error.empty() ? "" : " " + one.error), 200), one.attempts);
}
inline std::string history_part(std::vector<history_entry> const& history, bool is_kept) {
  if (!is_kept) return "<h2>History</h2><p>This table keeps no history.</p>";
  if (history.empty()) return "<h2>History</h2><p>It has no entry yet.</p>";
  std::string rows;
  std::size_t const from = history.size() > most_entries_shown ? history.size() - most_entries_shown : 0;
  for (std::size_t i = from; i < history.size(); ++i) {
    auto const& one = history[i];
    rows += one.by_hand().empty() ? transition_row(one) : deed_row(one);
  }
  std::string const cut = from > 0 ? fmt::format("<p>The first {} entries are left out.</p>", in_thousands(from)) : "";
  return "<h2>History</h2>" + cut +
         wide_table("History",
                    heads({"When", ">Version", "From", "Event", "To", ">Failed attempts before", "Last error"}), rows);
}
inline std::string linked_keys(std::string_view table, std::vector<std::string> const& keys) {
  std::string links;
  for (auto const& key : keys) links.append(links.empty() ? "" : ", ").append(linked_key(table, key));
  return links;
}
inline std::string children_part(item_story const& story) {
  std::string rows, text;
  for (auto const& some : story.item.children)
    rows += fmt::format(
        "<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td><td class=\"n\">{}</td><td "
        "class=\"n\">{}</td><td>{}{}</td></tr>",
        shown(some.table, 60), in_thousands(some.arrived), in_thousands(some.failed), in_thousands(some.missing),
        linked_keys(some.table, some.parked_keys),
        some.parked > some.parked_keys.size()
            ? fmt::format(" and {} more", in_thousands(some.parked - some.parked_keys.size()))
            : "");
  if (!rows.empty())
    text +=
        "<h2>Children</h2>" + wide_table("Children", heads({"In", ">Arrived", ">Failed", ">Missing", "Parked"}), rows);
  std::string parents;
  for (auto const& parent : story.parents)
    parents += fmt::format("<li>{} of {}</li>", linked_key(parent.table, parent.key), shown(parent.table, 60));
  if (!parents.empty()) text += "<h2>A child of</h2><ul>" + parents + "</ul>";
  return text;
}
inline std::string item_page(page_visit const& who, std::string_view database, seen_table const& table,
                             item_story const& story, stored_time now) {
  auto const& item = story.item;
  std::string text = fmt::format("<h1>Item {}</h1><p>In <a href=\"{}\">{}</a>, in the state <b>{}</b>, version {}",
                                 shown(item.key, 400), with_entities(table_link(table.name)), shown(table.name, 60),
                                 shown(item.state, 60), item.version);
  text += item.changed_at ? ", since " + moment(*item.changed_at, now) + ".</p>" : ".</p>";
  if (item.trouble) text += trouble_part(*item.trouble, now);
  if (who.may_act()) text += item_actions(who, table.name, item);
  std::string rows;
  for (std::size_t i = 0; i < story.fields.size() && i < most_fields_shown; ++i) {
    auto const& field = story.fields[i];
    rows += fmt::format("<tr><th scope=\"row\">{}</th><td class=\"value\">{}</td></tr>", shown(field.name, 60),
                        field.value ? shown(*field.value, columns_of_text) + cut_mark(field.size) : "<i>NULL</i>");
  }
  text += rows.empty() ? "<h2>Recorded</h2><p>Its events have recorded nothing.</p>"
                       : "<h2>Recorded</h2>" + wide_table("Recorded", heads({"Field", "Value"}), rows);
  text += children_part(story);
  text += history_part(story.history, table.has_history || !story.history.empty());
  return framed(who, "Item " + shown_plainly(item.key, 60), shown_plainly(database, 80), text);
}

}  // namespace pawl::inline PAWL_ABI::detail::status

#endif
