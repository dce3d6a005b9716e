// What the console reads from an SQLite database: its tables, their items, and the story of one.
#ifndef PAWL_CONSOLE_SQLITE_READING_HPP
#define PAWL_CONSOLE_SQLITE_READING_HPP

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <pawl/console/console.hpp>
#include <pawl/console/explained_story.hpp>
#include <pawl/console/known_lifecycle.hpp>
#include <pawl/console/recorded_field.hpp>
#include <pawl/console/shown_part.hpp>
#include <pawl/console/sqlite/table.hpp>
#include <pawl/console/states_by_name.hpp>
#include <pawl/error.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/owner_file.hpp>
#include <pawl/sqlite/records.hpp>
#include <pawl/sqlite/schedule_table.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/sqlite/trouble_table.hpp>
#include <pawl/store/conflict.hpp>
#include <pawl/store/item_query.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/system/file_lock.hpp>
#include <pawl/system/mapped_journal.hpp>
#include <pawl/system/native.hpp>
#include <pawl/system/process.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// All that is read in its scope is of one moment.
class snapshot {
 public:
  explicit snapshot(database& db) : db_(db.in_transaction() ? nullptr : &db) {
    if (db_ != nullptr) db.execute("BEGIN");
  }
  snapshot(snapshot const&) = delete;
  snapshot& operator=(snapshot const&) = delete;
  ~snapshot() {
    if (db_ != nullptr) db_->rollback();
  }

 private:
  database* db_;  // null: within the program's own transaction
};

// Throws store_error (misuse) if there is no such table.
inline recorded_meta meta_of(database& db, std::string_view table) {
  std::string names;
  for (auto& meta : read_meta(db)) {
    if (meta.table == table) return meta;
    names += (names.empty() ? "" : ", ") + pawl::detail::visible_text(meta.table);
  }
  fail(store_failure::misuse, {"pawl: ", db.path(), " has no table '", pawl::detail::visible_text(table),
                               "' of items; it has ", names.empty() ? "none" : names});
}

// ---- tables ----

// The rows in each state, and since when the oldest is there. Rows that no store can move are in a state of their own.
inline void count_items(database& db, recorded_table& table, pawl::detail::states_by_name<>& states) {
  auto const& meta = table.meta();
  std::string const state = text({"t.[", meta.state, "] COLLATE BINARY"});
  statement s = db.prepare(text({"SELECT t.[", meta.state, "],", table.troubles().usable(), ",count(*),min(",
                                 table.changed_at_sql(), ") FROM [", meta.table, "] AS t GROUP BY ", state, ",2"}));
  while (s.step()) {
    bool const usable = s.integer(1) != 0 && !s.is_null(0);
    seen_state& seen = states.get(usable ? table.state_of(s, 0) : "(unusable: no state, integer version or key)");
    seen.items += static_cast<std::size_t>(s.integer(2));
    if (s.is_null(3)) continue;
    stored_time const since{std::chrono::nanoseconds(s.integer(3))};
    if (!seen.oldest || since < *seen.oldest) seen.oldest = since;
  }
}
inline void count_troubles(database& db, recorded_table& table, pawl::detail::states_by_name<>& states) {
  std::string const state = text({"t.[", table.meta().state, "]"});
  statement s = db.prepare(text({"SELECT ", state,
                                 ",sum(p.parked),sum(NOT p.parked AND p.next_at IS NOT NULL),"
                                 "sum(NOT p.parked AND p.next_at IS NULL)",
                                 table.troubles().joined(), " GROUP BY ", state, " COLLATE BINARY"}));
  while (s.step()) {
    seen_state* const seen = states.find(table.state_of(s, 0));
    if (seen == nullptr) continue;
    seen->parked += static_cast<std::size_t>(s.integer(1));
    seen->delayed += static_cast<std::size_t>(s.integer(2));
    seen->in_doubt += static_cast<std::size_t>(s.integer(3));
  }
}
inline void read_pauses(database& db, seen_table& table) {
  statement s = db.prepare("SELECT state,\"by\",since FROM pawl_pause WHERE table_name=?1");
  s.bind(1, std::string_view(table.name));
  while (s.step()) {
    if (s.text(0) == "*") table.moved_to = s.text(1);
    for (auto& state : table.states)
      if (state.name == s.text(0))
        state.paused = seen_pause{stored_time(std::chrono::nanoseconds(s.integer(2))), std::string(s.text(1))};
  }
}

// Whoever has acquired the table's lock last. A lock file that is left over names a dead process: what it had in hand is in
// doubt until the next run. Only looks: to try the lock would keep a run that begins from having it.
inline std::vector<seen_worker> read_owner(database const& db, std::string const& table) {
  std::string const path = lock_file_of(db.file(), table);
  auto const process = pawl::detail::file_lock(path).owner();
  if (!process) return {};
  seen_worker owner{};
  owner.name = "process " + std::to_string(*process);
  owner.dead = !pawl::detail::process_is_alive(*process);
  auto const file = pawl::detail::native::file::open_to_read(path);
  if (file.is_open()) pawl::detail::mapped_journal::read(file, [&owner](std::int64_t, std::int64_t) { ++owner.items; });
  return {std::move(owner)};
}

inline seen_table see_table(database& db, recorded_meta const& meta) {
  seen_table seen{};
  seen.name = meta.table;
  seen.lifecycle = meta.lifecycle;
  seen.is_own = meta.is_own();
  seen.workers = read_owner(db, meta.table);
  try {
    recorded_table table(db, meta);
    seen.has_history = table.history().is_kept();
    if (seen.has_history) seen.deeds = table.history().of_table(seen_table::most_deeds);
    for (auto& one : schedule_table(db, meta.table).all())
      seen.schedules.push_back({std::move(one.name), one.last_tick});
    seen.rows = table.lifecycle().rows();
    for (auto const& known : table.lifecycle().states()) {
      seen_state state{};
      state.name = known.name;
      state.role = known.role;
      seen.states.push_back(std::move(state));
    }
    pawl::detail::states_by_name<> states(seen.states);
    count_items(db, table, states);
    count_troubles(db, table, states);
    seen.next_due = table.troubles().next_due((stored_time::min)(), delayed_by::anybody);
  } catch (store_error const& e) {
    if (e.what_failed() != store_failure::refused) throw;
    seen.problem = e.what();
  }
  read_pauses(db, seen);
  return seen;
}

inline std::vector<seen_table> see_tables(database& db) {
  auto const mine = db.on_this_thread();
  snapshot const now(db);
  std::vector<seen_table> all;
  for (auto const& meta : read_meta(db)) all.push_back(see_table(db, meta));
  return all;
}

inline std::vector<std::string> table_names(database& db) {
  auto const mine = db.on_this_thread();
  std::vector<std::string> names;
  for (auto& meta : read_meta(db)) names.push_back(std::move(meta.table));
  return names;
}

// ---- items ----

inline seen_item read_seen(recorded_table const& table, statement const& s) {
  seen_item it{};
  it.key = s.text(1);
  it.version = s.integer(2);
  it.state = table.state_of(s, 3);
  it.changed_at = table.read_changed_at(s, 5);
  return it;
}

// Where the page begins. Throws store_error (misuse) if the mark is none.
inline std::int64_t first_row(database const& db, seen_mark const& after) {
  std::int64_t row = 0;
  if (after.empty()) return (std::numeric_limits<std::int64_t>::min)();
  auto const [end, wrong] = std::from_chars(after.data(), after.data() + after.size(), row);
  if (wrong != std::errc() || end != after.data() + after.size())
    fail(store_failure::misuse, {"pawl: ", db.path(), ": '", pawl::detail::visible_text(after),
                                 "' is no mark of a page; take it from the page before"});
  return row;
}

inline std::string list_sql(recorded_table const& table, seen_query const& which) {
  auto const& troubles = table.troubles();
  std::string const state = text({"t.[", table.meta().state, "]"}), row(troubles.items().row);
  return text({"SELECT ",
               troubles.item_columns(),
               ",",
               table.changed_at_column(),
               ",",
               trouble_table::record_columns,
               troubles.rows_with(which.trouble),
               " AND ",
               troubles.usable(),
               " AND ",
               state,
               " IS NOT NULL AND t.",
               row,
               ">=?1",
               which.state.empty() ? std::string() : text({" AND ", state, "=?3 COLLATE BINARY"}),
               which.key_glob.empty() ? std::string() : text({" AND CAST(t.[", table.meta().key, "] AS TEXT) GLOB ?4"}),
               which.before ? text({" AND ", table.changed_at_sql(), "<?5"}) : std::string(),
               " ORDER BY t.",
               row,
               " LIMIT ?2"});
}

// By table, without telling which are parked.
inline void see_children(recorded_table& table, std::vector<seen_item>& items) {
  if (!table.children().exists()) return;
  for (auto& it : items)
    if (auto const parent = table.children().parent_of(table.troubles().items(), it.key))
      it.children = table.children().seen(*parent);
}

inline seen_page list_items(database& db, std::string_view name, seen_query const& which) {
  auto const mine = db.on_this_thread();
  snapshot const now(db);
  recorded_table table(db, meta_of(db, name));
  seen_page page{};
  page.next = which.after;
  std::int64_t const first = first_row(db, which.after);
  constexpr std::size_t most = 100'000;
  std::size_t const limit = (std::clamp)(which.limit, std::size_t{1}, most);
  if (which.before && table.meta().changed_at.empty())
    fail(store_failure::misuse, {"pawl: ", db.path(), ": table ", table.meta().table,
                                 " has no column for the time of a transition (pawl::names::changed_at), so nobody "
                                 "knows since when an item is in its state"});
  statement s = db.prepare(list_sql(table, which));
  s.bind(1, first);
  s.bind(2, limit + 1);
  if (!which.state.empty()) table.bind_state(s, 3, which.state);
  if (!which.key_glob.empty()) s.bind(4, std::string_view(which.key_glob));
  if (which.before) s.bind(5, which.before->time_since_epoch().count());
  while (s.step()) {
    if (page.items.size() == limit) {
      page.next = std::to_string(s.integer(0));
      page.is_last = false;
      break;
    }
    seen_item it = read_seen(table, s);
    if (!s.is_null(6)) it.trouble = trouble_table::read_record(s, 6);
    page.items.push_back(std::move(it));
  }
  s.reset();
  see_children(table, page.items);
  return page;
}

// ---- the story of one ----

inline constexpr std::size_t most_history = 1000;  // entries, the newest

// A row that was looked up by its key.
struct found_row {
  seen_item item{};
  std::int64_t life = 0;
  bool is_usable = true;
};
inline std::optional<found_row> find_row(database& db, recorded_table& table, std::string_view key) {
  if (!table.may_name(key)) return std::nullopt;
  statement s = db.prepare(
      text({"SELECT ", table.troubles().item_columns(), ",", table.changed_at_column(), ",", table.troubles().usable(),
            " FROM [", table.meta().table, "] AS t WHERE ", table.has_key_sql()}));
  s.bind(1, key);
  if (!s.step()) return std::nullopt;
  found_row found{read_seen(table, s), s.integer(4), s.integer(6) != 0 && !s.is_null(3)};
  s.reset();
  if (found.is_usable) found.item.trouble = table.troubles().find(key, found.item.version, found.life);
  return found;
}

// The other columns of the user's row.
inline std::vector<std::string> field_names(database& db, recorded_meta const& m) {
  std::vector<std::string> names;
  statement all = db.prepare("SELECT name FROM pragma_table_xinfo(?1) WHERE hidden<>1");
  all.bind(1, std::string_view(m.table));
  while (all.step()) {
    std::string name(all.text(0));
    bool const told = same_name(name, m.key) || same_name(name, m.state) || same_name(name, m.version) ||
                      same_name(name, m.changed_at);
    if (!told) names.push_back(std::move(name));
  }
  return names;
}
// Of each column three values are asked for; a statement has no more than 2000.
inline constexpr std::size_t columns_at_once = 600;
inline std::string columns_sql(recorded_table const& table, std::span<std::string const> names) {
  std::string list;
  for (auto const& name : names) {
    std::string const column = text({"t.", in_quotes(name, '"')}), bytes = text({"CAST(", column, " AS BLOB)"});
    list += text({list.empty() ? "" : ",", "typeof(", column, "),length(", bytes, "),substr(", bytes, ",1,?2)"});
  }
  return text({"SELECT ", list, " FROM [", table.meta().table, "] AS t WHERE ", table.has_key_sql()});
}
inline std::vector<seen_field> read_columns(database& db, recorded_table const& table, std::string_view key,
                                            std::size_t most) {
  std::vector<seen_field> fields;
  auto const names = field_names(db, table.meta());
  for (std::size_t from = 0; from < names.size(); from += columns_at_once) {
    auto const some = std::span(names).subspan(from, (std::min)(columns_at_once, names.size() - from));
    statement row = db.prepare(columns_sql(table, some));
    row.bind(1, key);
    row.bind(2, pawl::detail::as_limit(most));
    if (!row.step()) return fields;
    for (std::size_t i = 0; i < some.size(); ++i) {
      int const column = static_cast<int>(3 * i);
      std::string_view const type = row.text(column);
      auto const size = static_cast<std::size_t>(row.integer(column + 1));
      pawl::detail::field_value value;
      if (type == "blob")
        value = pawl::detail::bytes_value(row.bytes(column + 2), size, most);
      else if (type != "null")
        value = pawl::detail::text_value(row.bytes(column + 2), size, most);
      fields.push_back({some[i], std::move(value.plain), value.size});
    }
  }
  return fields;
}

inline std::vector<pawl::detail::recorded_bytes> read_events(database& db, recorded_table const& table,
                                                             std::string_view key, std::size_t most) {
  statement s = db.prepare(text(
      {"SELECT substr(t.data,1,?2),length(t.data) FROM [", table.meta().table, "] AS t WHERE ", table.has_key_sql()}));
  s.bind(1, key);
  s.bind(2, pawl::detail::as_limit(pawl::detail::part_of_record(most)));
  if (!s.step()) return {};
  return pawl::detail::events_in_record(s.bytes(0), static_cast<std::size_t>(s.integer(1)));
}

inline std::optional<item_story> tell_story(database& db, std::string_view name, std::string_view key,
                                            std::size_t most) {
  auto const mine = db.on_this_thread();
  snapshot const now(db);
  recorded_table table(db, meta_of(db, name));
  auto found = find_row(db, table, key);
  if (!found) return std::nullopt;
  item_story story{};
  story.item = std::move(found->item);
  story.history = table.history().of(table.troubles().items(), key, most_history);
  auto const& rows = table.troubles().items();
  if (auto const parent = table.children().parent_of(rows, key)) {
    story.item.children = table.children().seen(*parent);
    for (auto& some : story.item.children) table.children().see_parked(*parent, some);
  }
  story.parents = table.children().parents_of(rows, key, item_story::most_parents);
  std::vector<pawl::detail::recorded_bytes> events;
  if (table.meta().is_own()) {
    events = read_events(db, table, key, most);
    for (auto const& event : events) pawl::detail::add_fields(story.fields, event, most);
  } else {
    story.fields = read_columns(db, table, key, most);
  }
  pawl::detail::explain(story, table.meta().lifecycle, table.lifecycle(), events, most);
  if (!found->is_usable) {
    story.is = standing::unrecognised;
    story.why = pawl::detail::describe_unknown(
        table.meta().lifecycle,
        story.item.state == "NULL" ? "NULL" : story.item.state + ", but its version is not an integer", false);
  }
  return story;
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
