// Reads the part of a file that a request sends.
#ifndef PAWL_HTTP_READ_RANGE_HPP
#define PAWL_HTTP_READ_RANGE_HPP

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <ios>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include <pawl/adapter/outcome.hpp>
#include <pawl/adapter/trouble.hpp>
#include <pawl/http/request.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::http::detail {

// Bytes that were written once: a std::string would be filled with zeros first. The memory can be used again, which
// spares the kernel 2,000 page faults for a chunk of 8 MiB.
class file_bytes {
 public:
  std::string_view view() const noexcept { return {first_.get(), size_}; }
  std::size_t capacity() const noexcept { return capacity_; }
  char* resize(std::size_t size) {
    if (size > capacity_) {
      first_.reset();
      capacity_ = 0;
      first_.reset(new char[size]);
      capacity_ = size;
    }
    size_ = size;
    return first_.get();
  }

 private:
  std::unique_ptr<char[]> first_{};
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

// Reads the range into `bytes`; else answers permanent trouble: a file that is shorter now than it was cannot be sent as
// promised.
inline outcome<file_bytes> read_range(file_range const& range, file_bytes bytes = {}) {
  std::error_code unreadable;
  std::uint64_t const size = std::filesystem::file_size(range.path, unreadable);
  if (!unreadable && range.offset <= size && range.size <= size - range.offset) {
    char* const first = bytes.resize(static_cast<std::size_t>(range.size));
    std::ifstream file(range.path, std::ios::binary);
    if (file) file.seekg(static_cast<std::streamoff>(range.offset));
    if (file) file.read(first, static_cast<std::streamsize>(range.size));
    if (file) return bytes;
  }
  return trouble::permanent("'" + range.path.string() + "' cannot be read from byte " + std::to_string(range.offset) +
                            " on for " + std::to_string(range.size) + " bytes; it is gone or has become shorter");
}

}  // namespace pawl::inline PAWL_ABI::http::detail

#endif
