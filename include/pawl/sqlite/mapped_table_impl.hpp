// Implements mapped_table: its statements, and the checks of the user's table when the store is opened.
#ifndef PAWL_SQLITE_MAPPED_TABLE_IMPL_HPP
#define PAWL_SQLITE_MAPPED_TABLE_IMPL_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/dictionary.hpp>
#include <pawl/sqlite/fixed_array.hpp>
#include <pawl/sqlite/items_sql.hpp>
#include <pawl/sqlite/mapped_table.hpp>
#include <pawl/sqlite/mapping_view.hpp>
#include <pawl/sqlite/row_life.hpp>
#include <pawl/sqlite/schema.hpp>
#include <pawl/sqlite/shared_table.hpp>
#include <pawl/sqlite/sql.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/sqlite/trouble_table.hpp>
#include <pawl/store/column.hpp>
#include <pawl/store/item_page.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/utc_text.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

PAWL_INLINE mapped_table::~mapped_table() = default;

PAWL_INLINE mapped_table::mapped_table(database& db, shared_table& shared, mapping_view const& mapping)
    : db_(&db),
      mapping_(&mapping),
      lifecycle_(mapping.lifecycle),
      table_(in_brackets(mapping.names.table)),
      state_(in_brackets(mapping.names.state)),
      dictionary_(db, *mapping.lifecycle, mapping.names.table, states_kept_as::names),
      troubles_(open(shared)),
      updates_(mapping.update_sql.size()),
      recorded_(mapping.lifecycle->event_names.size()) {
  try {
    bool const guards_lives = life().is_told() /*mutant mapped_table_life: && !OFF*/;
    bool const once = db.checks_state_alone(mapping.names.table, mapping.names.state);
    for (std::size_t i = 0; i < mapping.update_sql.size(); ++i) {
      std::string guarded = update_sql(i);
      if (guards_lives) guarded += text({" AND ", life().sql(table_), "=?"});
      updates_[i].prepare(db, guarded, once);
      if (guards_lives) updates_[i].life_parameter = updates_[i].checked.parameter_count();
    }
    get_ = prepare_with_life(text({mapping.get_sql, compared_.keys.beside_bound("?1")}));
    runnable_ = prepare_with_life(mapping.runnable_sql);
  } catch (store_error const& e) {
    if (e.what_failed() != store_failure::rejected) throw;
    fail(store_failure::refused, {e.what()});  // SQLite could not compile one of the statements
  }
}

PAWL_INLINE transition_result mapped_table::move(std::size_t row, item_view from, event_columns const& event) {
  if (!compared_.keys.may_name(from.key)) return {};
  update& guarded = updates_[row];
  if (guarded.life_parameter != 0 && from.life == 0) {  // an item that the program has made itself
    auto const now = get(from.key);
    if (now.holds != stored_row::content::item) return {};
    from.row = now.item.row;
    from.life = now.item.life;
  }
  statement& s = guarded.current();
  reset_at_exit const reset(s);
  if (mapping_->stamps[lifecycle_->rows[row].event]) s.bind(int{pawl::detail::now_parameter}, now_(db_->now()));
  s.bind(int{pawl::detail::key_parameter}, from.key);
  s.bind(int{pawl::detail::version_parameter},
         /*mutant mapped_table_version: OFF ? get(from.key).item.version :*/ from.version);
  event.bind(s, int{pawl::detail::first_field_parameter}, event.event);
  if (guarded.life_parameter != 0) s.bind(guarded.life_parameter, from.life);
  try {
    s.step();
  } catch (store_error const& e) {
    refuse_forbidden_state(row, e);
    throw;
  }
  if (sqlite3_changes(db_->handle()) == 0 /*mutant mapped_table_changes: && !OFF*/) return {};
  guarded.met_checks = true;
  return {true, from.row, from.life};
}

PAWL_INLINE void mapped_table::refuse_forbidden_state(std::size_t row, store_error const& e) {
  if (e.what_failed() != store_failure::rejected ||
      sqlite3_extended_errcode(db_->handle()) != SQLITE_CONSTRAINT_CHECK ||
      !db_->checks_state_alone(mapping_->names.table, mapping_->names.state) /*mutant check_blames_no_item: || OFF*/)
    return;
  fail(store_failure::refused, {e.what(), "; the table's CHECK forbids the state '",
                                lifecycle_->state_names[lifecycle_->rows[row].to], "' to every row"});
}

PAWL_INLINE stored_row mapped_table::get(std::string_view key) {
  using content = stored_row::content;
  stored_row found;
  if (!compared_.keys.may_name(key)) return found;
  reset_at_exit const reset(get_);
  get_.bind(1, key);
  if (!get_.step()) return found;
  found.holds = content::unknown_state;
  std::size_t const state = read_state(get_, 2);
  if (state == lifecycle_->state_count()) {
    found.is_text = !get_.is_null(2);
    found.unknown_state = found.is_text ? get_.text(2) : "NULL";
  } else if (!get_.is_integer(3)) {
    found.is_text = false;
    found.unknown_state = text({lifecycle_->state_names[state], ", but its version is not an integer"});
  } else {
    found.holds = content::item;
    found.item = {std::string(key), get_.integer(3), state, get_.integer(1), get_.integer(0)};
  }
  return found;
}

PAWL_INLINE bool mapped_table::recorded(item_view of, std::size_t event, std::string_view sql, void* into,
                                        bool (*read)(statement const&, void*)) {
  if (!compared_.keys.may_name(of.key)) return false;
  statement& s = recorded_[event];
  if (!s) s = prepare({sql, compared_.keys.beside_bound("?1"), " AND (?2=0 OR ", life().sql(table_), "=?2)"});
  reset_at_exit const reset(s);
  s.bind(1, of.key);
  s.bind(2, of.life);
  return s.step() && read(s, into);
}

PAWL_INLINE std::vector<stored_item> mapped_table::runnable(std::size_t state, row_mark after, std::size_t limit) {
  std::vector<stored_item> page;
  std::optional<std::int64_t> begins = after.row;
  if (pages_by_row())
    begins = pawl::detail::first_row_of(after);
  else if (!after.after_row)
    begins.reset();  // of a table with priorities: at the very first
  if (state >= lifecycle_->state_count() || (pages_by_row() && !begins)) return page;
  reset_at_exit const reset(runnable_);
  runnable_.bind(1, lifecycle_->state_names[state]);
  runnable_.bind(2, begins);
  runnable_.bind(3, limit);
  while (runnable_.step())
    page.push_back(
        {std::string(runnable_.text(2)), runnable_.integer(3), state, runnable_.integer(1), runnable_.integer(0)});
  if (std::exchange(compiled_again_, runnable_.times_compiled_again()) !=
      runnable_.times_compiled_again() /*mutant changed_schema_is_checked: && !OFF*/)
    check_table_again();
  return page;
}

PAWL_INLINE void mapped_table::count_items(std::span<std::size_t> counts) {
  statement s = prepare({"SELECT ", state_, ",count(*) FROM ", table_, " WHERE typeof([", mapping_->names.version,
                         "])='integer' AND typeof([", mapping_->names.key, "]) IN('text','integer') GROUP BY ", state_,
                         " COLLATE BINARY"});
  while (s.step())
    if (std::size_t const state = read_state(s, 0); state < counts.size())
      counts[state] += static_cast<std::size_t>(s.integer(1));
}

PAWL_INLINE std::size_t mapped_table::unrecognised() {
  statement s = db_->prepare(mapping_->unrecognised_sql);
  return s.step() ? static_cast<std::size_t>(s.integer(0)) : 0;
}

PAWL_INLINE std::size_t mapped_table::count_in(std::string_view old_state) {
  statement s = prepare({"SELECT count(*) FROM ", table_, " WHERE ", state_, "=?1 COLLATE BINARY"});
  s.bind(1, old_state);
  return s.step() ? static_cast<std::size_t>(s.integer(0)) : 0;
}

PAWL_INLINE std::size_t mapped_table::move_rows(std::string_view old_state, std::size_t to) {
  auto const& n = mapping_->names;
  bool const stamps = !n.changed_at.empty();
  statement s = prepare({"UPDATE ", table_, " SET ", state_, "=?2,[", n.version, "]=[", n.version, "]+1",
                         stamps ? text({",[", n.changed_at, "]=?3"}) : "", " WHERE ", state_, "=?1 COLLATE BINARY"});
  s.bind(1, old_state);
  s.bind(2, lifecycle_->state_names[to]);
  if (stamps) s.bind(3, now_(db_->now()));
  s.step();
  auto const moved = static_cast<std::size_t>(sqlite3_changes(db_->handle()));
  dictionary_.forget(old_state);
  return moved;
}

PAWL_INLINE mapped_table::comparisons mapped_table::check_table() {
  table_inspector inspector(*db_, mapping_->names.table);
  return {inspector.check(*mapping_), inspector.compares_as_bytes(mapping_->names.state)};
}

PAWL_INLINE void mapped_table::check_table_again() {
  if (check_table() == compared_) return;
  fail(store_failure::refused,
       {"pawl: table ", mapping_->names.table, " in ", db_->path(), ": the type, collation or index of column ",
        mapping_->names.key, " or ", mapping_->names.state, " has changed since the store was opened; open it again"});
}

// Where the user's INSERT may give a life again, a row's records go with it at least if it is deleted or replaced on this
// connection. REPLACE deletes without a DELETE trigger, unless recursive_triggers is on; so a new row has no records
// either. Other connections do not know of these triggers.
inline void forget_former_rows(database& db, items_sql const& items) {
  auto const make = [&](std::string_view name, std::string_view after, std::string_view row) {
    std::string const trigger = text({"[pawl_", name, "_", items.table, "]"});
    std::string const of_row =
        text({" WHERE table_name='", items.table, "' AND key=CAST(", row, ".[", items.key, "] AS TEXT);"});
    db.execute(
        text({"DROP TRIGGER IF EXISTS temp.", trigger, ";CREATE TEMP TRIGGER ", trigger, " AFTER ", after, " ON main.[",
              items.table, "] BEGIN DELETE FROM pawl_trouble", of_row, "DELETE FROM pawl_earlier", of_row, "END"}));
  };
  make("gone", "DELETE", "old");
  /*mutant replaced_row: if (!OFF)*/ make("new", "INSERT", "new");
}

PAWL_INLINE trouble_table mapped_table::open(shared_table& shared) {
  auto const& n = mapping_->names;
  compared_ = check_table();
  items_sql items{.table = n.table,
                  .row = "rowid",
                  .key = n.key,
                  .state = n.state,
                  .version = n.version,
                  .kept = states_kept_as::names,
                  .changed_at = n.changed_at,
                  .priority = n.priority,
                  .life = row_life::of(*db_, n),
                  .keys = compared_.keys};
  open_dictionary(*db_, dictionary_, items, true, [] {});
  for (auto& gone : dictionary_.change().removed) gone.rows = count_in(gone.name);
  if (n.born.empty() && !db_->reads_only()) forget_former_rows(*db_, items);
  return trouble_table(*db_, shared, *lifecycle_, std::move(items));
}

PAWL_INLINE statement mapped_table::prepare_with_life(std::string_view select) {
  static constexpr std::string_view verb = "SELECT ";
  std::string sql = text({verb, life().sql(table_), ",", select.substr(verb.size())});
  if (std::size_t const at = sql.find(pawl::detail::life_marker); at != std::string::npos)
    sql.replace(at, pawl::detail::life_marker.size(),
                items().records_lives ? text({" AND pawl_record.life=", life().sql(table_)}) : std::string());
  return db_->prepare(sql);
}

PAWL_INLINE std::string mapped_table::update_sql(std::size_t row) const {
  std::string sql(/*mutant mapped_table_state: pawl_mutants::less_a_condition(OFF) |*/ mapping_->update_sql[row]);
  sql += compared_.keys.beside_bound(text({"?", number(pawl::detail::key_parameter)}));
  if (!compared_.states_as_bytes /*mutant state_as_bytes: && !OFF*/)
    sql +=
        text({" AND ", state_, "=", in_quotes(lifecycle_->state_names[lifecycle_->rows[row].from]), " COLLATE BINARY"});
  return sql;
}

PAWL_INLINE std::size_t mapped_table::read_state(statement const& s, int column) const {
  return s.is_null(column) || s.is_blob(column) ? lifecycle_->state_count() : lifecycle_->index_of_name(s.text(column));
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
