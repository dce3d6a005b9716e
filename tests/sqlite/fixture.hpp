// Reads a database directly, beside the store: shared by the tests of this room.
#ifndef PAWL_TESTS_SQLITE_FIXTURE_HPP
#define PAWL_TESTS_SQLITE_FIXTURE_HPP

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include <sqlite3.h>

#include <pawl/error.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/statement.hpp>

#include "catch.hpp"
#include "files.hpp"

namespace sqlite_test {

// Without waiting for other connections, so that a test of what is locked is quick.
inline pawl::sqlite::options quick() {
  pawl::sqlite::options o;
  o.busy_timeout = std::chrono::milliseconds(20);
  o.durable = pawl::sqlite::durability::process_crash;
  return o;
}

// Makes the file with pages of this size, whatever SQLite was built to begin with.
inline void make_with_pages_of(int bytes, std::string const& path, std::string const& sql = "PRAGMA user_version=0") {
  sqlite3* db = nullptr;
  int code = sqlite3_initialize();
  if (code == SQLITE_OK) code = sqlite3_open(path.c_str(), &db);
  std::string const begin = "PRAGMA page_size=" + std::to_string(bytes) + ";PRAGMA auto_vacuum=NONE;";
  if (code == SQLITE_OK) code = sqlite3_exec(db, (begin + sql).c_str(), nullptr, nullptr, nullptr);
  sqlite3_close(db);
  REQUIRE(code == SQLITE_OK);
}

// The size of the file; 0 where there is none.
inline std::uintmax_t size_of(std::string const& path) {
  std::error_code none;
  auto const size = std::filesystem::file_size(path, none);
  return none ? 0 : size;
}

// The first column of the first row, as text; "(none)" where there is no row, "(NULL)" where it is NULL.
inline std::string ask(pawl::sqlite::database& db, std::string const& sql) {
  auto s = db.prepare(sql);
  if (!s.step()) return "(none)";
  return s.is_null(0) ? "(NULL)" : std::string(s.text(0));
}

// What the call fails with; the test fails if it does not.
template <class F> pawl::store_error error_of(F f) {
  try {
    f();
  } catch (pawl::store_error const& e) {
    return e;
  }
  FAIL("it did not throw");
  return {pawl::store_failure::misuse, ""};
}
template <class F> pawl::store_failure failure_of(F f) { return error_of(f).what_failed(); }
inline bool mentions(pawl::store_error const& e, std::string_view words) {
  return std::string_view(e.what()).find(words) != std::string_view::npos;
}

}  // namespace sqlite_test

#endif
