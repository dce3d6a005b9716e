// Implements row_life: the columns that tell the lives of a table's rows apart, and the hash of them.
#ifndef PAWL_SQLITE_ROW_LIFE_IMPL_HPP
#define PAWL_SQLITE_ROW_LIFE_IMPL_HPP

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include <pawl/fsm/fnv.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/opening.hpp>
#include <pawl/sqlite/row_life.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/store/column.hpp>
#include <pawl/store/table.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

PAWL_INLINE void hash_life(sqlite3_context* context, int, sqlite3_value** values) {
  pawl::detail::fnv hash;
  hash.number(static_cast<std::uint64_t>(sqlite3_value_int64(values[0])));
  sqlite3_value* const born = values[1];
  int const type = sqlite3_value_type(born);
  hash.byte(static_cast<std::uint8_t>(type /*mutant life_has_a_type: * !OFF*/));
  if (type == SQLITE_INTEGER) {
    hash.number(static_cast<std::uint64_t>(sqlite3_value_int64(born)));
  } else if (type == SQLITE_FLOAT) {
    double const value = sqlite3_value_double(born);
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    hash.number(bits);
  } else if (type != SQLITE_NULL) {
    auto const* const data = static_cast<char const*>(sqlite3_value_blob(born));
    if (data != nullptr) hash.text({data, static_cast<std::size_t>(sqlite3_value_bytes(born))});
  }
  std::uint64_t const life = hash.value != 0 ? hash.value : 1;  // 0 is no life
  sqlite3_result_int64(context, static_cast<sqlite3_int64>(life));
}

PAWL_INLINE void register_life(database& db) {
  if (db.has_life_function()) return;  // anew, it would have statements compiled anew
  int const flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
  int const code =
      sqlite3_create_function_v2(db.handle(), "pawl_life", 2, flags, nullptr, &hash_life, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) refuse(db.path(), {sqlite3_errstr(code)});
  db.has_life_function() = true;
}

// False for a column that is not there.
PAWL_INLINE bool is_distinct(database& db, std::string_view table, std::string_view column) {
  statement s = db.prepare(
      "SELECT 1 FROM pragma_table_xinfo(?1) AS c WHERE c.name=?2 COLLATE NOCASE AND (c.dflt_value LIKE '%random%' OR "
      "c.dflt_value LIKE '%uuid%' OR EXISTS(SELECT 1 FROM pragma_index_list(?1) AS l WHERE l.\"unique\" AND NOT "
      "l.partial "
      "AND (SELECT count(*) FROM pragma_index_info(l.name))=1 "
      "AND (SELECT name FROM pragma_index_info(l.name))=?2 COLLATE NOCASE))");
  s.bind(1, table);
  s.bind(2, column);
  return s.step();
}

PAWL_INLINE row_life row_life::of(database& db, names const& n) {
  // A key whose values never come again needs no help.
  bool const by_key = pawl::detail::same_column(n.born, n.key);
  row_life life({}, by_key ? std::string() : std::string(n.born));
  if (!life.born_column_.empty()) register_life(db);
  // Only a key that is the row's number itself has no index of its own.
  statement s = db.prepare(
      "SELECT CASE count(*) WHEN 1 THEN max(name) END FROM pragma_table_xinfo(?1) WHERE pk>0 AND NOT EXISTS(SELECT 1 "
      "FROM pragma_index_list(?1) WHERE origin='pk')");
  s.bind(1, n.table);
  if (s.step()) life.row_column_ = s.text(0);
  s.reset();
  int never_again = 0;
  if (!life.row_column_.empty())
    sqlite3_table_column_metadata(db.handle(), "main", std::string(n.table).c_str(), life.row_column_.c_str(), nullptr,
                                  nullptr, nullptr, nullptr, &never_again);
  life.comes_again_ = never_again == 0 && !by_key &&
                      !is_distinct(db, n.table, n.born) /*mutant clock_as_birth: && !(OFF && !n.born.empty())*/;
  return life;
}

PAWL_INLINE std::string row_life::sql(std::string_view table) const {
  std::string const row = row_column_.empty() ? "0" : text({table, ".rowid"});
  return born_column_.empty() ? row : text({"pawl_life(", row, ",", table, ".[", born_column_, "])"});
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
