// The troubles of one table's items, in pawl_trouble: a row for each item that is delayed, parked or in doubt.
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
#include <pawl/sqlite/dictionary.hpp>
#include <pawl/sqlite/shared_table.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

using pawl::detail::item_view;
using pawl::detail::stored_item;
using pawl::detail::stored_row;
using pawl::detail::transition_result;

// A table of items and its columns: names that are constants of the program, and are put between brackets in SQL.
struct items_sql {
  std::string_view table;
  std::string_view row;  // not between brackets
  std::string_view key, state, version;
  states_kept_as kept;
};

struct troubled_row {
  stored_item item;
  trouble_record record;
};

// A record counts only while its version is that of the row: whoever moves the item ends it, also one who does not know
// of it. While the table of troubles holds nothing of these items, nothing is asked of it.
class trouble_table {
 public:
  trouble_table(database& db, shared_table& shared, lifecycle_view const& lifecycle, items_sql items);
  trouble_table(trouble_table const&) = delete;
  trouble_table(trouble_table&&) = default;
  trouble_table& operator=(trouble_table const&) = delete;
  trouble_table& operator=(trouble_table&&) = default;

  // Inside of a transaction: the item was moved.
  void forget(std::string_view key);
  // Inside of a transaction. False: see run_port.
  bool note(item_view of, trouble_record const& record);
  // Inside of a transaction. False: there is no record of this key.
  bool release(std::string_view key);

  std::optional<trouble_record> find(std::string_view key, std::int64_t version);
  std::vector<stored_item> due(stored_time now, std::size_t limit);
  std::optional<stored_time> next_due(stored_time after, delayed_by who);
  // Inside of a transaction, unless there is nothing to cut.
  bool has_delays_beyond(stored_time latest) { return next_due(latest, delayed_by::runs).has_value(); }
  void cut_delays(stored_time latest);
  std::vector<troubled_row> parked(std::size_t limit);
  trouble_counts count();

  bool may_have_some() const noexcept { return shared_->any_troubles; }
  // Brings that up to date with other processes.
  void look() { any(); }
  // After a rollback, which may have brought one back.
  void assume_some() noexcept { shared_->any_troubles = true; }

 private:
  // Whether there may be any record of these items. Others in this process say so; other processes are asked.
  bool any();
  static constexpr std::string_view record_columns =
      "p.attempts,p.recoveries,p.next_at,p.since,p.parked,p.in_doubt,p.run,p.last_error";
  void prepare(statement& s, parts sql) {
    if (!s) s = db_->prepare(text(sql));
  }
  std::string item_columns() const {
    return text({"t.", items_.row, ",t.[", items_.key, "],t.[", items_.version, "],t.[", items_.state, "]"});
  }
  // The records that count, with their items. CROSS: SQLite keeps to this order, and the items are found by their key.
  std::string joined() const;
  static std::string_view delayed();
  std::string in_step_states() const;
  std::string note_sql() const;
  std::string of_this_item() const;

  bool forget(item_view of, trouble_record const& empty);
  bool is_current(item_view of);
  void bind_state(statement& s, int parameter, std::size_t state) const;
  static void bind_time(statement& s, int parameter, std::optional<stored_time> time);
  static std::optional<stored_time> read_time(statement const& s, int column);
  // Its state is state_count() where the lifecycle does not know it.
  stored_item read_item(statement const& s) const;
  static trouble_record read_record(statement const& s, int first);

  database* db_;
  shared_table* shared_;
  lifecycle_view const* lifecycle_;
  items_sql items_;
  statement forget_{}, note_{}, find_{}, due_{}, next_{}, next_of_runs_{};
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#ifndef PAWL_COMPILED
#include <pawl/sqlite/trouble_table_impl.hpp>
#endif

#endif
