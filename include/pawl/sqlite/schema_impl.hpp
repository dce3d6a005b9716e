// Implements table_inspector: reading a table's columns and indexes, and checking a mapping against them.
#ifndef PAWL_SQLITE_SCHEMA_IMPL_HPP
#define PAWL_SQLITE_SCHEMA_IMPL_HPP

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <sqlite3.h>

#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/key_comparison.hpp>
#include <pawl/sqlite/mapping_view.hpp>
#include <pawl/sqlite/schema.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/store/column.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

PAWL_INLINE affinity affinity_of(std::string declared, bool strict) {
  for (char& c : declared) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  auto const has = [&](char const* word) { return declared.find(word) != std::string::npos; };
  if (has("INT")) return affinity::integer;
  if (has("CHAR") || has("CLOB") || has("TEXT")) return affinity::text;
  if (declared.empty() || has("BLOB") || (strict && declared == "ANY")) return affinity::blob;
  return has("REAL") || has("FLOA") || has("DOUB") ? affinity::real : affinity::numeric;
}

PAWL_INLINE table_inspector::table_inspector(database& db, std::string_view table) : db_(&db), table_(table) {
  statement s =
      db.prepare("SELECT type,wr,strict,name FROM pragma_table_list WHERE schema='main' AND name=?1 COLLATE NOCASE");
  s.bind(1, table_);
  if (!s.step()) refuse({"there is no such table"});
  // Its records, its lock and its keys have one name, and SQLite takes this one for the same.
  if (s.text(3) != table /*mutant one_name_a_table: && !OFF*/)
    refuse({"the database spells its name ", s.text(3), "; name it so in the mapping"});
  if (s.text(0) != "table") refuse({"it is a ", s.text(0), ", not a table"});
  if (s.integer(1) != 0) refuse({"it is WITHOUT ROWID, but pawl reads items in rowid order; recreate it with a rowid"});
  strict_ = s.integer(2) != 0;
  s.reset();
  read_columns();
  if (look_up("rowid")) refuse({"it has a column named rowid, which hides SQLite's row number; rename that column"});
}

// Values of a column, for messages, and the type that keeps them.
PAWL_INLINE std::string_view name_of(field_kind kind) {
  switch (kind) {
    case field_kind::time:
      return "the time of a transition, which is text";
    case field_kind::text:
      return "a std::string";
    case field_kind::integer:
      return "an integer, bool or enum";
    case field_kind::real:
      return "a floating-point number";
    case field_kind::bytes:
      return "a std::vector<std::byte>";
    case field_kind::cleared:
      break;
  }
  return "NULL";
}
PAWL_INLINE std::string_view type_for(field_kind kind) {
  switch (kind) {
    case field_kind::integer:
      return "INTEGER";
    case field_kind::real:
      return "REAL";
    case field_kind::bytes:
      return "BLOB";
    case field_kind::time:
    case field_kind::text:
    case field_kind::cleared:
      break;
  }
  return "TEXT";
}

PAWL_INLINE key_comparison table_inspector::check(mapping_view const& mapping) {
  auto const& n = mapping.names;
  key_comparison const keys = check_key(n.key);
  check_state(n.state, *mapping.lifecycle);
  check_version(n.version);
  if (!n.changed_at.empty()) check_column({n.changed_at, "", field_kind::time, false});
  if (!n.born.empty()) find(n.born);
  if (!n.priority.empty()) find(n.priority);
  for (auto const& column : mapping.columns) check_column(column);
  return keys;
}

PAWL_INLINE key_comparison table_inspector::check_key(std::string_view name) {
  column_info const& key = find(name);
  column_type const type = type_of(key);
  if (type.is == affinity::blob || type.is == affinity::real)
    refuse({declared(key),
            type.is == affinity::real ? ", which makes 7.0 of the key 7"
            : type.rejects_others     ? ", which takes neither text nor integers"
                                      : ", so that 7 and '7' can be two rows with one text",
            "; declare it TEXT, or INTEGER"});
  key_comparison keys;
  keys.column = name;
  if (is_rowid(key)) {
    keys.kind = key_kind::row_number;
    return keys;
  }
  if (type.is != affinity::text) keys.kind = key_kind::number;
  keys.collation = key.collation;
  keys.index_collation = unique_by(key);
  if (keys.index_collation.empty())
    refuse({"column ", key.name,
            " is not unique, but a key must identify one row; add a UNIQUE index on it alone, "
            "without an expression or WHERE"});
  return keys;
}

PAWL_INLINE void table_inspector::check_state(std::string_view name, lifecycle_view const& lifecycle) {
  column_info const& state = find(name);
  check_writable(state, "pawl writes each state");
  column_type const type = type_of(state);
  if (survives(field_kind::text, type)) return;
  // A name that is no number stays text in any column that is not STRICT.
  auto const may_be_number = [](std::string_view text) {
    return !text.empty() && std::string_view("0123456789+-. \t\n\v\f\r").find(text[0]) != std::string_view::npos;
  };
  for (std::size_t i = 0; i < lifecycle.state_count(); ++i)
    if (type.rejects_others || may_be_number(lifecycle.state_names[i]))
      refuse({declared(state), ", which does not keep a state's name, such as '", lifecycle.state_names[i],
              "'; declare it TEXT"});
}

PAWL_INLINE void table_inspector::check_version(std::string_view name) {
  column_info const& version = find(name);
  check_writable(version, "pawl counts each item's version");
  column_type const type = type_of(version);
  bool const keeps_integers =
      survives(field_kind::integer, type) && type.is != affinity::text;  // where 1 would come back as '1'
  if (!keeps_integers)
    refuse({declared(version), ", which does not keep integers as integers; declare it INTEGER NOT NULL DEFAULT 0"});
  if (!version.not_null)
    refuse({declared(version), " and may be NULL, but a version is an integer; declare it INTEGER NOT NULL DEFAULT 0"});
}

PAWL_INLINE void table_inspector::check_column(written_column const& written) {
  column_info const& column = find(written.name);
  std::string const what =
      written.event.empty()
          ? std::string("each event writes the time of its transition")
          : text({"event ", written.event, written.kind == field_kind::cleared ? " clears it" : " writes ",
                  written.kind == field_kind::cleared ? "" : name_of(written.kind)});
  check_writable(column, what);
  if (!survives(written.kind, type_of(column)))
    refuse({declared(column), ", which does not keep what is written there unchanged: ", what, "; declare it ",
            type_for(written.kind)});
  if (column.not_null && written.may_be_null)
    refuse({declared(column), " and NOT NULL, but ", what,
            written.kind == field_kind::cleared
                ? "; allow NULL in it"
                : ", which is std::optional and may be empty; allow NULL in it, or make "
                  "the field one that always has a value"});
}

PAWL_INLINE void table_inspector::check_writable(column_info const& c, std::string_view what) {
  if (c.generated)
    refuse({declared(c), " and GENERATED, so that SQLite alone writes it, but ", what,
            "; make it an ordinary column, or map another one"});
  if (is_rowid(c))
    refuse({declared(c), " PRIMARY KEY, which is the number of the row and never changes, but ", what,
            "; map another column"});
}

PAWL_INLINE std::string table_inspector::declared(column_info const& c) const {
  return text({"column ", c.name, c.type.empty() ? " has no declared type" : " is declared ", c.type,
               strict_ ? " in a STRICT table" : ""});
}

PAWL_INLINE void table_inspector::read_columns() {
  statement s = db_->prepare("SELECT name,type,\"notnull\" OR (pk>0 AND ?2),pk,hidden FROM pragma_table_xinfo(?1)");
  s.bind(1, table_);
  s.bind(2, strict_);
  while (s.step()) {
    column_info c{std::string(s.text(0)), std::string(s.text(1)), "BINARY",
                  s.integer(2) != 0,      s.integer(4) > 1,       s.integer(3)};
    char const* collation = nullptr;
    sqlite3_table_column_metadata(db_->handle(), "main", table_.c_str(), c.name.c_str(), nullptr, &collation, nullptr,
                                  nullptr, nullptr);
    if (collation != nullptr) c.collation = collation;
    columns_.push_back(std::move(c));
  }
}

PAWL_INLINE table_inspector::column_info const* table_inspector::look_up(std::string_view column) const {
  std::string const name(column);
  for (auto const& c : columns_)
    if (same_name(c.name, name)) return &c;
  return nullptr;
}

PAWL_INLINE table_inspector::column_info const& table_inspector::find(std::string_view column) const {
  column_info const* const found = look_up(column);
  if (!found) refuse({"there is no column ", column, "; add it, or change the mapping"});
  return *found;
}

PAWL_INLINE bool table_inspector::is_rowid(column_info const& c) {
  if (c.place_in_key != 1 || !same_name(c.type, "INTEGER")) return false;
  for (auto const& other : columns_)
    if (other.place_in_key > 1) return false;
  statement s = db_->prepare("SELECT 1 FROM pragma_index_list(?1) WHERE origin='pk'");
  s.bind(1, table_);
  return !s.step();
}

PAWL_INLINE std::string table_inspector::unique_by(column_info const& c) {
  statement s = db_->prepare(
      "SELECT (SELECT coll FROM pragma_index_xinfo(l.name) WHERE \"key\") AS collation "
      "FROM pragma_index_list(?1) AS l WHERE l.\"unique\" AND NOT l.partial "
      "AND (SELECT count(*) FROM pragma_index_info(l.name))=1 "
      "AND (SELECT name FROM pragma_index_info(l.name))=?2 COLLATE NOCASE "
      "ORDER BY collation<>'BINARY' COLLATE NOCASE,collation<>?3 COLLATE NOCASE LIMIT 1");
  s.bind(1, table_);
  s.bind(2, c.name);
  s.bind(3, c.collation);
  return s.step() ? std::string(s.text(0)) : std::string();
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
