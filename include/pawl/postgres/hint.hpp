// Hints to those who run items of a table: something may be there to do, look at once. The poll finds it anyway, later.
#ifndef PAWL_POSTGRES_HINT_HPP
#define PAWL_POSTGRES_HINT_HPP

#include <string>
#include <string_view>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// One channel for all tables. A session that is behind a pooler cannot listen.
inline constexpr std::string_view listen_sql = "LISTEN pawl";
// $1 a hint. After the COMMIT of what it tells of, never within: a transaction that notifies holds a lock of the whole server
// until it has ended, and others that notify would wait for its flush.
inline constexpr std::string_view notify_sql = "SELECT pg_notify('pawl',$1::text)";

// The table's name, and who tells it. Programs that write a mapped table themselves send the name alone, or nothing.
inline std::string make_hint(std::string_view table, std::string_view who) {
  return std::string(table) + ' ' + std::string(who);
}
// True if it is about this table and was not sent by `me`.
inline bool is_hint_for(std::string_view hint, std::string_view table, std::string_view me) {
  if (hint.empty() || hint == table) return true;
  return hint.starts_with(table) && hint.substr(table.size()).starts_with(' ') && hint.substr(table.size() + 1) != me;
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
