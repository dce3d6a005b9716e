// The part of a store that does not depend on lifecycle types: compiled once per layout.
#ifndef PAWL_SQLITE_STORE_BODY_HPP
#define PAWL_SQLITE_STORE_BODY_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/fsm/gathered.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/sqlite/bulk_insert.hpp>
#include <pawl/sqlite/child_table.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/dictionary.hpp>
#include <pawl/sqlite/former_keys.hpp>
#include <pawl/sqlite/history_table.hpp>
#include <pawl/sqlite/leftovers.hpp>
#include <pawl/sqlite/schedule_table.hpp>
#include <pawl/sqlite/shared_table.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/sqlite/trouble_table.hpp>
#include <pawl/sqlite/user_statements.hpp>
#include <pawl/sqlite/wal_reset.hpp>
#include <pawl/store/history_entry.hpp>
#include <pawl/store/item_page.hpp>
#include <pawl/store/item_query.hpp>
#include <pawl/store/migration.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/store/seen_children.hpp>
#include <pawl/store/sql_statement.hpp>
#include <pawl/store/store_options.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/tick_store.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// Begins one unless the caller has just done so. Rolls back unless committed.
class transaction {
 public:
  transaction(database& db, trouble_table& troubles) : db_(&db), troubles_(&troubles) {
    if (!db.in_transaction()) db.begin();
  }
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

// What else is written in the transaction of a transition: a function of the user's, or statements as values.
struct also_run {
  void* function = nullptr;
  void (*call)(void* function, database& db) = nullptr;
  std::span<sql_statement const> values{};  // what they fail with may be told as transition_undone

  static also_run of(std::span<sql_statement const> statements) { return {nullptr, nullptr, statements}; }
  bool is_values() const noexcept { return call == nullptr; }
  explicit operator bool() const noexcept { return call != nullptr || !values.empty(); }
};

// For one run of the store of this table. For an in-memory database there is no file to lock.
owner_handle make_owner(database const& db, shared_table& table);

// The same item after its transition.
inline item_view moved_to(item_view from, transition_result const& result) {
  return {from.key, from.version + 1, from.state, result.row, result.life};
}

// Entered while it lives.
class gatherer_entry {
 public:
  gatherer_entry() = default;
  gatherer_entry(gatherer_entry const&) = delete;
  gatherer_entry& operator=(gatherer_entry const&) = delete;
  ~gatherer_entry() {
    if (in_ != nullptr) std::erase_if(in_->gatherers, [this](gatherer const& one) { return one.store == store_; });
  }
  void enter(shared_table& in, gatherer const& one, bool keeps_history) {
    in.gatherers.insert(keeps_history ? in.gatherers.begin() : in.gatherers.end(), one);
    in_ = &in;
    store_ = one.store;
  }

 private:
  shared_table* in_ = nullptr;
  void* store_ = nullptr;
};

template <class Layout>
concept inserts_rows = requires(Layout& layout, std::string_view key) {
  layout.insert(key);
};

// A state of pawl::gathers: which table's items are waited for there, and how its event is fired.
template <class Body> struct gather_rule {
  std::size_t state;
  std::string_view children;
  void (*fire)(Body& store, item_view from, gathered const& children);
};

template <class Layout> class store_body {
 public:
  using event_view = typename Layout::event_view;

  template <class Description>
  store_body(database& db, lifecycle_view const& lifecycle, std::string_view table, void const* type,
             Description const& description, store_options const& options,
             std::span<gather_rule<store_body> const> rules = {})
      : db_(&db),
        lifecycle_(&lifecycle),
        shared_(db.share(table, type)),
        layout_(db, *shared_, description),
        former_(db, *shared_, layout_.items().table),
        history_(db, *shared_, lifecycle, layout_.items().table, options.history),
        children_(db, *shared_, layout_.items()),
        rules_(rules) {
    bool const made_children = begin_gathering();
    // Statements are compiled anew after the schema has changed, and mapped_table's then without what it has spared them.
    if (history_.made_tables() /*mutant statements_before_history: && !OFF*/ || made_children)
      layout_ = Layout(db, *shared_, description);
  }
  store_body(store_body const&) = delete;
  store_body& operator=(store_body const&) = delete;

  database& db() const noexcept { return *db_; }
  Layout& layout() noexcept { return layout_; }
  Layout const& layout() const noexcept { return layout_; }
  shared_table& shared() noexcept { return *shared_; }
  trouble_table& troubles() noexcept { return layout_.troubles(); }
  user_statements& statements() noexcept { return statements_; }
  std::vector<history_entry> history_of(std::string_view key, std::size_t most) {
    return history_.of(layout_.items(), key, most);
  }

  // ---- what a run asks without item types: see serves_rows in stored_item.hpp ----

  stored_time now() const;
  owner_handle make_owner();
  std::string identity() const;
  std::size_t unrecognised();
  std::vector<std::size_t> count_items();
  item_page<stored_item, row_mark> runnable_rows(std::size_t state, row_mark after, std::size_t limit);
  std::vector<stored_item> due_rows(stored_time until, delayed_by who, std::size_t limit);
  std::optional<stored_time> next_due(stored_time after, delayed_by who);
  trouble_counts count_troubles();
  bool may_have_troubles() noexcept;
  std::optional<trouble_record> trouble_of(stored_item const& of);
  std::optional<pawl::detail::former_key> former_key_of(stored_item const& of);
  bool is_at(stored_item const& it);
  bool note(stored_item const& of, trouble_record const& record);
  std::uint64_t paused_states();
  void set_run(std::int64_t run) noexcept { history_.set_run(run); }
  bool keeps_history() const noexcept { return history_.writes(); }

  void verify();
  void roll_back() noexcept;
  // See store::begin_batch().
  void begin_batch() noexcept {
    history_.begin_batch();
    children_.begin_batch();
  }
  void commit();

  // `now`: receives what the row holds if it did not move; null if not wanted.
  transition_result apply(std::size_t row, item_view from, event_view const& event, bool has_nan, also_run const& also,
                          stored_row* now);

  // Within a transaction: the children of this item have all ended. `parent`: its id among those that have children.
  void gather(std::int64_t parent, std::string_view key, std::int64_t life);
  // Within a transaction: fires the event that a gather_rule has made.
  void apply_gathered(std::size_t row, item_view from, event_view const& event);
  std::vector<seen_children> children_of(stored_item const& parent);
  // For items whose children have ended unseen: moved by other programs, or by a process that has no store of this table. How
  // many were told.
  std::size_t gather_all();

  // False also where the table is the user's, who alone inserts there.
  bool insert(std::string_view key);
  bool insert(std::string_view key, stored_time start_at);

  // All in one transaction, or in a part of the open one that is undone alone. How many were new.
  std::size_t insert_many(key_range keys);
  std::size_t insert_from(sql_statement const& query);

  // See tick_store.hpp.
  std::optional<stored_time> last_tick(std::string_view schedule);
  std::optional<std::size_t> advance_ticks(tick_advance const& step);
  bool forget_ticks(std::string_view schedule);

  // Of pawl's own table: see store::remove_finished().
  std::size_t remove_finished(std::chrono::nanoseconds older, std::size_t limit);
  std::size_t remove_history(std::chrono::nanoseconds older, std::size_t limit);

  // Items of one page. `after` is advanced to the last row, where the next page starts.
  std::vector<stored_item> runnable(std::size_t state, row_mark& after, std::size_t limit);

  item_page<listed_row, row_mark> list(item_filter const& which, row_mark after);
  bool note(item_view of, trouble_record const& record);
  bool release(std::string_view key, std::string_view by);
  // False if it was so already.
  bool pause(std::size_t state, std::string_view by);
  bool resume(std::size_t state, std::string_view by);
  void cut_delays(stored_time latest);
  bool changed_elsewhere();

  // A run calls it when it owns the store: from now on nobody takes the table over.
  void sweep_leftovers();
  std::string warning_when_keyed() const;
  std::string warning_when_shared() const;

  // Fills in the number of rows for each move in `done`.
  void migrate(std::vector<migrated_state>& done, std::size_t const* states, migration how);

 private:
  transition_result move(std::size_t row, item_view from, event_view const& event, bool has_nan, stored_row* now);
  [[noreturn]] PAWL_NOINLINE void fail_naming(store_error const& e, std::string_view part, std::size_t row,
                                              item_view of) const;
  void run(also_run const& also, std::size_t row, item_view moved);
  transition_result apply_alone(std::size_t row, item_view from, event_view const& event, bool has_nan,
                                also_run const& also, stored_row* now);
  transition_result apply_within(std::size_t row, item_view from, event_view const& event, bool has_nan,
                                 also_run const& also, stored_row* now);

  // ---- children: within a transaction ----

  // Makes the tables if this store's items wait for children. True if it has.
  bool begin_gathering();
  // After an item has moved, and all that belongs to its transition is written.
  void settle(std::size_t row, item_view from, transition_result const& moved);
  void tell_parents(item_view child, ending how);
  bool gather(std::optional<std::int64_t> parent, item_view it);
  bool fire(gather_rule<store_body> const& rule, item_view it, gathered const& children);
  void gather_unseen();
  // An item that was parked because its table had refused what its children's end had to tell it.
  void gather_released(std::string_view key);
  std::size_t tell_all();

  // `insert(bulk_insert&)` returns how many.
  template <class Insert> std::size_t insert_bulk(Insert insert);
  // In the open transaction; what it has written is undone if it throws. `is_told`: a store_error is then thrown as
  // transition_undone.
  template <class Change> auto undone_alone(Change change, bool is_told = false);

  void add_release(std::string_view key, std::string_view by);
  // Of a statement that pauses or resumes a state: runs it, and tells the history.
  bool has_changed(statement& s, hand what, std::size_t state, std::string_view by);
  // What is kept for the key's row at the version that it has left.
  void forget(std::string_view key);
  // Runs in the open transaction, or in one of its own, committed if `change` returns true.
  template <class Change> bool write(Change change);

  [[noreturn]] void refuse_disorder();
  void refuse_present_state(std::string_view old_state) const;
  stored_time long_ago(std::chrono::nanoseconds older) const;

  database* db_;
  lifecycle_view const* lifecycle_;
  table_use shared_;
  bool gathers_later_ = false;      // gather_unseen() has met a lock
  std::int64_t seen_version_ = -1;  // last data_version seen by changed_elsewhere()
  Layout layout_;
  former_keys former_;
  history_table history_;
  child_table children_;
  std::span<gather_rule<store_body> const> rules_;
  gatherer_entry entry_{};
  user_statements statements_{};
  statement paused_{};
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#ifndef PAWL_COMPILED
#include <pawl/sqlite/store_body_impl.hpp>
#include <pawl/sqlite/store_children_impl.hpp>
#endif

#endif
