// Whose children the items of a table are, and the children of its own items, in pawl_parent and pawl_child (records.hpp).
#ifndef PAWL_SQLITE_CHILD_TABLE_HPP
#define PAWL_SQLITE_CHILD_TABLE_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/fsm/gathered.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/items_sql.hpp>
#include <pawl/sqlite/shared_table.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/store/insertion.hpp>
#include <pawl/store/seen_children.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

using pawl::detail::item_table;
using pawl::detail::item_view;

// Whether an item in this state has ended, and how.
enum class ending : std::uint8_t { failed = 0, arrived = 1, none };
constexpr ending ending_of(role its) noexcept {
  return its == role::goal ? ending::arrived : its == role::terminal ? ending::failed : ending::none;
}

// The row of an item that has children, for as long as it lives.
struct parent_row {
  std::int64_t id = 0;
  std::string table{}, key{};
  std::int64_t life = 0;
};

class child_inserter;

// All within the caller's transaction. The two tables are made when the first child is; until then no item of the database has
// a parent, and nothing is queried. No row is written by all the children of one parent: each has its own.
class child_table {
 public:
  // `items`: of its table.
  child_table(database& db, shared_table& shared, items_sql const& items);
  child_table(child_table const&) = delete;
  child_table& operator=(child_table const&) = delete;
  ~child_table();

  // ---- as children ----

  // False: no item of this table is a child. Exact within a transaction that writes, whoever has committed before it.
  bool may_have_parents();
  // A transaction of many moves, in which nothing but this process's stores runs, asks the database once.
  void begin_batch() noexcept { is_batch_ = true; }
  void end_batch() noexcept { is_batch_ = has_looked_ = false; }
  // Of a child that has moved. The parents that had waited for it and wait for none of this table's items any more.
  std::vector<parent_row> note(item_view moved, ending how);

  // ---- as parents ----

  // Inserts items and makes them children of this one.
  void insert(item_view parent, insertion const& items);
  // The row of an item that has ever had children.
  std::optional<std::int64_t> parent_of(std::string_view key, std::int64_t life);
  // The same by the key of a row that is there.
  std::optional<std::int64_t> parent_of(items_sql const& parents, std::string_view key);
  bool waits_for(std::int64_t parent, std::string_view children);
  std::vector<seen_children> seen(std::int64_t parent);
  // Finds the parked ones among those that are missing.
  void see_parked(std::int64_t parent, seen_children& into);
  // The first `most` whose child this item is.
  std::vector<seen_parent> parents_of(items_sql const& items, std::string_view key, std::size_t most);
  gathered count(std::int64_t parent, std::string_view children);
  // What is known of its children; they themselves stay.
  void forget(std::int64_t parent);
  // The item's children have all ended, and no store of this table is open in this process to tell it.
  void leave_complete(std::int64_t parent);
  bool has_complete();
  // Parents of this table that another process has left so, from now on no more.
  std::vector<parent_row> take_complete();
  // Compares with the rows of the children themselves, which others may have moved or deleted: in this table of children, and
  // of parents whose row t is in a state to `wait`, a condition.
  void reconcile(items_sql const& parents, std::string_view wait, std::string_view children);
  // Removes what is known of parents whose rows are gone.
  void forget_gone(items_sql const& parents);
  bool exists();
  // Makes the tables. True if they were not there.
  bool make();

 private:
  void prepare(statement& s, std::string_view sql) {
    if (!s) s = db_->prepare(sql);
  }
  void look();
  void bind_child(statement& s, int parameter, item_view it) const;
  bool waits_for_others(std::int64_t parent, item_view than);
  std::int64_t make_parent(item_view parent);
  // A table of children as the database has recorded it, for its lifecycle's type is not known here.
  struct known_table {
    std::string name;      // in brackets
    std::string is_child;  // a condition: the row t is that of the child c
    std::string role;      // of the state that t is in
    std::string key, version;

    // Of the child c.
    std::string row() const { return " FROM " + name + " AS t WHERE " + is_child; }
  };
  std::optional<known_table> known(std::string_view children);
  static std::string row_of_parent(items_sql const& parents);

  database* db_;
  shared_table* shared_;
  std::string_view table_;  // static storage
  bool by_row_;             // its items are known by their rows, else by their keys
  bool exists_ = false, is_batch_ = false, has_looked_ = false;
  statement parents_{}, note_{}, next_{}, former_{}, waits_{}, complete_{}, count_{}, read_parent_{}, find_parent_{},
      make_parent_{};
  std::vector<std::unique_ptr<child_inserter>> inserters_{};
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#ifndef PAWL_COMPILED
#include <pawl/sqlite/child_table_impl.hpp>
#endif

#endif
