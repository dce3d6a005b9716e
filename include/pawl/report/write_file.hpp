// Writes a report to a file, completely or not at all.
#ifndef PAWL_REPORT_WRITE_FILE_HPP
#define PAWL_REPORT_WRITE_FILE_HPP

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <ios>
#include <random>
#include <string>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include <pawl/error.hpp>
#include <pawl/report/escape.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

namespace detail {

[[noreturn]] inline void cannot_write(std::filesystem::path const& path, std::error_code const& why) {
  throw error{"report.write", fmt::format("cannot write the report '{}': {}", escaped(path.string()), why.message())};
}

// Writes and closes the file; returns the error, if any.
inline std::error_code write_and_close(std::filesystem::path const& path, std::string_view text) {
  errno = 0;
  std::ofstream file{path, std::ios::binary | std::ios::trunc};
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.close();
  if (file) return {};
  return errno != 0 ? std::error_code{errno, std::generic_category()} : std::make_error_code(std::errc::io_error);
}

}  // namespace detail

// Writes the text to a new file beside `path` and renames it, so that a reader sees the old content or the new one,
// never a part, even if the disk is full or the program is killed. (Without fsync, so a power cut may lose it.) A
// symbolic link stays a link. Anything but a regular file, such as a pipe, is written directly. The folder must exist.
// Throws error "report.write" with the path and the system's reason; nothing is left behind then.
inline void write_file(std::filesystem::path const& path, std::string_view text) {
  std::error_code ignored;
  auto const status = std::filesystem::status(path, ignored);
  if (std::filesystem::is_directory(status))
    detail::cannot_write(path, std::make_error_code(std::errc::is_a_directory));
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    if (auto const why = detail::write_and_close(path, text)) detail::cannot_write(path, why);
    return;
  }
  auto target = std::filesystem::canonical(path, ignored);
  if (ignored) target = path;
  auto beside = target;
  beside += fmt::format(".{:08x}.tmp", std::random_device{}());
  auto why = detail::write_and_close(beside, text);
  if (!why && std::filesystem::exists(status)) std::filesystem::permissions(beside, status.permissions(), ignored);
  if (!why) std::filesystem::rename(beside, target, why);
  if (!why) return;
  std::filesystem::remove(beside, ignored);
  detail::cannot_write(path, why);
}

}  // namespace pawl::inline PAWL_ABI

#endif
