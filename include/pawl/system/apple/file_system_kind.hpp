// Unsafe file systems of Apple's systems: those that are not local, and those of FUSE, by their names.
#ifndef PAWL_SYSTEM_APPLE_FILE_SYSTEM_KIND_HPP
#define PAWL_SYSTEM_APPLE_FILE_SYSTEM_KIND_HPP

#include <cstddef>
#include <string>
#include <string_view>

#include <sys/mount.h>
#include <sys/param.h>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::of_apple {

// Of a file that does not exist: that of the folder in which it would be made.
inline std::string_view unsafe_file_system_of(std::string const& path) {
  struct ::statfs found {};
  std::size_t const slash = path.rfind('/');
  std::string const folder = slash == std::string::npos ? std::string(".") : path.substr(0, slash + 1);
  if (::statfs(path.c_str(), &found) != 0 && ::statfs(folder.c_str(), &found) != 0) return {};
  if (std::string_view(found.f_fstypename).find("fuse") != std::string_view::npos) return "FUSE";
  return (found.f_flags & MNT_LOCAL) == 0 ? "a network file system" : std::string_view();
}

}  // namespace pawl::inline PAWL_ABI::detail::of_apple

#endif
