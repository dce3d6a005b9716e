// Access to the write-ahead log file, to repair it after a failed fsync, which SQLite does not do.
#ifndef PAWL_SQLITE_WRITE_AHEAD_LOG_HPP
#define PAWL_SQLITE_WRITE_AHEAD_LOG_HPP

#include <array>
#include <cstdint>
#include <cstring>
#include <string>

#include <sqlite3.h>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// After a failed fsync, Linux marks the dirty pages clean: on ext4 and XFS readers still see them, but no later fsync
// writes them. Whoever continues this log builds on a gap: the next power cut loses what was acknowledged since, or
// leaves a half-copied checkpoint in the database. Rewriting the same bytes is the only remedy: the next fsync, by any
// process, then writes them. File formats: sqlite.org/walformat.html; behaviour of file systems: Rebello et al., Can
// Applications Recover from fsync Failures?, USENIX ATC 2020.
class write_ahead_log {
 public:
  // The log of an open database. Only makes calls through `handle`, and none if there is no log.
  explicit write_ahead_log(sqlite3* handle) noexcept : handle_(handle) {
    sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file_);
  }

  // The first `pages` frames of a log. When the log is restarted in the same file, its salts change.
  struct part {
    std::array<unsigned char, 8> salts{};
    std::int64_t pages = 0;
  };
  // The committed part, as recorded in the shared-memory index. Empty if another process is changing the index at the
  // moment.
  part committed() const noexcept;

  // False if the beginning or the end of what is committed is missing, because somebody has truncated or overwritten the
  // file. SQLite itself would copy the zeros of the gap into the database at the next checkpoint.
  bool is_whole() noexcept;

  // Whether the file that SQLite has open is the one at this path, as its first bytes tell, random in part. False while
  // it is empty. It has no locks that closing it here could give up: those are at the index.
  bool is_at(std::string const& path) noexcept;
  // Not with exclusive locking, for example.
  bool has_shared_index() const noexcept { return index() != nullptr; }

  // Returns SQLite's result code.
  int sync() noexcept { return is_there() ? file_->pMethods->xSync(file_, SQLITE_SYNC_NORMAL) : SQLITE_OK; }

  // Rewrites, with the same bytes, the log's frames after `on_disk` and after what checkpoints have copied back (a
  // checkpoint syncs the log first), and the database pages that an unfinished checkpoint has copied. Holds a write
  // transaction meanwhile, which keeps other writers out. If it cannot begin, or the disk fails again, both files are
  // left as they are.
  void write_again(part const& on_disk) noexcept;

 private:
  static constexpr std::int64_t header_size = 32, frame_header_size = 24;
  static constexpr std::size_t salts = 16, salts_of_frame = 8, salts_size = 8;

  bool is_there() const noexcept { return file_ != nullptr && file_->pMethods != nullptr; }
  template <class Bytes> bool read(std::int64_t offset, Bytes& into) noexcept {
    return file_->pMethods->xRead(file_, into.data(), static_cast<int>(into.size()), offset) == SQLITE_OK;
  }
  static std::uint32_t big_endian(unsigned char const* bytes) noexcept;
  std::int64_t page_size() const noexcept { return big_endian(&header_[8]); }
  std::int64_t offset_of(std::int64_t page) const noexcept {
    return header_size + page * (frame_header_size + page_size());
  }
  // Null if the log has no shared index, for example with exclusive locking: asking for the index would create one.
  sqlite3_file* database() const noexcept;
  std::uint32_t const volatile* index() const noexcept;
  std::int64_t copied_back() const noexcept;
  bool is_of_this_log(unsigned char const* its_salts) const noexcept {
    return std::memcmp(its_salts, &header_[salts], salts_size) == 0;
  }
  // End offset of the current log: before the first frame that is incomplete or left over from an earlier log in the
  // same file.
  std::int64_t end_of_log(std::int64_t page) noexcept;
  // Reads and writes back the same bytes.
  static void rewrite(sqlite3_file* f, std::int64_t from, std::int64_t end) noexcept;
  // Rewrites the database pages copied by an unfinished checkpoint: only a complete checkpoint syncs them, and while
  // the index exists the next one starts after them. If another connection is checkpointing, leaves this to it: it gets
  // the error itself.
  void write_copied_again() noexcept;

  sqlite3* handle_;
  sqlite3_file* file_ = nullptr;
  std::array<unsigned char, header_size> header_{};
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#ifndef PAWL_COMPILED
#include <pawl/sqlite/write_ahead_log_impl.hpp>
#endif

#endif
