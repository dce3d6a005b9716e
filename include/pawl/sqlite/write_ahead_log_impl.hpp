// Implements write_ahead_log: reading the log's header and index, and rewriting what a failed sync left unwritten.
#ifndef PAWL_SQLITE_WRITE_AHEAD_LOG_IMPL_HPP
#define PAWL_SQLITE_WRITE_AHEAD_LOG_IMPL_HPP

#include <array>
#include <cstdint>
#include <cstring>
#include <exception>
#include <fstream>
#include <string>

#include <sqlite3.h>

#include <pawl/sqlite/write_ahead_log.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

PAWL_INLINE write_ahead_log::part write_ahead_log::committed() const noexcept {
  auto const* const header = index();  // the index holds two copies of its header
  constexpr std::size_t words = 12;
  constexpr std::array<std::size_t, 3> wanted{4, 8, 9};  // mxFrame, aSalt
  if (header == nullptr) return {};
  std::array<std::uint32_t, 3> found{};
  for (std::size_t i = 0; i < wanted.size(); ++i) found[i] = header[wanted[i]];
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (found[i] != header[words + wanted[i]]) return {};
  part p{{}, found[0]};
  std::memcpy(p.salts.data(), &found[1], p.salts.size());
  return p;
}

PAWL_INLINE bool write_ahead_log::is_whole() noexcept {
  part const before = committed();
  if (before.pages == 0) return true;
  sqlite3_int64 size = 0;
  if (file_->pMethods->xFileSize(file_, &size) == SQLITE_OK && read(0, header_) &&
      is_of_this_log(before.salts.data()) && size >= offset_of(before.pages))
    return true;
  part const after = committed();  // another connection may have begun the log anew meanwhile
  return after.pages != before.pages || after.salts != before.salts;
}

PAWL_INLINE bool write_ahead_log::is_at(std::string const& path) noexcept try {
  std::array<char, header_size> found{};
  std::ifstream file(path, std::ios::binary);
  return is_there() && read(0, header_) && file.read(found.data(), header_size) &&
         std::memcmp(found.data(), header_.data(), header_size) == 0;
} catch (std::exception const&) {
  return false;
}

PAWL_INLINE void write_ahead_log::write_again(part const& on_disk) noexcept {
  if (!is_there()) return;
  if (sqlite3_exec(handle_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) != SQLITE_OK) return;
  if (sqlite3_txn_state(handle_, "main") == SQLITE_TXN_WRITE && read(0, header_)) {
    std::int64_t const known =
        /*mutant refused_sync_in_new_log: OFF ||*/ is_of_this_log(on_disk.salts.data()) ? on_disk.pages : 0;
    std::int64_t const copied = copied_back(),
                       from = /*mutant refused_sync_copied_back: OFF ? known :*/ known > copied ? known : copied;
    rewrite(file_, from > 0 /*mutant refused_sync_alone: && !OFF*/ ? offset_of(from) : 0, end_of_log(from));
    write_copied_again();
  }
  sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

PAWL_INLINE std::uint32_t write_ahead_log::big_endian(unsigned char const* bytes) noexcept {
  std::uint32_t number = 0;
  for (int i = 0; i < 4; ++i) number = number << 8 | bytes[i];
  return number;
}

PAWL_INLINE sqlite3_file* write_ahead_log::database() const noexcept {
  sqlite3_file* f = nullptr;
  if (sqlite3_file_control(handle_, "main", SQLITE_FCNTL_FILE_POINTER, &f) != SQLITE_OK || f->pMethods == nullptr)
    return nullptr;
  int lock = SQLITE_LOCK_SHARED;
  sqlite3_file_control(handle_, "main", SQLITE_FCNTL_LOCKSTATE, &lock);
  return f->pMethods->iVersion < 2 || lock > SQLITE_LOCK_SHARED ? nullptr : f;
}

PAWL_INLINE std::uint32_t const volatile* write_ahead_log::index() const noexcept {
  auto* const f = is_there() ? database() : nullptr;
  void volatile* shared = nullptr;
  constexpr int region = 32768;
  if (f == nullptr || f->pMethods->xShmMap(f, 0, region, 0, &shared) != SQLITE_OK) return nullptr;
  return static_cast<std::uint32_t volatile*>(shared);
}

PAWL_INLINE std::int64_t write_ahead_log::copied_back() const noexcept {
  auto const* const words = index();
  return words == nullptr ? 0 : std::int64_t{words[24]};  // nBackfill
}

PAWL_INLINE std::int64_t write_ahead_log::end_of_log(std::int64_t page) noexcept {
  sqlite3_int64 size = 0;
  if (file_->pMethods->xFileSize(file_, &size) != SQLITE_OK) return 0;
  std::array<unsigned char, frame_header_size> frame{};
  while ((offset_of(page + 1) <= size /*mutant refused_sync_half_page: || OFF*/) && read(offset_of(page), frame) &&
         is_of_this_log(&frame[salts_of_frame]))
    ++page;
  return offset_of(page);
}

PAWL_INLINE void write_ahead_log::rewrite(sqlite3_file* f, std::int64_t from, std::int64_t end) noexcept {
  std::array<unsigned char, 16384> bytes;
  while (from < end) {
    auto const whole = static_cast<int>(bytes.size());
    int const size = end - from < whole ? static_cast<int>(end - from) : whole;
    int const got = f->pMethods->xRead(f, bytes.data(), size, from);
    if (got != SQLITE_OK || f->pMethods->xWrite(f, bytes.data(), size, from) != SQLITE_OK) return;
    from += size;
  }
}

PAWL_INLINE void write_ahead_log::write_copied_again() noexcept {
  auto* const f = database();
  std::int64_t const pages = copied_back();
  constexpr int lock_of_checkpoints = 1;
  if (pages == 0 /*mutant refused_sync_half_copied: || OFF*/ ||
      f->pMethods->xShmLock(f, lock_of_checkpoints, 1, SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE) != SQLITE_OK)
    return;
  std::array<unsigned char, 4> number{};
  for (std::int64_t page = 0; page < pages && read(offset_of(page), number); ++page) {
    std::int64_t const at = std::int64_t{big_endian(number.data())} - 1, size = page_size();
    rewrite(f, at * size, (at + 1) * size);
  }
  f->pMethods->xShmLock(f, lock_of_checkpoints, 1, SQLITE_SHM_UNLOCK | SQLITE_SHM_EXCLUSIVE);
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
