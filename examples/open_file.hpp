// Files, as far as the standard library knows nothing of them: shared by the examples that read files.
#ifndef EXAMPLES_OPEN_FILE_HPP
#define EXAMPLES_OPEN_FILE_HPP

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#ifdef _WIN32
#include <io.h>
#else
#include <unistd.h>
#endif

// What is at a path; of a symbolic link, the link itself.
struct file_look {
  std::int64_t size = 0;      // bytes
  std::int64_t modified = 0;  // nanoseconds since the epoch; on Windows since that of its files
  bool is_file = false, is_folder = false;
};

// Symbolic links, where a file is opened by its path.
enum class links { followed, refused };

// ---- the system's calls: negative, or with `failed`, where they fail ----

namespace native {
namespace fs = std::filesystem;
#ifdef _WIN32

inline int open_to_read(fs::path const& path, links through) {
  if (through == links::refused && fs::is_symlink(path)) {
    errno = ELOOP;
    return -1;
  }
  return ::_wopen(path.c_str(), _O_RDONLY | _O_BINARY | _O_NOINHERIT);
}
inline int open_to_write(fs::path const& path) {
  return ::_wopen(path.c_str(), _O_WRONLY | _O_CREAT | _O_TRUNC | _O_BINARY | _O_NOINHERIT, _S_IREAD | _S_IWRITE);
}
inline int close(int file) { return ::_close(file); }
inline auto read(int file, char* into, std::size_t most) { return ::_read(file, into, static_cast<unsigned>(most)); }
inline auto write(int file, char const* from, std::size_t size) {
  return ::_write(file, from, static_cast<unsigned>(size));
}
inline int sync(int file) { return ::_commit(file); }

inline file_look look_at(fs::path const& path, std::error_code& failed) {
  auto const status = fs::symlink_status(path, failed);
  if (status.type() == fs::file_type::not_found) failed = std::make_error_code(std::errc::no_such_file_or_directory);
  if (failed || !fs::is_regular_file(status)) return {0, 0, false, fs::is_directory(status)};
  auto const size = fs::file_size(path, failed);
  if (failed) return {};
  auto const modified = fs::last_write_time(path, failed).time_since_epoch();
  return {static_cast<std::int64_t>(size), std::chrono::nanoseconds(modified).count(), true, false};
}
inline file_look look_at(int, fs::path const& path, std::error_code& failed) { return look_at(path, failed); }

#else

inline int open_to_read(fs::path const& path, links through) {
  return ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | (through == links::refused ? O_NOFOLLOW : 0));
}
inline int open_to_write(fs::path const& path) {
  return ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
}
using ::close, ::read, ::write;
inline int sync(int file) { return ::fsync(file); }

inline file_look look_if(bool found, struct ::stat const& status, std::error_code& failed) {
  if (!found) {
    failed.assign(errno, std::generic_category());
    return {};
  }
  failed.clear();
#ifdef __APPLE__
  auto const modified = status.st_mtimespec;
#else
  auto const modified = status.st_mtim;
#endif
  return {std::int64_t{status.st_size}, std::int64_t{modified.tv_sec} * 1'000'000'000 + modified.tv_nsec,
          S_ISREG(status.st_mode), S_ISDIR(status.st_mode)};
}
inline file_look look_at(fs::path const& path, std::error_code& failed) {
  struct ::stat status {};
  bool const found = ::lstat(path.c_str(), &status) == 0;
  return look_if(found, status, failed);
}
inline file_look look_at(int file, fs::path const&, std::error_code& failed) {
  struct ::stat status {};
  bool const found = ::fstat(file, &status) == 0;
  return look_if(found, status, failed);
}

#endif
}  // namespace native

// ---- what the examples use ----

// A path as databases and people have it: on Windows in UTF-8, with slashes.
inline std::string text_of_path(std::filesystem::path const& path) {
  auto const text = path.generic_u8string();
  return std::string(text.begin(), text.end());
}
inline std::filesystem::path path_of_text(std::string_view text) {
#ifdef _WIN32
  return std::filesystem::path(std::u8string(text.begin(), text.end()));
#else
  return std::filesystem::path(text);
#endif
}

using native::look_at;

// A file that is open, and closes itself. All throw filesystem_error with its path.
class open_file {
 public:
  // Does not wait, not even for the writer of a pipe.
  static open_file to_read(std::filesystem::path const& path, links through) {
    return open_file(path, native::open_to_read(path, through));
  }
  // Empty, whether it was there or not.
  static open_file to_write(std::filesystem::path const& path) { return open_file(path, native::open_to_write(path)); }
  open_file(open_file const&) = delete;
  open_file& operator=(open_file const&) = delete;
  ~open_file() { native::close(number_); }

  file_look look() const {
    std::error_code failed;
    auto const found = native::look_at(number_, path_, failed);
    if (failed) throw std::filesystem::filesystem_error("", path_, failed);
    return found;
  }
  // Empty at the end.
  std::string_view read(std::array<char, 65536>& into) const {
    return {into.data(), checked(native::read(number_, into.data(), into.size()))};
  }
  void write(std::string_view bytes) const {
    while (!bytes.empty()) bytes.remove_prefix(checked(native::write(number_, bytes.data(), bytes.size())));
  }
  // Returns when the disk has it.
  void sync() const { checked(native::sync(number_)); }

 private:
  open_file(std::filesystem::path const& path, int number) : number_(number), path_(path) { checked(number); }

  template <class Answer> std::size_t checked(Answer answer) const {
    if (answer < 0) throw std::filesystem::filesystem_error("", path_, std::error_code(errno, std::generic_category()));
    return static_cast<std::size_t>(answer);
  }

  int number_;
  std::filesystem::path path_;
};

// Replaces what is at `to`. On Windows a file that somebody reads stays as it is: `to` must have the same content.
inline void put_in_place(std::filesystem::path const& from, std::filesystem::path const& to) {
#ifdef _WIN32
  std::error_code failed;
  std::filesystem::rename(from, to, failed);
  if (!failed) return;
  if (!std::filesystem::is_regular_file(to)) throw std::filesystem::filesystem_error("", from, failed);
  std::filesystem::remove(from);
#else
  std::filesystem::rename(from, to);
#endif
}

// The names in it are on the disk too. Windows writes them with the files.
inline void sync_folder([[maybe_unused]] std::filesystem::path const& folder) {
#ifndef _WIN32
  open_file::to_read(folder, links::followed).sync();
#endif
}

#endif
