// Implements connection: closing it, poisoning it, describing errors, and waiting for other processes.
#ifndef PAWL_SQLITE_CONNECTION_IMPL_HPP
#define PAWL_SQLITE_CONNECTION_IMPL_HPP

#include <chrono>
#include <cstdint>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <sqlite3.h>

#include <pawl/error.hpp>
#include <pawl/sqlite/connection.hpp>
#include <pawl/sqlite/open_files.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/sqlite/write_ahead_log.hpp>
#include <pawl/system/file_identity.hpp>
#include <pawl/system/fork_guard.hpp>
#include <pawl/system/lock_wait.hpp>
#include <pawl/system/pause.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

PAWL_INLINE void connection::note_file() {
  file_ = pawl::detail::file_identity::of(path_);
  if (file_) open_files::of_process().add(*file_);
}

PAWL_INLINE void connection::close() noexcept {
  if (!is_here() || handle == nullptr) return;
  sqlite3_close_v2(std::exchange(handle, nullptr));  // unfinalized statements keep the handle open
  if (file_) open_files::of_process().remove(*file_);
}

PAWL_INLINE void connection::poison(int code, std::string_view doing) noexcept {
  if (std::exchange(poisoned_, true)) return;
  try {
    poison_ = reason(code).append(doing);
  } catch (std::bad_alloc const&) {
    poison_.clear();
  }
  mend_log_after(code);
}

PAWL_INLINE void connection::refuse_if_unusable() const {
  if (!is_here() /*mutant child_is_refused: && !OFF*/) refuse_in_child();
  if (poisoned() /*mutant poison_is_final: && !OFF*/) refuse_poisoned();
}

PAWL_INLINE std::string connection::poison_text() const {
  return text({"pawl: nothing more is written to ", path_, " on this connection; open the database again. Cause: ",
               poison_.empty() ? "not recorded" : std::string_view(poison_)});
}

PAWL_NOINLINE PAWL_INLINE std::string connection::reason(int code) const {
  bool const current = handle != nullptr && sqlite3_extended_errcode(handle) == code;
  return text({current ? sqlite3_errmsg(handle) : sqlite3_errstr(code), " (SQLite error ", number(code), ")"});
}

PAWL_NOINLINE PAWL_INLINE store_error connection::failure(int code, std::string_view doing) {
  store_failure const meaning = meaning_of(code);
  bool const poisons = meaning == store_failure::not_applied /*mutant poison_on_errors: && !OFF*/;
  if (poisons) poisoned_ = true;  // before anything that may run out of memory
  std::string what = text({reason(code), ", in: ", pawl::detail::wording::excerpt(doing)});
  if (!poisons) return store_error(meaning, text({"pawl: ", path_, ": ", what}));
  if (poison_.empty()) poison_ = std::move(what);
  mend_log_after(code);
  return store_error(meaning, poison_text());
}

PAWL_INLINE int connection::wait_a_little(void* self, int earlier_calls) {
  auto& c = *static_cast<connection*>(self);
  if (!c.patient) return 0;
  std::int64_t const now = now_in_nanoseconds();
  if (earlier_calls == 0) c.waiting_since_ = now;
  constexpr std::int64_t longest = 9'000'000'000'000;  // in milliseconds, 285 years; in nanoseconds it still fits
  std::int64_t const timeout = c.busy_timeout_.count() < longest ? c.busy_timeout_.count() : longest;
  std::int64_t const left = timeout * 1'000'000 - (now - c.waiting_since_);
  if (left <= 0) return 0;
  c.random_ = c.random_ * 6364136223846793005U + 1442695040888963407U;  // its high bits are the better ones
  std::int64_t const pause = pawl::detail::lock_wait::after(earlier_calls, c.random_ >> 32).count();
  pawl::detail::pause_for(pause < left ? pause : left);
  return 1;
}

PAWL_INLINE std::string_view connection::lock_holder() const {
  bool const opened_once = file_ && pawl::detail::descriptors_of(*file_) == 1;
  return opened_once ? "another process" : "another connection, of this process or of another,";
}

PAWL_INLINE void connection::mend_log_after(int code) noexcept {
  if (code != SQLITE_IOERR_FSYNC /*mutant refused_sync: || OFF*/) return;
  bool const waits = std::exchange(patient, false);
  write_ahead_log(handle).write_again(synced);
  patient = waits;
}

PAWL_NOINLINE PAWL_INLINE void connection::refuse_in_child() const {
  fail(store_failure::misuse, {"pawl: ", path_,
                               " was opened by the parent of this process, before fork(), and cannot be used here; "
                               "close it before fork() and open it in the child, or let the child exec()"});
}

PAWL_NOINLINE PAWL_INLINE void connection::refuse_other_thread() const {
  fail(store_failure::misuse, {"pawl: ", path_,
                               " is in use by another thread; use a database, its stores and its queue on one thread, "
                               "and give work from other threads to queue.apply() or queue.insert_if_absent()"});
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
