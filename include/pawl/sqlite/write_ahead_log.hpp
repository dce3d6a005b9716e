// The write-ahead log as a file, for the one thing that SQLite leaves undone in it.
#ifndef PAWL_SQLITE_WRITE_AHEAD_LOG_HPP
#define PAWL_SQLITE_WRITE_AHEAD_LOG_HPP

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include <sqlite3.h>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// A sync that fails has not only failed: Linux takes what it could not write for written, everybody still reads it, and no
// later sync writes it (so does every system on which fsync(2) may be told once what a disk refused). Whoever opens the
// log after that goes on behind a gap, and the next power cut takes what he has acknowledged; or he copies the log back,
// and a power cut leaves a half of it in the database. Only to write the same bytes again makes the next sync, whoever
// asks for it, write them. Formats: sqlite.org/walformat.html.
class write_ahead_log {
 public:
  // That of an open database. It makes calls through `handle` alone, and none where there is no log.
  explicit write_ahead_log(sqlite3* handle) noexcept : handle_(handle) {
    sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file_);
  }

  // Syncs it. SQLite's result code, and how many pages that were committed are on the disk since then.
  struct synced {
    int code = SQLITE_OK;
    std::int64_t pages = 0;
  };
  synced sync() noexcept {
    if (!is_there()) return {};
    std::int64_t const pages = committed_pages();
    return {file_->pMethods->xSync(file_, SQLITE_SYNC_NORMAL), pages};
  }

  // What stands in it behind so many pages, and at least what stands there and nobody has committed. In a transaction that
  // ends before this returns: nobody else writes meanwhile. Where that cannot begin, or the disk refuses again, the log
  // stays as it is.
  void write_again(std::int64_t pages_on_disk) noexcept {
    if (!is_there()) return;
    if (sqlite3_exec(handle_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) != SQLITE_OK) return;
    if (read(0, header_)) {
      std::int64_t const from = (std::min)(pages_on_disk, committed_pages());
      copy(from > 0 ? offset_of(from) : 0, end_of_log(from));
    }
    sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
  }

 private:
  static constexpr std::int64_t header_size = 32, frame_header_size = 24;
  static constexpr std::size_t salts = 16, salts_of_frame = 8, salts_size = 8;

  bool is_there() const noexcept { return file_ != nullptr && file_->pMethods != nullptr; }
  template <class Bytes> bool read(std::int64_t offset, Bytes& into) noexcept {
    return file_->pMethods->xRead(file_, into.data(), static_cast<int>(into.size()), offset) == SQLITE_OK;
  }
  std::int64_t offset_of(std::int64_t page) const noexcept {
    std::uint32_t size = 0;  // of a page, big-endian
    for (std::size_t i = 8; i < 12; ++i) size = size << 8 | header_[i];
    return header_size + page * (frame_header_size + std::int64_t{size});
  }
  // As all processes on the database know it: mxFrame in the index of the log, which they share.
  std::int64_t committed_pages() const noexcept {
    sqlite3_file* database = nullptr;
    void volatile* index = nullptr;
    constexpr int region = 32768;
    if (sqlite3_file_control(handle_, "main", SQLITE_FCNTL_FILE_POINTER, &database) != SQLITE_OK ||
        database->pMethods->iVersion < 2 || database->pMethods->xShmMap(database, 0, region, 0, &index) != SQLITE_OK ||
        index == nullptr)
      return 0;
    return static_cast<std::uint32_t volatile*>(index)[4];
  }
  // The first page that is not of this log, but of one that stood in the file before it, or not whole.
  std::int64_t end_of_log(std::int64_t page) noexcept {
    std::array<unsigned char, frame_header_size> frame{};
    while (read(offset_of(page), frame) && std::memcmp(&frame[salts_of_frame], &header_[salts], salts_size) == 0)
      ++page;
    return offset_of(page);
  }
  void copy(std::int64_t from, std::int64_t end) noexcept {
    std::array<unsigned char, 16384> bytes;
    while (from < end) {
      auto const size = static_cast<int>((std::min)(end - from, static_cast<std::int64_t>(bytes.size())));
      int const got = file_->pMethods->xRead(file_, bytes.data(), size, from);
      if (got != SQLITE_OK || file_->pMethods->xWrite(file_, bytes.data(), size, from) != SQLITE_OK) return;
      from += size;
    }
  }

  sqlite3* handle_;
  sqlite3_file* file_ = nullptr;
  std::array<unsigned char, header_size> header_{};
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
