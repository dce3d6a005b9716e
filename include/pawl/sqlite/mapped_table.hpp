// A lifecycle's items in a table that somebody else owns: what the store does there, as SQLite statements.
#ifndef PAWL_SQLITE_MAPPED_TABLE_HPP
#define PAWL_SQLITE_MAPPED_TABLE_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/machine.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/fsm/type_list.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/dictionary.hpp>
#include <pawl/sqlite/schema.hpp>
#include <pawl/sqlite/shared_table.hpp>
#include <pawl/sqlite/sql.hpp>
#include <pawl/sqlite/state_check.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/trouble_table.hpp>
#include <pawl/store/column.hpp>
#include <pawl/store/conflict.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/table.hpp>
#include <pawl/store/utc_text.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// One of the two layouts of a store (the other is own_table). Everything but move() only reads.
template <a_table Table> class mapped_table {
 public:
  using lifecycle = typename Table::lifecycle;
  using state_type = state_of<lifecycle>;
  static constexpr bool inserts = false;

  mapped_table(database& db, shared_table& shared)
      : db_(&db), dictionary_(db, Table::names.table, states_kept_as::names), troubles_(open(shared)) {
    try {
      prepare_updates(std::make_index_sequence<rows<lifecycle>.size()>{});
      get_ = db.prepare(pawl::detail::get_sql<Table>);
      runnable_ = db.prepare(pawl::detail::runnable_sql<Table>);
    } catch (store_error const& e) {
      if (e.what_failed() != store_failure::rejected) throw;
      throw store_error(store_failure::refused, e.what());  // an identifier that is a word of SQL
    }
  }

  mapped_table(mapped_table const&) = delete;
  mapped_table(mapped_table&&) = default;
  mapped_table& operator=(mapped_table const&) = delete;
  mapped_table& operator=(mapped_table&&) = default;

  lifecycle_change& change() noexcept { return dictionary_.change(); }
  lifecycle_change const& change() const noexcept { return dictionary_.change(); }
  trouble_table<lifecycle>& troubles() noexcept { return troubles_; }

  // The guarded UPDATE. The row's locator (0: not known) if it moved.
  template <auto S, class Event> std::optional<std::int64_t> move(item<lifecycle, S> const& from, Event const& event) {
    update& row = updates_[row_index<lifecycle, S, Event>];
    statement& s = row.current();
    reset_at_exit const reset(s);
    if constexpr (stamps<Event>()) s.bind(int{pawl::detail::now_parameter}, now_(db_->now()));
    s.bind(int{pawl::detail::key_parameter}, std::string_view(from.key));
    s.bind(int{pawl::detail::version_parameter},
           /*mutant mapped_table_version: OFF ? get(from.key).item->version :*/ from.version);
    int parameter = pawl::detail::first_field_parameter;
    pawl::detail::each_set<Table, Event>([&](auto const& entry) { s.bind(parameter++, event.*entry.field); });
    s.step();
    if (sqlite3_changes(db_->handle()) == 0 /*mutant mapped_table_changes: && !OFF*/) return std::nullopt;
    row.met_checks = true;
    return from.row;
  }

  stored<lifecycle> get(std::string_view key) {
    reset_at_exit const reset(get_);
    get_.bind(1, key);
    if (!get_.step()) return {};
    std::optional<state_type> const state = read_state(1);
    if (!state) return stored<lifecycle>::unknown(get_.is_null(1) ? std::string("NULL") : std::string(get_.text(1)));
    if (!get_.is_integer(2))
      return stored<lifecycle>::unknown(std::string(state_name_of<lifecycle>(*state)) +
                                        ", but its version is no integer");
    return any_item<lifecycle>(std::string(key), get_.integer(2), *state, get_.integer(0));
  }

  template <class Event> std::optional<Event> recorded(any_item<lifecycle> const& of) {
    statement& s = recorded_[event_index<lifecycle, Event>];
    if (!s) s = db_->prepare(pawl::detail::recorded_sql<Table, Event>);
    reset_at_exit const reset(s);
    s.bind(1, std::string_view(of.key));
    if (!s.step()) return std::nullopt;
    Event event{};
    int column = 0;
    bool whole = true;
    pawl::detail::each_set<Table, Event>(
        [&](auto const& entry) { whole = s.read(column++, event.*entry.field) && whole; });
    return whole ? std::optional(std::move(event)) : std::nullopt;
  }

  std::vector<any_item<lifecycle>> runnable(state_type state, std::int64_t after_row, std::size_t limit) {
    std::vector<any_item<lifecycle>> page;
    reset_at_exit const reset(runnable_);
    runnable_.bind(1, state_name_of<lifecycle>(state));
    runnable_.bind(2, after_row);
    runnable_.bind(3, limit);
    while (runnable_.step())
      page.emplace_back(std::string(runnable_.text(1)), runnable_.integer(2), state, runnable_.integer(0));
    return page;
  }

  std::array<std::size_t, state_count<lifecycle>> count_items() {
    std::array<std::size_t, state_count<lifecycle>> counts{};
    statement s = db_->prepare("SELECT " + state_ + ",count(*) FROM " + table_ + " GROUP BY " + state_);
    while (s.step())
      if (auto const known = s.is_null(0) || s.is_blob(0) ? std::nullopt : machine<lifecycle>::hydrate(s.text(0)))
        counts[known->index()] += static_cast<std::size_t>(s.integer(1));
    return counts;
  }
  std::size_t unrecognised() {
    statement s = db_->prepare(pawl::detail::unrecognised_sql<Table>);
    return s.step() ? static_cast<std::size_t>(s.integer(0)) : 0;
  }

  static constexpr std::string_view table_name() { return Table::names.table; }
  static constexpr bool pages_by_row = Table::names.priority.empty();

  // How many rows are in a state that the lifecycle had once.
  std::size_t count_in(std::string_view old_state) {
    statement s = db_->prepare("SELECT count(*) FROM " + table_ + " WHERE " + state_ + "=?1");
    s.bind(1, old_state);
    return s.step() ? static_cast<std::size_t>(s.integer(0)) : 0;
  }
  // Inside of a transaction. Moves these rows; the old name is forgotten.
  std::size_t move_rows(std::string_view old_state, state_type to) {
    constexpr auto n = Table::names;
    std::string const version = in_brackets(n.version);
    std::string sql = "UPDATE " + table_ + " SET " + state_ + "=?2," + version + "=" + version + "+1";
    if (!n.changed_at.empty()) sql += "," + in_brackets(n.changed_at) + "=?3";
    statement s = db_->prepare(sql + " WHERE " + state_ + "=?1");
    s.bind(1, old_state);
    s.bind(2, state_name_of<lifecycle>(to));
    if (!n.changed_at.empty()) s.bind(3, now_(db_->now()));
    s.step();
    auto const moved = static_cast<std::size_t>(sqlite3_changes(db_->handle()));
    dictionary_.forget(old_state);
    return moved;
  }

 private:
  // One row's UPDATE. Where the table's CHECKs look at the state alone, they are asked until they have been met once.
  struct update {
    statement checked{}, unchecked{};
    bool met_checks = false;

    void prepare(database& db, std::string_view sql, bool once) {
      checked = db.prepare(sql);
      if (once) unchecked = db.prepare_without_checks(sql);
    }
    statement& current() noexcept {
      return /*mutant check_met_first: OFF && unchecked ||*/ met_checks && unchecked ? unchecked : checked;
    }
  };

  // The user's table is checked first: a database that is refused is left as it is.
  trouble_table<lifecycle> open(shared_table& shared) {
    check_schema(events_of<lifecycle>{});
    open_dictionary(*db_, dictionary_, true, [] {});
    for (auto& gone : dictionary_.change().removed) gone.rows = count_in(gone.name);
    return trouble_table<lifecycle>(*db_, shared,
                                    {.name = std::string(Table::names.table),
                                     .table = table_,
                                     .row = "rowid",
                                     .key = in_brackets(Table::names.key),
                                     .state = state_,
                                     .version = in_brackets(Table::names.version),
                                     .kept = states_kept_as::names});
  }
  static std::string in_brackets(std::string_view name) { return "[" + std::string(name) + "]"; }
  template <class Event> static constexpr bool stamps() {
    bool any = !Table::names.changed_at.empty();
    pawl::detail::each_entry<Table, Event>(
        [&any]<class Entry>(Entry const&) { any = any || std::is_same_v<Entry, pawl::detail::now_column>; });
    return any;
  }

  template <class... Event> void check_schema(type_list<Event...>) {
    table_inspector inspector(*db_, Table::names.table);
    inspector.check_names(Table::names);
    auto const check = [&inspector](auto const& entry) { inspector.check_entry(entry); };
    (pawl::detail::each_entry<Table, Event>(check), ...);
  }
  template <std::size_t... Row> void prepare_updates(std::index_sequence<Row...>) {
    bool const once = db_->checks_state_alone(Table::names.table, Table::names.state);
    ((updates_[Row].prepare(*db_,
                            /*mutant mapped_table_state: pawl_mutants::less_a_condition(OFF) |*/
                            pawl::detail::row_update_sql<Table, Row>, once)),
     ...);
  }
  // Bytes that only look like a state's name do not equal it in the UPDATE, so they are none.
  std::optional<state_type> read_state(int column) const {
    if (get_.is_null(column) || get_.is_blob(column)) return std::nullopt;
    auto const known = machine<lifecycle>::hydrate(get_.text(column));
    return known ? std::optional<state_type>(known->state()) : std::nullopt;
  }

  database* db_;
  std::string table_ = in_brackets(Table::names.table), state_ = in_brackets(Table::names.state);
  dictionary<lifecycle> dictionary_;
  trouble_table<lifecycle> troubles_;
  utc_text now_{};
  std::array<update, rows<lifecycle>.size()> updates_{};
  std::array<statement, events_of<lifecycle>::size> recorded_{};
  statement get_{}, runnable_{};
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
