// Hands over the items of pawl's own table, so that a store of another kind can take them as they are.
#ifndef PAWL_SQLITE_TABLE_EXPORT_HPP
#define PAWL_SQLITE_TABLE_EXPORT_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/items_sql.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/store/item_export.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// Holds the table as a sole run would, and the database's write lock in a transaction: all pages are of one moment. An item
// that a process died with is handed over with that death counted, as the next run would count it. Destroyed before retire(),
// it leaves the database as it was, and the journal of a process that died always.
class table_export {
 public:
  // Throws error "run.owned" while a run owns the table; store_error `misuse` within a transaction or if the database was
  // opened read-only, `busy` if another process holds the lock, `not_applied` if the database is poisoned.
  table_export(database& db, lifecycle_view const& lifecycle, items_sql const& items, owner_handle owner);
  table_export(table_export const&) = delete;
  table_export& operator=(table_export const&) = delete;
  ~table_export();

  export_facts const& facts() const noexcept { return facts_; }
  std::vector<exported_item> next_page(std::size_t limit);
  void check_unchanged() const;
  void retire(std::string_view to);

 private:
  void begin();
  void look();
  std::int64_t number_of(std::string_view sql);
  std::string first_text(std::string_view sql);
  std::string obstacle();
  std::string obstacle_of_links();
  exported_item read_item();
  bool was_written() const;
  int changes() const;
  void end() noexcept;

  database* db_;
  lifecycle_view const* lifecycle_;
  items_sql const* items_;
  owner_handle owner_;
  export_facts facts_{};
  statement page_{};
  std::int64_t after_ = -1;
  int changes_before_ = 0;
  bool knows_of_deaths_ = false;
  bool is_open_ = false;
};

// Throws store_error (refused) if the table was retired. `table`: its name.
void refuse_retired(database& db, std::string_view table);

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#ifndef PAWL_COMPILED
#include <pawl/sqlite/table_export_impl.hpp>
#endif

#endif
