// Implements schedule_table.
#ifndef PAWL_SQLITE_SCHEDULE_TABLE_IMPL_HPP
#define PAWL_SQLITE_SCHEDULE_TABLE_IMPL_HPP

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sqlite3.h>

#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/records.hpp>
#include <pawl/sqlite/schedule_table.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/store/item_export.hpp>
#include <pawl/store/tick_store.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

PAWL_INLINE bool schedule_table::is_there() { return has_table(*db_, "pawl_schedule"); }

PAWL_INLINE std::optional<stored_time> schedule_table::last_tick(std::string_view schedule) {
  if (!is_there()) return std::nullopt;
  statement s = db_->prepare("SELECT last_tick FROM pawl_schedule WHERE table_name=?1 AND name=?2");
  s.bind(1, table_);
  s.bind(2, schedule);
  if (!s.step()) return std::nullopt;
  return stored_time(std::chrono::nanoseconds(s.integer(0)));
}

PAWL_INLINE bool schedule_table::advance(tick_advance const& step) {
  if (step.from)
    return is_there() &&
           changes("UPDATE pawl_schedule SET last_tick=?3 WHERE table_name=?1 AND name=?2 AND last_tick=?4",
                   step.schedule, step.to,
                   /*mutant sqlite_tick_is_guarded: OFF ? last_tick(step.schedule) :*/ step.from);
  db_->execute(
      "CREATE TABLE IF NOT EXISTS pawl_schedule(table_name TEXT NOT NULL,name TEXT NOT NULL,last_tick INTEGER NOT NULL,"
      "PRIMARY KEY(table_name,name)) STRICT,WITHOUT ROWID");
  return changes("INSERT OR IGNORE INTO pawl_schedule(table_name,name,last_tick) VALUES(?1,?2,?3)", step.schedule,
                 step.to, std::nullopt);
}

PAWL_INLINE bool schedule_table::forget(std::string_view schedule) {
  return is_there() &&
         changes("DELETE FROM pawl_schedule WHERE table_name=?1 AND name=?2", schedule, std::nullopt, std::nullopt);
}

PAWL_INLINE std::vector<exported_schedule> schedule_table::all() {
  std::vector<exported_schedule> found;
  if (!is_there()) return found;
  statement s = db_->prepare("SELECT name,last_tick FROM pawl_schedule WHERE table_name=?1 ORDER BY name");
  s.bind(1, table_);
  while (s.step()) found.push_back({std::string(s.text(0)), stored_time(std::chrono::nanoseconds(s.integer(1)))});
  return found;
}

PAWL_INLINE bool schedule_table::changes(std::string_view sql, std::string_view schedule, std::optional<stored_time> to,
                                         std::optional<stored_time> from) {
  statement s = db_->prepare(sql);
  s.bind(1, table_);
  s.bind(2, schedule);
  if (to) s.bind(3, to->time_since_epoch().count());
  if (from) s.bind(4, from->time_since_epoch().count());
  s.step();
  return sqlite3_changes(db_->handle()) != 0;
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
