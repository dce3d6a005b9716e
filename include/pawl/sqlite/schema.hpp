// What a table must be like to be mapped onto, looked up when the store is opened.
#ifndef PAWL_SQLITE_SCHEMA_HPP
#define PAWL_SQLITE_SCHEMA_HPP

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/store/column.hpp>
#include <pawl/store/error.hpp>
#include <pawl/store/field.hpp>
#include <pawl/store/record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// What SQLite makes of values that are put into a column (datatype3.html, 3.1).
enum class affinity : std::uint8_t { text, blob, integer, real, numeric };

inline affinity affinity_of(std::string declared) {
  for (char& c : declared) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  auto const has = [&](char const* word) { return declared.find(word) != std::string::npos; };
  if (has("INT")) return affinity::integer;
  if (has("CHAR") || has("CLOB") || has("TEXT")) return affinity::text;
  if (declared.empty() || has("BLOB") || declared == "ANY") return affinity::blob;
  return has("REAL") || has("FLOA") || has("DOUB") ? affinity::real : affinity::numeric;
}

// Whether a field comes back from a column of this affinity as it went in: the text '007' would come back from an
// INTEGER column as 7, and a double from a TEXT column with 15 digits.
template <class Field> constexpr bool survives(affinity a) {
  if constexpr (pawl::detail::is_optional<Field>)
    return survives<typename Field::value_type>(a);
  else if constexpr (std::same_as<Field, std::string>)
    return a == affinity::text || a == affinity::blob;
  else if constexpr (pawl::detail::integer_like<Field>)
    return a != affinity::real;
  else if constexpr (std::floating_point<Field>)
    return a != affinity::text;
  else
    return true;
}

class table_inspector {
 public:
  table_inspector(database& db, std::string_view table) : db_(&db), table_(table) {
    statement s = db.prepare("SELECT type,wr FROM pragma_table_list WHERE schema='main' AND name=?1 COLLATE NOCASE");
    s.bind(1, table_);
    if (!s.step()) refuse("there is no such table");
    if (s.text(0) != "table") refuse("it is a " + std::string(s.text(0)) + " and not a table");
    if (s.integer(1) != 0) refuse("it is WITHOUT ROWID, and its pages could not be read in order");
    if (has_column("rowid"))
      refuse("a column of its own is called rowid, which hides the number of the row; rename it");
  }

  table_inspector(table_inspector const&) = delete;
  table_inspector& operator=(table_inspector const&) = delete;

  // The key must be unique, or one transition would move several rows; the version must be there.
  void check_names(names const& n) {
    column_info const key = find(n.key);
    find(n.state);
    column_info const version = find(n.version);
    affinity const kept_as = affinity_of(version.type);
    if (kept_as == affinity::text || kept_as == affinity::real)
      refuse("column " + std::string(n.version) + " is declared " + version.type +
             ", which would not keep it an integer; declare it INTEGER NOT NULL DEFAULT 0");
    if (!version.not_null)
      refuse("column " + std::string(n.version) + " may be NULL; declare it INTEGER NOT NULL DEFAULT 0");
    if (!n.changed_at.empty()) find(n.changed_at);
    if (!n.priority.empty()) find(n.priority);
    if (!is_rowid(key) && !has_unique_index(n.key))
      refuse("column " + std::string(n.key) + " is not unique, and it is to name one row");
  }
  template <class Entry> void check_entry(Entry const& entry) {
    pawl::detail::each_name(entry, [this](std::string_view column) { find(column); });
  }
  template <class Event, class Field> void check_entry(pawl::detail::set_column<Event, Field> const& entry) {
    if (!survives<Field>(affinity_of(find(entry.column).type)))
      refuse("column " + std::string(entry.column) + " is declared " + find(entry.column).type +
             ", which would change the values of the field that is mapped to it");
  }

  [[noreturn]] void refuse(std::string const& why) const {
    throw store_error(store_failure::refused, "pawl: table " + table_ + " in " + db_->path() + ": " + why);
  }

 private:
  struct column_info {
    std::string type;
    bool not_null = false;
    bool sole_primary_key = false;
  };

  bool has_column(std::string_view column) {
    statement s = db_->prepare("SELECT 1 FROM pragma_table_xinfo(?1) WHERE name=?2 COLLATE NOCASE");
    s.bind(1, table_);
    s.bind(2, column);
    return s.step();
  }
  column_info find(std::string_view column) {
    statement s = db_->prepare(
        "SELECT type,\"notnull\" OR pk>0,pk=1 AND (SELECT max(pk) FROM pragma_table_xinfo(?1))=1 "
        "FROM pragma_table_xinfo(?1) WHERE name=?2 COLLATE NOCASE");
    s.bind(1, table_);
    s.bind(2, column);
    if (!s.step()) refuse("there is no column " + std::string(column));
    return {std::string(s.text(0)), s.integer(1) != 0, s.integer(2) != 0};
  }
  // An INTEGER PRIMARY KEY is the rowid itself and has no index.
  static bool is_rowid(column_info const& c) { return c.sole_primary_key && affinity_of(c.type) == affinity::integer; }
  bool has_unique_index(std::string_view column) {
    statement s = db_->prepare(
        "SELECT 1 FROM pragma_index_list(?1) AS l WHERE l.\"unique\" AND NOT l.partial "
        "AND (SELECT count(*) FROM pragma_index_info(l.name))=1 "
        "AND (SELECT name FROM pragma_index_info(l.name))=?2 COLLATE NOCASE");
    s.bind(1, table_);
    s.bind(2, column);
    return s.step();
  }

  database* db_;
  std::string table_;
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
