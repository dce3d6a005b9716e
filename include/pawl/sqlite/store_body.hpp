// The part of a store that does not depend on lifecycle types: compiled once per layout.
#ifndef PAWL_SQLITE_STORE_BODY_HPP
#define PAWL_SQLITE_STORE_BODY_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/dictionary.hpp>
#include <pawl/sqlite/former_keys.hpp>
#include <pawl/sqlite/leftovers.hpp>
#include <pawl/sqlite/migration.hpp>
#include <pawl/sqlite/shared_table.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/sqlite/trouble_table.hpp>
#include <pawl/sqlite/wal_reset.hpp>
#include <pawl/store/item_page.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// Rolls back unless committed.
class transaction {
 public:
  transaction(database& db, trouble_table& troubles) : db_(&db), troubles_(&troubles) { db.begin(); }
  transaction(transaction const&) = delete;
  transaction& operator=(transaction const&) = delete;
  ~transaction() {
    if (!committed_) roll_back(*db_, *troubles_);
  }
  void commit() {
    db_->commit();
    committed_ = true;
  }
  static void roll_back(database& db, trouble_table& troubles) noexcept {
    db.rollback();
    /*mutant rollback_brings_back: if (!OFF)*/
    troubles.assume_some();  // the rollback may have restored a record that the transaction removed
  }

 private:
  database* db_;
  trouble_table* troubles_;
  bool committed_ = false;
};

// The user's own statements, run in the transaction of a transition.
struct also_run {
  void* function = nullptr;
  void (*call)(void* function, database& db) = nullptr;

  explicit operator bool() const noexcept { return call != nullptr; }
  void operator()(database& db) const { call(function, db); }
};

// For one run of the store of this table. For an in-memory database there is no file to lock.
owner_handle make_owner(database const& db, shared_table& table);

template <class Layout>
concept inserts_rows = requires(Layout& layout, std::string_view key) {
  layout.insert(key);
};

template <class Layout> class store_body {
 public:
  using event_view = typename Layout::event_view;

  template <class Description>
  store_body(database& db, lifecycle_view const& lifecycle, std::string_view table, void const* type,
             Description const& description)
      : db_(&db),
        lifecycle_(&lifecycle),
        shared_(db.share(table, type)),
        layout_(db, *shared_, description),
        former_(db, *shared_, layout_.items().table) {}

  store_body(store_body const&) = delete;
  store_body(store_body&&) = default;
  store_body& operator=(store_body const&) = delete;
  store_body& operator=(store_body&&) = default;

  database& db() const noexcept { return *db_; }
  Layout& layout() noexcept { return layout_; }
  Layout const& layout() const noexcept { return layout_; }
  shared_table& shared() noexcept { return *shared_; }
  trouble_table& troubles() noexcept { return layout_.troubles(); }
  former_keys& former() noexcept { return former_; }

  void verify() {
    if (db_->reads_only()) db_->refuse_to_write();
    db_->verify();
    refuse_other_lives(*db_, layout_.items());
  }
  void roll_back() noexcept { transaction::roll_back(*db_, troubles()); }

  // `now`: receives what the row holds if it did not move; null if not wanted.
  transition_result apply(std::size_t row, item_view from, event_view const& event, bool has_nan, also_run also,
                          stored_row* now) {
    auto const mine = db_->on_this_thread();
    if (!db_->in_transaction()) return apply_alone(row, from, event, has_nan, also, now);
    if (also) return apply_within(row, from, event, has_nan, also, now);
    return move(row, from, event, has_nan, now);
  }

  // False also where the table is the user's, who alone inserts there.
  bool insert(std::string_view key) {
    auto const mine = db_->on_this_thread();
    if constexpr (inserts_rows<Layout>)
      return write([&] {
        bool const made = layout_.insert(key);
        if (made /*mutant insert_ends_troubles: && !OFF*/)
          forget(key);  // what a deleted row with the same key has left
        return made;
      });
    else
      return false;
  }
  bool insert(std::string_view key, stored_time start_at) {
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

  // Items of one page. `after` is advanced to the last row, where the next page starts.
  std::vector<stored_item> runnable(std::size_t state, row_mark& after, std::size_t limit) {
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

  bool note(item_view of, trouble_record const& record) {
    auto const mine = db_->on_this_thread();
    return write([&] { return troubles().note(of, record); });
  }
  bool release(std::string_view key) {
    auto const mine = db_->on_this_thread();
    return write([&] { return troubles().release(key); });
  }
  void cut_delays(stored_time latest) {
    auto const mine = db_->on_this_thread();
    if (!troubles().has_delays_beyond(latest)) return;
    write([&] {
      troubles().cut_delays(latest);
      return true;
    });
  }
  bool changed_elsewhere() {
    auto const mine = db_->on_this_thread();
    std::int64_t const version = db_->data_version();
    bool const changed = std::exchange(seen_version_, version) != version;
    if (changed) troubles().look();
    return changed;
  }

  // A run calls it when it owns the store: from now on nobody takes the table over.
  void sweep_leftovers() {
    auto const mine = db_->on_this_thread();
    if (!db_->reads_only()) refuse_other_lives(*db_, layout_.items());
    former_.look();
    if (troubles().may_have_some() || former_.may_have_some())
      detail::sweep_leftovers(*db_, layout_.items(), shared_->swept_to);
  }
  std::string warning_when_keyed() const {
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
  std::string warning_when_shared() const {
    if (!has_wal_reset_bug(sqlite3_libversion_number())) return {};
    return text({"pawl: ", db_->path(), ": SQLite ", database::version(),
                 " can lose committed data if several processes write one database (the WAL-reset bug, fixed in "
                 "3.51.3, 3.50.7 and 3.44.6); use one of these or a later release, or run the store in one process at "
                 "a time (pawl::ownership::sole)"});
  }

  // Fills in the number of rows for each move in `done`.
  void migrate(std::vector<migrated_state>& done, std::size_t const* states, migration how) {
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
        done[i].rows = layout_.move_rows(done[i].old_state, states[i]);
      }
      return true;
    });
    for (auto const& moved : done)
      std::erase_if(layout_.change().removed, [&](removed_state const& gone) { return gone.name == moved.old_state; });
  }

 private:
  transition_result move(std::size_t row, item_view from, event_view const& event, bool has_nan, stored_row* now) {
    transition_result result;
    try {
      if (has_nan /*mutant nan: && !OFF*/) fail(store_failure::rejected, {"pawl: a NaN cannot be stored"});
      result = layout_.move(row, from, event);
    } catch (store_error const& e) {
      fail(e.what_failed(),
           {e.what(), " (", lifecycle_->event_names[lifecycle_->rows[row].event], " of '", from.key, "')"});
    }
    if (!result.moved) {
      if (now) *now = layout_.get(from.key);
      return result;
    }
    /*mutant move_ends_troubles: if (!OFF)*/ forget(from.key);
    return result;
  }
  transition_result apply_alone(std::size_t row, item_view from, event_view const& event, bool has_nan, also_run also,
                                stored_row* now) {
    transaction alone(*db_, troubles());
    auto const result = move(row, from, event, has_nan, now);
    if (!result.moved) return result;  // nothing was written; the destructor rolls back
    if (also) also(*db_);
    /*mutant apply_commits: if (!OFF)*/ alone.commit();
    return result;
  }
  transition_result apply_within(std::size_t row, item_view from, event_view const& event, bool has_nan, also_run also,
                                 stored_row* now) {
    db_->execute("SAVEPOINT pawl_also");
    try {
      auto const result = move(row, from, event, has_nan, now);
      if (result.moved) also(*db_);
      db_->execute("RELEASE pawl_also");
      return result;
    } catch (...) {
      if (db_->in_transaction() && !db_->poisoned())
        db_->execute(/*mutant also_is_undone: OFF ? "RELEASE pawl_also" :*/ "ROLLBACK TO pawl_also; RELEASE pawl_also");
      throw;
    }
  }

  // What is kept for the key's row at the version that it has left.
  void forget(std::string_view key) {
    troubles().forget(key);
    former_.forget(key);
  }
  // Runs in the open transaction, or in one of its own, committed if `change` returns true.
  template <class Change> bool write(Change change) {
    if (db_->in_transaction()) return change();
    transaction alone(*db_, troubles());
    bool const changed = change();
    if (changed) alone.commit();
    return changed;
  }

  [[noreturn]] void refuse_disorder() {
    std::string const why = text({"the rows of ", layout_.table_name(),
                                  " are out of order, so an index or the table itself is damaged. Run "
                                  "PRAGMA integrity_check to find out which; REINDEX rebuilds an index"});
    db_->poison(why);
    fail(store_failure::not_applied, {"pawl: ", db_->path(), ": ", why});
  }
  void refuse_present_state(std::string_view old_state) const {
    if (lifecycle_->index_of_name(old_state) < lifecycle_->state_count())
      fail(store_failure::refused, {"pawl: cannot migrate '", old_state, "' in ", db_->path(), ": ", lifecycle_->name,
                                    " still has this state; use events to move its items"});
  }

  database* db_;
  lifecycle_view const* lifecycle_;
  table_use shared_;
  std::int64_t seen_version_ = -1;  // last data_version seen by changed_elsewhere()
  Layout layout_;
  former_keys former_;
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#ifndef PAWL_COMPILED
#include <pawl/sqlite/store_body_impl.hpp>
#endif

#endif
