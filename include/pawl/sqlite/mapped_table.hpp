// The items of a lifecycle in a table that the user owns: the operations of a store as SQLite statements.
#ifndef PAWL_SQLITE_MAPPED_TABLE_HPP
#define PAWL_SQLITE_MAPPED_TABLE_HPP

#include <cstddef>
#include <cstdint>
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
#include <pawl/sqlite/key_comparison.hpp>
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

// An event in the form that this layout writes.
struct event_columns {
  void const* event;
  void (*bind)(statement& s, int first_parameter, void const* event);  // binds its fields
};
template <class Table, class Event> void bind_event(statement& s, [[maybe_unused]] int parameter, void const* event) {
  [[maybe_unused]] auto const& fields = *static_cast<Event const*>(event);
  pawl::detail::each_set<Table, Event>([&](auto const& entry) { s.bind(parameter++, fields.*entry.field); });
}
// Reads an event from the columns it is mapped to. False if a column holds NULL or a value that does not fit.
template <class Table, class Event> bool read_event_columns(statement const& s, void* into) {
  auto& event = *static_cast<Event*>(into);
  int column = 0;
  bool whole = true;
  pawl::detail::each_set<Table, Event>(
      [&](auto const& entry) { whole = s.read(column++, event.*entry.field) && whole; });
  return whole;
}

// One of a store's two layouts (the other is own_table). Only move() and move_rows() write.
class mapped_table {
 public:
  using event_view = event_columns;

  mapped_table(database& db, shared_table& shared, mapping_view const& mapping);

  mapped_table(mapped_table const&) = delete;
  mapped_table(mapped_table&&) = default;
  mapped_table& operator=(mapped_table const&) = delete;
  mapped_table& operator=(mapped_table&&) = default;
  ~mapped_table();

  lifecycle_change& change() noexcept { return dictionary_.change(); }
  lifecycle_change const& change() const noexcept { return dictionary_.change(); }
  trouble_table& troubles() noexcept { return troubles_; }
  items_sql const& items() const noexcept { return troubles_.items(); }

  // The guarded UPDATE for one row of the lifecycle's table. The result's locator may be 0, meaning unknown.
  transition_result move(std::size_t row, item_view from, event_columns const& event);

  stored_row get(std::string_view key);

  // Reads back the event's columns. False if they do not hold such an event.
  bool recorded(item_view of, std::size_t event, std::string_view sql, void* into,
                bool (*read)(statement const&, void*));

  std::vector<stored_item> runnable(std::size_t state, row_mark after, std::size_t limit);

  // Adds the number of items in each state to `counts`.
  void count_items(std::span<std::size_t> counts);
  std::size_t unrecognised();

  std::string_view table_name() const noexcept { return mapping_->names.table; }
  bool pages_by_row() const noexcept { return mapping_->names.priority.empty(); }

  // Number of rows in a state that the lifecycle no longer has.
  std::size_t count_in(std::string_view old_state);
  std::int64_t code_of(std::string_view) const noexcept { return 0; }  // its states have names alone
  // Within a transaction. Moves these rows and removes the old state from the dictionary.
  std::size_t move_rows(std::string_view old_state, std::size_t to);

 private:
  // The UPDATE of one lifecycle row. If the table's CHECKs depend on the state alone, they run only until they have
  // passed once.
  struct update {
    statement checked{}, unchecked{};
    bool met_checks = false;
    int life_parameter = 0;  // 0: the table's rows have no lives

    void prepare(database& db, std::string_view sql, bool once) {
      checked = db.prepare(sql);
      if (once) unchecked = db.prepare_without_checks(sql);
    }
    statement& current() noexcept {
      return /*mutant check_met_first: OFF && unchecked ||*/ met_checks && unchecked ? unchecked : checked;
    }
  };

  // How keys and states are compared, which the statements say.
  struct comparisons {
    key_comparison keys{};
    bool states_as_bytes = true;  // the column's own collation does

    friend bool operator==(comparisons const&, comparisons const&) = default;
  };

  // Checks the user's table before writing anything: a refused database is left unchanged.
  trouble_table open(shared_table& shared);
  // Throws store_error (refused) if the table does not fit.
  comparisons check_table();
  // When its schema has changed: an index may be gone without which the statements still run, but no longer find one row
  // for a key.
  void check_table_again();
  // Within a catch block, after a transition of this lifecycle row has failed. If the table's CHECKs depend on the state
  // alone, they refuse that transition to every item: throws store_error (refused) then.
  void refuse_forbidden_state(std::size_t row, store_error const& e);
  row_life const& life() const noexcept { return items().life; }
  // The compiled-in query, with the life of its rows before the other columns.
  statement prepare_with_life(std::string_view select);
  static std::string in_brackets(std::string_view name) { return text({"[", name, "]"}); }
  statement prepare(parts sql) { return db_->prepare(text(sql)); }
  // The guarded UPDATE of one lifecycle row.
  std::string update_sql(std::size_t row) const;
  // Index of the state; state_count() if the value names no state. A BLOB with the same bytes does not count: the
  // UPDATE would not match it.
  std::size_t read_state(statement const& s, int column) const;

  database* db_;
  mapping_view const* mapping_;
  lifecycle_view const* lifecycle_;
  std::string table_, state_;
  comparisons compared_{};
  dictionary dictionary_;
  trouble_table troubles_;
  utc_text now_{};
  fixed_array<update> updates_;      // indexed by lifecycle row
  fixed_array<statement> recorded_;  // indexed by event
  statement get_{}, runnable_{};
  int compiled_again_ = 0;  // how often `runnable_` was, at the last look
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#ifndef PAWL_COMPILED
#include <pawl/sqlite/mapped_table_impl.hpp>
#endif

#endif
