// What the console changes in an SQLite database: each in one transaction, and only if it is still as it was seen.
#ifndef PAWL_CONSOLE_SQLITE_CHANGE_HPP
#define PAWL_CONSOLE_SQLITE_CHANGE_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sqlite3.h>

#include <pawl/console/changed_record.hpp>
#include <pawl/console/known_lifecycle.hpp>
#include <pawl/console/sqlite/reading.hpp>
#include <pawl/console/sqlite/table.hpp>
#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/schedule_table.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/table_export.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/sqlite/trouble_table.hpp>
#include <pawl/store/history_entry.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// Undone unless committed.
class write_scope {
 public:
  explicit write_scope(database& db) : db_(&db) {
    if (db.reads_only()) db.refuse_to_write();
    db.verify();
    db.begin();
  }
  write_scope(write_scope const&) = delete;
  write_scope& operator=(write_scope const&) = delete;
  ~write_scope() { db_->rollback(); }
  void commit() { db_->commit(); }

 private:
  database* db_;
};

inline std::size_t changed_rows(database& db) { return static_cast<std::size_t>(sqlite3_changes(db.handle())); }

// By a store of this process, or by the next run that looks.
inline void gather_again(database& db, recorded_table& table, std::string_view key, std::int64_t life) {
  auto const parent = table.children().parent_of(table.troubles().items(), key);
  if (!parent) return;
  auto const* const open = db.shared(table.meta().table);
  if (open == nullptr || open->gatherers.empty()) return table.children().leave_complete(*parent);
  open->gatherers.front().gather(open->gatherers.front().store, *parent, key, life);
}

// Changes the record of the item, if it still is at this version, as `change(record)` says: see changed_record.hpp.
template <class Change>
bool change_item(database& db, std::string_view name, std::string_view key, std::int64_t version,
                 Change const& change) {
  auto const mine = db.on_this_thread();
  write_scope scope(db);
  recorded_table table(db, meta_of(db, name));
  refuse_retired(db, table.meta().table);
  auto const found = find_row(db, table, key);
  if (!found || !found->is_usable || found->item.version != version) return false;
  auto const* const state = pawl::detail::changeable_state(table.lifecycle(), found->item.state, found->item.trouble);
  if (state == nullptr) pawl::detail::refuse_no_step(db.path(), key, found->item.state, table.lifecycle());
  auto const record = change(found->item.trouble);
  if (!record) return false;
  if (state->role == role::waiting && !record->empty())
    pawl::detail::refuse_no_step(db.path(), key, found->item.state, table.lifecycle());
  item_view const it{key, version, table.lifecycle().view().index_of_name(state->name), 0, found->life};
  bool const changed = record->empty() ? table.troubles().release(key) : table.troubles().note(it, *record);
  if (!changed) return false;
  std::int32_t const attempts = found->item.trouble ? found->item.trouble->attempts : 0;
  if (table.history().is_kept()) table.history().add_by_hand(change.does(), state->name, it, attempts, change.words());
  // A run over it tries again to tell it what has become of its children.
  if (state->role == role::waiting) gather_again(db, table, key, found->life);
  scope.commit();
  return true;
}

// The items of a state that are parked, or delayed by a run, as " FROM .. WHERE .."; ?1 the state.
inline std::string held_back_sql(recorded_table const& table) {
  return text({table.troubles().joined(), " AND (p.parked OR (p.next_at IS NOT NULL AND p.run<>0)) AND t.[",
               table.meta().state, "]=?1 COLLATE BINARY"});
}
inline void tell_retries(database& db, recorded_table& table, std::string const& state, std::string_view words) {
  statement s = db.prepare(text({"SELECT p.key,t.[", table.meta().version, "],", table.troubles().items().life.sql("t"),
                                 ",p.attempts", held_back_sql(table)}));
  table.bind_state(s, 1, state);
  while (s.step())
    table.history().add_by_hand(hand::retried, state, {s.text(0), s.integer(1), 0, 0, s.integer(2)},
                                static_cast<std::int32_t>(s.integer(3)), words);
}
inline std::size_t retry_all(database& db, std::string_view name, std::string const& state, std::string_view by) {
  auto const mine = db.on_this_thread();
  write_scope scope(db);
  recorded_table table(db, meta_of(db, name));
  refuse_retired(db, table.meta().table);
  pawl::detail::refuse_unless_step(db.path(), state, table.lifecycle());
  if (table.history().is_kept()) tell_retries(db, table, state, pawl::detail::behalf_text(by));
  statement s = db.prepare(text({"DELETE FROM pawl_trouble WHERE table_name='", table.meta().table,
                                 "' AND key IN(SELECT p.key", held_back_sql(table), ")"}));
  table.bind_state(s, 1, state);
  s.step();
  s.reset();
  std::size_t const released = changed_rows(db);
  if (released == 0) return released;
  table.touch();
  scope.commit();
  return released;
}

inline void tell_of_table(recorded_table& table, pawl::detail::table_deed const& deed, std::size_t number = 0) {
  if (table.history().is_kept()) table.history().add_of_table(deed, number);
}

inline bool pause(database& db, std::string_view name, std::string const& state, std::string_view by) {
  auto const mine = db.on_this_thread();
  write_scope scope(db);
  recorded_table table(db, meta_of(db, name));
  refuse_retired(db, table.meta().table);
  pawl::detail::refuse_unless_step(db.path(), state, table.lifecycle());
  statement s = db.prepare("INSERT OR IGNORE INTO pawl_pause(table_name,state,since,\"by\") VALUES(?1,?2,?3,?4)");
  s.bind(1, std::string_view(table.meta().table));
  s.bind(2, std::string_view(state));
  s.bind(3, std::chrono::nanoseconds(db.now().time_since_epoch()).count());
  s.bind(4, by);
  s.step();
  s.reset();
  bool const changed = changed_rows(db) > 0;
  if (!changed) return changed;
  tell_of_table(table, {hand::paused, state, pawl::detail::behalf_text(by)});
  scope.commit();
  return changed;
}

inline bool resume(database& db, std::string_view name, std::string const& state, std::string_view by) {
  auto const mine = db.on_this_thread();
  write_scope scope(db);
  recorded_table table(db, meta_of(db, name));
  refuse_retired(db, table.meta().table);
  statement s = db.prepare("DELETE FROM pawl_pause WHERE table_name=?1 AND state=?2");
  s.bind(1, std::string_view(table.meta().table));
  s.bind(2, std::string_view(state));
  s.step();
  s.reset();
  bool const changed = changed_rows(db) > 0;
  if (!changed) {
    if (table.lifecycle().find(state) == nullptr) pawl::detail::refuse_unless_step(db.path(), state, table.lifecycle());
    return changed;
  }
  tell_of_table(table, {hand::resumed, state, pawl::detail::behalf_text(by)});
  scope.commit();
  return changed;
}

// ---- trim ----

struct trimmed_row {
  std::int64_t row = 0;
  std::string key{};
};
inline std::vector<trimmed_row> finished_rows(database& db, recorded_table& table, stored_time before,
                                              std::size_t limit) {
  auto const& troubles = table.troubles();
  auto const& view = table.lifecycle().view();
  auto const is_final = [&view](std::size_t i) {
    return view.roles[i] == role::goal || view.roles[i] == role::terminal;
  };
  statement s = db.prepare(text({"SELECT ", troubles.item_columns(), " FROM [", table.meta().table, "] AS t WHERE ",
                                 in_states(view, troubles.items(), is_final), " AND ", troubles.usable(), " AND ",
                                 table.changed_at_sql(), "<?1 ORDER BY t.", troubles.items().row, " LIMIT ?2"}));
  s.bind(1, before.time_since_epoch().count());
  s.bind(2, limit);
  std::vector<trimmed_row> found;
  while (s.step()) found.push_back({s.integer(0), std::string(s.text(1))});
  return found;
}

// The row goes with what is recorded of it; its history goes by its age.
inline void remove_rows(database& db, recorded_table const& table, std::vector<trimmed_row> const& rows) {
  std::string const name = text({"'", table.meta().table, "'"});
  statement row =
      db.prepare(text({"DELETE FROM [", table.meta().table, "] WHERE ", table.troubles().items().row, "=?1"}));
  statement trouble = db.prepare(text({"DELETE FROM pawl_trouble WHERE table_name=", name, " AND key=?1"}));
  statement earlier = db.prepare(text({"DELETE FROM pawl_earlier WHERE table_name=", name, " AND key=?1"}));
  auto const run = [](statement& s, auto const&... value) {
    reset_at_exit const reset(s);
    int parameter = 0;
    (s.bind(++parameter, value), ...);
    s.step();
  };
  for (auto const& gone : rows) {
    std::string_view const key = gone.key;
    run(row, gone.row);
    run(trouble, key);
    run(earlier, key);
  }
}

inline std::size_t trim(database& db, std::string_view name, stored_time before, std::size_t limit, bool rows_of_user,
                        std::string_view by) {
  auto const mine = db.on_this_thread();
  write_scope scope(db);
  recorded_table table(db, meta_of(db, name));
  refuse_retired(db, table.meta().table);
  pawl::detail::refuse_to_trim(db.path(), table.meta().table, table.meta().is_own() || rows_of_user,
                               !table.meta().changed_at.empty());
  auto const rows = finished_rows(db, table, before, limit);
  for (auto const& gone : rows)
    if (auto const parent = table.children().parent_of(table.troubles().items(), gone.key))
      table.children().forget(*parent);
  if (rows.empty()) return 0;
  remove_rows(db, table, rows);
  tell_of_table(table, pawl::detail::trimmed_before(hand::trimmed, before, by), rows.size());
  scope.commit();
  return rows.size();
}

inline std::size_t trim_history(database& db, std::string_view name, stored_time before, std::size_t limit,
                                std::string_view by) {
  auto const mine = db.on_this_thread();
  write_scope scope(db);
  recorded_table table(db, meta_of(db, name));
  std::size_t const removed = table.history().remove(before, limit);
  if (removed == 0) return removed;
  tell_of_table(table, pawl::detail::trimmed_before(hand::history_trimmed, before, by), removed);
  scope.commit();
  return removed;
}

// ---- schedules ----

inline bool forget_schedule(database& db, std::string_view name, std::string_view schedule, std::string_view by) {
  auto const mine = db.on_this_thread();
  write_scope scope(db);
  recorded_table table(db, meta_of(db, name));
  refuse_retired(db, table.meta().table);
  if (!schedule_table(db, table.meta().table).forget(schedule)) return false;
  tell_of_table(table, pawl::detail::forgotten_schedule(schedule, by));
  scope.commit();
  return true;
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
