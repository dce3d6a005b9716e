// A lifecycle's items in a table of pawl's own: narrow, updated by id, with the latest of each event beside the item.
#ifndef PAWL_SQLITE_OWN_TABLE_HPP
#define PAWL_SQLITE_OWN_TABLE_HPP

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <sqlite3.h>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/machine.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/fsm/type_list.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/dictionary.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/trouble_table.hpp>
#include <pawl/store/conflict.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/mistake.hpp>
#include <pawl/store/record.hpp>
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
  if (code != SQLITE_OK) refuse(db.path(), sqlite3_errstr(code));
}

// One of the two layouts of a store (the other is mapped_table). Everything but move() and insert() only reads.
template <a_lifecycle L> class own_table {
 public:
  using lifecycle = L;
  using state_type = state_of<L>;
  static constexpr bool inserts = true;

  // Makes the table where it is absent, and refuses one that it cannot trust.
  own_table(database& db, shared_table& shared)
      : db_(&db), dictionary_(db, lifecycle_name<L>(), states_kept_as::codes), troubles_(open(shared)) {
    register_record(db);
    prepare_updates(std::make_index_sequence<rows<lifecycle>.size()>{});
    find_ = db.prepare("SELECT id FROM " + table_ + " WHERE key=?1");
    get_ = db.prepare("SELECT id,state,version FROM " + table_ + " WHERE key=?1");
    runnable_ = db.prepare("SELECT id,key,version FROM " + table_ +
                           " AS t WHERE state=?1 AND id>?2 AND NOT EXISTS(SELECT 1 FROM pawl_trouble AS p "
                           "WHERE p.table_name='" +
                           std::string(lifecycle_name<L>()) +
                           "' AND p.key=t.key AND p.version=t.version AND (p.parked OR p.next_at IS NOT NULL)) "
                           "ORDER BY id LIMIT ?3");
    recorded_ = db.prepare("SELECT data FROM " + table_ + " WHERE key=?1");
    insert_ = db.prepare("INSERT INTO " + table_ + "(key,state,version,changed_at) VALUES(?1," +
                         std::to_string(state_code<L>(initial_state<L>)) + ",0,?2) ON CONFLICT(key) DO NOTHING");
  }

  own_table(own_table const&) = delete;
  own_table(own_table&&) = default;
  own_table& operator=(own_table const&) = delete;
  own_table& operator=(own_table&&) = default;

  lifecycle_change& change() noexcept { return dictionary_.change(); }
  lifecycle_change const& change() const noexcept { return dictionary_.change(); }
  trouble_table<L>& troubles() noexcept { return troubles_; }

  // The guarded UPDATE. The row's id if it moved.
  template <auto S, class Event> std::optional<std::int64_t> move(item<L, S> const& from, Event const& event) {
    std::int64_t const id = from.row != 0 ? from.row : find_row(from.key);
    if (id == 0) return std::nullopt;
    statement& s = updates_[row_index<L, S, Event>];
    reset_at_exit const reset(s);
    s.bind(1, now());
    s.bind(2, std::string_view(from.key));
    s.bind(3, from.version);
    s.bind(4, id);
    if constexpr (records<next_state<L, S, Event>, Event>()) {
      fields_.clear();
      pawl::detail::write_fields(fields_, event);
      s.bind(5, as_bytes(event_name<Event>()));
      s.bind(6, as_bytes(fields_));
    }
    s.step();
    if (sqlite3_changes(db_->handle()) == 0 /*mutant own_table_changes: && !OFF*/) return std::nullopt;
    return id;
  }

  // False: there is an item of this key.
  bool insert(std::string_view key) {
    reset_at_exit const reset(insert_);
    insert_.bind(1, key);
    insert_.bind(2, now());
    insert_.step();
    return sqlite3_changes(db_->handle()) != 0;
  }

  stored<L> get(std::string_view key) {
    reset_at_exit const reset(get_);
    get_.bind(1, key);
    if (!get_.step()) return {};
    auto const known = machine<L>::hydrate_code(get_.integer(1));
    if (!known) return stored<L>::unknown(dictionary_.name_of(get_.integer(1)));
    return any_item<L>(std::string(key), get_.integer(2), known->state(), get_.integer(0));
  }

  template <class Event> std::optional<Event> recorded(any_item<L> const& of) {
    reset_at_exit const reset(recorded_);
    recorded_.bind(1, std::string_view(of.key));
    if (!recorded_.step()) return std::nullopt;
    std::optional<std::string_view> fields;
    std::optional<Event> event;
    bool whole = pawl::detail::find_record(recorded_.bytes(0), event_name<Event>(), fields);
    if (whole && fields) whole = pawl::detail::read_fields(*fields, event.emplace());
    if (whole) return event;
    throw store_error(store_failure::rejected, "pawl: what " + std::string(event_name<Event>()) + " recorded for '" +
                                                   of.key + "' in " + db_->path() +
                                                   " does not fit the event's fields; new fields go to the end");
  }

  std::vector<any_item<L>> runnable(state_type state, std::int64_t after_row, std::size_t limit) {
    std::vector<any_item<L>> page;
    reset_at_exit const reset(runnable_);
    runnable_.bind(1, state_code<L>(state));
    runnable_.bind(2, after_row);
    runnable_.bind(3, limit);
    while (runnable_.step())
      page.emplace_back(std::string(runnable_.text(1)), runnable_.integer(2), state, runnable_.integer(0));
    return page;
  }

  std::array<std::size_t, state_count<L>> count_items() {
    std::array<std::size_t, state_count<L>> counts{};
    statement s = db_->prepare("SELECT state,count(*) FROM " + table_ + " GROUP BY state");
    while (s.step())
      if (auto const known = machine<L>::hydrate_code(s.integer(0)))
        counts[known->index()] = static_cast<std::size_t>(s.integer(1));
    return counts;
  }
  std::size_t unrecognised() {
    std::string codes;
    for (state_type state : states<L>) codes += (codes.empty() ? "" : ",") + std::to_string(state_code<L>(state));
    statement s = db_->prepare("SELECT count(*) FROM " + table_ + " WHERE state NOT IN(" + codes + ")");
    return s.step() ? static_cast<std::size_t>(s.integer(0)) : 0;
  }

  static constexpr std::string_view table_name() { return lifecycle_name<L>(); }
  static constexpr bool pages_by_row = true;

  // How many rows are in a state that the lifecycle had once.
  std::size_t count_in(std::string_view old_state) {
    statement s = db_->prepare("SELECT count(*) FROM " + table_ + " WHERE state=" + dictionary_.code_sql());
    s.bind(1, old_state);
    return s.step() ? static_cast<std::size_t>(s.integer(0)) : 0;
  }
  // Inside of a transaction. Moves these rows; the old name is forgotten.
  std::size_t move_rows(std::string_view old_state, state_type to) {
    statement s = db_->prepare("UPDATE " + table_ + " SET state=" + std::to_string(state_code<L>(to)) +
                               ",version=version+1,changed_at=?2 WHERE state=" + dictionary_.code_sql());
    s.bind(1, old_state);
    s.bind(2, now());
    s.step();
    auto const moved = static_cast<std::size_t>(sqlite3_changes(db_->handle()));
    dictionary_.forget(old_state);
    return moved;
  }

 private:
  // An item that is back in its initial state has recorded nothing since.
  template <auto To, class Event> static constexpr bool records() {
    return To != initial_state<L> && !std::is_empty_v<Event>;
  }

  trouble_table<L> open(shared_table& shared) {
    open_dictionary(*db_, dictionary_, has_table(*db_, lifecycle_name<L>()), [this] { make_table(); });
    for (auto& gone : dictionary_.change().removed) gone.rows = count_in(gone.name);
    return trouble_table<L>(*db_, shared,
                            {.name = std::string(lifecycle_name<L>()),
                             .table = table_,
                             .row = "id",
                             .key = "key",
                             .state = "state",
                             .version = "version",
                             .kept = states_kept_as::codes});
  }
  void make_table() {
    bool const exists = has_table(*db_, lifecycle_name<L>());
    if (exists && !dictionary_.known())
      refuse(db_->path(), "there is a table " + table_ + " that pawl did not make; map it with pawl::table");
    if (db_->reads_only()) refuse(db_->path(), "there is no table " + table_ + ", and it was opened to be read only");
    if (!exists && has_table(*db_, view_name()))
      refuse(db_->path(), "there is a table " + view_name() + " where the view of " + table_ + " is to be");
    mark_if_empty(*db_);
    db_->execute("CREATE TABLE IF NOT EXISTS " + table_ +
                 "(id INTEGER PRIMARY KEY,key TEXT NOT NULL UNIQUE,state INTEGER NOT NULL,version INTEGER NOT NULL,"
                 "changed_at INTEGER NOT NULL,data BLOB) STRICT;" +
                 view_sql());
  }
  static std::string view_name() { return std::string(lifecycle_name<L>()) + "_view"; }
  // For people: states by name, times as text.
  static std::string view_sql() {
    std::string const name(lifecycle_name<L>());
    return "CREATE VIEW IF NOT EXISTS [" + view_name() +
           "] AS SELECT t.id,t.key,coalesce(s.name,'code '||t.state) AS state,t.version,"
           "strftime('%Y-%m-%dT%H:%M:%S',t.changed_at/1000000,'unixepoch')||printf('.%06d',t.changed_at%1000000) "
           "AS changed_at FROM [" +
           name + "] AS t LEFT JOIN pawl_states AS s ON s.table_name='" + name + "' AND s.code=t.state";
  }
  template <std::size_t Row> std::string update_sql() const {
    constexpr auto row = rows<L>[Row];
    using event_type = pawl::detail::nth_t<row.event, events_of<L>>;
    constexpr auto to = states<L>[row.to];
    std::string sql =
        "UPDATE " + table_ + " SET state=" + std::to_string(state_code<L>(to)) + ",version=version+1,changed_at=?1";
    if constexpr (to == initial_state<L>)
      sql += ",data=NULL";
    else if constexpr (records<to, event_type>())
      sql += ",data=pawl_record(data,?5,?6)";
    return sql +
           " WHERE id=?4 AND key" /*mutant own_table_key: + (OFF ? " IS NOT NULL AND ?2" : "") +*/ "=?2 AND state=" +
           /*mutant own_table_state: (OFF ? "state+0*" : "") +*/ std::to_string(state_code<L>(states<L>[row.from])) +
           " AND version" /*mutant own_table_version: + (OFF ? " IS NOT NULL AND ?3" : "") +*/ "=?3";
  }
  template <std::size_t... Row> void prepare_updates(std::index_sequence<Row...>) {
    ((updates_[Row] = db_->prepare(update_sql<Row>())), ...);
  }

  static std::span<std::byte const> as_bytes(std::string_view text) {
    return {reinterpret_cast<std::byte const*>(text.data()), text.size()};
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
  dictionary<L> dictionary_;
  std::string table_ = "[" + std::string(lifecycle_name<L>()) + "]";  // quoted: `order` is a word of SQL
  trouble_table<L> troubles_;
  std::string fields_{};  // of the event that is being applied
  std::array<statement, rows<L>.size()> updates_{};
  statement find_{}, get_{}, runnable_{}, recorded_{}, insert_{};
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
