#include "local_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <ios>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>

#include <pawl/report/escape.hpp>

#include "../sha256.hpp"

namespace gemini_ingest {

namespace fs = std::filesystem;

struct look {
  std::int64_t size = 0, modified = 0;
  bool regular = false;
};
static std::optional<look> look_at(fs::path const& file) {
  struct stat status {};
  if (::lstat(file.c_str(), &status) != 0) return std::nullopt;
  return look{status.st_size, std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec,
              S_ISREG(status.st_mode)};
}

pawl::outcome<content> read_content(fs::path const& file) {
  auto const words = [&file](int error) {
    return fmt::format("'{}': {}", pawl::escaped(file.native()), std::generic_category().message(error));
  };
  auto const before = look_at(file);
  if (!before) return errno == ENOENT ? pawl::trouble::not_found(words(errno)) : pawl::trouble::permanent(words(errno));
  if (!before->regular)
    return pawl::trouble::permanent(fmt::format("'{}' is no regular file", pawl::escaped(file.native())));
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  if (!in) return pawl::trouble::permanent(words(errno));
  content read;
  read.modified = before->modified;
  sha256 hash;
  std::array<char, 65536> buffer;
  while (in) {
    in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    hash.add({buffer.data(), static_cast<std::size_t>(in.gcount())});
    read.size += in.gcount();
  }
  if (in.bad()) return pawl::trouble::transient(words(errno));
  read.hash = hash.hexadecimal();
  return read;
}

bool is_unchanged(fs::path const& file, std::int64_t size, std::int64_t modified) {
  auto const now = look_at(file);
  return now && now->regular && now->size == size && now->modified == modified;
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
