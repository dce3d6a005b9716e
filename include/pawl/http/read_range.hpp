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

// Bytes that were written once: a std::string would be filled with zeros first.
struct file_bytes {
  std::unique_ptr<char[]> first{};
  std::size_t size = 0;
  std::string_view view() const noexcept { return {first.get(), size}; }
};

// The bytes of the range, or permanent trouble: a file that is shorter now than it was cannot be sent as promised.
inline outcome<file_bytes> read_range(file_range const& range) {
  std::error_code unreadable;
  std::uint64_t const size = std::filesystem::file_size(range.path, unreadable);
  if (!unreadable && range.offset <= size && range.size <= size - range.offset) {
    file_bytes bytes{nullptr, static_cast<std::size_t>(range.size)};
    bytes.first.reset(new char[bytes.size]);
    std::ifstream file(range.path, std::ios::binary);
    if (file) file.seekg(static_cast<std::streamoff>(range.offset));
    if (file) file.read(bytes.first.get(), static_cast<std::streamsize>(bytes.size));
    if (file) return bytes;
  }
  return trouble::permanent("'" + range.path.string() + "' cannot be read from byte " + std::to_string(range.offset) +
                            " on for " + std::to_string(range.size) + " bytes; it is gone or has become shorter");
}

}  // namespace pawl::inline PAWL_ABI::http::detail

#endif
