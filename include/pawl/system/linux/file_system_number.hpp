// The number by which Linux calls the file system of a path.
#ifndef PAWL_SYSTEM_LINUX_FILE_SYSTEM_NUMBER_HPP
#define PAWL_SYSTEM_LINUX_FILE_SYSTEM_NUMBER_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <sys/statfs.h>
#include <unistd.h>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::of_linux {

// `f_type` of statfs(2). If the file does not exist, that of the folder in which it would be made, after following
// symbolic links. Nothing if the path leads nowhere.
inline std::optional<std::uint32_t> file_system_number_of(std::string path) {
  struct ::statfs found {};
  for (int links = 0; ::statfs(path.c_str(), &found) != 0; ++links) {
    std::size_t const slash = path.rfind('/');
    std::string const folder = slash == std::string::npos ? std::string(".") : path.substr(0, slash + 1);
    std::string target(4096, '\0');
    auto const size = ::readlink(path.c_str(), target.data(), target.size());
    if (size < 0 || links == 40) {  // no link: there is nothing, or it cannot be read
      if (::statfs(folder.c_str(), &found) != 0) return std::nullopt;
      break;
    }
    target.resize(static_cast<std::size_t>(size));
    path = target.front() == '/' ? target : folder + "/" + target;
  }
  return static_cast<std::uint32_t>(found.f_type);
}

}  // namespace pawl::inline PAWL_ABI::detail::of_linux

#endif
