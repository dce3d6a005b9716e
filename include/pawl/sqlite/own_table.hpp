// A lifecycle's items in a table of pawl's own: narrow, updated by id, with the latest of each event beside the item.
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
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/dictionary.hpp>
#include <pawl/sqlite/fixed_array.hpp>
#include <pawl/sqlite/shared_table.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/sqlite/trouble_table.hpp>
#include <pawl/store/mistake.hpp>
#include <pawl/store/record.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/table.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// The table is called as the lifecycle is; names that begin with pawl_ or sqlite_ are taken.
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

// The SQL function pawl_record(data, event, fields): `data` with the event's latest fields in it. In the UPDATE itself,
// so that nothing is read before it.
void record_event(sqlite3_context* context, int, sqlite3_value** values);
void register_record(database& db);

// An event as this layout writes it.
struct event_bytes {
  void const* event;
  void (*write)(std::string& bytes, void const* event);  // its fields
};
template <class Event> void write_event(std::string& bytes, void const* event) {
  pawl::detail::write_fields(bytes, *static_cast<Event const*>(event));
}
template <class Event> bool read_event(std::string_view bytes, void* event) {
  return pawl::detail::read_fields(bytes, *static_cast<Event*>(event));
}

// One of the two layouts of a store (the other is mapped_table). Everything but move() and insert() only reads.
class own_table {
 public:
  using event_view = event_bytes;

  // Makes the table where it is absent, and refuses one that it cannot trust.
  own_table(database& db, shared_table& shared, lifecycle_view const& lifecycle);

  lifecycle_change& change() noexcept { return dictionary_.change(); }
  lifecycle_change const& change() const noexcept { return dictionary_.change(); }
  trouble_table& troubles() noexcept { return troubles_; }

  // The guarded UPDATE of a row of the lifecycle.
  transition_result move(std::size_t row, item_view from, event_bytes const& event);

  // False: there is an item of this key.
  bool insert(std::string_view key);

  stored_row get(std::string_view key);

  // What the event of this name recorded. False: nothing.
  bool recorded(std::string_view key, std::string_view event, void* into, bool (*read)(std::string_view, void*));

  std::vector<stored_item> runnable(std::size_t state, std::int64_t after_row, std::size_t limit);

  // Adds to the count of each state.
  void count_items(std::span<std::size_t> counts);
  std::size_t unrecognised();

  std::string_view table_name() const noexcept { return lifecycle_->name; }
  bool pages_by_row() const noexcept { return true; }

  // How many rows are in a state that the lifecycle had once.
  std::size_t count_in(std::string_view old_state);
  // Inside of a transaction. Moves these rows; the old name is forgotten.
  std::size_t move_rows(std::string_view old_state, std::size_t to);

 private:
  number code(std::size_t state) const noexcept { return number(lifecycle_->state_codes[state]); }
  statement prepare(parts sql) { return db_->prepare(text(sql)); }
  // An item that is back in its initial state has recorded nothing since.
  bool records(row const& changed) const noexcept {
    return changed.to != lifecycle_->initial && lifecycle_->event_has_fields[changed.event];
  }

  trouble_table open(shared_table& shared);
  void make_table();
  std::string update_sql(row const& changed) const;

  static std::span<std::byte const> as_bytes(std::string_view bytes) {
    return {reinterpret_cast<std::byte const*>(bytes.data()), bytes.size()};
  }
  // Microseconds since the epoch.
  std::int64_t now() const {
    return std::chrono::floor<std::chrono::microseconds>(db_->now().time_since_epoch()).count();
  }
  std::int64_t find_row(std::string_view key);

  database* db_;
  lifecycle_view const* lifecycle_;
  dictionary dictionary_;
  std::string table_;  // quoted: `order` is a word of SQL
  trouble_table troubles_;
  std::string fields_{};            // of the event that is being applied
  fixed_array<statement> updates_;  // by the lifecycle's rows
  statement find_{}, get_{}, runnable_{}, recorded_{}, insert_{};
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#ifndef PAWL_COMPILED
#include <pawl/sqlite/own_table_impl.hpp>
#endif

#endif
