// Reads the part of a file that a request sends.
#ifndef PAWL_HTTP_READ_RANGE_HPP
#define PAWL_HTTP_READ_RANGE_HPP

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <ios>
#include <string>
#include <system_error>

#include <pawl/adapter/outcome.hpp>
#include <pawl/adapter/trouble.hpp>
#include <pawl/http/request.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::http::detail {

// The bytes of the range, or permanent trouble: a file that is shorter now than it was cannot be sent as promised.
inline outcome<std::string> read_range(file_range const& range) {
  std::error_code unreadable;
  std::uint64_t const size = std::filesystem::file_size(range.path, unreadable);
  if (!unreadable && range.offset <= size && range.size <= size - range.offset) {
    std::string bytes(static_cast<std::size_t>(range.size), '\0');
    std::ifstream file(range.path, std::ios::binary);
    if (file) file.seekg(static_cast<std::streamoff>(range.offset));
    if (file) file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (file) return bytes;
  }
  return trouble::permanent("'" + range.path.string() + "' cannot be read from byte " + std::to_string(range.offset) +
                            " on for " + std::to_string(range.size) + " bytes; it is gone or has become shorter");
}

}  // namespace pawl::inline PAWL_ABI::http::detail

#endif
