// File systems on which a write-ahead log is not safe.
#ifndef PAWL_SQLITE_FILE_SYSTEM_HPP
#define PAWL_SQLITE_FILE_SYSTEM_HPP

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <pawl/version.hpp>

#if defined(__linux__)
#include <sys/statfs.h>
#include <unistd.h>
#endif

namespace pawl::inline PAWL_ABI::sqlite::detail {

// The name of a file system by the number that statfs(2) gives it, if it belongs to those that may keep no memory which
// the processes on a file really share, as a write-ahead log needs (sqlite.org/wal.html: not over a network), or lie about
// locks; else empty. Cluster file systems that keep mapped memory the same on all machines (GFS2, OCFS2) are none of
// them.
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

// The unsafe file system on which the file is or would be made: its folder's while it is not there, behind symbolic links.
// Empty where it is safe, or unknown, as outside of Linux.
inline std::string_view unsafe_file_system_of([[maybe_unused]] std::string path) {
#if defined(__linux__)
  struct ::statfs found {};
  for (int links = 0; ::statfs(path.c_str(), &found) != 0; ++links) {
    std::string const folder = path.find('/') == std::string::npos ? "." : path.substr(0, path.rfind('/') + 1);
    std::string target(4096, '\0');
    auto const size = ::readlink(path.c_str(), target.data(), target.size());
    if (size < 0 || links == 40) {  // no link: nothing is there, or it cannot be looked at
      if (::statfs(folder.c_str(), &found) != 0) return {};
      break;
    }
    target.resize(static_cast<std::size_t>(size));
    path = target.front() == '/' ? target : folder + "/" + target;
  }
  return unsafe_file_system(static_cast<std::uint32_t>(found.f_type));
#else
  return {};
#endif
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
