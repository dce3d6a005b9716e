// The first bytes of a file as memory, on Windows.
#ifndef PAWL_SYSTEM_WINDOWS_MEMORY_MAP_HPP
#define PAWL_SYSTEM_WINDOWS_MEMORY_MAP_HPP

#include <cstddef>
#include <cstdint>
#include <utility>

#include <pawl/system/windows/api.hpp>
#include <pawl/system/windows/file.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::windows {

// Shared with the file: what is written to it is in the file even if the process is killed. The file cannot be removed
// while it lives.
class memory_map {
 public:
  memory_map() = default;
  // Throws system_failure.
  memory_map(file const& of, std::size_t size) {
    std::uint64_t const bytes = size;
    ::HANDLE const section =
        ::CreateFileMappingW(of.descriptor(), nullptr, PAGE_READWRITE, static_cast<::DWORD>(bytes >> 32U),
                             static_cast<::DWORD>(bytes), nullptr);
    if (section == nullptr) fail(::GetLastError(), "map");
    begin_ = ::MapViewOfFile(section, FILE_MAP_READ | FILE_MAP_WRITE, 0, 0, size);
    ::DWORD const why = ::GetLastError();
    ::CloseHandle(section);  // the view keeps it
    if (begin_ == nullptr) fail(why, "map");
  }
  memory_map(memory_map&& other) noexcept : begin_(std::exchange(other.begin_, nullptr)) {}
  memory_map& operator=(memory_map&& other) noexcept {
    std::swap(begin_, other.begin_);
    return *this;
  }
  memory_map(memory_map const&) = delete;
  memory_map& operator=(memory_map const&) = delete;
  ~memory_map() {
    if (begin_ != nullptr) ::UnmapViewOfFile(begin_);
  }
  void* begin() const noexcept { return begin_; }

 private:
  void* begin_ = nullptr;
};

}  // namespace pawl::inline PAWL_ABI::detail::windows

#endif
