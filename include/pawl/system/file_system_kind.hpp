// File systems on which memory-mapped files and locks may not work between processes.
#ifndef PAWL_SYSTEM_FILE_SYSTEM_KIND_HPP
#define PAWL_SYSTEM_FILE_SYSTEM_KIND_HPP

#include <cstdint>
#include <string>
#include <string_view>

#include <pawl/system/native.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// The name of an unsafe file system by the number that Linux's statfs(2) gives it; empty for a safe or unknown one.
// Unsafe: processes may not share memory mapped from a file, as a write-ahead log needs (sqlite.org/wal.html: not over a
// network), or locks may be granted twice. Cluster file systems that keep mapped memory coherent on all machines (GFS2,
// OCFS2) are safe.
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

// The name of the unsafe file system on which the file is, or would be made. Empty if it is safe or unknown, as it always
// is on systems other than Linux.
inline std::string_view unsafe_file_system_of(std::string const& path) {
  auto const number = native_file_system::file_system_number_of(path);
  return number ? unsafe_file_system(*number) : std::string_view();
}

}  // namespace pawl::inline PAWL_ABI::detail

#endif
