// A statement compiled with SQLite directly, to learn what SQLite makes of it.
#ifndef PAWL_SQLITE_COMPILED_HPP
#define PAWL_SQLITE_COMPILED_HPP

#include <sqlite3.h>

#include <pawl/sqlite/connection.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// Unlike with `statement`, errors do not poison the connection, and a poisoned connection works too.
class compiled {
 public:
  explicit compiled(sqlite3_stmt* s) noexcept : statement_(s) {}
  compiled(compiled const&) = delete;
  compiled& operator=(compiled const&) = delete;
  ~compiled() { sqlite3_finalize(statement_); }

  sqlite3_stmt* get() const noexcept { return statement_; }
  explicit operator bool() const noexcept { return statement_ != nullptr; }

 private:
  sqlite3_stmt* statement_;
};

// Empty if SQLite cannot compile it.
inline compiled compile(connection const& c, char const* sql) noexcept {
  sqlite3_stmt* s = nullptr;
  sqlite3_prepare_v2(c.handle, sql, -1, &s, nullptr);
  return compiled(s);
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
