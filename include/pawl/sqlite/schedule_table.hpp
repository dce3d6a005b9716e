// The table in which a database keeps up to where each schedule's ticks are settled (tick_store.hpp). Made when the first
// schedule begins.
#ifndef PAWL_SQLITE_SCHEDULE_TABLE_HPP
#define PAWL_SQLITE_SCHEDULE_TABLE_HPP

#include <optional>
#include <string_view>
#include <vector>

#include <pawl/sqlite/database.hpp>
#include <pawl/store/item_export.hpp>
#include <pawl/store/tick_store.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

//   pawl_schedule   One row for each schedule of a table of items: its name, and `last_tick`, in nanoseconds.
class schedule_table {
 public:
  // `table`: of the items; lives as long as this.
  schedule_table(database& db, std::string_view table) : db_(&db), table_(table) {}

  std::optional<stored_time> last_tick(std::string_view schedule);
  // Within a transaction. False, and nothing is written, if the record is not at `from`.
  bool advance(tick_advance const& step);
  bool forget(std::string_view schedule);
  std::vector<exported_schedule> all();

 private:
  bool is_there();
  bool changes(std::string_view sql, std::string_view schedule, std::optional<stored_time> to,
               std::optional<stored_time> from);

  database* db_;
  std::string_view table_;
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#ifndef PAWL_COMPILED
#include <pawl/sqlite/schedule_table_impl.hpp>
#endif

#endif
