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
  if (is_there() && knows_changes()) return;
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

PAWL_INLINE bool history_table::is_there() {
  statement s = db_->prepare("SELECT 1 FROM pragma_table_info('pawl_history') WHERE name='change'");
  return s.step();
}

PAWL_INLINE bool history_table::is_kept() {
  if (!is_there()) return false;
  statement s = db_->prepare("SELECT 1 FROM pawl_change WHERE table_name=?1 LIMIT 1");
  s.bind(1, table_);
  return s.step();
}

PAWL_INLINE void history_table::make_tables() {
  if (is_there()) return;
  made_tables_ = true;
  // Until 0.1.0 it was made in another form, and stayed empty.
  db_->execute(
      "DROP TABLE IF EXISTS pawl_history;"
      "CREATE TABLE IF NOT EXISTS pawl_change(id INTEGER PRIMARY KEY,table_name TEXT NOT NULL,from_state TEXT NOT NULL,"
      "event TEXT NOT NULL,to_state TEXT NOT NULL) STRICT;"
      "CREATE TABLE pawl_history(id INTEGER PRIMARY KEY,change INTEGER NOT NULL,key TEXT NOT NULL,life INTEGER NOT "
      "NULL,"
      "version INTEGER NOT NULL,at INTEGER NOT NULL,run INTEGER NOT NULL,attempts INTEGER NOT NULL,error TEXT) STRICT;"
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
  statement& s = shared_->any_troubles ? after_trouble_ : plain_;
  if (!s)
    s = shared_->any_troubles
            ? insertion(
                  text({"SELECT ?1,?2,?3,?4,?5,?6,coalesce(p.attempts,0),nullif(p.last_error,'') FROM (SELECT 1) ",
                        "LEFT JOIN pawl_trouble AS p ON p.table_name=", in_quotes(table_),
                        " AND p.key=?2 AND p.version=?4-1 AND (?3=0 OR p.life=?3)"}))
            : insertion("VALUES(?1,?2,?3,?4,?5,?6,0,NULL)");
  reset_at_exit const reset(s);
  s.bind(1, changes_[row]);
  s.bind(2, from.key);
  s.bind(3, life);
  s.bind(4, from.version + 1);
  s.bind(5, now());
  s.bind(6, run_);
  s.step();
}

PAWL_INLINE void history_table::add_moved(items_sql const& items, std::string_view old_state, std::int64_t old_code,
                                          std::size_t to) {
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

PAWL_INLINE std::vector<history_entry> history_table::of(std::string_view key, std::size_t most) {
  std::vector<history_entry> entries;
  if (!read_) {
    if (!is_there()) return entries;
    read_ = db_->prepare(
        "SELECT h.life,h.version,c.from_state,c.event,c.to_state,h.at,h.run,h.attempts,h.error FROM pawl_history AS h "
        "CROSS JOIN pawl_change AS c ON c.id=h.change WHERE h.key=?1 AND c.table_name=?2 ORDER BY h.id DESC");
  }
  reset_at_exit const reset(read_);
  read_.bind(1, key);
  read_.bind(2, table_);
  std::optional<std::int64_t> life;
  while (entries.size() < most && read_.step()) {
    if (life.value_or(read_.integer(0)) != read_.integer(0)) continue;  // of an earlier row with this key
    life = read_.integer(0);
    history_entry entry{.version = read_.integer(1), .run = read_.integer(6)};
    entry.from = read_.text(2);
    entry.event = read_.text(3);
    entry.to = read_.text(4);
    entry.at = stored_time(std::chrono::nanoseconds(read_.integer(5)));
    entry.attempts = static_cast<std::int32_t>(read_.integer(7));
    entry.error = read_.text(8);
    entries.push_back(std::move(entry));
    if (entries.back().version == 1) break;
  }
  std::reverse(entries.begin(), entries.end());
  return entries;
}

PAWL_INLINE std::size_t history_table::remove(stored_time before, std::size_t limit) {
  if (!is_there()) return 0;
  statement s = db_->prepare(
      "DELETE FROM pawl_history WHERE id IN(SELECT h.id FROM pawl_history AS h WHERE h.at<?1 AND "
      "h.change IN(SELECT c.id FROM pawl_change AS c WHERE c.table_name=?2) ORDER BY h.id LIMIT ?3)");
  s.bind(1, before.time_since_epoch().count());
  s.bind(2, table_);
  s.bind(3, limit);
  s.step();
  return static_cast<std::size_t>(sqlite3_changes(db_->handle()));
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
