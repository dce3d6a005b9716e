// Implements own_table: creating the table, its statements, and the SQL function that records events.
#ifndef PAWL_SQLITE_OWN_TABLE_IMPL_HPP
#define PAWL_SQLITE_OWN_TABLE_IMPL_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sqlite3.h>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/fsm/type_list.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/dictionary.hpp>
#include <pawl/sqlite/fixed_array.hpp>
#include <pawl/sqlite/items_sql.hpp>
#include <pawl/sqlite/own_table.hpp>
#include <pawl/sqlite/records.hpp>
#include <pawl/sqlite/row_life.hpp>
#include <pawl/sqlite/shared_table.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/sqlite/trouble_table.hpp>
#include <pawl/store/mistake.hpp>
#include <pawl/store/record.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/table.hpp>
#include <pawl/system/random_number.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

PAWL_INLINE void record_event(sqlite3_context* context, int, sqlite3_value** values) {
  auto const bytes = [values](int i) {
    auto const* const data = static_cast<char const*>(sqlite3_value_blob(values[i]));
    auto const size = static_cast<std::size_t>(sqlite3_value_bytes(values[i]));
    return data != nullptr ? std::string_view(data, size) : std::string_view();
  };
  try {
    auto& merged = *static_cast<std::string*>(sqlite3_user_data(context));
    if (pawl::detail::merge_record(merged, bytes(0), bytes(1), bytes(2)))
      sqlite3_result_blob64(context, merged.data(), merged.size(), SQLITE_TRANSIENT);
    else
      sqlite3_result_error(context, "the events recorded for this item are damaged", -1);
  } catch (std::exception const&) {
    sqlite3_result_error_nomem(context);
  }
}

PAWL_INLINE void register_record(database& db) {
  if (db.has_record_function()) return;
  int const flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
  auto* const buffer = new std::string;  // reused; destroyed with the connection, or if this call fails
  int const code = sqlite3_create_function_v2(db.handle(), "pawl_record", 3, flags, buffer, &record_event, nullptr,
                                              nullptr, [](void* b) { delete static_cast<std::string*>(b); });
  if (code != SQLITE_OK) refuse(db.path(), {sqlite3_errstr(code)});
  db.has_record_function() = true;
}

PAWL_INLINE own_table::~own_table() = default;

PAWL_INLINE own_table::own_table(database& db, shared_table& shared, lifecycle_view const& lifecycle)
    : db_(&db),
      lifecycle_(&lifecycle),
      dictionary_(db, lifecycle, lifecycle.name, states_kept_as::codes),
      table_(text({"[", lifecycle.name, "]"})),
      troubles_(open(shared)),
      updates_(lifecycle.rows.size()) {
  register_record(db);
  for (std::size_t i = 0; i < lifecycle.rows.size(); ++i) updates_[i] = db.prepare(update_sql(lifecycle.rows[i]));
  find_ = prepare({"SELECT id FROM ", table_, " WHERE key=?1"});
  get_ = prepare({"SELECT id,state,version FROM ", table_, " WHERE key=?1"});
  runnable_ = prepare({"SELECT id,key,version FROM ", table_,
                       (" AS t WHERE state=?1 AND id>=?2 AND NOT EXISTS(SELECT 1 FROM pawl_trouble AS p "
                        "WHERE p.table_name='"),
                       lifecycle.name, "' AND ", items().is_of(),
                       " AND (p.parked OR p.next_at IS NOT NULL)) ORDER BY id LIMIT ?3"});
  recorded_ = prepare({"SELECT data FROM ", table_, " WHERE key=?1 AND (?2=0 OR id=?2)"});
  insert_ = prepare({"INSERT INTO ", table_, "(key,state,version,changed_at) VALUES(?1,", code(lifecycle.initial),
                     ",0,?2) ON CONFLICT(key) DO NOTHING"});
}

PAWL_INLINE transition_result own_table::move(std::size_t row, item_view from, event_bytes const& event) {
  std::int64_t const id = from.row != 0 ? from.row : find_row(from.key);
  if (id == 0) return {};
  statement& s = updates_[row];
  reset_at_exit const reset(s);
  s.bind(1, now());
  s.bind(2, from.key);
  s.bind(3, from.version);
  s.bind(4, id);
  auto const& changed = lifecycle_->rows[row];
  if (records(changed) && event.write != nullptr) {
    fields_.clear();
    event.write(fields_, event.event);
    s.bind(5, as_bytes(lifecycle_->event_names[changed.event]));
    s.bind(6, as_bytes(fields_));
  }
  s.step();
  if (sqlite3_changes(db_->handle()) == 0 /*mutant own_table_changes: && !OFF*/) return {};
  return {true, id, id};
}

PAWL_INLINE bool own_table::insert(std::string_view key) {
  if (key.empty())
    fail(store_failure::misuse, {"pawl: ", db_->path(), ": insert_if_absent() needs a key that is not empty"});
  reset_at_exit const reset(insert_);
  insert_.bind(1, key);
  insert_.bind(2, now());
  insert_.step();
  return sqlite3_changes(db_->handle()) != 0;
}

PAWL_INLINE stored_row own_table::get(std::string_view key) {
  using content = stored_row::content;
  stored_row found;
  reset_at_exit const reset(get_);
  get_.bind(1, key);
  if (!get_.step()) return found;
  std::size_t const state = lifecycle_->index_of_code(get_.integer(1));
  if (state == lifecycle_->state_count()) {
    found.holds = content::unknown_state;
    found.unknown_state = dictionary_.name_of(get_.integer(1));
  } else {
    found.holds = content::item;
    found.item = {std::string(key), get_.integer(2), state, get_.integer(0), get_.integer(0)};
  }
  return found;
}

PAWL_INLINE bool own_table::recorded(item_view of, std::string_view event, void* into,
                                     bool (*read)(std::string_view, void*)) {
  reset_at_exit const reset(recorded_);
  recorded_.bind(1, of.key);
  recorded_.bind(2, of.life);
  if (!recorded_.step()) return false;
  std::optional<std::string_view> fields;
  bool const whole = pawl::detail::find_record(recorded_.bytes(0), event, fields);
  if (!whole || (fields && !read(*fields, into)))
    fail(store_failure::rejected, {"pawl: the fields of ", event, " recorded for '", of.key, "' in ", db_->path(),
                                   " do not match the event; add new fields only at its end"});
  return fields.has_value();
}

PAWL_INLINE std::vector<stored_item> own_table::runnable(std::size_t state, row_mark after, std::size_t limit) {
  std::vector<stored_item> page;
  auto const first = pawl::detail::first_row_of(after);
  if (state >= lifecycle_->state_count() || !first) return page;
  reset_at_exit const reset(runnable_);
  runnable_.bind(1, lifecycle_->state_codes[state]);
  runnable_.bind(2, *first);
  runnable_.bind(3, limit);
  while (runnable_.step()) {
    std::int64_t const id = runnable_.integer(0);
    page.push_back({std::string(runnable_.text(1)), runnable_.integer(2), state, id, id});
  }
  return page;
}

PAWL_INLINE void own_table::count_items(std::span<std::size_t> counts) {
  statement s = prepare({"SELECT state,count(*) FROM ", table_, " GROUP BY state"});
  while (s.step())
    if (std::size_t const state = lifecycle_->index_of_code(s.integer(0)); state < counts.size())
      counts[state] += static_cast<std::size_t>(s.integer(1));
}

PAWL_INLINE std::size_t own_table::unrecognised() {
  std::string codes;
  for (std::size_t i = 0; i < lifecycle_->state_count(); ++i) codes += text({i > 0 ? "," : "", code(i)});
  statement s = prepare({"SELECT count(*) FROM ", table_, " WHERE state NOT IN(", codes, ")"});
  return s.step() ? static_cast<std::size_t>(s.integer(0)) : 0;
}

PAWL_INLINE std::size_t own_table::count_in(std::string_view old_state) {
  statement s = prepare({"SELECT count(*) FROM ", table_, " WHERE state=", dictionary_.code_sql()});
  s.bind(1, old_state);
  return s.step() ? static_cast<std::size_t>(s.integer(0)) : 0;
}

PAWL_INLINE std::vector<stored_item> own_table::finished(stored_time before, std::size_t limit) {
  std::vector<stored_item> rows;
  statement s = prepare({"SELECT t.id,t.key FROM ", table_, " AS t WHERE ",
                         in_states(*lifecycle_, items(),
                                   [this](std::size_t state) {
                                     role const its = lifecycle_->roles[state];
                                     return its == role::goal || its == role::terminal;
                                   }),
                         " AND t.changed_at<?1 ORDER BY t.id LIMIT ?2"});
  s.bind(1, std::chrono::floor<std::chrono::microseconds>(before.time_since_epoch()).count());
  s.bind(2, limit);
  while (s.step()) rows.push_back({.key = std::string(s.text(1)), .row = s.integer(0)});
  return rows;
}

PAWL_INLINE void own_table::remove(std::int64_t row) {
  if (!remove_) remove_ = prepare({"DELETE FROM ", table_, " WHERE id=?1"});
  reset_at_exit const reset(remove_);
  remove_.bind(1, row);
  remove_.step();
}

PAWL_INLINE std::int64_t own_table::code_of(std::string_view old_state) {
  statement s = prepare({"SELECT ", dictionary_.code_sql()});
  s.bind(1, old_state);
  return s.step() ? s.integer(0) : 0;
}

PAWL_INLINE std::size_t own_table::move_rows(std::string_view old_state, std::size_t to) {
  statement s = prepare({"UPDATE ", table_, " SET state=", code(to),
                         ",version=version+1,changed_at=?2 WHERE state=", dictionary_.code_sql()});
  s.bind(1, old_state);
  s.bind(2, now());
  s.step();
  auto const moved = static_cast<std::size_t>(sqlite3_changes(db_->handle()));
  dictionary_.forget(old_state);
  return moved;
}

PAWL_INLINE trouble_table own_table::open(shared_table& shared) {
  items_sql items{.table = lifecycle_->name,
                  .row = "id",
                  .key = "key",
                  .state = "state",
                  .version = "version",
                  .kept = states_kept_as::codes,
                  .changed_at = "changed_at",
                  .life = row_life("id", "")};
  open_dictionary(*db_, dictionary_, items, has_table(*db_, lifecycle_->name), [this] { make_table(); });
  for (auto& gone : dictionary_.change().removed) gone.rows = count_in(gone.name);
  return trouble_table(*db_, shared, *lifecycle_, std::move(items));
}

PAWL_INLINE void own_table::make_table() {
  bool const exists = has_table(*db_, lifecycle_->name);
  std::string const view = text({lifecycle_->name, "_view"});
  if (exists && !dictionary_.known())
    refuse(db_->path(), {"table ", table_, " exists but was not created by pawl; map it with pawl::table"});
  if (db_->reads_only())
    refuse(db_->path(),
           {"there is no table ", table_, ", and the database was opened read-only; open it for writing once"});
  if (!exists && has_table(*db_, view))
    refuse(db_->path(), {"pawl creates the view ", view, " for table ", table_,
                         ", but that name is already taken; rename the other table or view"});
  mark_if_empty(*db_);
  // The view is for human readers: states by name, times as text.
  db_->execute(
      text({"CREATE TABLE IF NOT EXISTS ", table_,
            ("(id INTEGER PRIMARY KEY AUTOINCREMENT,key TEXT NOT NULL UNIQUE,state INTEGER NOT NULL,version INTEGER "
             "NOT NULL,"
             "changed_at INTEGER NOT NULL,data BLOB) STRICT;"
             "CREATE VIEW IF NOT EXISTS ["),
            view,
            ("] AS SELECT t.id,t.key,coalesce(s.name,'code '||t.state) AS state,t.version,"
             "strftime('%Y-%m-%dT%H:%M:%S',t.changed_at/1000000,'unixepoch')||printf('.%06d',t.changed_at%1000000) "
             "AS changed_at FROM "),
            table_, " AS t LEFT JOIN pawl_states AS s ON s.table_name='", lifecycle_->name, "' AND s.code=t.state"}));
  if (exists)
    keep_ids_unique();
  else if (dictionary_.known() /*mutant ids_of_a_table_made_anew: && !OFF*/)
    begin_ids_anywhere();
}

// The table was there and somebody has dropped it, and with it what SQLite knew of the ids that were given out. They are
// told from those of now by chance, of 2^-62 for each id.
PAWL_INLINE void own_table::begin_ids_anywhere() {
  statement s = db_->prepare("INSERT INTO sqlite_sequence(name,seq) VALUES(?1,?2)");
  s.bind(1, lifecycle_->name);
  s.bind(2, static_cast<std::int64_t>(pawl::detail::random_number() >> 2));
  s.step();
}

// An id is the life of its row and never given out twice. Tables made before schema 3 are not AUTOINCREMENT, and to make
// them so all their rows would be copied. There SQLite gives the highest id out again once its row is deleted, so it is
// remembered, and a row that gets one again is given a new one.
PAWL_INLINE void own_table::keep_ids_unique() {
  int never_again = 0;
  sqlite3_table_column_metadata(db_->handle(), "main", std::string(lifecycle_->name).c_str(), "id", nullptr, nullptr,
                                nullptr, nullptr, &never_again);
  if (never_again != 0) return;
  std::string const name(lifecycle_->name), meta = text({" pawl_meta WHERE table_name='", name, "'"});
  db_->execute(text({"CREATE TRIGGER IF NOT EXISTS [", name, "_gone] AFTER DELETE ON ", table_,
                     " WHEN old.id>coalesce((SELECT max(id) FROM ", table_, "),0) BEGIN ",
                     "UPDATE pawl_meta SET last_id=max(last_id,old.id) WHERE table_name='", name, "';END"}));
  db_->execute(
      text({"CREATE TRIGGER IF NOT EXISTS [", name, "_again] AFTER INSERT ON ", table_,
            " WHEN new.id<=(SELECT last_id FROM", meta, ") BEGIN UPDATE ", table_,
            " SET id=(SELECT max(last_id,(SELECT max(id) FROM ", table_, "))+1 FROM", meta, ") WHERE id=new.id;END"}));
}

PAWL_INLINE std::string own_table::update_sql(row const& changed) const {
  std::string_view const data = changed.to == lifecycle_->initial ? ",data=NULL"
                                : records(changed)                ? ",data=pawl_record(data,?5,?6)"
                                                                  : "";
  return text({"UPDATE ", table_, " SET state=", code(changed.to), ",version=version+1,changed_at=?1", data,
               " WHERE id=?4 AND key", /*mutant own_table_key: OFF ? " IS NOT NULL AND ?2" : "",*/ "=?2 AND state=",
               /*mutant own_table_state: OFF ? "state+0*" : "",*/ code(changed.from), " AND version",
               /*mutant own_table_version: OFF ? " IS NOT NULL AND ?3" : "",*/ "=?3"});
}

PAWL_INLINE std::int64_t own_table::find_row(std::string_view key) {
  reset_at_exit const reset(find_);
  find_.bind(1, key);
  return find_.step() ? find_.integer(0) : 0;
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
