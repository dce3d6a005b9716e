// What tells a row from a later one with the same key, as SQL.
#ifndef PAWL_SQLITE_ROW_LIFE_HPP
#define PAWL_SQLITE_ROW_LIFE_HPP

#include <string>
#include <string_view>
#include <utility>

#include <sqlite3.h>

#include <pawl/sqlite/database.hpp>
#include <pawl/store/column.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// The SQL function pawl_life(row, born): an integer that differs where the row numbers, the values of `born` or their
// types do. It is a hash: two given lives of one key have the same one with a probability of 2^-64.
void hash_life(sqlite3_context* context, int, sqlite3_value** values);
void register_life(database& db);

// The life of a row is its INTEGER PRIMARY KEY; or, with names::born, a hash of that column and the INTEGER PRIMARY KEY.
// The number that SQLite gives to rows without such a key is no part of it: VACUUM and a rebuild of the table give other
// ones. Without either all rows have life 0, and a successor cannot be told from its predecessor.
class row_life {
 public:
  row_life() = default;
  // Empty: the table has no such column.
  row_life(std::string row_column, std::string born_column)
      : row_column_(std::move(row_column)), born_column_(std::move(born_column)) {}
  // Of a mapped table that exists.
  static row_life of(database& db, names const& n);

  std::string_view row_column() const noexcept { return row_column_; }
  std::string_view born_column() const noexcept { return born_column_; }
  bool is_told() const noexcept { return !row_column_.empty() || !born_column_.empty(); }
  // True if a key may come again with the same life, after its row was deleted: where the row has no number that is never
  // given out again, and no born column that is UNIQUE or is filled at random. (A value that is UNIQUE may come again once
  // its row is gone; but so is declared what is meant to be no time of a clock.)
  bool comes_again() const noexcept { return comes_again_; }

  // An expression for the life of the row of `table`, a name or alias as it stands in the statement.
  std::string sql(std::string_view table) const;

  friend bool operator==(row_life const& a, row_life const& b) noexcept {
    return a.row_column_ == b.row_column_ && a.born_column_ == b.born_column_;
  }

 private:
  std::string row_column_{}, born_column_{};
  bool comes_again_ = false;
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#ifndef PAWL_COMPILED
#include <pawl/sqlite/row_life_impl.hpp>
#endif

#endif
