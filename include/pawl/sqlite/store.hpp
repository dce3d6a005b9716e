// The store of a lifecycle in an SQLite database: in a mapped table, or in one of pawl's own.
#ifndef PAWL_SQLITE_STORE_HPP
#define PAWL_SQLITE_STORE_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/fsm/check.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/mapped_table.hpp>
#include <pawl/sqlite/migration.hpp>
#include <pawl/sqlite/own_table.hpp>
#include <pawl/sqlite/owner_file.hpp>
#include <pawl/sqlite/shared_table.hpp>
#include <pawl/sqlite/trouble_table.hpp>
#include <pawl/sqlite/wal_reset.hpp>
#include <pawl/store/accept.hpp>
#include <pawl/store/change_signal.hpp>
#include <pawl/store/conflict.hpp>
#include <pawl/store/field.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/item_page.hpp>
#include <pawl/store/mistake.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/store/run_port.hpp>
#include <pawl/store/table.hpp>
#include <pawl/store/transition_store.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite {

namespace detail {
template <class T> struct layout_of;
template <a_table T> struct layout_of<T> {
  using type = mapped_table<T>;
  static constexpr bool ok = valid<T>;
};
template <a_lifecycle T> struct layout_of<T> {
  using type = own_table<T>;
  static constexpr bool ok = valid<T> && check_own_table<T>();
};

// Its address tells tables and lifecycles apart, also those of one name.
template <class T> inline constexpr char identity{};

// Nothing to do beside the transition.
struct nothing_else {
  void operator()(database&) const noexcept {}
};
}  // namespace detail

// `store<Table>` works on a mapped table: it never makes or alters it, and writes no column but those that are mapped.
// `store<Lifecycle>` keeps items in a table of its own, called as the lifecycle is, which it makes.
//
// A view on the database: several stores may stand on one, and share its transaction, each table being that of one
// lifecycle and one mapping. It keeps the promises of transition_store. Its statements are prepared when it is made,
// which throws store_error (refused), with the path, the table and the column, where the table is not as it should be.
template <class T> class store {
  static_assert(mistake::never<T>, "pawl: a store is of a table (pawl::table) or of a lifecycle");

 public:
  explicit store(database&) {}
};
template <class T>
  requires a_table<T> || a_lifecycle<T>
class store<T> {
  static_assert(detail::layout_of<T>::ok);
  using layout = typename detail::layout_of<T>::type;
  using L = typename layout::lifecycle;

 public:
  using lifecycle = L;
  static constexpr bool inserts = layout::inserts;

  explicit store(database& db)
      : db_(&db), shared_(db.share(table_name(), &detail::identity<T>)), layout_(db, *shared_) {}
  store(store const&) = delete;
  store(store&&) = default;
  store& operator=(store const&) = delete;
  store& operator=(store&&) = default;

  database& db() const noexcept { return *db_; }
  // What messages call this store: the path of its database.
  std::string const& name() const noexcept { return db_->path(); }
  // A run owns the store by a lock on `FILE.TABLE.lock` beside the database; a database in memory is seen by no other
  // process.
  std::unique_ptr<run_owner> make_owner() const {
    std::string const file = db_->file();
    if (file.empty()) return std::make_unique<private_owner>();
    return std::make_unique<detail::owner_file>(file + "." + std::string(table_name()) + ".lock");
  }
  bool acquire(run_owner& owner, ownership how) const { return owner.try_acquire(how); }
  // What must be known where several processes run this store; empty: nothing. A run that shares it passes this on.
  std::string warning_when_shared() const {
    if (!has_wal_reset_bug(sqlite3_libversion_number())) return {};
    return "pawl: " + name() + ": SQLite " + database::version() +
           " may lose what was committed where several processes write one database (its WAL-reset bug, mended in "
           "3.51.3, 3.50.7 and 3.44.6); use one of those or a later one, or run the store in one process at a time "
           "(pawl::ownership::sole)";
  }
  // The name of its table.
  static constexpr std::string_view table_name() noexcept { return layout::table_name(); }

  [[nodiscard]] bool try_begin() { return db_->try_begin(); }
  void commit() { db_->commit(); }
  void rollback() noexcept {
    db_->rollback();
    /*mutant rollback_brings_back: if (!OFF)*/
    troubles().assume_some();  // one that the transaction removed may be back
  }
  bool poisoned() const noexcept { return db_->poisoned(); }

  // Moves the item, or tells what its row holds: see transition_store.
  template <auto S, class Event> auto apply(item<L, S> const& from, Event const& event) {
    return apply(from, event, detail::nothing_else{});
  }
  // The same, and also(database&) in the same transaction: the user's own statements, run only if the row moved. An
  // exception from it takes the transition back, and goes on. It must not end the transaction.
  template <auto S, class Event, class Also> auto apply(item<L, S> const& from, Event const& event, Also&& also) {
    if constexpr (pawl::detail::check_accepted<L, S, Event>()) {
      if (!db_->in_transaction()) return apply_alone(from, event, also);
      if constexpr (std::is_same_v<std::remove_cvref_t<Also>, detail::nothing_else>)
        return move(from, event);
      else
        return apply_within(from, event, also);
    } else {
      return applied<item<L, S>>(conflict<L>());
    }
  }

  stored<L> get(std::string_view key) { return layout_.get(key); }

  // Of a mapped table: the columns that the event is mapped to, read back. Nothing if one of a field that is no
  // std::optional is NULL or does not fit. What the columns cannot tell apart is not told apart: an event of optional
  // fields alone is always answered, and another one that writes the same columns is taken for it.
  template <class Event> std::optional<Event> recorded(any_item<L> const& of) {
    if constexpr (pawl::detail::check_recorded<L, Event>())
      return layout_.template recorded<Event>(of);
    else
      return std::nullopt;
  }

  // In the order of their rows, where there is no priority. Where a damaged index has them in another one, in which pages
  // might have no end, it throws store_error (not_applied) and poisons.
  using page_mark = row_mark;
  item_page<any_item<L>, page_mark> runnable(state_of<L> state, page_mark after, std::size_t limit) {
    item_page<any_item<L>, page_mark> page{layout_.runnable(state, after.row, limit), after};
    if constexpr (layout::pages_by_row) {
      for (auto const& it : page) {
        if (it.row <= after.row) refuse_disorder();
        after.row = it.row;
      }
    }
    if (!page.empty()) page.next.row = page.items.back().row;
    page.is_last = page.size() < limit;
    return page;
  }
  std::size_t unrecognised() { return layout_.unrecognised(); }

  // An item in the initial state at version 0; false: there is one of this key, which is left as it is.
  template <class Key = std::string_view> bool insert_if_absent(Key const& key) {
    if constexpr (inserts)
      return insert(std::string_view(key));
    else
      return mistake::insert_into_a_mapped_table<T>();
  }
  // The same, not to be begun before a time.
  template <class Key = std::string_view> bool insert_if_absent(Key const& key, stored_time start_at) {
    if constexpr (inserts) {
      trouble_record later;
      later.next_at = start_at;
      return write([&] {
        return layout_.insert(key) && troubles().note(any_item<L>(std::string(key), 0, initial_state<L>), later);
      });
    } else {
      return mistake::insert_into_a_mapped_table<T>();
    }
  }

  // How the lifecycle differs from the one that opened this table before.
  lifecycle_change const& change() const noexcept { return layout_.change(); }

  // Moves the rows of each old state to the new one, all in one transaction: version + 1, what events have recorded
  // stays, troubles end. No event is fired and no step runs; whoever had read a row before meets a conflict.
  //
  //   letters.migrate({{"stamped", state::written}}, pawl::sqlite::migration::dry_run);
  //
  // Throws store_error: `refused` for a name that is a state of the lifecycle (its items are moved by events),
  // `rejected` where the table does not take the new state (a CHECK), `busy` where another process holds the lock.
  // Nothing is changed then.
  std::vector<migrated_state> migrate(std::initializer_list<renamed_state<state_of<L>>> moves, migration how) {
    std::vector<migrated_state> done;
    auto const each_move = [&](auto count_or_move) {
      done.clear();
      for (auto const& move : moves) {
        refuse_present_state(move.old_state);
        done.push_back({std::string(move.old_state), std::string(state_name_of<L>(move.state)), count_or_move(move)});
      }
      return true;
    };
    if (how == migration::dry_run) {
      each_move([this](auto const& move) { return layout_.count_in(move.old_state); });
      return done;
    }
    write(
        [&] { return each_move([this](auto const& move) { return layout_.move_rows(move.old_state, move.state); }); });
    for (auto const& moved : done)
      std::erase_if(layout_.change().removed, [&](removed_state const& gone) { return gone.name == moved.old_state; });
    return done;
  }

  // ---- troubles: see run_port ----

  bool note(any_item<L> const& of, trouble_record const& record) {
    return write([&] { return troubles().note(of, record); });
  }
  std::optional<trouble_record> trouble_of(any_item<L> const& of) { return troubles().find(of); }
  bool may_have_troubles() noexcept { return troubles().may_have_some(); }
  std::vector<any_item<L>> due(stored_time now, std::size_t limit) { return troubles().due(now, limit); }
  std::optional<stored_time> next_due(stored_time after, delayed_by who) { return troubles().next_due(after, who); }
  void cut_delays(stored_time latest) {
    if (!troubles().has_delays_beyond(latest)) return;
    write([&] {
      troubles().cut_delays(latest);
      return true;
    });
  }
  std::vector<troubled_item<L>> parked(std::size_t limit) { return troubles().parked(limit); }
  bool release(std::string_view key) {
    return write([&] { return troubles().release(key); });
  }
  trouble_counts count_troubles() { return troubles().count(); }
  std::array<std::size_t, state_count<L>> count_items() { return layout_.count_items(); }

  stored_time now() const { return db_->now(); }
  change_signal& changes() noexcept { return shared_->changes; }
  bool changed_elsewhere() {
    std::int64_t const version = db_->data_version();
    bool const changed = std::exchange(seen_version_, version) != version;
    if (changed) troubles().look();
    return changed;
  }

 private:
  [[noreturn]] void refuse_disorder() {
    std::string const why = "the rows of " + std::string(table_name()) +
                            " do not come in their order, so an index, or the table itself, is damaged. PRAGMA "
                            "integrity_check says which, and REINDEX makes an index anew";
    db_->poison(why);
    throw store_error(store_failure::not_applied, "pawl: " + name() + ": " + why);
  }

  // Rolls a transaction back unless it was committed.
  class transaction {
   public:
    explicit transaction(store& of) : of_(&of) { of.db_->begin(); }
    transaction(transaction const&) = delete;
    transaction& operator=(transaction const&) = delete;
    ~transaction() {
      if (!committed_) of_->rollback();
    }
    void commit() {
      of_->commit();
      committed_ = true;
    }

   private:
    store* of_;
    bool committed_ = false;
  };

  template <auto S, class Event> applied_to<L, S, Event> move(item<L, S> const& from, Event const& event) {
    using moved = item<L, next_state<L, S, Event>>;
    std::optional<std::int64_t> row;
    try {
      if (pawl::detail::holds_nan(event) /*mutant nan: && !OFF*/)
        throw store_error(store_failure::rejected, "pawl: a NaN cannot be stored");
      row = layout_.move(from, event);
    } catch (store_error const& e) {
      throw store_error(e.what_failed(),
                        std::string(e.what()) + " (" + std::string(event_name<Event>()) + " of '" + from.key + "')");
    }
    if (!row) return conflict<L>(layout_.get(from.key));
    /*mutant move_ends_troubles: if (!OFF)*/ troubles().forget(from.key);
    return moved(from.key, from.version + 1, *row);
  }
  template <auto S, class Event, class Also>
  applied_to<L, S, Event> apply_alone(item<L, S> const& from, Event const& event, Also& also) {
    transaction alone(*this);
    auto answer = move(from, event);
    if (!answer) return answer;  // nothing was written: the rollback is the end of it
    also(*db_);
    /*mutant apply_commits: if (!OFF)*/ alone.commit();
    return answer;
  }
  template <auto S, class Event, class Also>
  applied_to<L, S, Event> apply_within(item<L, S> const& from, Event const& event, Also& also) {
    db_->execute("SAVEPOINT pawl_also");
    try {
      auto answer = move(from, event);
      if (answer) also(*db_);
      db_->execute("RELEASE pawl_also");
      return answer;
    } catch (...) {
      if (db_->in_transaction() && !db_->poisoned())
        db_->execute(/*mutant also_is_undone: OFF ? "RELEASE pawl_also" :*/ "ROLLBACK TO pawl_also; RELEASE pawl_also");
      throw;
    }
  }
  bool insert(std::string_view key) {
    return write([&] {
      bool const made = layout_.insert(key);
      if (made /*mutant insert_ends_troubles: && !OFF*/)
        troubles().forget(key);  // of a row of this key that was deleted
      return made;
    });
  }
  // In the open transaction, or in one of its own, which is committed if `change` answers true.
  template <class Change> bool write(Change change) {
    if (db_->in_transaction()) return change();
    transaction alone(*this);
    bool const changed = change();
    if (changed) alone.commit();
    return changed;
  }
  void refuse_present_state(std::string_view old_state) const {
    if (stored_index<L>(old_state) < state_count<L>)
      throw store_error(store_failure::refused, "pawl: cannot migrate '" + std::string(old_state) + "' in " + name() +
                                                    ": " + std::string(lifecycle_name<L>()) +
                                                    " has a state of that name, whose items are moved by its events");
  }
  detail::trouble_table<L>& troubles() noexcept { return layout_.troubles(); }

  database* db_;
  std::shared_ptr<detail::shared_table> shared_;
  std::int64_t seen_version_ = -1;  // of the data, by changed_elsewhere()
  layout layout_;
};

}  // namespace pawl::inline PAWL_ABI::sqlite

#endif
