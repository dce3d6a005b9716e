#include "local_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <ios>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <pawl/report/escape.hpp>

#include "../open_file.hpp"
#include "../sha256.hpp"

namespace gemini_ingest {

namespace fs = std::filesystem;

pawl::outcome<content> read_content(fs::path const& file) {
  auto const words = [&file](std::error_code const& error) {
    return fmt::format("'{}': {}", pawl::escaped(text_of_path(file)), error.message());
  };
  auto const last = [&words] { return words(std::error_code(errno, std::generic_category())); };
  std::error_code failed;
  auto const before = look_at(file, failed);
  if (failed == std::errc::no_such_file_or_directory) return pawl::trouble::not_found(words(failed));
  if (failed) return pawl::trouble::permanent(words(failed));
  if (!before.is_file)
    return pawl::trouble::permanent(fmt::format("'{}' is no regular file", pawl::escaped(text_of_path(file))));
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  if (!in) return pawl::trouble::permanent(last());
  content read;
  read.modified = before.modified;
  sha256 hash;
  std::array<char, 65536> buffer;
  while (in) {
    in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    hash.add({buffer.data(), static_cast<std::size_t>(in.gcount())});
    read.size += in.gcount();
  }
  if (in.bad()) return pawl::trouble::transient(last());
  read.hash = hash.hexadecimal();
  return read;
}

bool is_unchanged(fs::path const& file, std::int64_t size, std::int64_t modified) {
  std::error_code failed;
  auto const now = look_at(file, failed);
  return !failed && now.is_file && now.size == size && now.modified == modified;
}

std::string_view mime_type_of(std::string_view path) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 12> known{
      {{".md", "text/markdown"},
       {".html", "text/html"},
       {".htm", "text/html"},
       {".csv", "text/csv"},
       {".xml", "text/xml"},
       {".css", "text/css"},
       {".js", "text/javascript"},
       {".py", "text/x-python"},
       {".json", "application/json"},
       {".pdf", "application/pdf"},
       {".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
       {".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}}};
  for (auto const& [ending, type] : known)
    if (path.ends_with(ending)) return type;
  return "text/plain";
}

std::string title_of(std::string_view path) {
  constexpr std::size_t most = 512;
  constexpr std::string_view left_out = "...";
  auto title = pawl::escaped(path);
  if (title.size() <= most) return title;
  auto const is_within_letter = [&path] {
    return !path.empty() && (static_cast<unsigned char>(path[0]) & 0xc0) == 0x80;
  };
  while (title.size() > most - left_out.size()) {
    // No letter becomes more than ten: the rest is not made shorter than it must be.
    path.remove_prefix((std::max)((title.size() - most + left_out.size()) / 10, std::size_t{1}));
    while (is_within_letter()) path.remove_prefix(1);
    title = pawl::escaped(path);
  }
  return std::string(left_out) + title;
}

}  // namespace gemini_ingest
