// Implements table_inspector: reading a table's columns and indexes, and checking a mapping against them.
#ifndef PAWL_SQLITE_SCHEMA_IMPL_HPP
#define PAWL_SQLITE_SCHEMA_IMPL_HPP

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <sqlite3.h>

#include <pawl/error.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/mapping_view.hpp>
#include <pawl/sqlite/schema.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/store/column.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

PAWL_INLINE affinity affinity_of(std::string declared) {
  for (char& c : declared) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  auto const has = [&](char const* word) { return declared.find(word) != std::string::npos; };
  if (has("INT")) return affinity::integer;
  if (has("CHAR") || has("CLOB") || has("TEXT")) return affinity::text;
  if (declared.empty() || has("BLOB") || declared == "ANY") return affinity::blob;
  return has("REAL") || has("FLOA") || has("DOUB") ? affinity::real : affinity::numeric;
}

PAWL_INLINE table_inspector::table_inspector(database& db, std::string_view table) : db_(&db), table_(table) {
  statement s = db.prepare("SELECT type,wr FROM pragma_table_list WHERE schema='main' AND name=?1 COLLATE NOCASE");
  s.bind(1, table_);
  if (!s.step()) refuse({"there is no such table"});
  if (s.text(0) != "table") refuse({"it is a ", s.text(0), ", not a table"});
  if (s.integer(1) != 0) refuse({"it is WITHOUT ROWID, but pawl reads items in rowid order; recreate it with a rowid"});
  read_columns();
  if (look_up("rowid")) refuse({"it has a column named rowid, which hides SQLite's row number; rename that column"});
}

PAWL_INLINE void table_inspector::check_names(names const& n) {
  column_info const& key = find(n.key);
  find(n.state);
  column_info const& version = find(n.version);
  affinity const kept_as = affinity_of(version.type);
  if (kept_as == affinity::text || kept_as == affinity::real)
    refuse({"column ", n.version, " is declared ", version.type,
            ", which does not keep integers as integers; declare it INTEGER NOT NULL DEFAULT 0"});
  if (!version.not_null) refuse({"column ", n.version, " may be NULL; declare it INTEGER NOT NULL DEFAULT 0"});
  if (!n.changed_at.empty()) find(n.changed_at);
  if (!n.born.empty()) find(n.born);
  if (!n.priority.empty()) find(n.priority);
  if (!is_rowid(key) && !has_unique_index(n.key))
    refuse({"column ", n.key, " is not unique, but a key must identify one row; add a UNIQUE index"});
}

PAWL_INLINE void table_inspector::check_column(written_column const& written) {
  column_info const& column = find(written.name);
  if (!survives(written.kind, affinity_of(column.type)))
    refuse({"column ", written.name, " is declared ", column.type,
            ", which would change the values of the field mapped to it; declare a type that keeps them"});
}

PAWL_INLINE void table_inspector::read_columns() {
  statement s = db_->prepare("SELECT name,type,\"notnull\" OR pk>0,pk FROM pragma_table_xinfo(?1)");
  s.bind(1, table_);
  while (s.step())
    columns_.push_back({std::string(s.text(0)), std::string(s.text(1)), s.integer(2) != 0, s.integer(3)});
}

PAWL_INLINE table_inspector::column_info const* table_inspector::look_up(std::string_view column) const {
  std::string const name(column);
  for (auto const& c : columns_)
    if (sqlite3_stricmp(c.name.c_str(), name.c_str()) == 0) return &c;
  return nullptr;
}

PAWL_INLINE table_inspector::column_info const& table_inspector::find(std::string_view column) const {
  column_info const* const found = look_up(column);
  if (!found) refuse({"there is no column ", column});
  return *found;
}

PAWL_INLINE bool table_inspector::is_rowid(column_info const& c) const {
  for (auto const& other : columns_)
    if (other.place_in_key > 1) return false;
  return c.place_in_key == 1 && affinity_of(c.type) == affinity::integer;
}

PAWL_INLINE bool table_inspector::has_unique_index(std::string_view column) {
  statement s = db_->prepare(
      "SELECT 1 FROM pragma_index_list(?1) AS l WHERE l.\"unique\" AND NOT l.partial "
      "AND (SELECT count(*) FROM pragma_index_info(l.name))=1 "
      "AND (SELECT name FROM pragma_index_info(l.name))=?2 COLLATE NOCASE");
  s.bind(1, table_);
  s.bind(2, column);
  return s.step();
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
