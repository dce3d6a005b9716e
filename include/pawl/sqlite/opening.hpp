// Opens and configures a database, and explains why one cannot be opened.
#ifndef PAWL_SQLITE_OPENING_HPP
#define PAWL_SQLITE_OPENING_HPP

#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include <sqlite3.h>

#include <pawl/error.hpp>
#include <pawl/sqlite/connection.hpp>
#include <pawl/sqlite/open_files.hpp>
#include <pawl/sqlite/options.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/system/file_identity.hpp>
#include <pawl/system/file_system_kind.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

[[noreturn]] PAWL_NOINLINE inline void refuse(std::string_view path, parts why) {
  fail(store_failure::refused, {"pawl: cannot open ", path, ": ", text(why)});
}

std::string why_not_found(int system_error, bool create);

std::string why_not_opened(connection const& c, int code, bool create);

// First column of the first row, as text. Waits for other processes even where SQLite does not call its busy handler:
// when a new database is switched to WAL mode.
std::string ask(connection& c, std::string const& sql, bool create);

// "ok", or the first damage that PRAGMA quick_check finds; "ok" too if another connection keeps it from looking.
std::string quick_check(connection const& c);

// Names of files only: SQLite would take others for a database in memory or a URI.
void refuse_unusable_path(std::string const& path);
void refuse_long_path(std::string const& path);
void refuse_wrong_options(std::string const& path, options const& o);

// Runs before SQLite opens the file, so that nothing is created or changed.
void refuse_unsafe_file(std::string const& path, options const& o);

void open_file(connection& c, options const& o);

// Runs on every open: of these settings SQLite stores only the journal mode in the file.
void configure(connection& c, options const& o);

// A file that is opened for the first time. If it is refused in the end, it is removed again, as long as nothing was
// written to it and no other connection was met there.
class new_file {
 public:
  explicit new_file(connection& c);
  new_file(new_file const&) = delete;
  new_file& operator=(new_file const&) = delete;
  ~new_file();
  void keep() noexcept { kept_ = true; }

 private:
  connection* connection_;
  bool kept_;
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#ifndef PAWL_COMPILED
#include <pawl/sqlite/opening_impl.hpp>
#endif

#endif
