// What identifies a file on POSIX: its device and its number there.
#ifndef PAWL_SYSTEM_POSIX_FILE_IDENTITY_HPP
#define PAWL_SYSTEM_POSIX_FILE_IDENTITY_HPP

#include <optional>
#include <string>

#include <sys/stat.h>
#include <sys/types.h>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::posix {

struct file_identity {
  ::dev_t device{};
  ::ino_t number{};
  friend bool operator==(file_identity const&, file_identity const&) = default;

  static std::optional<file_identity> of(std::string const& path) {
    struct ::stat found {};
    if (::stat(path.c_str(), &found) != 0) return std::nullopt;
    return file_identity{found.st_dev, found.st_ino};
  }
};

}  // namespace pawl::inline PAWL_ABI::detail::posix

#endif
