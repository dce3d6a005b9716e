// The files that are sent: what their content is, and of which kind.
#ifndef GEMINI_INGEST_LOCAL_FILE_HPP
#define GEMINI_INGEST_LOCAL_FILE_HPP

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include <pawl/core.hpp>

namespace gemini_ingest {

struct content {
  std::string hash;           // SHA-256, hexadecimal
  std::int64_t size = 0;      // bytes that were read
  std::int64_t modified = 0;  // nanoseconds since the epoch, before they were read
};

// Reads the whole file. not_found if it is gone, permanent if it is no regular file or may not be read.
pawl::outcome<content> read_content(std::filesystem::path const& file);

// Whether it is still as it was, by size and time.
bool is_unchanged(std::filesystem::path const& file, std::int64_t size, std::int64_t modified);

// What Gemini takes a file of that name for: by its ending, else plain text.
std::string_view mime_type_of(std::string_view path);

// How people see it at Gemini: the path, of a long one its end. At most 512 bytes of UTF-8, as many characters as a title
// there may have.
std::string title_of(std::string_view path);

}  // namespace gemini_ingest

#endif
