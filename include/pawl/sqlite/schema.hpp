// What a table must be like to be mapped onto, looked up when the store is opened.
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
  table_inspector(database& db, std::string_view table) : db_(&db), table_(table) {
    statement s = db.prepare("SELECT type,wr FROM pragma_table_list WHERE schema='main' AND name=?1 COLLATE NOCASE");
    s.bind(1, table_);
    if (!s.step()) refuse({"there is no such table"});
    if (s.text(0) != "table") refuse({"it is a ", s.text(0), " and not a table"});
    if (s.integer(1) != 0) refuse({"it is WITHOUT ROWID, and its pages could not be read in order"});
    read_columns();
    if (look_up("rowid")) refuse({"a column of its own is called rowid, which hides the number of the row; rename it"});
  }

  table_inspector(table_inspector const&) = delete;
  table_inspector& operator=(table_inspector const&) = delete;

  // The key must be unique, or one transition would move several rows; the version must be there.
  void check_names(names const& n) {
    column_info const& key = find(n.key);
    find(n.state);
    column_info const& version = find(n.version);
    affinity const kept_as = affinity_of(version.type);
    if (kept_as == affinity::text || kept_as == affinity::real)
      refuse({"column ", n.version, " is declared ", version.type,
              ", which would not keep it an integer; declare it INTEGER NOT NULL DEFAULT 0"});
    if (!version.not_null) refuse({"column ", n.version, " may be NULL; declare it INTEGER NOT NULL DEFAULT 0"});
    if (!n.changed_at.empty()) find(n.changed_at);
    if (!n.priority.empty()) find(n.priority);
    if (!is_rowid(key) && !has_unique_index(n.key))
      refuse({"column ", n.key, " is not unique, and it is to name one row"});
  }
  void check_column(written_column const& written) {
    column_info const& column = find(written.name);
    if (!survives(written.kind, affinity_of(column.type)))
      refuse({"column ", written.name, " is declared ", column.type,
              ", which would change the values of the field that is mapped to it"});
  }

  [[noreturn]] void refuse(parts why) const {
    fail(store_failure::refused, {"pawl: table ", table_, " in ", db_->path(), ": ", text(why)});
  }

 private:
  struct column_info {
    std::string name, type;
    bool not_null = false;
    std::int64_t place_in_key = 0;  // counted from 1; 0: it is no part of the primary key
  };

  // All at once: a program waits for this whenever it opens a store.
  void read_columns() {
    statement s = db_->prepare("SELECT name,type,\"notnull\" OR pk>0,pk FROM pragma_table_xinfo(?1)");
    s.bind(1, table_);
    while (s.step())
      columns_.push_back({std::string(s.text(0)), std::string(s.text(1)), s.integer(2) != 0, s.integer(3)});
  }
  column_info const* look_up(std::string_view column) const {
    std::string const name(column);
    for (auto const& c : columns_)
      if (sqlite3_stricmp(c.name.c_str(), name.c_str()) == 0) return &c;
    return nullptr;
  }
  column_info const& find(std::string_view column) const {
    column_info const* const found = look_up(column);
    if (!found) refuse({"there is no column ", column});
    return *found;
  }
  // An INTEGER PRIMARY KEY, all alone, is the rowid itself and has no index.
  bool is_rowid(column_info const& c) const {
    for (auto const& other : columns_)
      if (other.place_in_key > 1) return false;
    return c.place_in_key == 1 && affinity_of(c.type) == affinity::integer;
  }
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
  std::vector<column_info> columns_{};
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
