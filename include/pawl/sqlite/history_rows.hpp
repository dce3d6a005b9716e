// Rows of pawl_history that wait to be written together.
#ifndef PAWL_SQLITE_HISTORY_ROWS_HPP
#define PAWL_SQLITE_HISTORY_ROWS_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// A statement costs half as much as its row, so up to 32 rows share one.
class history_rows {
 public:
  struct row {
    std::int64_t change = 0, life = 0, version = 0;
    std::int32_t attempts = 0;
    std::string_view key{}, error{};  // no error: NULL
  };

  bool empty() const noexcept { return rows_.empty(); }
  std::size_t size() const noexcept { return rows_.size(); }
  // Copies the texts.
  void add(row const& one);
  // Only the first `size` rows are left.
  void cut(std::size_t size) noexcept;
  // Within a transaction: inserts all in their order, each with this time and run. None is left, also if it throws.
  void write(database& db, std::int64_t at, std::int64_t run);

 private:
  struct kept_row {
    row values{};  // its texts are those at `text`
    std::size_t text = 0;
  };
  static constexpr std::array<std::size_t, 3> together{32, 8, 1};

  void insert(database& db, statement& s, std::size_t first, std::size_t count, std::int64_t at, std::int64_t run);

  std::vector<kept_row> rows_{};
  std::string texts_{};  // each row's key, and its error behind it
  std::array<statement, together.size()> insertions_{};
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#ifndef PAWL_COMPILED
#include <pawl/sqlite/history_rows_impl.hpp>
#endif

#endif
