// Implements store_body.hpp.
#ifndef PAWL_SQLITE_STORE_BODY_IMPL_HPP
#define PAWL_SQLITE_STORE_BODY_IMPL_HPP

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/owner_file.hpp>
#include <pawl/sqlite/shared_table.hpp>
#include <pawl/sqlite/store_body.hpp>
#include <pawl/sqlite/table_export.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

PAWL_INLINE owner_handle make_owner(database const& db, shared_table& table) {
  std::string const file = db.file();
  if (file.empty()) return table.owners.make();
  return owner_handle(new owner_file(lock_file_of(file, table.name)));
}

template <class Layout> stored_time store_body<Layout>::now() const { return db_->now(); }
template <class Layout> owner_handle store_body<Layout>::make_owner() { return detail::make_owner(*db_, *shared_); }
template <class Layout> std::string store_body<Layout>::identity() const {
  std::string of = db_->identity();
  /*mutant key_of_a_table: if (!OFF)*/
  if constexpr (!inserts_rows<Layout>) (of += '/') += shared_->name;
  return of;
}
template <class Layout> std::size_t store_body<Layout>::unrecognised() { return layout_.unrecognised(); }
template <class Layout> std::vector<std::size_t> store_body<Layout>::count_items() {
  std::vector<std::size_t> counts(lifecycle_->state_count());
  layout_.count_items(counts);
  return counts;
}
template <class Layout>
item_page<stored_item, row_mark> store_body<Layout>::runnable_rows(std::size_t state, row_mark after,
                                                                   std::size_t limit) {
  auto items = runnable(state, after, limit);
  bool const is_last = items.size() < limit;
  return {std::move(items), after, is_last};
}
template <class Layout>
std::vector<stored_item> store_body<Layout>::due_rows(stored_time until, delayed_by who, std::size_t limit) {
  return troubles().due(until, who, limit);
}
template <class Layout> std::optional<stored_time> store_body<Layout>::next_due(stored_time after, delayed_by who) {
  return troubles().next_due(after, who);
}
template <class Layout> trouble_counts store_body<Layout>::count_troubles() { return troubles().count(); }
template <class Layout> bool store_body<Layout>::may_have_troubles() noexcept { return troubles().may_have_some(); }
template <class Layout> std::optional<trouble_record> store_body<Layout>::trouble_of(stored_item const& of) {
  return troubles().find(of.key, of.version, of.life);
}
template <class Layout>
std::optional<pawl::detail::former_key> store_body<Layout>::former_key_of(stored_item const& of) {
  return former_.find(of.key, of.version, of.life);
}
template <class Layout> bool store_body<Layout>::is_at(stored_item const& it) {
  stored_row const row = layout_.get(it.key);
  return row.holds == stored_row::content::item &&
         pawl::detail::is_still(it, row.item.version, row.item.state, row.item.life);
}
template <class Layout> bool store_body<Layout>::note(stored_item const& of, trouble_record const& record) {
  return note(item_view::of(of), record);
}
template <class Layout> void store_body<Layout>::verify() {
  if (db_->reads_only()) db_->refuse_to_write();
  db_->verify();
  refuse_other_lives(*db_, layout_.items());
  refuse_retired(*db_, layout_.items().table);
}
template <class Layout> void store_body<Layout>::roll_back() noexcept {
  /*mutant dropped_batch: if (!OFF)*/ history_.drop_batch();
  children_.end_batch();
  transaction::roll_back(*db_, troubles());
}
template <class Layout> void store_body<Layout>::commit() {
  auto const mine = db_->on_this_thread();
  /*mutant batch_is_written: if (!OFF)*/ history_.write_batch();
  children_.end_batch();
  db_->commit();
}
template <class Layout>
transition_result store_body<Layout>::apply(std::size_t row, item_view from, event_view const& event, bool has_nan,
                                            also_run const& also, stored_row* now) {
  auto const mine = db_->on_this_thread();
  if (!db_->in_transaction()) return apply_alone(row, from, event, has_nan, also, now);
  if (also) return apply_within(row, from, event, has_nan, also, now);
  auto const result = move(row, from, event, has_nan, now);
  if (result.moved) settle(row, from, result);
  return result;
}
template <class Layout> bool store_body<Layout>::insert(std::string_view key) {
  auto const mine = db_->on_this_thread();
  if constexpr (inserts_rows<Layout>)
    return write([&] {
      bool const made = layout_.insert(key);
      if (made /*mutant insert_ends_troubles: && !OFF*/) forget(key);  // what a deleted row with the same key has left
      return made;
    });
  else
    return false;
}
template <class Layout> bool store_body<Layout>::insert(std::string_view key, stored_time start_at) {
  trouble_record later;
  later.next_at = start_at;
  auto const mine = db_->on_this_thread();
  if constexpr (inserts_rows<Layout>)
    return write([&] {
      if (!layout_.insert(key)) return false;
      forget(key);
      return troubles().note({key, 0, lifecycle_->initial, 0}, later);
    });
  else
    return false;
}
template <class Layout> template <class Insert> std::size_t store_body<Layout>::insert_bulk(Insert insert) {
  auto bulk = layout_.begin_bulk();
  std::size_t const inserted = insert(bulk);
  if (inserted > 0 /*mutant bulk_ends_troubles: && !OFF*/) {
    troubles().forget_after(bulk.last_before(), inserted);
    former_.forget_after(bulk.last_before());
  }
  return inserted;
}
template <class Layout> std::size_t store_body<Layout>::insert_many(key_range keys) {
  auto const mine = db_->on_this_thread();
  if constexpr (inserts_rows<Layout>) {
    auto const insert = [this, keys] {
      return insert_bulk([keys](bulk_insert& bulk) {
        keys.add_to(keys.keys, bulk);
        return bulk.finish();
      });
    };
    if (db_->in_transaction()) return undone_alone(insert);
    transaction alone(*db_, troubles());
    std::size_t const inserted = insert();
    if (inserted > 0) alone.commit();
    return inserted;
  } else {
    return 0;
  }
}
template <class Layout> std::size_t store_body<Layout>::insert_from(sql_statement const& query) {
  auto const mine = db_->on_this_thread();
  if constexpr (inserts_rows<Layout>) {
    auto const insert = [this, &query] {
      return insert_bulk([&query](bulk_insert& bulk) { return bulk.from(query); });
    };
    if (db_->in_transaction()) return undone_alone(insert);
    if (db_->reads_only()) db_->refuse_to_write();
    // Many processes begin with the same query. Whoever finds all of it there reads, which keeps nobody waiting; and whoever
    // waits for the lock, twice at most, looks again, for its predecessor may have inserted the same.
    for (int waits = 0;; ++waits) {
      if (!layout_.finds_new(query) /*mutant bulk_looks_first: && !OFF*/) return 0;
      if (waits == 2 || db_->try_begin()) break;
      db_->begin();
      db_->rollback();
    }
    transaction alone(*db_, troubles());
    std::size_t const inserted = insert();
    if (inserted > 0) alone.commit();
    return inserted;
  } else {
    return 0;
  }
}
template <class Layout> std::optional<stored_time> store_body<Layout>::last_tick(std::string_view schedule) {
  auto const mine = db_->on_this_thread();
  return schedule_table(*db_, shared_->name).last_tick(schedule);
}
template <class Layout> std::optional<std::size_t> store_body<Layout>::advance_ticks(tick_advance const& step) {
  auto const mine = db_->on_this_thread();
  if constexpr (inserts_rows<Layout>) {
    auto const advance = [this, &step]() -> std::optional<std::size_t> {
      if (!schedule_table(*db_, shared_->name).advance(step)) return std::nullopt;
      return insert_bulk([&step](bulk_insert& bulk) {
        for (auto const& key : step.keys) bulk.add(key);
        return bulk.finish();
      });
    };
    if (db_->in_transaction()) return undone_alone(advance);
    transaction alone(*db_, troubles());
    auto const inserted = advance();
    if (inserted /*mutant ticks_are_committed: && !OFF*/) alone.commit();
    return inserted;
  } else {
    return std::nullopt;
  }
}
template <class Layout> bool store_body<Layout>::forget_ticks(std::string_view schedule) {
  auto const mine = db_->on_this_thread();
  return write([&] { return schedule_table(*db_, shared_->name).forget(schedule); });
}
template <class Layout>
std::size_t store_body<Layout>::remove_finished(std::chrono::nanoseconds older, std::size_t limit) {
  auto const mine = db_->on_this_thread();
  std::size_t removed = 0;
  if constexpr (inserts_rows<Layout>) {
    write([&] {
      auto const finished = layout_.finished(long_ago(older), limit);
      for (auto const& it : finished) {
        layout_.remove(it.row);
        forget(it.key);
        if (auto const parent = children_.parent_of(it.key, it.row)) children_.forget(*parent);
      }
      removed = finished.size();
      return removed > 0;
    });
  }
  return removed;
}
template <class Layout>
std::size_t store_body<Layout>::remove_history(std::chrono::nanoseconds older, std::size_t limit) {
  auto const mine = db_->on_this_thread();
  std::size_t removed = 0;
  write([&] {
    removed = history_.remove(long_ago(older), limit);
    return removed > 0;
  });
  return removed;
}
template <class Layout> stored_time store_body<Layout>::long_ago(std::chrono::nanoseconds older) const {
  return stored_time(db_->now()) - (older.count() < 0 ? std::chrono::nanoseconds() : older);
}
template <class Layout>
std::vector<stored_item> store_body<Layout>::runnable(std::size_t state, row_mark& after, std::size_t limit) {
  auto const mine = db_->on_this_thread();
  auto items = layout_.runnable(state, after, limit);
  if (layout_.pages_by_row()) {
    for (auto const& it : items) {
      if (after.after_row && it.row <= after.row) refuse_disorder();
      after = {it.row, true};
    }
  }
  if (!items.empty()) after = {items.back().row, true};
  return items;
}
template <class Layout>
item_page<listed_row, row_mark> store_body<Layout>::list(item_filter const& which, row_mark after) {
  auto const mine = db_->on_this_thread();
  return troubles().list(which, after);
}
template <class Layout> bool store_body<Layout>::note(item_view of, trouble_record const& record) {
  auto const mine = db_->on_this_thread();
  return write([&] { return troubles().note(of, record); });
}
template <class Layout> bool store_body<Layout>::release(std::string_view key, std::string_view by) {
  auto const mine = db_->on_this_thread();
  return write([&] {
    if (history_.writes() /*mutant history_of_a_hand: && !OFF*/) add_release(key, by);
    if (!troubles().release(key)) return false;
    gather_released(key);
    return true;
  });
}
template <class Layout> void store_body<Layout>::add_release(std::string_view key, std::string_view by) {
  stored_row const row = layout_.get(key);
  if (row.holds != stored_row::content::item) return;
  if (auto const record = trouble_of(row.item))
    history_.add_by_hand(hand::released, lifecycle_->state_names[row.item.state], item_view::of(row.item),
                         record->attempts, pawl::detail::behalf_text(by));
}
template <class Layout> std::uint64_t store_body<Layout>::paused_states() {
  auto const mine = db_->on_this_thread();
  if (!paused_) paused_ = db_->prepare("SELECT state FROM pawl_pause WHERE table_name=?1");
  reset_at_exit const reset(paused_);
  paused_.bind(1, shared_->name);
  std::uint64_t states = 0;
  while (paused_.step())
    if (std::size_t const state = lifecycle_->index_of_name(paused_.text(0)); state < lifecycle_->state_count())
      states |= std::uint64_t{1} << state;
  return states;
}
template <class Layout> bool store_body<Layout>::pause(std::size_t state, std::string_view by) {
  auto const mine = db_->on_this_thread();
  return write([&] {
    statement s = db_->prepare("INSERT OR IGNORE INTO pawl_pause(table_name,state,since,\"by\") VALUES(?1,?2,?3,?4)");
    s.bind(1, shared_->name);
    s.bind(2, lifecycle_->state_names[state]);
    s.bind(3, stored_time(db_->now()).time_since_epoch().count());
    s.bind(4, by);
    return has_changed(s, hand::paused, state, by);
  });
}
template <class Layout> bool store_body<Layout>::resume(std::size_t state, std::string_view by) {
  auto const mine = db_->on_this_thread();
  return write([&] {
    statement s = db_->prepare("DELETE FROM pawl_pause WHERE table_name=?1 AND state=?2");
    s.bind(1, shared_->name);
    s.bind(2, lifecycle_->state_names[state]);
    return has_changed(s, hand::resumed, state, by);
  });
}
template <class Layout>
bool store_body<Layout>::has_changed(statement& s, hand what, std::size_t state, std::string_view by) {
  s.step();
  bool const changed = sqlite3_changes(db_->handle()) != 0;
  s.reset();
  if (changed && history_.writes())
    history_.add_of_table({what, std::string(lifecycle_->state_names[state]), pawl::detail::behalf_text(by)});
  return changed;
}
template <class Layout> void store_body<Layout>::cut_delays(stored_time latest) {
  auto const mine = db_->on_this_thread();
  if (!troubles().has_delays_beyond(latest)) return;
  write([&] {
    troubles().cut_delays(latest);
    return true;
  });
}
template <class Layout> bool store_body<Layout>::changed_elsewhere() {
  auto const mine = db_->on_this_thread();
  std::int64_t const version = db_->data_version();
  bool const changed = std::exchange(seen_version_, version) != version;
  if (changed) troubles().look();
  if (changed || gathers_later_) gather_unseen();
  return changed;
}
template <class Layout> void store_body<Layout>::sweep_leftovers() {
  if (!db_->reads_only()) gather_all();
  auto const mine = db_->on_this_thread();
  if (!db_->reads_only()) {
    refuse_other_lives(*db_, layout_.items());
    refuse_retired(*db_, layout_.items().table);  // the run may have waited for a copy to end
  }
  former_.look();
  if (troubles().may_have_some() || former_.may_have_some())
    detail::sweep_leftovers(*db_, layout_.items(), shared_->swept_to);
}
template <class Layout> std::string store_body<Layout>::warning_when_keyed() const {
  auto const& life = layout_.items().life;
  if (!life.comes_again()) return {};
  std::string const born(life.born_column());
  return text({"pawl: ", db_->path(), ": a row of table ", layout_.table_name(),
               " that is written anew after it was deleted may get the idempotency key of its predecessor",
               born.empty() ? std::string() : text({" if column ", born, " has the same value in both"}),
               ", and the remote will take its call for a repetition; ",
               born.empty() ? "name a column that tells the two apart (pawl::names::born), DEFAULT (random()) say"
                            : "fill that at random, DEFAULT (random()) say, or declare it UNIQUE",
               ", or declare the table's INTEGER PRIMARY KEY with AUTOINCREMENT"});
}
template <class Layout> std::string store_body<Layout>::warning_when_shared() const {
  if (!has_wal_reset_bug(sqlite3_libversion_number())) return {};
  return text({"pawl: ", db_->path(), ": SQLite ", database::version(),
               " can lose committed data if several processes write one database (the WAL-reset bug, fixed in "
               "3.51.3, 3.50.7 and 3.44.6); use one of these or a later release, or run the store in one process at "
               "a time (pawl::ownership::sole)"});
}
template <class Layout>
void store_body<Layout>::migrate(std::vector<migrated_state>& done, std::size_t const* states, migration how) {
  auto const mine = db_->on_this_thread();
  if (how == migration::dry_run) {
    for (auto& move : done) {
      refuse_present_state(move.old_state);
      move.rows = layout_.count_in(move.old_state);
    }
    return;
  }
  write([&] {
    for (std::size_t i = 0; i < done.size(); ++i) {
      refuse_present_state(done[i].old_state);
      if (states[i] >= lifecycle_->state_count())
        fail(store_failure::misuse, {"pawl: cannot migrate to a value that is not a state of ", lifecycle_->name});
      if (history_.writes())
        history_.add_moved(layout_.items(), done[i].old_state, layout_.code_of(done[i].old_state), states[i]);
      done[i].rows = layout_.move_rows(done[i].old_state, states[i]);
    }
    return true;
  });
  for (auto const& moved : done)
    std::erase_if(layout_.change().removed, [&](removed_state const& gone) { return gone.name == moved.old_state; });
}
template <class Layout>
transition_result store_body<Layout>::move(std::size_t row, item_view from, event_view const& event, bool has_nan,
                                           stored_row* now) {
  transition_result result;
  try {
    if (has_nan /*mutant nan: && !OFF*/) fail(store_failure::rejected, {"pawl: a NaN cannot be stored"});
    result = layout_.move(row, from, event);
  } catch (store_error const& e) {
    fail_naming(e, "", row, from);
  }
  if (!result.moved) {
    if (now) *now = layout_.get(from.key);
    return result;
  }
  if (history_.writes() /*mutant history_of_a_move: && !OFF*/) history_.add(row, from, result.life);
  /*mutant move_ends_troubles: if (!OFF)*/ forget(from.key);
  return result;
}
template <class Layout>
void store_body<Layout>::fail_naming(store_error const& e, std::string_view part, std::size_t row, item_view of) const {
  fail(e.what_failed(),
       {e.what(), " (", part, lifecycle_->event_names[lifecycle_->rows[row].event], " of '", of.key, "')"});
}
template <class Layout> void store_body<Layout>::run(also_run const& also, std::size_t row, item_view moved) {
  if (!also.is_values()) return also.call(also.function, *db_);
  try {
    for (sql_statement const& one : also.values)
      if (insertion const* const items = one.children())
        children_.insert(moved, *items);
      else
        statements_.run(*db_, one);
  } catch (store_error const& e) {
    fail_naming(e, "a statement with ", row, moved);
  }
}
template <class Layout>
transition_result store_body<Layout>::apply_alone(std::size_t row, item_view from, event_view const& event,
                                                  bool has_nan, also_run const& also, stored_row* now) {
  transaction alone(*db_, troubles());
  auto const result = move(row, from, event, has_nan, now);
  if (!result.moved) return result;  // nothing was written; the destructor rolls back
  if (also) run(also, row, moved_to(from, result));
  settle(row, from, result);
  /*mutant apply_commits: if (!OFF)*/ alone.commit();
  return result;
}
template <class Layout>
transition_result store_body<Layout>::apply_within(std::size_t row, item_view from, event_view const& event,
                                                   bool has_nan, also_run const& also, stored_row* now) {
  std::optional<history_table::at_once> at_once;
  if (!also.is_values() /*mutant entries_before_function: && !OFF*/) {
    at_once.emplace(history_);
    children_.end_batch();
  }
  auto const moved_and_run = [&] {
    auto const result = move(row, from, event, has_nan, now);
    if (result.moved /*mutant statements_of_a_conflict: || OFF*/) run(also, row, moved_to(from, result));
    if (result.moved) settle(row, from, result);
    return result;
  };
  return undone_alone(moved_and_run, also.is_values());
}
template <class Layout> template <class Change> auto store_body<Layout>::undone_alone(Change change, bool is_told) {
  std::size_t const kept = history_.kept();
  statements_.begin(*db_);
  try {
    auto const result = change();
    statements_.end(*db_);
    return result;
  } catch (...) {
    if (!db_->in_transaction() || db_->poisoned()) throw;
    statements_.undo(*db_);
    /*mutant undone_entries: if (!OFF)*/ history_.drop_after(kept);
    troubles().assume_some();
    if (is_told /*mutant undone_alone: && !OFF*/) rethrow_undone();
    throw;
  }
}

template <class Layout> void store_body<Layout>::forget(std::string_view key) {
  troubles().forget(key);
  former_.forget(key);
}
template <class Layout> template <class Change> bool store_body<Layout>::write(Change change) {
  if (db_->in_transaction()) return change();
  transaction alone(*db_, troubles());
  bool const changed = change();
  if (changed) alone.commit();
  return changed;
}
template <class Layout> void store_body<Layout>::refuse_disorder() {
  std::string const why = text({"the rows of ", layout_.table_name(),
                                " are out of order, so an index or the table itself is damaged. Run "
                                "PRAGMA integrity_check to find out which; REINDEX rebuilds an index"});
  db_->poison(why);
  fail(store_failure::not_applied, {"pawl: ", db_->path(), ": ", why});
}
template <class Layout> void store_body<Layout>::refuse_present_state(std::string_view old_state) const {
  if (lifecycle_->index_of_name(old_state) < lifecycle_->state_count())
    fail(store_failure::refused, {"pawl: cannot migrate '", old_state, "' in ", db_->path(), ": ", lifecycle_->name,
                                  " still has this state; use events to move its items"});
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
