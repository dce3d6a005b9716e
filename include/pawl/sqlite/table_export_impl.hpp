// Implements table_export.
#ifndef PAWL_SQLITE_TABLE_EXPORT_IMPL_HPP
#define PAWL_SQLITE_TABLE_EXPORT_IMPL_HPP

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

#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/items_sql.hpp>
#include <pawl/sqlite/records.hpp>
#include <pawl/sqlite/schedule_table.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/table_export.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/store/item_export.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// The state of pawl_pause that stands for all of a table's: no state has this name.
inline constexpr std::string_view all_states = "*";

PAWL_INLINE table_export::table_export(database& db, lifecycle_view const& lifecycle, items_sql const& items,
                                       owner_handle owner)
    : db_(&db), lifecycle_(&lifecycle), items_(&items), owner_(std::move(owner)) {
  auto const mine = db_->on_this_thread();
  db_->verify();
  if (db_->reads_only()) db_->refuse_to_write();
  if (db_->in_transaction())
    fail(store_failure::misuse, {"pawl: ", db_->path(), ": a transaction is open; end it before its items are copied"});
  if (!owner_->try_acquire(ownership::sole)) throw error("run.owned", owner_->describe_holder());
  knows_of_deaths_ = owner_->knows_of_deaths();
  try {
    begin();
    look();
  } catch (...) {
    end();
    throw;
  }
}

PAWL_INLINE table_export::~table_export() { end(); }

// What this program wrote meanwhile was acknowledged to it, and stays. Where that fails, the database says so at its next use.
PAWL_INLINE void table_export::end() noexcept {
  page_.reset();
  try {
    if (is_open_ && was_written()) db_->commit();
  } catch (store_error const&) {}
  if (is_open_) db_->rollback();
  is_open_ = false;
  if (knows_of_deaths_) owner_->leave_journal();
}

PAWL_INLINE void table_export::begin() {
  db_->begin();
  is_open_ = true;
  changes_before_ = changes();
}

PAWL_INLINE bool table_export::was_written() const { return changes() != changes_before_; }

PAWL_INLINE int table_export::changes() const { return sqlite3_total_changes(db_->handle()); }

PAWL_INLINE std::int64_t table_export::number_of(std::string_view sql) {
  statement s = db_->prepare(sql);
  if (s.parameter_count() > 0) s.bind(1, items_->table);
  return s.step() ? s.integer(0) : 0;
}
PAWL_INLINE std::string table_export::first_text(std::string_view sql) {
  statement s = db_->prepare(sql);
  return s.step() ? std::string(s.text(0)) : std::string();
}

PAWL_INLINE void table_export::look() {
  std::string const of_table = text({" FROM [", items_->table, "]"});
  facts_.identity = db_->identity();
  facts_.items = static_cast<std::size_t>(number_of(text({"SELECT count(*)", of_table})));
  facts_.highest_life = (std::max)(number_of(text({"SELECT max(id)", of_table})),
                                   number_of("SELECT last_id FROM pawl_meta WHERE table_name=?1"));
  if (has_table(*db_, "sqlite_sequence"))
    facts_.highest_life = (std::max)(facts_.highest_life, number_of("SELECT seq FROM sqlite_sequence WHERE name=?1"));
  facts_.schedules = schedule_table(*db_, items_->table).all();
  facts_.obstacle = obstacle();
  page_ = db_->prepare(text(
      {"SELECT t.id,t.key,t.version,t.state,t.changed_at,t.data,p.attempts,p.recoveries,p.next_at,p.since,p.parked,"
       "p.in_doubt,p.run,p.last_error FROM [",
       items_->table, "] AS t LEFT JOIN pawl_trouble AS p ON p.table_name='", items_->table, "' AND ", items_->is_of(),
       " WHERE t.id>?1 ORDER BY t.id LIMIT ?2"}));
}

PAWL_INLINE std::string table_export::obstacle() {
  std::string known;
  for (std::int64_t const code : lifecycle_->state_codes) known += text({known.empty() ? "" : ",", number(code)});
  std::string const key_of = text({"SELECT t.key FROM [", items_->table, "] AS t"});
  std::string const unknown = first_text(text({key_of, " WHERE t.state NOT IN(", known, ") LIMIT 1"}));
  if (!unknown.empty())
    return text({"pawl: ", db_->path(), ": item '", unknown, "' of table ", items_->table,
                 " is in a state that the lifecycle does not have; move it with migrate() before the table is copied"});
  std::string const former =
      first_text(text({key_of, " JOIN pawl_earlier AS p ON p.table_name='", items_->table, "' AND ", items_->is_of(),
                       " WHERE ", in_step_states(*lifecycle_, *items_), " LIMIT 1"}));
  if (!former.empty())
    return text(
        {"pawl: ", db_->path(), ": item '", former, "' of table ", items_->table,
         " has the idempotency key of before its database was upgraded, and would get another one; run its step "
         "here before the table is copied"});
  return has_table(*db_, "pawl_child") ? obstacle_of_links() : std::string();
}

PAWL_INLINE std::string table_export::obstacle_of_links() {
  statement s = db_->prepare(
      "SELECT p.key,p.table_name,c.table_name FROM pawl_parent AS p JOIN pawl_child AS c ON c.parent=p.id WHERE "
      "?1 IN(p.table_name,c.table_name) LIMIT 1");
  s.bind(1, items_->table);
  if (!s.step()) return {};
  return text({"pawl: ", db_->path(), ": item '", s.text(0), "' of table ", s.text(1), " has children in table ",
               s.text(2),
               ", and would have none after a copy; remove it once it has ended (remove_finished) before table ",
               items_->table, " is copied"});
}

PAWL_INLINE std::vector<exported_item> table_export::next_page(std::size_t limit) {
  auto const mine = db_->on_this_thread();
  reset_at_exit const reset(page_);
  page_.bind(1, after_);
  page_.bind(2, limit);
  std::vector<exported_item> items;
  while (page_.step()) items.push_back(read_item());
  if (!items.empty()) after_ = items.back().life;
  return items;
}

PAWL_INLINE exported_item table_export::read_item() {
  exported_item it;
  it.life = page_.integer(0);
  it.key = page_.text(1);
  it.version = page_.integer(2);
  it.state_code = page_.integer(3);
  it.changed_at = page_.integer(4);
  it.events = page_.bytes(5);
  auto const time = [this](int column) {
    std::optional<stored_time> at;
    if (!page_.is_null(column)) at = stored_time(std::chrono::nanoseconds(page_.integer(column)));
    return at;
  };
  trouble_record record;
  if (!page_.is_null(6)) {
    record.attempts = static_cast<std::int32_t>(page_.integer(6));
    record.recoveries = static_cast<std::int32_t>(page_.integer(7));
    record.next_at = time(8);
    record.since = time(9);
    record.parked = page_.integer(10) != 0;
    record.in_doubt = page_.integer(11) != 0;
    record.run = page_.integer(12);
    record.last_error = page_.text(13);
  }
  if (owner_->was_held(it.life, it.version)) ++record.recoveries;
  if (!page_.is_null(6) || !record.empty()) it.record = std::move(record);
  return it;
}

PAWL_INLINE void table_export::check_unchanged() const {
  if (was_written() || !db_->in_transaction())
    fail(store_failure::misuse,
         {"pawl: ", db_->path(),
          ": this program has written to the database while it was copied, and what it wrote may "
          "not have been copied; copy again when nothing else uses it"});
}

PAWL_INLINE void table_export::retire(std::string_view to) {
  auto const mine = db_->on_this_thread();
  statement s = db_->prepare("INSERT OR REPLACE INTO pawl_pause(table_name,state,since,\"by\") VALUES(?1,?2,?3,?4)");
  s.bind(1, items_->table);
  s.bind(2, all_states);
  s.bind(3, std::chrono::nanoseconds(db_->now().time_since_epoch()).count());
  s.bind(4, to);
  s.step();
  s.reset();
  page_.reset();
  db_->commit();
  is_open_ = false;
}

PAWL_INLINE void refuse_retired(database& db, std::string_view table) {
  statement s = db.prepare("SELECT \"by\" FROM pawl_pause WHERE table_name=?1 AND state=?2");
  s.bind(1, table);
  s.bind(2, all_states);
  if (!s.step()) return;
  fail(store_failure::refused, {"pawl: ", db.path(), ": table ", table, " was moved to ", s.text(0),
                                "; run its items there. To run them here all the same, whatever has become of them "
                                "there: DELETE FROM pawl_pause "
                                "WHERE table_name='",
                                table, "'"});
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
