// Implements trouble_table: the statements that write, find, count and remove trouble records.
#ifndef PAWL_SQLITE_TROUBLE_TABLE_IMPL_HPP
#define PAWL_SQLITE_TROUBLE_TABLE_IMPL_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sqlite3.h>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/items_sql.hpp>
#include <pawl/sqlite/shared_table.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/sqlite/trouble_table.hpp>
#include <pawl/store/item_query.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

PAWL_INLINE trouble_table::trouble_table(database& db, shared_table& shared, lifecycle_view const& lifecycle,
                                         items_sql items)
    : db_(&db), shared_(&shared), lifecycle_(&lifecycle), items_(std::move(items)) {
  any();
}

PAWL_INLINE void trouble_table::forget(std::string_view key) {
  if (!shared_->any_troubles) return;
  prepare(forget_, {"DELETE FROM pawl_trouble WHERE table_name='", items_.table, "' AND key=?1"});
  reset_at_exit const reset(forget_);
  forget_.bind(1, key);
  forget_.step();
  shared_->touched = true;
}

// From whichever are likely to be fewer: the rows, or the records.
PAWL_INLINE void trouble_table::forget_after(std::int64_t id, std::size_t rows) {
  if (!shared_->any_troubles) return;
  std::string const theirs =
      rows < 1000
          ? text({"key IN(SELECT t.[", items_.key, "] FROM [", items_.table, "] AS t WHERE "})
          : text({"EXISTS(SELECT 1 FROM [", items_.table, "] AS t WHERE t.[", items_.key, "]=pawl_trouble.key AND "});
  statement s = db_->prepare(
      text({"DELETE FROM pawl_trouble WHERE table_name='", items_.table, "' AND ", theirs, "t.", items_.row, ">?1)"}));
  s.bind(1, id);
  s.step();
}

PAWL_INLINE bool trouble_table::note(item_view of, trouble_record const& record) {
  if (!items_.keys.may_name(of.key)) return false;
  if (record.empty()) return forget(of, record);
  shared_->any_troubles = shared_->touched = true;
  if (!note_) note_ = db_->prepare(note_sql());
  reset_at_exit const reset(note_);
  note_.bind(1, of.key);
  note_.bind(2, of.version);
  bind_state(note_, 3, of.state);
  note_.bind(4, std::int64_t{record.attempts});
  note_.bind(5, std::int64_t{record.recoveries});
  bind_time(note_, 6, record.next_at);
  bind_time(note_, 7, record.since);
  note_.bind(8, std::int64_t{record.parked});
  note_.bind(9, std::int64_t{record.in_doubt});
  note_.bind(10, record.run);
  note_.bind(11, std::string_view(record.last_error));
  note_.bind(12, of.life);
  note_.step();
  return sqlite3_changes(db_->handle()) != 0;
}

PAWL_INLINE bool trouble_table::release(std::string_view key) {
  if (!any()) return false;
  forget(key);
  return sqlite3_changes(db_->handle()) != 0;
}

PAWL_INLINE std::optional<trouble_record> trouble_table::find(std::string_view key, std::int64_t version,
                                                              std::int64_t life) {
  if (!any()) return std::nullopt;
  prepare(find_,
          {"SELECT ", record_columns, " FROM pawl_trouble AS p WHERE p.table_name='", items_.table,
           "' AND p.key=?1 AND p.version", /*mutant record_of_a_version: OFF ? " IS NOT NULL AND ?2" : "",*/ "=?2",
           items_.records_lives ? " AND (?3=0 OR p.life=?3)" : " AND ?3=?3"});
  reset_at_exit const reset(find_);
  find_.bind(1, key);
  find_.bind(2, version);
  find_.bind(3, life);
  if (!find_.step()) return std::nullopt;
  return read_record(find_, 0);
}

PAWL_INLINE std::vector<stored_item> trouble_table::due(stored_time now, delayed_by who, std::size_t limit) {
  std::vector<stored_item> items;
  if (!any()) return items;
  statement& s = due_[static_cast<std::size_t>(who)];
  prepare(s, {"SELECT ", item_columns(), joined(), delayed(), "<=?1", by(who), " AND ",
              in_step_states(*lifecycle_, items_), " ORDER BY p.next_at LIMIT ?2"});
  reset_at_exit const reset(s);
  s.bind(1, now.time_since_epoch().count());
  s.bind(2, limit);
  while (s.step())
    if (stored_item it = read_item(s); it.state < lifecycle_->state_count()) items.push_back(std::move(it));
  return items;
}

PAWL_INLINE std::optional<stored_time> trouble_table::next_due(stored_time after, delayed_by who) {
  if (!any()) return std::nullopt;
  statement& s = next_[static_cast<std::size_t>(who)];
  prepare(s, {"SELECT p.next_at", joined(), delayed(), ">?1", by(who), " AND ", in_step_states(*lifecycle_, items_),
              " ORDER BY p.next_at LIMIT 1"});
  reset_at_exit const reset(s);
  s.bind(1, after.time_since_epoch().count());
  return s.step() ? read_time(s, 0) : std::nullopt;
}

PAWL_INLINE void trouble_table::cut_delays(stored_time latest) {
  statement s = db_->prepare(text({"UPDATE pawl_trouble SET next_at=?1 WHERE table_name='", items_.table,
                                   "' AND next_at>?1 AND parked=0 AND run<>0"}));
  s.bind(1, latest.time_since_epoch().count());
  s.step();
}

PAWL_INLINE item_page<listed_row, row_mark> trouble_table::list(item_filter const& which, row_mark after) {
  item_page<listed_row, row_mark> page{.next = after};
  auto const first = pawl::detail::first_row_of(after);
  if (!first || (which.trouble && !any())) return page;
  statement s = db_->prepare(list_sql(which));
  s.bind(1, *first);
  s.bind(2, which.limit);
  std::string_view const prefix = which.key_prefix;
  if (!prefix.empty()) s.bind(3, std::span(reinterpret_cast<std::byte const*>(prefix.data()), prefix.size()));
  std::size_t rows = 0;
  for (; s.step(); ++rows) {
    listed_row row{read_item(s), {}};
    page.next = {row.item.row, true};
    if (row.item.state >= lifecycle_->state_count()) continue;
    if (!s.is_null(5)) row.record = read_record(s, 5);
    page.items.push_back(std::move(row));
  }
  page.is_last = rows < which.limit;
  return page;
}

// Where a kind of record is asked for, its records are looked through, else the rows.
PAWL_INLINE std::string trouble_table::rows_with(std::optional<trouble_is> kind) const {
  if (!kind)
    return text({" FROM [", items_.table, "] AS t LEFT JOIN pawl_trouble AS p ON p.table_name='", items_.table,
                 "' AND ", items_.is_of(), " WHERE true"});
  return joined() + (*kind == trouble_is::parked    ? " AND p.parked"
                     : *kind == trouble_is::delayed ? " AND NOT p.parked AND p.next_at IS NOT NULL"
                                                    : " AND NOT p.parked AND p.next_at IS NULL");
}

PAWL_INLINE std::string trouble_table::usable() const {
  return text({"typeof(t.[", items_.version, "])='integer' AND typeof(t.[", items_.key, "]) IN('text','integer')"});
}

PAWL_INLINE std::string trouble_table::list_sql(item_filter const& which) const {
  auto const wanted = [&which](std::size_t state) { return !which.state || state == *which.state; };
  // The plus keeps an index on the state out of it where any state is wanted: all rows would be found by it, and sorted.
  return text(
      {"SELECT ", item_columns(), ",", record_columns, rows_with(which.trouble), " AND ",
       which.state /*mutant pages_keep_order: || OFF*/ ? "" : "+", in_states(*lifecycle_, items_, wanted), " AND ",
       usable(), " AND t.", items_.row, ">=?1",
       which.key_prefix.empty() ? "" : text({" AND substr(CAST(t.[", items_.key, "] AS BLOB),1,length(?3))=?3"}),
       " ORDER BY t.", items_.row, " LIMIT ?2"});
}

PAWL_INLINE trouble_counts trouble_table::count() {
  if (!any()) return {};
  statement s =
      db_->prepare(text({"SELECT sum(p.parked),sum(NOT p.parked AND p.next_at IS NOT NULL),"
                         "sum(NOT p.parked AND p.next_at IS NULL)",
                         joined()}));
  s.step();
  auto const at = [&s](int column) { return static_cast<std::size_t>(s.integer(column)); };
  return {at(0), at(1), at(2)};
}

PAWL_INLINE bool trouble_table::any() {
  std::int64_t const version = db_->data_version();
  if (std::exchange(shared_->troubles_seen_at, version) != version) {
    statement s = db_->prepare(text({"SELECT 1 FROM pawl_trouble WHERE table_name='", items_.table, "' LIMIT 1"}));
    shared_->any_troubles = s.step();
  }
  return shared_->any_troubles;
}

PAWL_INLINE std::string trouble_table::joined() const {
  return text({" FROM pawl_trouble AS p CROSS JOIN [", items_.table, "] AS t ON ", items_.is_of(),
               " WHERE p.table_name='", items_.table, "'"});
}

PAWL_INLINE std::string_view trouble_table::delayed() {
  return /*mutant parked_stays: OFF ? " AND p.next_at IS NOT NULL AND p.parked>=0 AND p.next_at" :*/
      " AND p.next_at IS NOT NULL AND p.parked=0 AND p.next_at";
}

PAWL_INLINE std::string_view trouble_table::by(delayed_by who) {
  return who == delayed_by::runs ? " AND p.run<>0" : who == delayed_by::program ? " AND p.run=0" : "";
}

PAWL_INLINE std::string trouble_table::note_sql() const {
  return text(
      {"INSERT INTO pawl_trouble(table_name,key,version,life,attempts,recoveries,next_at,since,parked,in_doubt,run,",
       "last_error) SELECT '", items_.table, "',?1,?2,", items_.life.sql("t"), ",?4,?5,?6,?7,?8,?9,?10,?11",
       of_this_item(), " ON CONFLICT(table_name,key) DO UPDATE SET ",
       "version=excluded.version,life=excluded.life,attempts=excluded.attempts,",
       "recoveries=excluded.recoveries,next_at=excluded.next_at,since=excluded.since,parked=excluded.parked,",
       "in_doubt=excluded.in_doubt,run=excluded.run,last_error=excluded.last_error WHERE NOT(",

       // trouble_record::yields_to() for a record that is not empty
       /*mutant mark_of_one_run: OFF ? "0 AND " : "",*/
       "version=excluded.version AND life=excluded.life AND NOT excluded.parked AND excluded.next_at IS NULL AND ",
       "run<>excluded.run AND (",
       /*mutant parked_outlasts_marks: OFF ? "" :*/ "parked OR ",
       /*mutant mark_of_the_dead: OFF ? "0 AND " : "",*/
       "recoveries>excluded.recoveries OR in_doubt AND (recoveries=excluded.recoveries OR NOT ", "excluded.in_doubt))",
       ")"});
}

PAWL_INLINE std::string trouble_table::of_this_item() const {
  return text({" FROM [", items_.table, "] AS t WHERE t.[", items_.key, "]=?1 AND t.[", items_.version, "]",
               /*mutant trouble_version: OFF ? " IS NOT NULL AND ?2" : "",*/ "=?2 AND t.[", items_.state,
               "]=?3 COLLATE BINARY", items_.keys.beside_bound("?1"), " AND (?12=0 OR ", items_.life.sql("t"),
               "=?12)"});
}

PAWL_INLINE bool trouble_table::forget(item_view of, trouble_record const& empty) {
  if (!is_current(of) /*mutant empty_of_a_version: && !OFF*/) return false;
  auto const before = find(of.key, of.version, of.life);
  if (before && empty.yields_to(*before)) return false;
  forget(of.key);
  return true;
}

PAWL_INLINE bool trouble_table::is_current(item_view of) {
  statement s = db_->prepare(text({"SELECT 1", of_this_item()}));
  s.bind(1, of.key);
  s.bind(2, of.version);
  bind_state(s, 3, of.state);
  s.bind(12, of.life);
  return s.step();
}

PAWL_INLINE void trouble_table::bind_state(statement& s, int parameter, std::size_t state) const {
  if (state >= lifecycle_->state_count())
    s.bind(parameter, nullptr);  // the value is not a state, so no row matches
  else if (items_.kept == states_kept_as::codes)
    s.bind(parameter, lifecycle_->state_codes[state]);
  else
    s.bind(parameter, lifecycle_->state_names[state]);
}

PAWL_INLINE void trouble_table::bind_time(statement& s, int parameter, std::optional<stored_time> time) {
  std::optional<std::int64_t> count;
  if (time) count = time->time_since_epoch().count();
  s.bind(parameter, count);
}

PAWL_INLINE std::optional<stored_time> trouble_table::read_time(statement const& s, int column) {
  if (s.is_null(column)) return std::nullopt;
  return stored_time(std::chrono::nanoseconds(s.integer(column)));
}

PAWL_INLINE stored_item trouble_table::read_item(statement const& s) const {
  std::size_t const state = items_.kept == states_kept_as::codes ? lifecycle_->index_of_code(s.integer(3))
                                                                 : lifecycle_->index_of_name(s.text(3));
  return {std::string(s.text(1)), s.integer(2), state, s.integer(0), s.integer(4)};
}

PAWL_INLINE trouble_record trouble_table::read_record(statement const& s, int first) {
  trouble_record record;
  record.attempts = static_cast<std::int32_t>(s.integer(first));
  record.recoveries = static_cast<std::int32_t>(s.integer(first + 1));
  record.next_at = read_time(s, first + 2);
  record.since = read_time(s, first + 3);
  record.parked = s.integer(first + 4) != 0;
  record.in_doubt = s.integer(first + 5) != 0;
  record.run = s.integer(first + 6);
  record.last_error = s.text(first + 7);
  return record;
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
