// Notices when the files of an open database are removed, replaced or truncated by somebody else.
#ifndef PAWL_SQLITE_FILE_WATCH_HPP
#define PAWL_SQLITE_FILE_WATCH_HPP

#include <cstdint>
#include <string>

#include <sqlite3.h>

#include <pawl/system/file_identity.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// SQLite goes on with the files that it has open, wherever their names lead by now: it commits to a file that nobody
// finds any more, and reports success. (sqlite.org/howtocorrupt.html, sections 1.4 and 4.)
class file_watch {
 public:
  enum class finding : std::uint8_t {
    whole,
    lost,          // the path leads to another file, or to none
    log_removed,   // the log or its index has lost its name, and nobody has made a new one
    log_replaced,  // the same, and another connection uses new ones
    log_damaged,   // committed parts of the log are gone
    shrunk         // the file is shorter than it was: by VACUUM, or truncated
  };

  // Notes which files a database has open. `path` is the user's: if a symbolic link in it is changed later, the database
  // counts as lost. Nothing is watched if it is not a file of the system's, as with a VFS in memory. False if the file
  // was removed or replaced while it was being opened.
  bool begin(sqlite3* handle, std::string const& path);

  finding look(sqlite3* handle);
  // Accepts the present size.
  void note_size() noexcept;

  bool watches() const noexcept { return file_.is_noted; }
  std::string const& log_path() const noexcept { return log_.path; }

 private:
  using file_status = pawl::detail::file_status;

  struct watched_file {
    bool is_noted = false;
    std::string path{};
    pawl::detail::file_identity identity{};

    void note(std::string name);
    bool is_gone(file_status const& now) const noexcept { return is_noted && now.is == file_status::kind::nothing; }
    bool is_another(file_status const& now) const noexcept {
      return is_noted && now.exists() && !(now.identity == identity);
    }
  };

  // The log as SQLite has it open; changes only if the user changes the journal mode. Null: none.
  static sqlite3_file* open_log(sqlite3* handle) noexcept;
  void note_log(sqlite3* handle);
  finding look_at_log() const;
  // Whether the noted log was closed, and SQLite has another where that was in memory: one of the same content that this
  // process has open. Not known while it is empty.
  bool has_new_log(sqlite3* handle) const;

  watched_file file_{}, log_{}, index_{};
  sqlite3_file* noted_log_ = nullptr;
  std::int64_t size_ = 0;
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#ifndef PAWL_COMPILED
#include <pawl/sqlite/file_watch_impl.hpp>
#endif

#endif
