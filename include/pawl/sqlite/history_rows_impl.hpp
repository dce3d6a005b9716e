// Implements history_rows.
#ifndef PAWL_SQLITE_HISTORY_ROWS_IMPL_HPP
#define PAWL_SQLITE_HISTORY_ROWS_IMPL_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/history_rows.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

PAWL_INLINE void history_rows::add(row const& one) {
  std::size_t const text = texts_.size();
  texts_.append(one.key).append(one.error);
  rows_.push_back({one, text});
}

PAWL_INLINE void history_rows::cut(std::size_t size) noexcept {
  if (size >= rows_.size()) return;
  texts_.resize(rows_[size].text);
  rows_.erase(rows_.begin() + static_cast<std::ptrdiff_t>(size), rows_.end());
}

PAWL_INLINE void history_rows::write(database& db, std::int64_t at, std::int64_t run) {
  struct none_left {
    history_rows* rows;
    ~none_left() { rows->cut(0); }
  } const at_exit{this};
  std::size_t first = 0;
  for (std::size_t i = 0; i < together.size(); ++i)
    for (; rows_.size() - first >= together[i]; first += together[i])
      insert(db, insertions_[i], first, together[i], at, run);
}

PAWL_INLINE void history_rows::insert(database& db, statement& s, std::size_t first, std::size_t count, std::int64_t at,
                                      std::int64_t run) {
  if (!s) {
    std::string sql =
        "INSERT INTO pawl_history(at,run,change,key,life,version,attempts,error) VALUES(?1,?2,?,?,?,?,?,?)";
    for (std::size_t i = 1; i < count; ++i) sql += ",(?1,?2,?,?,?,?,?,?)";
    s = db.prepare(sql);
  }
  reset_at_exit const reset(s);
  s.bind(1, at);
  s.bind(2, run);
  int parameter = 2;
  for (std::size_t i = first; i < first + count; ++i) {
    auto const& [of, text] = rows_[i];
    std::string_view const texts = std::string_view(texts_).substr(text, of.key.size() + of.error.size());
    s.bind(++parameter, of.change);
    s.bind(++parameter, texts.substr(0, of.key.size()));
    s.bind(++parameter, of.life);
    s.bind(++parameter, of.version);
    s.bind(++parameter, std::int64_t{of.attempts});
    if (of.error.empty())
      s.bind(++parameter, nullptr);
    else
      s.bind(++parameter, texts.substr(of.key.size()));
  }
  s.step();
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
