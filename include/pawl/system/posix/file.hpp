// An open file on POSIX, with an advisory lock on all of it.
#ifndef PAWL_SYSTEM_POSIX_FILE_HPP
#define PAWL_SYSTEM_POSIX_FILE_HPP

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pawl/system/failure.hpp>
#include <pawl/system/posix/variant.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::posix {

[[noreturn, gnu::noinline]] inline void fail(int code, char const* doing) {
  throw system_failure(std::error_code(code, std::generic_category()), doing);
}

// Owns the descriptor. Member functions that fail throw system_failure unless they say otherwise.
class file {
 public:
  file() = default;
  file(file&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  file& operator=(file&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~file() { close(); }

  // Opens the file to read and write it, and makes it if it does not exist. Not inherited through exec().
  static file open_or_make(std::string const& path) {
    file opened;
    opened.descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (!opened.is_open()) fail(errno, "open");
    return opened;
  }
  // Not open if there is no such file, or if it may not be read.
  static file open_to_read(std::string const& path) noexcept {
    file opened;
    opened.descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    return opened;
  }

  bool is_open() const noexcept { return descriptor_ >= 0; }
  int descriptor() const noexcept { return descriptor_; }
  void close() noexcept {
    if (is_open()) ::close(std::exchange(descriptor_, -1));
  }

  // The lock belongs to the open file: it ends when every process that inherited the descriptor has closed it or died.
  // False: another open file holds a lock that conflicts.
  bool try_lock(bool exclusive) {
    if (::flock(descriptor_, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0) return true;
    if (errno != EWOULDBLOCK) fail(errno, "lock");
    return false;
  }
  // Whether `path` still names this file.
  bool is_at(std::string const& path) const noexcept {
    struct ::stat opened {
    }, named{};
    return ::fstat(descriptor_, &opened) == 0 && ::stat(path.c_str(), &named) == 0 && opened.st_ino == named.st_ino &&
           opened.st_dev == named.st_dev;
  }
  // False: fewer bytes are there, or they cannot be read.
  bool read(std::size_t offset, void* into, std::size_t size) const noexcept {
    return ::pread(descriptor_, into, size, static_cast<::off_t>(offset)) == static_cast<::ssize_t>(size);
  }
  void write(std::size_t offset, void const* from, std::size_t size) {
    ::ssize_t const written = ::pwrite(descriptor_, from, size, static_cast<::off_t>(offset));
    if (written != static_cast<::ssize_t>(size)) fail(written < 0 ? errno : ENOSPC, "write");
  }
  // Allocates the first `size` bytes on the disk, so that a full disk is an error here and no signal (SIGBUS) later. It
  // never shortens the file: ext4 writes a file that was truncated to nothing to the disk when it is closed.
  void reserve(std::size_t size) {
    if (int const code = posix_variant::allocate(descriptor_, size); code != 0) fail(code, "write");
  }
  static void remove(std::string const& path) noexcept { ::unlink(path.c_str()); }

 private:
  int descriptor_ = -1;
};

}  // namespace pawl::inline PAWL_ABI::detail::posix

#endif
