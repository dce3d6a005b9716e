// The commands that only read: status, list, why and export.
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <pawl/console/console.hpp>
#include <pawl/report/escape.hpp>
#include <pawl/report/json.hpp>
#include <pawl/report/text_table.hpp>
#include <pawl/store/item_query.hpp>
#include <pawl/store/utf8.hpp>

#include "printing.hpp"
#include "request.hpp"
#include "target.hpp"
#include "words.hpp"

namespace pawl_tool {

int status(request const& r) {
  target at(r, access::read);
  auto const tables = at.tables();
  auto const now = at.wait(at.console().now());
  if (r.json) {
    auto all = pawl::report_json::array();
    for (auto const& table : tables) all.push_back(to_json(table));
    fmt::print("{}\n", pawl::dump({{"database", at.console().name()}, {"tables", std::move(all)}}));
    return done;
  }
  for (auto const& table : tables) fmt::print("{}{}", &table == tables.data() ? "" : "\n", to_text(table, now));
  if (tables.empty()) fmt::print("no table of items\n");
  return done;
}

int why(request const& r) {
  target at(r, access::read);
  auto const it = r.json ? at.item(std::size_t(-1)) : at.item();  // a program is told all
  if (r.json)
    fmt::print("{}\n", pawl::dump(to_json(it)));
  else
    fmt::print("{}", to_text(it));
  return done;
}

// ---- list ----

static pawl::seen_query query_of(request const& r, target& at) {
  pawl::seen_query which{};
  which.state = r.state;
  which.key_glob = r.key_glob;
  which.limit = r.limit;
  if (r.parked) which.trouble = pawl::trouble_is::parked;
  if (r.delayed) which.trouble = pawl::trouble_is::delayed;
  if (r.in_doubt) which.trouble = pawl::trouble_is::in_doubt;
  if (r.older) which.before = time_before(at.wait(at.console().now()), *r.older);
  return which;
}

struct found_items {
  std::vector<std::pair<std::string, pawl::seen_item>> items{};  // each with its table
  bool are_all = true;
};
static found_items find(request const& r, target& at, std::vector<std::string> const& tables) {
  found_items found;
  auto which = query_of(r, at);
  for (auto const& table : tables) {
    which.limit = r.limit - found.items.size();
    if (which.limit == 0) {
      found.are_all = false;  // or there are none in the others: that is not worth a look
      break;
    }
    auto page = at.wait(at.console().list(table, which));
    for (auto& it : page.items) found.items.emplace_back(table, std::move(it));
    found.are_all = found.are_all && page.is_last;
  }
  return found;
}

static std::string list_text(found_items const& found, bool names_tables, pawl::stored_time now) {
  using enum pawl::text_align;
  pawl::text_table rows;
  if (names_tables) rows.column("table", "", left);
  rows.column("key", "", left).column("state", "", left).column("version").column("since");
  bool const have_children =
      std::any_of(found.items.begin(), found.items.end(), [](auto const& one) { return !one.second.children.empty(); });
  if (have_children) rows.column("children", "", left);
  rows.column("", "", left).column("attempts").column("error", "", left);
  for (auto const& [table, it] : found.items) {
    std::vector<pawl::table_cell> cells;
    if (names_tables) cells.emplace_back(table);
    auto const word = trouble_word(it);
    bool const attempts = it.trouble && it.trouble->attempts > 0;
    std::string const error = it.trouble ? pawl::detail::shortened(it.trouble->last_error, 200) : std::string();
    cells.insert(cells.end(), {it.key, it.state, fmt::to_string(it.version), age(it.changed_at, now)});
    if (have_children) cells.emplace_back(children_text(it));
    cells.insert(cells.end(), {word == "delayed" ? "delayed until " + utc(it.trouble->next_at) : word,
                               attempts ? fmt::to_string(it.trouble->attempts) : "", error});
    rows.row(std::move(cells));
  }
  return rows.render();
}

int list(request const& r) {
  target at(r, access::read);
  auto const tables = r.state.empty() ? at.table_names() : std::vector<std::string>{at.table_of_state().name};
  auto const found = find(r, at, tables);
  if (r.as() == form::json) {
    auto all = pawl::report_json::array();
    for (auto const& [table, it] : found.items) all.push_back(to_json(table, it));
    fmt::print("{}\n", pawl::dump(all));
  } else if (r.as() == form::csv) {
    fmt::print("{}", csv_head());
    for (auto const& [table, it] : found.items) fmt::print("{}", to_csv(table, it));
  } else if (found.items.empty()) {
    fmt::print("no items\n");
  } else {
    fmt::print("{}", list_text(found, tables.size() > 1, at.wait(at.console().now())));
  }
  if (!found.are_all) fmt::print(stderr, "pawl: these are the first {}; --limit N lists more\n", found.items.size());
  return done;
}

// ---- export ----

// A page at a time: there may be millions.
template <class Each> static void each_item(target& at, std::string const& table, Each each) {
  pawl::seen_query which{};
  which.limit = 1000;
  for (;;) {
    auto const page = at.wait(at.console().list(table, which));
    for (auto const& it : page.items) each(it);
    if (page.is_last) return;
    which.after = page.next;
  }
}

int export_all(request const& r) {
  target at(r, access::read);
  auto const tables = at.table_names();
  if (r.csv) fmt::print("{}", csv_head());
  for (auto const& table : tables)
    each_item(at, table, [&](pawl::seen_item const& it) {
      if (r.csv) return fmt::print("{}", to_csv(table, it));
      auto story = at.wait(at.console().story(table, it.key));
      if (story) fmt::print("{}\n", pawl::dump(to_json(named_item{table, std::move(*story)}), -1));
    });
  return done;
}

}  // namespace pawl_tool
