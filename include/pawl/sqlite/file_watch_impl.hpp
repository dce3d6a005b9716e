// Implements file_watch: comparing the files that SQLite has open with those that their paths lead to.
#ifndef PAWL_SQLITE_FILE_WATCH_IMPL_HPP
#define PAWL_SQLITE_FILE_WATCH_IMPL_HPP

#include <cstdint>
#include <string>
#include <utility>

#include <sqlite3.h>

#include <pawl/sqlite/file_watch.hpp>
#include <pawl/sqlite/write_ahead_log.hpp>
#include <pawl/system/file_identity.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

PAWL_INLINE void file_watch::watched_file::note(std::string name) {
  path = std::move(name);
  auto const found = file_status::of(path);
  is_noted = found.is == file_status::kind::file;
  identity = found.identity;
}

PAWL_INLINE bool file_watch::begin(sqlite3* handle, std::string const& path) {
  char const* const resolved = sqlite3_db_filename(handle, "main");
  if (resolved == nullptr || *resolved == 0) return true;
  file_.note(pawl::detail::absolute_path(path));
  if (!watches()) return true;
  note_size();
  int moved = 0;  // is the file at its path the one that SQLite has open?
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  if (moved != 0 || file_.is_another(file_status::of(resolved))) return false;
  if (open_log(handle) == nullptr)  // a database that was just made has not opened its log yet
    sqlite3_exec(handle, "SELECT 1 FROM sqlite_schema", nullptr, nullptr, nullptr);
  note_log(handle);
  return true;
}

PAWL_INLINE void file_watch::note_log(sqlite3* handle) {
  noted_log_ = open_log(handle);
  if (noted_log_ == nullptr) return;
  std::string const file = sqlite3_db_filename(handle, "main");
  log_.note(file + "-wal");
  index_.note(file + "-shm");
}

PAWL_INLINE file_watch::finding file_watch::look_at_log() const {
  auto const log = file_status::of(log_.path), index = file_status::of(index_.path);
  if (log_.is_another(log) || index_.is_another(index)) return finding::log_replaced;
  if (/*mutant removed_log_is_noticed: !OFF &&*/ (log_.is_gone(log) || index_.is_gone(index)))
    return finding::log_removed;
  return finding::whole;
}

PAWL_INLINE bool file_watch::has_new_log(sqlite3* handle) const {
  auto const has_open = [](watched_file const& one) {
    return pawl::detail::descriptors_of(file_status::of(one.path).identity) > 0;
  };
  write_ahead_log log(handle);
  return log.is_at(log_.path) && (/*mutant copied_log_is_noticed: OFF ||*/ has_open(log_)) &&
         (!log.has_shared_index() || has_open(index_));
}

PAWL_INLINE file_watch::finding file_watch::look(sqlite3* handle) {
  if (!watches()) return finding::whole;
  auto const file = file_status::of(file_.path);
  if (/*mutant lost_file_is_noticed: !OFF &&*/ (file_.is_gone(file) || file_.is_another(file))) return finding::lost;
  if (noted_log_ != open_log(handle)) note_log(handle);
  if (noted_log_ != nullptr) {
    auto found = look_at_log();
    if (found != finding::whole && has_new_log(handle)) {
      note_log(handle);
      found = look_at_log();
    }
    if (found != finding::whole) return found;
    if (!write_ahead_log(handle).is_whole() /*mutant damaged_log_is_noticed: && !OFF*/) return finding::log_damaged;
  }
  if (file.is != file_status::kind::file) return finding::whole;
  if (file.size < size_ /*mutant truncated_file_is_noticed: && !OFF*/) return finding::shrunk;
  size_ = file.size;
  return finding::whole;
}

PAWL_INLINE void file_watch::note_size() noexcept {
  auto const file = file_status::of(file_.path);
  if (file.is == file_status::kind::file) size_ = file.size;
}

PAWL_INLINE sqlite3_file* file_watch::open_log(sqlite3* handle) noexcept {
  sqlite3_file* log = nullptr;
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  return log != nullptr && log->pMethods != nullptr ? log : nullptr;
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
