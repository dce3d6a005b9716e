// A connection's handle, the meaning of its error codes, and its poisoned state; shared by database and its statements.
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
#include <pawl/store/thread_guard.hpp>
#include <pawl/system/file_identity.hpp>
#include <pawl/system/fork_guard.hpp>
#include <pawl/system/pause.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

constexpr bool is_busy(int code) noexcept {
  int const primary = code & 0xff;
  return primary == SQLITE_BUSY || primary == SQLITE_LOCKED || primary == SQLITE_PROTOCOL;
}

// What a failed statement means for the caller's work. Unless an error is known to concern that statement alone, it
// poisons the connection: after a failed write or a full disk it is not trusted again, because a repeated sync may
// report success although data was lost.
constexpr store_failure meaning_of(int code) noexcept {
  if (is_busy(code)) return store_failure::busy;
  switch (/*mutant io_error_ends_all: OFF && (code & 0xff) == SQLITE_IOERR ? SQLITE_ERROR :*/ code & 0xff) {
    case SQLITE_CONSTRAINT:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
    case SQLITE_ERROR:
    case SQLITE_SCHEMA:
    case SQLITE_AUTH:
      return store_failure::rejected;  // or refused: statement_error.hpp
    case SQLITE_INTERRUPT:
    case SQLITE_ABORT:
      return store_failure::cancelled;
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

  // Registers the file as open in this process. Call it once the file exists, not before: a connection refused at open
  // holds no locks.
  void note_file();
  // Does nothing in a child of the process that opened the database. Closing the handle there, or merely finalizing a
  // statement, would write the shared-memory index and mark the parent's transaction as rolled back. The handle and its
  // files stay open until the child exits or calls exec().
  void close() noexcept;
  bool is_here() const noexcept { return opened_.is_here(); }

  sqlite3* handle = nullptr;
  bool patient = true;             // false: a call that finds the database locked fails at once
  write_ahead_log::part synced{};  // the part of the log known to be on disk

  std::string const& path() const noexcept { return path_; }
  std::chrono::milliseconds busy_timeout() const noexcept { return busy_timeout_; }

  // ---- one thread at a time; open transactions count ----

  // Throws store_error (misuse) if another thread is inside.
  void enter() {
    if (!thread_.enter()) refuse_other_thread();
  }
  bool try_enter() noexcept { return thread_.enter(); }
  bool is_inside() const noexcept { return thread_.is_inside(); }
  void leave() noexcept { thread_.leave(in_transaction()); }
  bool in_transaction() const noexcept { return handle != nullptr && sqlite3_get_autocommit(handle) == 0; }

  // ---- poison ----

  // Set even if there was not enough memory to store the reason.
  bool poisoned() const noexcept { return poisoned_; }
  void poison(std::string reason) noexcept {
    if (!std::exchange(poisoned_, true)) poison_ = std::move(reason);
  }
  void poison(int code, std::string_view doing) noexcept;
  // Throws store_error if poisoned, or inherited through fork().
  void refuse_if_unusable() const;
  std::string poison_text() const;

  // ---- errors ----

  // "disk I/O error (SQLite error 778)"
  std::string reason(int code) const;
  // The exception for an error code. Poisons the connection if the code calls for it.
  store_error failure(int code, std::string_view doing);
  void check(int code, std::string_view doing) {
    if (code != SQLITE_OK) fail_with(code, doing);
  }

  // ---- waiting for other processes ----

  // SQLite's busy handler. Sleeps in short random pauses, because nothing wakes a waiter when the lock is released; at
  // most busy_timeout in total.
  static int wait_a_little(void* self, int earlier_calls);
  bool has_waited() const noexcept { return waiting_since_ != 0; }
  // "another process" only if this process has the file open once.
  std::string_view lock_holder() const;

 private:
  [[noreturn]] PAWL_NOINLINE void fail_with(int code, std::string_view doing) { throw failure(code, doing); }
  static std::int64_t now_in_nanoseconds() {
    return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
  }
  // After a failed fsync, rewrites what the sync left dirty (write_ahead_log.hpp). If another process is writing,
  // leaves the log alone: its commits overwrite the unsynced frames, and its own sync reports any other loss.
  void mend_log_after(int code) noexcept;
  [[noreturn]] PAWL_NOINLINE void refuse_poisoned() const { fail(store_failure::not_applied, {poison_text()}); }
  [[noreturn]] void refuse_in_child() const;
  [[noreturn]] void refuse_other_thread() const;

  std::string path_;
  std::chrono::milliseconds busy_timeout_;
  pawl::detail::thread_guard thread_{};
  bool poisoned_ = false;
  std::string poison_{};  // the first cause
  pawl::detail::birthplace opened_{};
  std::optional<pawl::detail::file_identity> file_{};
  std::int64_t waiting_since_ = 0;  // steady clock, nanoseconds
  // Only needs to differ between processes.
  std::uint64_t random_ = static_cast<std::uint64_t>(now_in_nanoseconds()) ^
                          static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(this));
};

// While it lives, the connection is this thread's. Throws store_error (misuse) if it is another's.
class [[nodiscard("the connection is this thread's only while it lives")]] thread_use {
 public:
  explicit thread_use(connection & c) : entered_(c.is_inside() ? nullptr : &c) {
    if (entered_) c.enter();
  }
  // Nothing to do where it is known that this thread is inside.
  thread_use(connection & c, bool known_to_be_inside) : entered_(known_to_be_inside || c.is_inside() ? nullptr : &c) {
    if (entered_) c.enter();
  }
  thread_use(thread_use const&) = delete;
  thread_use& operator=(thread_use const&) = delete;
  ~thread_use() {
    if (entered_) entered_->leave();
  }

 private:
  connection* entered_;  // null: this thread was inside before
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#ifndef PAWL_COMPILED
#include <pawl/sqlite/connection_impl.hpp>
#endif

#endif
