#include "target.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <pawl/console/sqlite_console.hpp>
#include <pawl/error.hpp>
#include <pawl/report/escape.hpp>

#include "../open_file.hpp"
#include "request.hpp"
#include "server.hpp"
#include "words.hpp"

namespace pawl_tool {

static bool is_server(std::string const& db) {
  if (db.starts_with("postgres://") || db.starts_with("postgresql://")) return true;
  std::error_code ignored;
  return db.find('=') != std::string::npos && !std::filesystem::exists(path_of_text(db), ignored);
}

static std::unique_ptr<pawl::console> open(pawl::event_loop& loop, request const& r, access how) {
  if (is_server(r.db)) return open_server(loop, r, how);
  pawl::sqlite::options o = how == access::read ? pawl::sqlite_console::looking() : pawl::sqlite::options();
  o.busy_timeout = std::chrono::duration_cast<std::chrono::milliseconds>(duration_of(r.patience));
  return std::make_unique<pawl::sqlite_console>(r.db, std::move(o));
}

static std::string joined(std::vector<std::string> const& names) {
  std::string list;
  for (auto const& name : names) list += (list.empty() ? "" : ", ") + pawl::escaped(name);
  return list;
}

target::target(request const& r, access how) : request_(r), console_(open(loop_, r, how)) {}

void target::check_table(std::vector<std::string> const& names) {
  if (request_.table.empty() || std::find(names.begin(), names.end(), request_.table) != names.end()) return;
  throw refusal(not_done, fmt::format("{} has no table '{}' of items; it has {}", pawl::escaped(console_->name()),
                                      pawl::escaped(request_.table), names.empty() ? "none" : joined(names)));
}

std::vector<pawl::seen_table> target::tables() {
  auto all = wait(console_->tables());
  std::vector<std::string> names;
  for (auto const& table : all) names.push_back(table.name);
  check_table(names);
  if (!request_.table.empty()) std::erase_if(all, [this](auto const& one) { return one.name != request_.table; });
  return all;
}

std::vector<std::string> target::table_names() {
  auto names = wait(console_->table_names());
  check_table(names);
  if (!request_.table.empty()) names = {request_.table};
  return names;
}

std::string target::words_for_tables(std::vector<std::string> const& names) const {
  return names.size() == 1 ? "table " + joined(names) : "its tables " + joined(names);
}

named_item target::item(std::size_t most) {
  std::vector<std::string> const names = table_names();
  std::vector<named_item> found;
  for (auto const& table : names) {
    auto story = wait(console_->story(table, request_.key, most));
    if (story) found.push_back({table, std::move(*story)});
  }
  if (found.size() == 1) return std::move(found[0]);
  std::string const key = pawl::escaped(request_.key), db = pawl::escaped(console_->name());
  if (found.empty())
    throw refusal(not_done, fmt::format("there is no item '{}' in {} of {}", key, words_for_tables(names), db));
  std::vector<std::string> having;
  for (auto const& one : found) having.push_back(one.table);
  throw refusal(usage, fmt::format("there is an item '{}' in several tables of {}: {}; say which by --table", key, db,
                                   joined(having)));
}

pawl::seen_table target::table_of_state() {
  auto all = tables();
  auto const has = [this](pawl::seen_table const& table) {
    return std::any_of(table.states.begin(), table.states.end(),
                       [this](auto const& state) { return state.name == request_.state; });
  };
  std::vector<std::string> with, states;
  for (auto const& table : all) {
    if (has(table)) with.push_back(table.name);
    for (auto const& state : table.states)  // of unknown ones there may be any number
      if (state.known && std::find(states.begin(), states.end(), state.name) == states.end())
        states.push_back(state.name);
  }
  std::string const db = pawl::escaped(console_->name());
  if (with.empty())
    throw refusal(not_done, fmt::format("there is no state '{}' in {}; there {} {}", pawl::escaped(request_.state), db,
                                        states.size() == 1 ? "is" : "are", states.empty() ? "none" : joined(states)));
  if (with.size() > 1)
    throw refusal(usage, fmt::format("there is a state '{}' in several tables of {}: {}; say which by --table",
                                     pawl::escaped(request_.state), db, joined(with)));
  return *std::find_if(all.begin(), all.end(), has);
}

named_schedule target::schedule() {
  std::vector<named_schedule> found;
  std::vector<std::string> having, others;
  for (auto const& table : tables())
    for (auto const& one : table.schedules) {
      if (one.name == request_.schedule) {
        having.push_back(table.name);
        found.push_back({table.name, one});
      } else {
        others.push_back(one.name);
      }
    }
  if (found.size() == 1) return std::move(found[0]);
  std::string const name = pawl::escaped(request_.schedule), db = pawl::escaped(console_->name());
  if (found.empty())
    throw refusal(not_done, fmt::format("there is no schedule '{}' in {}; there {} {}", name, db,
                                        others.size() == 1 ? "is" : "are", others.empty() ? "none" : joined(others)));
  throw refusal(usage, fmt::format("there is a schedule '{}' in several tables of {}: {}; say which by --table", name,
                                   db, joined(having)));
}

std::string named(named_item const& it) {
  return fmt::format("'{}' of {}", pawl::escaped(it.story.item.key), pawl::escaped(it.table));
}

}  // namespace pawl_tool
