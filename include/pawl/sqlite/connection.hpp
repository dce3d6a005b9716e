// The handle of one connection, what its error codes mean, and its poison: shared by a database and its statements.
#ifndef PAWL_SQLITE_CONNECTION_HPP
#define PAWL_SQLITE_CONNECTION_HPP

#include <chrono>
#include <cstdint>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <sqlite3.h>

#include <pawl/error.hpp>
#include <pawl/sqlite/open_files.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/sqlite/write_ahead_log.hpp>
#include <pawl/system/file_identity.hpp>
#include <pawl/system/fork_guard.hpp>
#include <pawl/system/pause.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

constexpr bool is_busy(int code) noexcept {
  int const primary = code & 0xff;
  return primary == SQLITE_BUSY || primary == SQLITE_LOCKED || primary == SQLITE_PROTOCOL;
}

// What an error of a statement means for the work. Whatever is not known to concern one statement alone poisons: after
// a failed write or a full disk the connection is not trusted again (a repeated sync may claim success and have lost
// data).
constexpr store_failure meaning_of(int code) noexcept {
  if (is_busy(code)) return store_failure::busy;
  switch (/*mutant io_error_ends_all: OFF && (code & 0xff) == SQLITE_IOERR ? SQLITE_ERROR :*/ code & 0xff) {
    case SQLITE_CONSTRAINT:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
    case SQLITE_ERROR:
    case SQLITE_SCHEMA:
    case SQLITE_INTERRUPT:
    case SQLITE_ABORT:
    case SQLITE_AUTH:
      return store_failure::rejected;
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
      return store_failure::misuse;
    default:
      return store_failure::not_applied;
  }
}

class connection {
 public:
  connection(std::string path, std::chrono::milliseconds busy_timeout)
      : path_(std::move(path)), busy_timeout_(busy_timeout) {}
  connection(connection const&) = delete;
  connection& operator=(connection const&) = delete;
  ~connection() { close(); }

  // Once the file is there. Not before: a connection that is refused at open has locked nothing.
  void note_file();
  // In a child of the process that opened it nothing: to close it, or only to finish a statement, would write the
  // memory that all processes on the database share, and take what the parent is doing for undone. The handle is left
  // where it is, its files with it, until the child ends or becomes another program.
  void close() noexcept;
  bool is_here() const noexcept { return opened_.is_here(); }

  sqlite3* handle = nullptr;
  bool patient = true;             // whether a call that finds the database locked waits
  write_ahead_log::part synced{};  // what of the log is on the disk, as far as this connection knows

  std::string const& path() const noexcept { return path_; }
  std::chrono::milliseconds busy_timeout() const noexcept { return busy_timeout_; }

  // ---- poison ----

  // Also where there is no memory left to say why.
  bool poisoned() const noexcept { return poisoned_; }
  void poison(std::string reason) noexcept {
    if (!std::exchange(poisoned_, true)) poison_ = std::move(reason);
  }
  void poison(int code, std::string_view doing) noexcept;
  // Poisoned, or inherited through fork().
  void refuse_if_unusable() const;
  std::string poison_text() const;

  // ---- errors ----

  // "disk I/O error (SQLite error 778)"
  std::string reason(int code) const;
  // The exception for an error code; poisons the connection where that is what the code means.
  store_error failure(int code, std::string_view doing);
  void check(int code, std::string_view doing) {
    if (code != SQLITE_OK) fail_with(code, doing);
  }

  // ---- waiting for other processes ----

  // SQLite's busy handler: short random pauses, since a sleeper is never told that the lock is free; at most
  // busy_timeout in all.
  static int wait_a_little(void* self, int earlier_calls);

 private:
  [[noreturn, gnu::noinline]] void fail_with(int code, std::string_view doing) { throw failure(code, doing); }
  static std::int64_t now_in_nanoseconds() {
    return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
  }
  // Where somebody else writes it is left to him: what he commits is written over what we have left, and he hears from
  // the system of what else may be missing.
  void mend_log_after(int code) noexcept;
  [[noreturn, gnu::noinline]] void refuse_poisoned() const { fail(store_failure::not_applied, {poison_text()}); }
  [[noreturn]] void refuse_in_child() const;

  std::string path_;
  std::chrono::milliseconds busy_timeout_;
  bool poisoned_ = false;
  std::string poison_{};  // the first cause
  pawl::detail::birthplace opened_{};
  std::optional<pawl::detail::file_identity> file_{};
  std::int64_t waiting_since_ = 0;  // of the steady clock, in nanoseconds
  // Differs between processes, which is all that is asked of it.
  std::uint64_t random_ = static_cast<std::uint64_t>(now_in_nanoseconds()) ^
                          static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(this));
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#ifndef PAWL_COMPILED
#include <pawl/sqlite/connection_impl.hpp>
#endif

#endif
