// The files of a run: numbered dummies, or the files below a folder.
#ifndef BATCH_BENCHMARK_FILE_SET_HPP
#define BATCH_BENCHMARK_FILE_SET_HPP

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace batch_benchmark {

struct source_file {
  std::string path;  // the item's key: any bytes but NUL
  std::string content_hash;
  std::uint64_t size = 0;  // bytes

  std::string name() const { return path.substr(path.rfind('/') + 1); }
};

// Numbered from 0, in an order of its own that never changes.
class file_set {
 public:
  // "/bench/file_0001.txt", "/bench/file_0002.txt" and so on, which take no memory and are on no disk.
  static file_set made_up(std::size_t count) { return file_set({}, count); }
  explicit file_set(std::vector<source_file> found) : file_set(std::move(found), 0) {}

  std::size_t size() const { return found_.size() + made_up_; }
  source_file operator[](std::size_t number) const;
  // The number of the file with this path. Those that were found must be in the order of their paths.
  std::optional<std::size_t> number_of(std::string_view path) const;

 private:
  file_set(std::vector<source_file> found, std::size_t made_up) : found_(std::move(found)), made_up_(made_up) {}

  std::vector<source_file> found_;
  std::size_t made_up_;
};

// The regular files below a folder, as `find FOLDER -type f` finds them (no symbolic link is followed below it), as
// paths relative to it, in the order of their bytes. Throws failure (fatal) where a folder cannot be read, and where
// there is no such file. Ends early once `stopped` says so.
std::vector<std::string> paths_below(std::filesystem::path const& folder, std::function<bool()> const& stopped);

// Reads the file, for its size and its SHA-256 in hexadecimal digits, as sha256sum prints it. Throws failure (fatal)
// where it cannot be read. Ends early once `stopped` says so, with what it has read until then.
source_file read_source(std::filesystem::path const& folder, std::string path, std::function<bool()> const& stopped);

}  // namespace batch_benchmark

#endif
