// The write-ahead log as a file, for the one thing that SQLite leaves undone in it.
#ifndef PAWL_SQLITE_WRITE_AHEAD_LOG_HPP
#define PAWL_SQLITE_WRITE_AHEAD_LOG_HPP

#include <array>
#include <cstdint>
#include <cstring>

#include <sqlite3.h>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// A sync that fails has not only failed: Linux takes what it could not write for written, everybody still reads it (on
// ext4 and XFS), and no later sync writes it. Whoever opens the log after that goes on behind a gap, and the next power
// cut takes what he has acknowledged; or he copies the log back, and a power cut leaves a half of it in the database. Only
// to write the same bytes again makes the next sync, whoever asks for it, write them. Formats: sqlite.org/walformat.html;
// what file systems do: Rebello et al., Can Applications Recover from fsync Failures?, USENIX ATC 2020.
class write_ahead_log {
 public:
  // That of an open database. It makes calls through `handle` alone, and none where there is no log.
  explicit write_ahead_log(sqlite3* handle) noexcept : handle_(handle) {
    sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file_);
  }

  // The first pages of a log; another one, begun anew in the same file, has other salts.
  struct part {
    std::array<unsigned char, 8> salts{};
    std::int64_t pages = 0;
  };
  // What is committed, as all processes on the database know it by the index of the log, which they share. Nothing where
  // somebody else is just changing that.
  part committed() const noexcept;

  // Answers SQLite's result code.
  int sync() noexcept { return is_there() ? file_->pMethods->xSync(file_, SQLITE_SYNC_NORMAL) : SQLITE_OK; }

  // What stands in it behind what is known to be on the disk, as is what a checkpoint has copied back, which syncs the log
  // before; and in the database, what half a checkpoint has copied. In a transaction that ends before this returns: nobody
  // else writes meanwhile. Where that cannot begin, or the disk refuses again, both files stay as they are.
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
  // Nothing where its log has no index that is shared, be it that a connection has the database for itself alone: to ask
  // for one would make one.
  sqlite3_file* database() const noexcept;
  std::uint32_t const volatile* index() const noexcept;
  std::int64_t copied_back() const noexcept;
  bool is_of_this_log(unsigned char const* its_salts) const noexcept {
    return std::memcmp(its_salts, &header_[salts], salts_size) == 0;
  }
  // The first page that is not of this log, but of one that stood in the file before it, or not whole.
  std::int64_t end_of_log(std::int64_t page) noexcept;
  // With the same bytes.
  static void rewrite(sqlite3_file* f, std::int64_t from, std::int64_t end) noexcept;
  // The pages of the file that were copied back in part of a checkpoint: only the whole of it syncs them, and the next one
  // begins behind them while anybody keeps the index alive. Where somebody else is at a checkpoint he hears of it himself.
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
