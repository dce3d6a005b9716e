// An open file on Windows, with a lock on all of it.
#ifndef PAWL_SYSTEM_WINDOWS_FILE_HPP
#define PAWL_SYSTEM_WINDOWS_FILE_HPP

#include <cstddef>
#include <cstdint>
#include <string>

#include <pawl/system/windows/api.hpp>
#include <pawl/system/windows/file_identity.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::windows {

// Owns the handle. Member functions that fail throw system_failure unless they say otherwise.
class file {
 public:
  // Opens the file to read and write it, and makes it if it does not exist. Not inherited by child processes. A file that
  // was removed stays in its folder, and cannot be opened, until each process has closed it: that is waited for, a moment.
  static file open_or_make(std::string const& path) {
    for (int pauses = 0;; ++pauses) {
      file opened;
      opened.handle_ = handle(path, GENERIC_READ | GENERIC_WRITE, OPEN_ALWAYS);
      if (opened.is_open()) return opened;
      ::DWORD const why = ::GetLastError();
      if (why != ERROR_ACCESS_DENIED || pauses == 50) fail(why, "open");
      ::Sleep(1);
    }
  }
  // Not open if there is no such file, or if it may not be read.
  static file open_to_read(std::string const& path) {
    file opened;
    opened.handle_ = handle(path, GENERIC_READ, OPEN_EXISTING);
    return opened;
  }

  bool is_open() const noexcept { return handle_.is_open(); }
  ::HANDLE descriptor() const noexcept { return handle_.get(); }
  void close() noexcept { handle_.close(); }

  // The lock belongs to this handle, and ends with it or its process. False: another handle's lock conflicts. A lock keeps
  // others from reading what is locked: it is on a byte far behind the end of any file.
  bool try_lock(bool exclusive) {
    ::OVERLAPPED at = position(std::uint64_t{1} << 62U);
    ::DWORD const how = LOCKFILE_FAIL_IMMEDIATELY | (exclusive ? LOCKFILE_EXCLUSIVE_LOCK : 0U);
    if (::LockFileEx(handle_.get(), how, 0, 1, 0, &at) != 0) return true;
    ::DWORD const why = ::GetLastError();
    if (why != ERROR_LOCK_VIOLATION && why != ERROR_IO_PENDING) fail(why, "lock");
    return false;
  }
  // Whether `path` still names this file.
  bool is_at(std::string const& path) const {
    auto const opened = file_identity::of(handle_), named = file_identity::of(path);
    return opened && opened == named;
  }
  // False: fewer bytes are there, or they cannot be read.
  bool read(std::size_t offset, void* into, std::size_t size) const noexcept {
    ::OVERLAPPED at = position(offset);
    ::DWORD got = 0;
    return ::ReadFile(handle_.get(), into, static_cast<::DWORD>(size), &got, &at) != 0 && got == size;
  }
  void write(std::size_t offset, void const* from, std::size_t size) {
    ::OVERLAPPED at = position(offset);
    ::DWORD put = 0;
    if (::WriteFile(handle_.get(), from, static_cast<::DWORD>(size), &put, &at) == 0) fail(::GetLastError(), "write");
    if (put != size) fail(ERROR_DISK_FULL, "write");
  }
  // Makes the file at least so long, on the disk, so that a full disk is an error here and no exception later. It never
  // shortens the file.
  void reserve(std::size_t size) {
    ::LARGE_INTEGER now{}, wanted{};
    wanted.QuadPart = static_cast<::LONGLONG>(size);
    if (::GetFileSizeEx(handle_.get(), &now) == 0) fail(::GetLastError(), "write");
    if (now.QuadPart >= wanted.QuadPart) return;
    if (::SetFilePointerEx(handle_.get(), wanted, nullptr, FILE_BEGIN) == 0 || ::SetEndOfFile(handle_.get()) == 0)
      fail(::GetLastError(), "write");
  }
  static void remove(std::string const& path) noexcept { remove_file(path); }

 private:
  static ::OVERLAPPED position(std::uint64_t offset) noexcept {
    ::OVERLAPPED at{};
    at.Offset = static_cast<::DWORD>(offset);
    at.OffsetHigh = static_cast<::DWORD>(offset >> 32U);
    return at;
  }

  handle handle_{};
};

}  // namespace pawl::inline PAWL_ABI::detail::windows

#endif
