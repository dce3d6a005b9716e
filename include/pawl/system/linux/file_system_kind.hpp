// Unsafe file systems, by the numbers that Linux gives them.
#ifndef PAWL_SYSTEM_LINUX_FILE_SYSTEM_KIND_HPP
#define PAWL_SYSTEM_LINUX_FILE_SYSTEM_KIND_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <sys/statfs.h>
#include <unistd.h>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::of_linux {

// The name of an unsafe file system by the number that statfs(2) gives it; empty for a safe or unknown one. Cluster file
// systems that keep mapped memory coherent on all machines (GFS2, OCFS2) are safe.
constexpr std::string_view unsafe_file_system(std::uint32_t number) noexcept {
  switch (number) {
    case 0x6969:
      return "NFS";
    case 0x517B:
    case 0xFE534D42:
      return "SMB";
    case 0xFF534D42:
      return "CIFS";
    case 0x01021997:
      return "9p";
    case 0x65735546:
      return "FUSE";
    case 0x5346414F:
    case 0x6B414653:
      return "AFS";
    case 0x73757245:
      return "Coda";
    case 0x564C:
      return "NCP";
    case 0x00C36400:
      return "Ceph";
    case 0x0BD00BD3:
      return "Lustre";
    case 0x47504653:
      return "GPFS";
    case 0x19830326:
      return "BeeGFS";
    case 0x20030528:
      return "OrangeFS";
    case 0xAAD7AAEA:
      return "PanFS";
    case 0x786F4256:
      return "VirtualBox's shared folder";
    case 0xBACBACBC:
      return "VMware's shared folder";
    case 0x7C7C6673:
      return "Parallels' shared folder";
    default:
      return {};
  }
}

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

inline std::string_view unsafe_file_system_of(std::string const& path) {
  auto const number = file_system_number_of(path);
  return number ? unsafe_file_system(*number) : std::string_view();
}

}  // namespace pawl::inline PAWL_ABI::detail::of_linux

#endif
