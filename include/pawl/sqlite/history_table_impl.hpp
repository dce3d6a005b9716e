// Implements history_table.
#ifndef PAWL_SQLITE_HISTORY_TABLE_IMPL_HPP
#define PAWL_SQLITE_HISTORY_TABLE_IMPL_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sqlite3.h>

#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/history_table.hpp>
#include <pawl/sqlite/items_sql.hpp>
#include <pawl/sqlite/records.hpp>
#include <pawl/sqlite/shared_table.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/store/history_entry.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

PAWL_INLINE history_table::history_table(database& db, shared_table& shared, lifecycle_view const& lifecycle,
                                         std::string_view table, bool writes)
    : db_(&db),
      shared_(&shared),
      lifecycle_(&lifecycle),
      table_(table),
      writes_(writes && !db.reads_only()),
      changes_(writes ? lifecycle.rows.size() : 0) {
  if (!writes_) return;
  for (std::size_t i = 0; i < lifecycle.rows.size(); ++i) {
    auto const of = words_of(i);
    changes_[i] = pawl::detail::change_number(table_, of.from, of.event, of.to);
  }
  if (is_there() && has_hands() && knows_changes()) return;
  db.begin();
  try {
    make_tables();
    for (std::size_t i = 0; i < lifecycle.rows.size(); ++i) make_change(words_of(i));
    db.commit();
  } catch (...) {
    db.rollback();
    throw;
  }
}

PAWL_INLINE history_table::words history_table::words_of(std::size_t row) const {
  auto const& of = lifecycle_->rows[row];
  return {lifecycle_->state_names[of.from], lifecycle_->event_names[of.event], lifecycle_->state_names[of.to]};
}

PAWL_INLINE bool history_table::knows_changes() {
  statement s = db_->prepare("SELECT 1 FROM pawl_change WHERE id=?1");
  for (std::size_t i = 0; i < lifecycle_->rows.size(); ++i) {
    reset_at_exit const reset(s);
    s.bind(1, changes_[i]);
    if (!s.step()) return false;
  }
  return true;
}

// In 0.1.0 pawl_history was made in another form, and stayed empty.
PAWL_INLINE bool history_table::is_there() {
  statement s = db_->prepare("SELECT 1 FROM pragma_table_info('pawl_history') WHERE name='change'");
  return s.step();
}
// A history may be of before there was this table, and nothing was done by hand then.
PAWL_INLINE bool history_table::has_hands() { return has_table(*db_, "pawl_by_hand"); }

PAWL_INLINE bool history_table::is_kept() {
  if (!is_there()) return false;
  statement s = db_->prepare("SELECT 1 FROM pawl_change WHERE table_name=?1 LIMIT 1");
  s.bind(1, table_);
  return s.step();
}

PAWL_INLINE void history_table::make_tables() {
  bool const was_there = is_there();
  if (was_there && has_hands()) return;
  made_tables_ = true;
  if (!was_there) db_->execute("DROP TABLE IF EXISTS pawl_history");
  db_->execute(
      "CREATE TABLE IF NOT EXISTS pawl_change(id INTEGER PRIMARY KEY,table_name TEXT NOT NULL,from_state TEXT NOT NULL,"
      "event TEXT NOT NULL,to_state TEXT NOT NULL) STRICT;"
      "CREATE TABLE IF NOT EXISTS pawl_history(id INTEGER PRIMARY KEY,change INTEGER NOT NULL,key TEXT NOT NULL,life "
      "INTEGER NOT NULL,version INTEGER NOT NULL,at INTEGER NOT NULL,run INTEGER NOT NULL,attempts INTEGER NOT NULL,"
      "error TEXT) STRICT;"
      "CREATE TABLE IF NOT EXISTS pawl_by_hand(entry INTEGER PRIMARY KEY,key TEXT NOT NULL) STRICT;"
      "CREATE INDEX IF NOT EXISTS pawl_by_hand_key ON pawl_by_hand(key);"
      "CREATE VIEW IF NOT EXISTS pawl_history_view AS SELECT "
      "c.table_name,h.key,h.version,c.from_state,c.event,c.to_state,"
      "strftime('%Y-%m-%dT%H:%M:%S',h.at/1000000000,'unixepoch')||printf('.%06d',h.at/1000%1000000) AS at,h.run,"
      "h.attempts,h.error FROM pawl_history AS h LEFT JOIN pawl_change AS c ON c.id=h.change");
}

PAWL_INLINE std::int64_t history_table::make_change(words const& of) {
  std::int64_t const id = pawl::detail::change_number(table_, of.from, of.event, of.to);
  statement s =
      db_->prepare("INSERT OR IGNORE INTO pawl_change(id,table_name,from_state,event,to_state) VALUES(?1,?2,?3,?4,?5)");
  s.bind(1, id);
  s.bind(2, table_);
  s.bind(3, of.from);
  s.bind(4, of.event);
  s.bind(5, of.to);
  s.step();
  return id;
}

PAWL_INLINE statement history_table::insertion(std::string_view values) const {
  return db_->prepare(text({"INSERT INTO pawl_history(change,key,life,version,at,run,attempts,error) ", values}));
}

PAWL_INLINE void history_table::add(std::size_t row, item_view from, std::int64_t life) {
  history_rows::row const entry{changes_[row], life, from.version + 1, 0, from.key, {}};
  if (shared_->any_troubles)
    add_after_trouble(entry);
  else
    shared_->history.add(entry);
  if (!shared_->history.is_batch) write_rows();
}

PAWL_INLINE void history_table::add_after_trouble(history_rows::row entry) {
  if (!trouble_)
    trouble_ = db_->prepare(text({"SELECT attempts,last_error FROM pawl_trouble WHERE table_name=", in_quotes(table_),
                                  " AND key=?1 AND version=?2 AND (?3=0 OR life=?3)"}));
  reset_at_exit const reset(trouble_);
  trouble_.bind(1, entry.key);
  trouble_.bind(2, entry.version - 1);
  trouble_.bind(3, entry.life);
  if (trouble_.step()) {
    entry.attempts = static_cast<std::int32_t>(trouble_.integer(0));
    entry.error = trouble_.text(1);
  }
  shared_->history.add(entry);
}

PAWL_INLINE void history_table::write_batch() {
  shared_->history.is_batch = false;
  write_rows();
}

PAWL_INLINE void history_table::drop_batch() noexcept {
  shared_->history.is_batch = false;
  shared_->history.cut(0);
}

PAWL_INLINE void history_table::write_rows() {
  auto& rows = shared_->history;
  if (rows.size() == 0) return;
  struct none_left {
    history_rows* of;
    ~none_left() { of->cut(0); }
  } const at_exit{&rows};
  std::int64_t const at = now();
  std::size_t first = 0;
  for (std::size_t i = 0; i < together.size(); ++i)
    for (; rows.size() - first >= together[i]; first += together[i]) insert(insertions_[i], first, together[i], at);
}

PAWL_INLINE void history_table::insert(statement& s, std::size_t first, std::size_t count, std::int64_t at) {
  if (!s) {
    std::string sql =
        "INSERT INTO pawl_history(at,run,change,key,life,version,attempts,error) VALUES(?1,?2,?,?,?,?,?,?)";
    for (std::size_t i = 1; i < count; ++i) sql += ",(?1,?2,?,?,?,?,?,?)";
    s = db_->prepare(sql);
  }
  reset_at_exit const reset(s);
  s.bind(1, at);
  s.bind(2, run_);
  int parameter = 2;
  for (std::size_t i = first; i < first + count; ++i) {
    auto const row = shared_->history.at(i);
    s.bind(++parameter, row.change);
    s.bind(++parameter, row.key);
    s.bind(++parameter, row.life);
    s.bind(++parameter, row.version);
    s.bind(++parameter, std::int64_t{row.attempts});
    if (row.error.empty())
      s.bind(++parameter, nullptr);
    else
      s.bind(++parameter, row.error);
  }
  s.step();
}

PAWL_INLINE void history_table::add_moved(items_sql const& items, std::string_view old_state, std::int64_t old_code,
                                          std::size_t to) {
  write_rows();
  std::int64_t const change = make_change({old_state, "", lifecycle_->state_names[to]});
  bool const by_code = items.kept == states_kept_as::codes;
  statement s = insertion(text({"SELECT ?1,CAST(t.[", items.key, "] AS TEXT),", items.life.sql("t"), ",t.[",
                                items.version, "]+1,?3,?4,0,NULL FROM [", items.table, "] AS t WHERE t.[", items.state,
                                "]=?2", by_code ? "" : " COLLATE BINARY"}));
  s.bind(1, change);
  if (by_code)
    s.bind(2, old_code);
  else
    s.bind(2, old_state);
  s.bind(3, now());
  s.bind(4, run_);
  s.step();
}

PAWL_INLINE void history_table::add_by_hand(hand what, std::string_view state, item_view of, std::int32_t attempts,
                                            std::string_view told) {
  if (!by_hand_) make_tables();
  insert_by_hand(make_change({state, pawl::detail::event_of(what), state}), of, attempts, told);
}

PAWL_INLINE void history_table::insert_by_hand(std::int64_t change, item_view of, std::int32_t attempts,
                                               std::string_view told) {
  write_rows();
  if (!by_hand_) by_hand_ = insertion("VALUES(?1,?2,?3,?4,?5,0,?6,?7)");
  if (!find_by_hand_) find_by_hand_ = db_->prepare("INSERT OR REPLACE INTO pawl_by_hand(entry,key) VALUES(?1,?2)");
  reset_at_exit const reset(by_hand_), reset_too(find_by_hand_);
  by_hand_.bind(1, change);
  by_hand_.bind(2, of.key);
  by_hand_.bind(3, of.life);
  by_hand_.bind(4, of.version);
  by_hand_.bind(5, now());
  by_hand_.bind(6, std::int64_t{attempts});
  by_hand_.bind(7, told);
  by_hand_.step();
  find_by_hand_.bind(1, std::int64_t{sqlite3_last_insert_rowid(db_->handle())});
  find_by_hand_.bind(2, of.key);
  find_by_hand_.step();
}

PAWL_INLINE void history_table::add_of_table(pawl::detail::table_deed const& deed, std::size_t number) {
  make_tables();
  std::int64_t const change = make_change({"", pawl::detail::event_of(deed.does), deed.state});
  auto const rows = static_cast<std::int32_t>((std::min)(number, std::size_t{1'000'000'000}));
  if (rows > 0) {
    statement s = db_->prepare(
        "UPDATE pawl_history SET attempts=min(attempts+?1,1000000000),at=?2 WHERE id=?3 AND change=?4 AND error=?5");
    s.bind(1, std::int64_t{rows});
    s.bind(2, now());
    s.bind(3, newest_of_table());
    s.bind(4, change);
    s.bind(5, std::string_view(deed.words));
    s.step();
    if (sqlite3_changes(db_->handle()) > 0) return;
  }
  insert_by_hand(change, {}, rows, deed.words);
}
PAWL_INLINE std::int64_t history_table::newest_of_table() {
  statement s = db_->prepare(text({"SELECT max(h.id)", of_tables, " AND c.table_name=?1"}));
  s.bind(1, table_);
  return s.step() ? s.integer(0) : 0;
}
PAWL_INLINE std::vector<history_entry> history_table::of_table(std::size_t most) {
  std::vector<history_entry> entries;
  if (!is_there() || !has_hands()) return entries;
  statement s =
      db_->prepare(text({"SELECT ", read_columns, of_tables, " AND c.table_name=?1 ORDER BY b.entry DESC LIMIT ?2"}));
  s.bind(1, table_);
  s.bind(2, most);
  while (s.step()) entries.push_back(read(s).entry);
  std::reverse(entries.begin(), entries.end());
  return entries;
}

PAWL_INLINE history_table::read_entry history_table::read(statement const& s) {
  read_entry found{s.integer(0), s.integer(1), {.version = s.integer(2), .run = s.integer(7)}};
  history_entry& entry = found.entry;
  entry.from = s.text(3);
  entry.event = s.text(4);
  entry.to = s.text(5);
  entry.at = stored_time(std::chrono::nanoseconds(s.integer(6)));
  entry.attempts = static_cast<std::int32_t>(s.integer(8));
  entry.error = s.text(9);
  return found;
}

PAWL_INLINE std::vector<history_entry> history_table::of(items_sql const& items, std::string_view key,
                                                         std::size_t most) {
  write_rows();
  std::vector<history_entry> entries;
  if (!items.keys.may_name(key) || !is_there()) return entries;
  std::string const row = text({" FROM [", items.table, "] AS t WHERE t.[", items.key, "]=?1",
                                items.keys.beside("t.", "?1"), " AND typeof(t.[", items.version, "])='integer'"});
  std::int64_t const first_hand = first_by_hand(key);
  statement now = db_->prepare(text({"SELECT t.[", items.version, "]", row}));
  now.bind(1, key);
  bool const has_not_moved = now.step() && now.integer(0) == 0;
  if (has_not_moved && first_hand == none_by_hand) return entries;  // and nothing is sought
  now.reset();
  statement s = db_->prepare(
      text({"SELECT ", read_columns, ",(SELECT ", items.life.sql("t"), row, "),(SELECT t.[", items.version, "]", row,
            ") FROM pawl_history AS h CROSS JOIN pawl_change AS c ON c.id=h.change WHERE "
            "h.key=?1 AND c.table_name=?2 AND c.from_state<>'' ORDER BY h.id DESC"}));
  s.bind(1, key);
  s.bind(2, table_);
  std::optional<std::int64_t> life;
  std::int64_t latest = 0;  // the version that the row had before what has been read
  while (entries.size() < most && s.step()) {
    read_entry found = read(s);
    if (!life) {
      bool const is_gone = s.is_null(11);
      life = is_gone ? found.life : s.integer(10);
      latest = is_gone ? found.entry.version : s.integer(11);
    }
    std::int64_t const id = found.id;
    if (found.life == *life) {
      if (found.entry.version > latest /*mutant history_ends_with_its_row: && !OFF*/) break;
      if (found.entry.by_hand().empty()) latest = found.entry.version - 1;
      entries.push_back(std::move(found.entry));
    }
    if (latest <= 0 && (/*mutant hands_before_the_first: OFF ||*/ id <= first_hand)) break;
  }
  std::reverse(entries.begin(), entries.end());
  return entries;
}

PAWL_INLINE std::int64_t history_table::first_by_hand(std::string_view key) {
  if (!has_hands()) return none_by_hand;
  statement s = db_->prepare(
      "SELECT min(b.entry) FROM pawl_by_hand AS b CROSS JOIN pawl_history AS h ON h.id=b.entry CROSS JOIN pawl_change "
      "AS c ON c.id=h.change WHERE b.key=?1 AND c.table_name=?2 AND c.from_state<>''");
  s.bind(1, key);
  s.bind(2, table_);
  return s.step() && !s.is_null(0) ? s.integer(0) : none_by_hand;
}

PAWL_INLINE std::size_t history_table::remove(stored_time before, std::size_t limit) {
  if (!is_there()) return 0;
  write_rows();
  statement s = db_->prepare(
      "DELETE FROM pawl_history WHERE id IN(SELECT h.id FROM pawl_history AS h WHERE h.at<?1 AND "
      "h.change IN(SELECT c.id FROM pawl_change AS c WHERE c.table_name=?2) ORDER BY h.id LIMIT ?3) RETURNING id");
  s.bind(1, before.time_since_epoch().count());
  s.bind(2, table_);
  s.bind(3, limit);
  std::size_t removed = 0;
  std::int64_t last = 0;
  for (; s.step(); ++removed) last = (std::max)(last, s.integer(0));
  s.reset();
  if (removed == 0 || !has_hands()) return removed;
  statement found = db_->prepare(
      "DELETE FROM pawl_by_hand WHERE entry<=?1 AND NOT EXISTS(SELECT 1 FROM pawl_history AS h WHERE h.id=entry)");
  found.bind(1, last);
  found.step();
  return removed;
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
