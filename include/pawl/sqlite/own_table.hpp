// The items of a lifecycle in a table that pawl creates: narrow, updated by rowid, with the latest event of each type.
#ifndef PAWL_SQLITE_OWN_TABLE_HPP
#define PAWL_SQLITE_OWN_TABLE_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sqlite3.h>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/fsm/type_list.hpp>
#include <pawl/sqlite/bulk_insert.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/dictionary.hpp>
#include <pawl/sqlite/fixed_array.hpp>
#include <pawl/sqlite/items_sql.hpp>
#include <pawl/sqlite/records.hpp>
#include <pawl/sqlite/row_life.hpp>
#include <pawl/sqlite/shared_table.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/sqlite/trouble_table.hpp>
#include <pawl/store/item_page.hpp>
#include <pawl/store/mistake.hpp>
#include <pawl/store/record.hpp>
#include <pawl/store/sql_statement.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/table.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// The table is named after the lifecycle. Names that begin with pawl_ or sqlite_ are reserved.
template <class L> constexpr bool is_own_table_name() {
  constexpr std::string_view name = lifecycle_name<L>();
  return pawl::detail::is_sql_identifier(name) && name.size() <= 58 && !name.starts_with("pawl_") &&
         !name.starts_with("sqlite_");
}
template <class L> constexpr bool check_own_table() {
  if constexpr (!is_own_table_name<L>())
    return mistake::lifecycle_name_is_no_table<L>();
  else
    return pawl::detail::check_all_recordable(events_of<L>{});
}

// The SQL function pawl_record(data, event, fields) returns `data` with the event's latest fields stored in it. As part
// of the UPDATE it saves a SELECT beforehand.
void record_event(sqlite3_context* context, int, sqlite3_value** values);
void register_record(database& db);

// An event in the form that this layout writes.
struct event_bytes {
  void const* event;
  void (*write)(std::string& bytes, void const* event);  // appends its fields
};
template <class Event> void write_event(std::string& bytes, void const* event) {
  pawl::detail::write_fields(bytes, *static_cast<Event const*>(event));
}
template <class Event> bool read_event(std::string_view bytes, void* event) {
  return pawl::detail::read_fields(bytes, *static_cast<Event*>(event));
}

// One of a store's two layouts (the other is mapped_table). Only move(), insert(), move_rows() and what begin_bulk() gives write.
class own_table {
 public:
  using event_view = event_bytes;

  // Creates the table if it is missing. Throws store_error (refused) if one exists that pawl did not create.
  own_table(database& db, shared_table& shared, lifecycle_view const& lifecycle);

  own_table(own_table const&) = delete;
  own_table(own_table&&) = default;
  own_table& operator=(own_table const&) = delete;
  own_table& operator=(own_table&&) = default;
  ~own_table();

  lifecycle_change& change() noexcept { return dictionary_.change(); }
  lifecycle_change const& change() const noexcept { return dictionary_.change(); }
  trouble_table& troubles() noexcept { return troubles_; }
  items_sql const& items() const noexcept { return troubles_.items(); }

  // The guarded UPDATE for one row of the lifecycle's table.
  transition_result move(std::size_t row, item_view from, event_bytes const& event);

  // False if an item with this key exists.
  bool insert(std::string_view key);

  // Within a transaction, which is the caller's.
  bulk_insert begin_bulk() { return {*db_, table_, *lifecycle_, now()}; }
  bool finds_new(sql_statement const& query) { return bulk_insert::finds_new(*db_, table_, query); }

  stored_row get(std::string_view key);

  // Reads what the event with this name recorded. False if it recorded nothing.
  bool recorded(item_view of, std::string_view event, void* into, bool (*read)(std::string_view, void*));

  std::vector<stored_item> runnable(std::size_t state, row_mark after, std::size_t limit);

  // Adds the number of items in each state to `counts`.
  void count_items(std::span<std::size_t> counts);
  std::size_t unrecognised();

  std::string_view table_name() const noexcept { return lifecycle_->name; }
  bool pages_by_row() const noexcept { return true; }

  // Rows that have been in a goal or terminal state since before then, in their order; and the removal of one.
  std::vector<stored_item> finished(stored_time before, std::size_t limit);
  void remove(std::int64_t row);

  // Number of rows in a state that the lifecycle no longer has.
  std::size_t count_in(std::string_view old_state);
  // The code of a state that the lifecycle no longer has.
  std::int64_t code_of(std::string_view old_state);
  // Within a transaction. Moves these rows and removes the old state from the dictionary.
  std::size_t move_rows(std::string_view old_state, std::size_t to);

 private:
  number code(std::size_t state) const noexcept { return number(lifecycle_->state_codes[state]); }
  statement prepare(parts sql) { return db_->prepare(text(sql)); }
  // A transition back to the initial state clears what was recorded.
  bool records(row const& changed) const noexcept {
    return changed.to != lifecycle_->initial && lifecycle_->event_has_fields[changed.event];
  }

  trouble_table open(shared_table& shared);
  void make_table();
  void keep_ids_unique();
  void begin_ids_anywhere();
  std::string update_sql(row const& changed) const;

  static std::span<std::byte const> as_bytes(std::string_view bytes) {
    return {reinterpret_cast<std::byte const*>(bytes.data()), bytes.size()};
  }
  // Microseconds since the Unix epoch.
  std::int64_t now() const {
    return std::chrono::floor<std::chrono::microseconds>(db_->now().time_since_epoch()).count();
  }
  std::int64_t find_row(std::string_view key);

  database* db_;
  lifecycle_view const* lifecycle_;
  dictionary dictionary_;
  std::string table_;  // quoted: `order` is an SQL keyword
  trouble_table troubles_;
  std::string fields_{};            // of the event being applied; reused to save allocations
  fixed_array<statement> updates_;  // indexed by lifecycle row
  statement find_{}, get_{}, runnable_{}, recorded_{}, insert_{}, remove_{};
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#ifndef PAWL_COMPILED
#include <pawl/sqlite/own_table_impl.hpp>
#endif

#endif
