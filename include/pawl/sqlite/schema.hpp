// The requirements on a table that pawl maps onto, checked when the store is opened.
#ifndef PAWL_SQLITE_SCHEMA_HPP
#define PAWL_SQLITE_SCHEMA_HPP

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <sqlite3.h>

#include <pawl/error.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/mapping_view.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/store/column.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// Column affinity: how SQLite converts values stored in a column (sqlite.org/datatype3.html, section 3.1).
enum class affinity : std::uint8_t { text, blob, integer, real, numeric };

affinity affinity_of(std::string declared);

// True if a field read back from a column of this affinity equals what was written: text '007' would come back from an
// INTEGER column as 7, and a double from a TEXT column with 15 digits.
constexpr bool survives(field_kind kind, affinity a) {
  switch (kind) {
    case field_kind::text:
      return a == affinity::text || a == affinity::blob;
    case field_kind::integer:
      return a != affinity::real;
    case field_kind::real:
      return a != affinity::text;
    case field_kind::bytes:
    case field_kind::none:
      break;
  }
  return true;
}

class table_inspector {
 public:
  table_inspector(database& db, std::string_view table);

  table_inspector(table_inspector const&) = delete;
  table_inspector& operator=(table_inspector const&) = delete;

  // The key must be unique, or one transition would move several rows; the version column must not be NULL.
  void check_names(names const& n);
  void check_column(written_column const& written);

  [[noreturn]] void refuse(parts why) const {
    fail(store_failure::refused, {"pawl: table ", table_, " in ", db_->path(), ": ", text(why)});
  }

 private:
  struct column_info {
    std::string name, type;
    bool not_null = false;
    std::int64_t place_in_key = 0;  // counted from 1; 0: not part of the primary key
  };

  // Reads all columns in one query, because every opening of a store waits for it.
  void read_columns();
  column_info const* look_up(std::string_view column) const;
  column_info const& find(std::string_view column) const;
  // A sole INTEGER PRIMARY KEY column is the rowid itself and has no index.
  bool is_rowid(column_info const& c) const;
  bool has_unique_index(std::string_view column);

  database* db_;
  std::string table_;
  std::vector<column_info> columns_{};
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#ifndef PAWL_COMPILED
#include <pawl/sqlite/schema_impl.hpp>
#endif

#endif
