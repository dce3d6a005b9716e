#include "file_set.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <pawl/report/escape.hpp>

#include "../files_below.hpp"
#include "../sha256.hpp"
#include "failure.hpp"

namespace batch_benchmark {

source_file file_set::operator[](std::size_t number) const {
  if (number < found_.size()) return found_[number];
  return {fmt::format("/bench/file_{:04}.txt", number + 1), fmt::format("hash_{:04}", number + 1), 1024};
}

std::optional<std::size_t> file_set::number_of(std::string_view path) const {
  std::size_t number = 0;
  if (made_up_ > 0) {
    constexpr std::string_view before = "/bench/file_";
    if (!path.starts_with(before)) return std::nullopt;
    std::from_chars(path.data() + before.size(), path.data() + path.size(), number);
    --number;  // of none there is no such file
  } else {
    auto const found =
        std::lower_bound(found_.begin(), found_.end(), path,
                         [](source_file const& one, std::string_view other) { return one.path < other; });
    number = static_cast<std::size_t>(found - found_.begin());
  }
  if (number >= size() || (*this)[number].path != path) return std::nullopt;
  return number;
}

[[noreturn]] static void cannot_read(char const* what, std::filesystem::path const& path, std::error_code const& why) {
  throw failure(exit_code::fatal,
                fmt::format("cannot read the {} '{}': {}", what, pawl::escaped(path.string()), why.message()));
}

std::vector<std::string> paths_below(std::filesystem::path const& folder, std::function<bool()> const& stopped) {
  auto all = files_below(
      folder, [](std::string_view) { return false; }, stopped);
  if (!all.unreadable.empty()) cannot_read("folder", all.unreadable.front().path, all.unreadable.front().why);
  if (all.files.empty() && !stopped())
    throw failure(exit_code::fatal, fmt::format("there is no regular file below '{}': name a folder with files",
                                                pawl::escaped(folder.string())));
  std::vector<std::string> paths;
  paths.reserve(all.files.size());
  for (auto& file : all.files) paths.push_back(std::move(file.path));
  std::sort(paths.begin(), paths.end());
  return paths;
}

source_file read_source(std::filesystem::path const& folder, std::string path, std::function<bool()> const& stopped) {
  auto const where = folder / path;
  source_file file{std::move(path), {}, 0};
  sha256 hash;
  std::array<char, 65536> part;
  errno = 0;
  std::ifstream in(where, std::ios::binary);
  while (in && !stopped()) {
    in.read(part.data(), part.size());
    auto const size = static_cast<std::size_t>(in.gcount());
    hash.add(std::string_view(part.data(), size));
    file.size += size;
  }
  if (in.bad() || !in.is_open())
    cannot_read("file", where, std::error_code(errno != 0 ? errno : EIO, std::generic_category()));
  file.content_hash = hash.hexadecimal();
  return file;
}

}  // namespace batch_benchmark
