// A lifecycle's items in a table that somebody else owns: what the store does there, as SQLite statements.
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
#include <pawl/sqlite/mapping_view.hpp>
#include <pawl/sqlite/schema.hpp>
#include <pawl/sqlite/shared_table.hpp>
#include <pawl/sqlite/sql.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/sqlite/trouble_table.hpp>
#include <pawl/store/column.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/utc_text.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// An event as this layout writes it.
struct event_columns {
  void const* event;
  void (*bind)(statement& s, int first_parameter, void const* event);  // its fields
};
template <class Table, class Event> void bind_event(statement& s, [[maybe_unused]] int parameter, void const* event) {
  [[maybe_unused]] auto const& fields = *static_cast<Event const*>(event);
  pawl::detail::each_set<Table, Event>([&](auto const& entry) { s.bind(parameter++, fields.*entry.field); });
}
// From the columns that the event is mapped to. False: one of them holds something else.
template <class Table, class Event> bool read_event_columns(statement const& s, void* into) {
  auto& event = *static_cast<Event*>(into);
  int column = 0;
  bool whole = true;
  pawl::detail::each_set<Table, Event>(
      [&](auto const& entry) { whole = s.read(column++, event.*entry.field) && whole; });
  return whole;
}

// One of the two layouts of a store (the other is own_table). Everything but move() only reads.
class mapped_table {
 public:
  using event_view = event_columns;

  mapped_table(database& db, shared_table& shared, mapping_view const& mapping);

  lifecycle_change& change() noexcept { return dictionary_.change(); }
  lifecycle_change const& change() const noexcept { return dictionary_.change(); }
  trouble_table& troubles() noexcept { return troubles_; }

  // The guarded UPDATE of a row of the lifecycle. The moved row's locator may be 0: not known.
  transition_result move(std::size_t row, item_view from, event_columns const& event);

  stored_row get(std::string_view key);

  // What the event's columns hold. False: they do not hold such an event.
  bool recorded(std::string_view key, std::size_t event, std::string_view sql, void* into,
                bool (*read)(statement const&, void*));

  std::vector<stored_item> runnable(std::size_t state, std::int64_t after_row, std::size_t limit);

  // Adds to the count of each state.
  void count_items(std::span<std::size_t> counts);
  std::size_t unrecognised();

  std::string_view table_name() const noexcept { return mapping_->names.table; }
  bool pages_by_row() const noexcept { return mapping_->names.priority.empty(); }

  // How many rows are in a state that the lifecycle had once.
  std::size_t count_in(std::string_view old_state);
  // Inside of a transaction. Moves these rows; the old name is forgotten.
  std::size_t move_rows(std::string_view old_state, std::size_t to);

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
  trouble_table open(shared_table& shared);
  static std::string in_brackets(std::string_view name) { return text({"[", name, "]"}); }
  statement prepare(parts sql) { return db_->prepare(text(sql)); }
  // Its index; state_count() for what is no state's name. Bytes that only look like one do not equal it in the UPDATE.
  std::size_t read_state(statement const& s, int column) const;

  database* db_;
  mapping_view const* mapping_;
  lifecycle_view const* lifecycle_;
  std::string table_, state_;
  dictionary dictionary_;
  trouble_table troubles_;
  utc_text now_{};
  fixed_array<update> updates_;      // by the lifecycle's rows
  fixed_array<statement> recorded_;  // by its events
  statement get_{}, runnable_{};
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#ifndef PAWL_COMPILED
#include <pawl/sqlite/mapped_table_impl.hpp>
#endif

#endif
