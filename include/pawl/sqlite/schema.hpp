// The requirements on a table that pawl maps onto, checked when the store is opened.
#ifndef PAWL_SQLITE_SCHEMA_HPP
#define PAWL_SQLITE_SCHEMA_HPP

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/key_comparison.hpp>
#include <pawl/sqlite/mapping_view.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// Column affinity: how SQLite converts values stored in a column (sqlite.org/datatype3.html, section 3.1). In a STRICT
// table ANY keeps each value as it is, like blob; in any other it is a word like any other, and makes numbers of text.
enum class affinity : std::uint8_t { text, blob, integer, real, numeric };

affinity affinity_of(std::string declared, bool strict = false);

// A column's declared type.
struct column_type {
  affinity is = affinity::blob;
  bool rejects_others = false;  // in a STRICT table, unless it is ANY

  column_type(affinity a, bool rejects = false) : is(a), rejects_others(rejects) {}
  column_type(std::string const& declared, bool strict)
      : is(affinity_of(declared, strict)), rejects_others(strict && affinity_of(declared) != affinity::numeric) {}
};

// True if a field read back from a column of this type equals what was written: text '007' would come back from an
// INTEGER column as 7, and a double from a TEXT column with 15 digits.
inline bool survives(field_kind kind, column_type type) {
  affinity const a = type.is;
  switch (kind) {
    case field_kind::time:
      return !type.rejects_others || a == affinity::text;
    case field_kind::text:
      return a == affinity::text || (a == affinity::blob && !type.rejects_others);
    case field_kind::integer:
      return type.rejects_others ? a == affinity::integer || a == affinity::text : a != affinity::real;
    case field_kind::real:
      return type.rejects_others ? a == affinity::real : a != affinity::text;
    case field_kind::bytes:
      return !type.rejects_others || a == affinity::blob;
    case field_kind::cleared:
      break;
  }
  return true;
}

class table_inspector {
 public:
  table_inspector(database& db, std::string_view table);

  table_inspector(table_inspector const&) = delete;
  table_inspector& operator=(table_inspector const&) = delete;

  // Throws store_error (refused), naming the column, its type, what is written to it, and the remedy, if the table cannot
  // keep what a store of this mapping writes. A CHECK, which may refuse a single value, is no reason.
  // Otherwise returns how keys are compared.
  key_comparison check(mapping_view const& mapping);

  bool compares_as_bytes(std::string_view column) const { return same_name(find(column).collation, "BINARY"); }

  [[noreturn]] void refuse(parts why) const {
    fail(store_failure::refused, {"pawl: table ", table_, " in ", db_->path(), ": ", text(why)});
  }

 private:
  struct column_info {
    std::string name, type, collation;
    bool not_null = false, generated = false;
    std::int64_t place_in_key = 0;  // counted from 1; 0: not part of the primary key
  };

  key_comparison check_key(std::string_view name);
  void check_state(std::string_view name, lifecycle_view const& lifecycle);
  void check_version(std::string_view name);
  void check_column(written_column const& written);
  // `what`: who writes the column, and what.
  void check_writable(column_info const& c, std::string_view what);

  // Reads all columns in one query, because every opening of a store waits for it.
  void read_columns();
  column_info const* look_up(std::string_view column) const;
  column_info const& find(std::string_view column) const;
  column_type type_of(column_info const& c) const { return {c.type, strict_}; }
  // For messages: "column c is declared INT in a STRICT table".
  std::string declared(column_info const& c) const;
  // A sole INTEGER PRIMARY KEY column is the rowid itself and has no index; declared DESC it is another column.
  bool is_rowid(column_info const& c);
  // The collation of the best index that makes the column unique: BINARY, else the column's own; empty: there is none.
  std::string unique_by(column_info const& c);

  database* db_;
  std::string table_;
  bool strict_ = false;
  std::vector<column_info> columns_{};
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#ifndef PAWL_COMPILED
#include <pawl/sqlite/schema_impl.hpp>
#endif

#endif
