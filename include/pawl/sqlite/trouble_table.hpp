// The trouble records of one table's items, in pawl_trouble: one row per delayed, parked or in-doubt item.
#ifndef PAWL_SQLITE_TROUBLE_TABLE_HPP
#define PAWL_SQLITE_TROUBLE_TABLE_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
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
#include <pawl/store/item_page.hpp>
#include <pawl/store/item_query.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

using pawl::detail::item_filter;
using pawl::detail::item_view;
using pawl::detail::listed_row;
using pawl::detail::stored_item;
using pawl::detail::stored_row;
using pawl::detail::transition_result;

// A record is valid only while its version and life equal the row's: every transition ends it, even one made by a program
// that does not know about records, and no row inherits that of a deleted predecessor. If pawl_trouble has no rows for these items, it is not queried.
class trouble_table {
 public:
  trouble_table(database& db, shared_table& shared, lifecycle_view const& lifecycle, items_sql items);
  trouble_table(trouble_table const&) = delete;
  trouble_table(trouble_table&&) = default;
  trouble_table& operator=(trouble_table const&) = delete;
  trouble_table& operator=(trouble_table&&) = default;

  // Within a transaction, after the item has moved.
  void forget(std::string_view key);
  // The same for each row of pawl's own table with a higher id, of which there are so many.
  void forget_after(std::int64_t id, std::size_t rows);
  // Within a transaction. False: see has_note in run_port.hpp.
  bool note(item_view of, trouble_record const& record);
  // Within a transaction. False if there is no record with this key.
  bool release(std::string_view key);

  std::optional<trouble_record> find(std::string_view key, std::int64_t version, std::int64_t life);
  std::vector<stored_item> due(stored_time now, delayed_by who, std::size_t limit);
  std::optional<stored_time> next_due(stored_time after, delayed_by who);
  // cut_delays() needs a transaction; skip both if this is false.
  bool has_delays_beyond(stored_time latest) { return next_due(latest, delayed_by::runs).has_value(); }
  void cut_delays(stored_time latest);
  // Items with or without a record, in the order of their rows.
  item_page<listed_row, row_mark> list(item_filter const& which, row_mark after);
  trouble_counts count();

  // ---- parts of a query of the items t with their records p, and what it answers ----

  // Row number, key, version, state as it is stored, life.
  std::string item_columns() const {
    return text({"t.", items_.row, ",t.[", items_.key, "],t.[", items_.version, "],t.[", items_.state, "],",
                 items_.life.sql("t")});
  }
  static constexpr std::string_view record_columns =
      "p.attempts,p.recoveries,p.next_at,p.since,p.parked,p.in_doubt,p.run,p.last_error";
  static trouble_record read_record(statement const& s, int first);
  // " FROM .. WHERE ..", to which conditions can be added: the items that have a record of this kind, or all, with or without.
  std::string rows_with(std::optional<trouble_is> kind) const;
  // The same, for the items that have any record. CROSS JOIN makes SQLite keep this order: records first, then items by key.
  std::string joined() const;
  // A condition: the row is one that a store can move. Its version is an integer, and its key a text or an integer.
  std::string usable() const;

  items_sql const& items() const noexcept { return items_; }
  bool may_have_some() const noexcept { return shared_->any_troubles; }
  // Refreshes may_have_some() from what other processes committed.
  void look() { any(); }
  // Call after a rollback, which may have restored a record.
  void assume_some() noexcept { shared_->any_troubles = true; }

 private:
  // True if there may be a record of these items. Stores in this process share a flag; for other processes it queries
  // the database.
  bool any();
  void prepare(statement& s, parts sql) {
    if (!s) s = db_->prepare(text(sql));
  }
  static std::string_view delayed();
  static std::string_view by(delayed_by who);
  std::string note_sql() const;
  std::string of_this_item() const;
  std::string list_sql(item_filter const& which) const;

  bool forget(item_view of, trouble_record const& empty);
  bool is_current(item_view of);
  void bind_state(statement& s, int parameter, std::size_t state) const;
  static void bind_time(statement& s, int parameter, std::optional<stored_time> time);
  static std::optional<stored_time> read_time(statement const& s, int column);
  // The state is state_count() if the lifecycle does not know it.
  stored_item read_item(statement const& s) const;

  database* db_;
  shared_table* shared_;
  lifecycle_view const* lifecycle_;
  items_sql items_;
  statement forget_{}, note_{}, find_{};
  statement due_[3]{}, next_[3]{};  // by delayed_by
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#ifndef PAWL_COMPILED
#include <pawl/sqlite/trouble_table_impl.hpp>
#endif

#endif
