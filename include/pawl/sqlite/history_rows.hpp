// Rows of pawl_history that wait to be written together.
#ifndef PAWL_SQLITE_HISTORY_ROWS_HPP
#define PAWL_SQLITE_HISTORY_ROWS_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// In their order, with copies of their texts.
class history_rows {
 public:
  struct row {
    std::int64_t change = 0, life = 0, version = 0;
    std::int32_t attempts = 0;
    std::string_view key{}, error{};  // no error: NULL
  };

  std::size_t size() const noexcept { return rows_.size(); }
  void add(row const& one) {
    std::size_t const text = texts_.size();
    texts_.append(one.key).append(one.error);
    rows_.push_back({one, text});
  }
  // Its views are valid until the next add() or cut().
  row at(std::size_t i) const {
    kept_row const& kept = rows_[i];
    row one = kept.values;
    one.key = std::string_view(texts_).substr(kept.text, one.key.size());
    one.error = std::string_view(texts_).substr(kept.text + one.key.size(), one.error.size());
    return one;
  }
  // Only the first `size` rows are left.
  void cut(std::size_t size) noexcept {
    if (size >= rows_.size()) return;
    texts_.resize(rows_[size].text);
    rows_.erase(rows_.begin() + static_cast<std::ptrdiff_t>(size), rows_.end());
  }

  // More are to come before they are written.
  bool is_batch = false;

 private:
  struct kept_row {
    row values{};  // its texts are those at `text`
    std::size_t text = 0;
  };
  std::vector<kept_row> rows_{};
  std::string texts_{};  // each row's key, and its error behind it
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
