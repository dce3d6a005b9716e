// The history of a table's items, in pawl_history (records.hpp): written if store_options::history says so.
#ifndef PAWL_SQLITE_HISTORY_TABLE_HPP
#define PAWL_SQLITE_HISTORY_TABLE_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/fixed_array.hpp>
#include <pawl/sqlite/history_rows.hpp>
#include <pawl/sqlite/items_sql.hpp>
#include <pawl/sqlite/shared_table.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/store/history_entry.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

using pawl::detail::hand;
using pawl::detail::item_view;

// Entries are appended, and no index finds them: one on the key would make each transition half as fast again, for what only
// people ask. So a key's are sought backwards from the newest, which ends at its first transition, unless pawl_by_hand says that
// an operator did something before.
class history_table {
 public:
  // Makes what is missing if it writes, in a transaction of its own; only then it takes the write lock.
  history_table(database& db, shared_table& shared, lifecycle_view const& lifecycle, std::string_view table,
                bool writes);
  history_table(history_table const&) = delete;
  history_table(history_table&&) = default;
  history_table& operator=(history_table const&) = delete;
  history_table& operator=(history_table&&) = default;

  bool writes() const noexcept { return writes_; }
  bool made_tables() const noexcept { return made_tables_; }
  // A store has been opened with a history of this table.
  bool is_kept();
  // Entries are from now on those of this run; 0: of none.
  void set_run(std::int64_t run) noexcept { run_ = run; }

  // Within the transaction of a transition, and before the record of the item's trouble is removed. `life`: that of the row.
  void add(std::size_t row, item_view from, std::int64_t life);
  // Until write_batch() or drop_batch() what add() adds is kept, for a transaction of many.
  void begin_batch() noexcept { shared_->history.is_batch = writes_; }
  void write_batch();
  void drop_batch() noexcept;
  // A part of the batch that may be undone alone: how much there is, and back to it.
  std::size_t kept() const noexcept { return shared_->history.size(); }
  void drop_after(std::size_t kept) noexcept { shared_->history.cut(kept); }
  // While it lives entries are written at once, as those of before are, for code that looks at them or undoes a part of them.
  class at_once {
   public:
    explicit at_once(history_table& of) : of_(&of), was_batch_(of.shared_->history.is_batch) { of.write_batch(); }
    at_once(at_once const&) = delete;
    at_once& operator=(at_once const&) = delete;
    ~at_once() { of_->shared_->history.is_batch = was_batch_; }

   private:
    history_table* of_;
    bool was_batch_;
  };
  // Within the transaction of a migration, and before its rows are moved: an entry for each, without an event.
  void add_moved(items_sql const& items, std::string_view old_state, std::int64_t old_code, std::size_t to);
  // Within the transaction of an operator's change, of an item that is in this state and stays there: see behalf_text().
  void add_by_hand(hand what, std::string_view state, item_view of, std::int32_t attempts, std::string_view told);
  // The same of what was done to a state or the table, to `number` rows. What goes on, as a trim in parts, has one entry.
  void add_of_table(pawl::detail::table_deed const& deed, std::size_t number = 0);

  // The newest of them, oldest first.
  std::vector<history_entry> of_table(std::size_t most);
  // The newest `most` of the row with this key, or of its latest one if there is none now; oldest first. Rows of one life follow
  // each other, and versions of a row only grow: an entry with a later version than those after it leave room for is of a row
  // before.
  std::vector<history_entry> of(items_sql const& items, std::string_view key, std::size_t most);
  // Within a transaction: removes at most `limit` of before then; how many.
  std::size_t remove(stored_time before, std::size_t limit);

 private:
  static constexpr std::int64_t none_by_hand = (std::numeric_limits<std::int64_t>::max)();
  bool is_there();
  bool has_hands();
  void make_tables();
  // What a change is.
  struct words {
    std::string_view from, event, to;
  };
  words words_of(std::size_t row) const;
  struct read_entry {
    std::int64_t life = 0, id = 0;
    history_entry entry{};
  };
  static constexpr std::string_view read_columns =
      "h.life,h.id,h.version,c.from_state,c.event,c.to_state,h.at,h.run,h.attempts,h.error";
  // What operators did to tables, with its end: a row b of pawl_by_hand, h and c.
  static constexpr std::string_view of_tables =
      " FROM pawl_by_hand AS b CROSS JOIN pawl_history AS h ON h.id=b.entry CROSS JOIN pawl_change AS c ON "
      "c.id=h.change "
      "WHERE b.key='' AND c.from_state=''";
  static read_entry read(statement const& s);
  // Of what operators did to rows with this key: its id, or the largest number.
  std::int64_t first_by_hand(std::string_view key);
  bool knows_changes();
  std::int64_t make_change(words const& of);
  void insert_by_hand(std::int64_t change, item_view of, std::int32_t attempts, std::string_view told);
  std::int64_t newest_of_table();
  statement insertion(std::string_view values) const;
  void add_after_trouble(history_rows::row entry);
  // Those of the batch, and none is left, also if it throws.
  void write_rows();
  void insert(statement& s, std::size_t first, std::size_t count, std::int64_t at);
  std::int64_t now() const { return stored_time(db_->now()).time_since_epoch().count(); }

  database* db_;
  shared_table* shared_;
  lifecycle_view const* lifecycle_;
  std::string_view table_;  // static storage
  bool writes_;
  bool made_tables_ = false;
  std::int64_t run_ = 0;
  fixed_array<std::int64_t> changes_;  // by lifecycle row: their numbers in pawl_change
  // A statement costs half as much as its row, so up to 32 rows share one.
  static constexpr std::array<std::size_t, 3> together{32, 8, 1};
  std::array<statement, together.size()> insertions_{};
  statement trouble_{}, by_hand_{}, find_by_hand_{};
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#ifndef PAWL_COMPILED
#include <pawl/sqlite/history_table_impl.hpp>
#endif

#endif
