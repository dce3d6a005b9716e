// A lifecycle's items in a table of pawl's own: narrow, updated by id, with the latest of each event beside the item.
#ifndef PAWL_SQLITE_OWN_TABLE_HPP
#define PAWL_SQLITE_OWN_TABLE_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sqlite3.h>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/fsm/type_list.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/dictionary.hpp>
#include <pawl/sqlite/fixed_array.hpp>
#include <pawl/sqlite/shared_table.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/sqlite/trouble_table.hpp>
#include <pawl/store/mistake.hpp>
#include <pawl/store/record.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/table.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// The table is called as the lifecycle is; names that begin with pawl_ or sqlite_ are taken.
template <class L> constexpr bool is_own_table_name() {
  constexpr std::string_view name = lifecycle_name<L>();
  return pawl::detail::is_sql_identifier(name) && name.size() <= 58 && !name.starts_with("pawl_") &&
         !name.starts_with("sqlite_");
}
template <class L> constexpr bool check_own_table() {
  if constexpr (!is_own_table_name<L>())
    return mistake::lifecycle_name_is_no_table<L>();
  else
    return pawl::detail::check_all_recordable(events_of<L>{});
}

// The SQL function pawl_record(data, event, fields): `data` with the event's latest fields in it. In the UPDATE itself,
// so that nothing is read before it.
inline void record_event(sqlite3_context* context, int, sqlite3_value** values) {
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
      sqlite3_result_error(context, "what pawl recorded for this item is damaged", -1);
  } catch (std::exception const&) {
    sqlite3_result_error_nomem(context);
  }
}
inline void register_record(database& db) {
  statement s = db.prepare("SELECT 1 FROM pragma_function_list WHERE name='pawl_record'");
  if (s.step()) return;
  int const flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
  auto* const buffer = new std::string;  // used again and again, and destroyed with the connection, also on an error
  int const code = sqlite3_create_function_v2(db.handle(), "pawl_record", 3, flags, buffer, &record_event, nullptr,
                                              nullptr, [](void* b) { delete static_cast<std::string*>(b); });
  if (code != SQLITE_OK) refuse(db.path(), {sqlite3_errstr(code)});
}

// An event as this layout writes it.
struct event_bytes {
  void const* event;
  void (*write)(std::string& bytes, void const* event);  // its fields
};
template <class Event> void write_event(std::string& bytes, void const* event) {
  pawl::detail::write_fields(bytes, *static_cast<Event const*>(event));
}
template <class Event> bool read_event(std::string_view bytes, void* event) {
  return pawl::detail::read_fields(bytes, *static_cast<Event*>(event));
}

// One of the two layouts of a store (the other is mapped_table). Everything but move() and insert() only reads.
class own_table {
 public:
  using event_view = event_bytes;

  // Makes the table where it is absent, and refuses one that it cannot trust.
  own_table(database& db, shared_table& shared, lifecycle_view const& lifecycle)
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
                         " AS t WHERE state=?1 AND id>?2 AND NOT EXISTS(SELECT 1 FROM pawl_trouble AS p "
                         "WHERE p.table_name='",
                         lifecycle.name,
                         "' AND p.key=t.key AND p.version=t.version AND (p.parked OR p.next_at IS NOT NULL)) "
                         "ORDER BY id LIMIT ?3"});
    recorded_ = prepare({"SELECT data FROM ", table_, " WHERE key=?1"});
    insert_ = prepare({"INSERT INTO ", table_, "(key,state,version,changed_at) VALUES(?1,", code(lifecycle.initial),
                       ",0,?2) ON CONFLICT(key) DO NOTHING"});
  }

  lifecycle_change& change() noexcept { return dictionary_.change(); }
  lifecycle_change const& change() const noexcept { return dictionary_.change(); }
  trouble_table& troubles() noexcept { return troubles_; }

  // The guarded UPDATE of a row of the lifecycle.
  transition_result move(std::size_t row, item_view from, event_bytes const& event) {
    std::int64_t const id = from.row != 0 ? from.row : find_row(from.key);
    if (id == 0) return {};
    statement& s = updates_[row];
    reset_at_exit const reset(s);
    s.bind(1, now());
    s.bind(2, from.key);
    s.bind(3, from.version);
    s.bind(4, id);
    auto const& changed = lifecycle_->rows[row];
    if (records(changed)) {
      fields_.clear();
      event.write(fields_, event.event);
      s.bind(5, as_bytes(lifecycle_->event_names[changed.event]));
      s.bind(6, as_bytes(fields_));
    }
    s.step();
    if (sqlite3_changes(db_->handle()) == 0 /*mutant own_table_changes: && !OFF*/) return {};
    return {true, id};
  }

  // False: there is an item of this key.
  bool insert(std::string_view key) {
    reset_at_exit const reset(insert_);
    insert_.bind(1, key);
    insert_.bind(2, now());
    insert_.step();
    return sqlite3_changes(db_->handle()) != 0;
  }

  stored_row get(std::string_view key) {
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
      found.item = {std::string(key), get_.integer(2), state, get_.integer(0)};
    }
    return found;
  }

  // What the event of this name recorded. False: nothing.
  bool recorded(std::string_view key, std::string_view event, void* into, bool (*read)(std::string_view, void*)) {
    reset_at_exit const reset(recorded_);
    recorded_.bind(1, key);
    if (!recorded_.step()) return false;
    std::optional<std::string_view> fields;
    bool const whole = pawl::detail::find_record(recorded_.bytes(0), event, fields);
    if (!whole || (fields && !read(*fields, into)))
      fail(store_failure::rejected, {"pawl: what ", event, " recorded for '", key, "' in ", db_->path(),
                                     " does not fit the event's fields; new fields go to the end"});
    return fields.has_value();
  }

  std::vector<stored_item> runnable(std::size_t state, std::int64_t after_row, std::size_t limit) {
    std::vector<stored_item> page;
    if (state >= lifecycle_->state_count()) return page;
    reset_at_exit const reset(runnable_);
    runnable_.bind(1, lifecycle_->state_codes[state]);
    runnable_.bind(2, after_row);
    runnable_.bind(3, limit);
    while (runnable_.step())
      page.push_back({std::string(runnable_.text(1)), runnable_.integer(2), state, runnable_.integer(0)});
    return page;
  }

  // Adds to the count of each state.
  void count_items(std::span<std::size_t> counts) {
    statement s = prepare({"SELECT state,count(*) FROM ", table_, " GROUP BY state"});
    while (s.step())
      if (std::size_t const state = lifecycle_->index_of_code(s.integer(0)); state < counts.size())
        counts[state] += static_cast<std::size_t>(s.integer(1));
  }
  std::size_t unrecognised() {
    std::string codes;
    for (std::size_t i = 0; i < lifecycle_->state_count(); ++i) codes += text({i > 0 ? "," : "", code(i)});
    statement s = prepare({"SELECT count(*) FROM ", table_, " WHERE state NOT IN(", codes, ")"});
    return s.step() ? static_cast<std::size_t>(s.integer(0)) : 0;
  }

  std::string_view table_name() const noexcept { return lifecycle_->name; }
  bool pages_by_row() const noexcept { return true; }

  // How many rows are in a state that the lifecycle had once.
  std::size_t count_in(std::string_view old_state) {
    statement s = prepare({"SELECT count(*) FROM ", table_, " WHERE state=", dictionary_.code_sql()});
    s.bind(1, old_state);
    return s.step() ? static_cast<std::size_t>(s.integer(0)) : 0;
  }
  // Inside of a transaction. Moves these rows; the old name is forgotten.
  std::size_t move_rows(std::string_view old_state, std::size_t to) {
    statement s = prepare({"UPDATE ", table_, " SET state=", code(to),
                           ",version=version+1,changed_at=?2 WHERE state=", dictionary_.code_sql()});
    s.bind(1, old_state);
    s.bind(2, now());
    s.step();
    auto const moved = static_cast<std::size_t>(sqlite3_changes(db_->handle()));
    dictionary_.forget(old_state);
    return moved;
  }

 private:
  number code(std::size_t state) const noexcept { return number(lifecycle_->state_codes[state]); }
  statement prepare(parts sql) { return db_->prepare(text(sql)); }
  // An item that is back in its initial state has recorded nothing since.
  bool records(row const& changed) const noexcept {
    return changed.to != lifecycle_->initial && lifecycle_->event_has_fields[changed.event];
  }

  trouble_table open(shared_table& shared) {
    open_dictionary(*db_, dictionary_, has_table(*db_, lifecycle_->name), [this] { make_table(); });
    for (auto& gone : dictionary_.change().removed) gone.rows = count_in(gone.name);
    return trouble_table(*db_, shared, *lifecycle_,
                         {.table = lifecycle_->name,
                          .row = "id",
                          .key = "key",
                          .state = "state",
                          .version = "version",
                          .kept = states_kept_as::codes});
  }
  void make_table() {
    bool const exists = has_table(*db_, lifecycle_->name);
    std::string const view = text({lifecycle_->name, "_view"});
    if (exists && !dictionary_.known())
      refuse(db_->path(), {"there is a table ", table_, " that pawl did not make; map it with pawl::table"});
    if (db_->reads_only()) refuse(db_->path(), {"there is no table ", table_, ", and it was opened to be read only"});
    if (!exists && has_table(*db_, view))
      refuse(db_->path(), {"there is a table ", view, " where the view of ", table_, " is to be"});
    mark_if_empty(*db_);
    // The view is for people: states by name, times as text.
    db_->execute(
        text({"CREATE TABLE IF NOT EXISTS ", table_,
              "(id INTEGER PRIMARY KEY,key TEXT NOT NULL UNIQUE,state INTEGER NOT NULL,version INTEGER NOT NULL,"
              "changed_at INTEGER NOT NULL,data BLOB) STRICT;"
              "CREATE VIEW IF NOT EXISTS [",
              view,
              "] AS SELECT t.id,t.key,coalesce(s.name,'code '||t.state) AS state,t.version,"
              "strftime('%Y-%m-%dT%H:%M:%S',t.changed_at/1000000,'unixepoch')||printf('.%06d',t.changed_at%1000000) "
              "AS changed_at FROM ",
              table_, " AS t LEFT JOIN pawl_states AS s ON s.table_name='", lifecycle_->name, "' AND s.code=t.state"}));
  }
  std::string update_sql(row const& changed) const {
    std::string_view const data = changed.to == lifecycle_->initial ? ",data=NULL"
                                  : records(changed)                ? ",data=pawl_record(data,?5,?6)"
                                                                    : "";
    return text({"UPDATE ", table_, " SET state=", code(changed.to), ",version=version+1,changed_at=?1", data,
                 " WHERE id=?4 AND key", /*mutant own_table_key: OFF ? " IS NOT NULL AND ?2" : "",*/ "=?2 AND state=",
                 /*mutant own_table_state: OFF ? "state+0*" : "",*/ code(changed.from), " AND version",
                 /*mutant own_table_version: OFF ? " IS NOT NULL AND ?3" : "",*/ "=?3"});
  }

  static std::span<std::byte const> as_bytes(std::string_view bytes) {
    return {reinterpret_cast<std::byte const*>(bytes.data()), bytes.size()};
  }
  // Microseconds since the epoch.
  std::int64_t now() const {
    return std::chrono::floor<std::chrono::microseconds>(db_->now().time_since_epoch()).count();
  }
  std::int64_t find_row(std::string_view key) {
    reset_at_exit const reset(find_);
    find_.bind(1, key);
    return find_.step() ? find_.integer(0) : 0;
  }

  database* db_;
  lifecycle_view const* lifecycle_;
  dictionary dictionary_;
  std::string table_;  // quoted: `order` is a word of SQL
  trouble_table troubles_;
  std::string fields_{};            // of the event that is being applied
  fixed_array<statement> updates_;  // by the lifecycle's rows
  statement find_{}, get_{}, runnable_{}, recorded_{}, insert_{};
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
