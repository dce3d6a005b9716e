// The store of a lifecycle in an SQLite database: in a mapped table, or in one of pawl's own.
#ifndef PAWL_SQLITE_STORE_HPP
#define PAWL_SQLITE_STORE_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <pawl/fsm/check.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/mapped_table.hpp>
#include <pawl/sqlite/own_table.hpp>
#include <pawl/store/accept.hpp>
#include <pawl/store/conflict.hpp>
#include <pawl/store/error.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/mistake.hpp>
#include <pawl/store/table.hpp>
#include <pawl/store/transition_store.hpp>
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

// Nothing to do beside the transition.
struct nothing_else {
  void operator()(database&) const noexcept {}
};
}  // namespace detail

// `store<Table>` works on a mapped table: it never makes or alters it, and writes no column but those that are mapped.
// `store<Lifecycle>` keeps items in a table of its own, called as the lifecycle is, which it makes.
//
// A view on the database: several stores may stand on one, and share its transaction. It keeps the promises of
// transition_store. Its statements are prepared when it is made, which throws store_error (refused), with the path, the
// table and the column, where the table is not as it should be.
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

  explicit store(database& db) : db_(&db), layout_(db) {}
  store(store const&) = delete;
  store(store&&) = default;
  store& operator=(store const&) = delete;
  store& operator=(store&&) = default;

  database& db() const noexcept { return *db_; }
  // What messages call this store: the path of its database.
  std::string const& name() const noexcept { return db_->path(); }

  [[nodiscard]] bool try_begin() { return db_->try_begin(); }
  void commit() { db_->commit(); }
  void rollback() noexcept { db_->rollback(); }
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

  // Of a mapped table: the columns that the event is mapped to, read back. Nothing if they are all NULL, or if one of a
  // field that is no std::optional is NULL or does not fit; another event that writes the same columns is taken for it.
  template <class Event> std::optional<Event> recorded(any_item<L> const& of) {
    if constexpr (pawl::detail::check_recorded<L, Event>())
      return layout_.template recorded<Event>(of);
    else
      return std::nullopt;
  }

  std::vector<any_item<L>> runnable(state_of<L> state, std::int64_t after_row, std::size_t limit) {
    return layout_.runnable(state, after_row, limit);
  }
  std::size_t unrecognised() { return layout_.unrecognised(); }

  // An item in the initial state at version 0; false: there is one of this key, which is left as it is.
  template <class Key = std::string_view> bool insert_if_absent(Key const& key) {
    if constexpr (inserts)
      return insert(std::string_view(key));
    else
      return mistake::insert_into_a_mapped_table<T>();
  }

  // How the lifecycle differs from the one that last opened this table.
  lifecycle_change const& change() const noexcept requires inserts { return layout_.change(); }

 private:
  // Rolls a transaction back unless it was committed.
  class transaction {
   public:
    explicit transaction(database& db) : db_(&db) { db.begin(); }
    transaction(transaction const&) = delete;
    transaction& operator=(transaction const&) = delete;
    ~transaction() { db_->rollback(); }
    void commit() { db_->commit(); }

   private:
    database* db_;
  };

  template <auto S, class Event> applied_to<L, S, Event> move(item<L, S> const& from, Event const& event) {
    using moved = item<L, next_state<L, S, Event>>;
    std::optional<std::int64_t> row;
    try {
      row = layout_.move(from, event);
    } catch (store_error const& e) {
      throw store_error(e.what_failed(),
                        std::string(e.what()) + " (" + std::string(event_name<Event>()) + " of '" + from.key + "')");
    }
    if (!row) return conflict<L>(layout_.get(from.key));
    return moved(from.key, from.version + 1, *row);
  }
  template <auto S, class Event, class Also>
  applied_to<L, S, Event> apply_alone(item<L, S> const& from, Event const& event, Also& also) {
    transaction alone(*db_);
    auto answer = move(from, event);
    if (!answer) return answer;  // nothing was written: the rollback is the end of it
    also(*db_);
    alone.commit();
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
      if (db_->in_transaction() && !db_->poisoned()) db_->execute("ROLLBACK TO pawl_also; RELEASE pawl_also");
      throw;
    }
  }
  bool insert(std::string_view key) {
    if (db_->in_transaction()) return layout_.insert(key);
    transaction alone(*db_);
    bool const fresh = layout_.insert(key);
    if (fresh) alone.commit();
    return fresh;
  }

  database* db_;
  layout layout_;
};

}  // namespace pawl::inline PAWL_ABI::sqlite

#endif
