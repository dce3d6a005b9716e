// The first bytes of a file as memory, on POSIX.
#ifndef PAWL_SYSTEM_POSIX_MEMORY_MAP_HPP
#define PAWL_SYSTEM_POSIX_MEMORY_MAP_HPP

#include <cerrno>
#include <cstddef>
#include <utility>

#include <sys/mman.h>

#include <pawl/system/posix/file.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::posix {

// Shared with the file: what is written to it is in the file even if the process is killed.
class memory_map {
 public:
  memory_map() = default;
  // Throws system_failure.
  memory_map(file const& of, std::size_t size) : size_(size) {
    void* const mapped = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, of.descriptor(), 0);
    if (mapped == MAP_FAILED) fail(errno, "map");
    begin_ = mapped;
  }
  memory_map(memory_map&& other) noexcept
      : begin_(std::exchange(other.begin_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  memory_map& operator=(memory_map&& other) noexcept {
    std::swap(begin_, other.begin_);
    std::swap(size_, other.size_);
    return *this;
  }
  memory_map(memory_map const&) = delete;
  memory_map& operator=(memory_map const&) = delete;
  ~memory_map() {
    if (begin_ != nullptr) ::munmap(begin_, size_);
  }
  void* begin() const noexcept { return begin_; }

 private:
  void* begin_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace pawl::inline PAWL_ABI::detail::posix

#endif
