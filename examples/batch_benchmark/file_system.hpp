// Finds out the type of the file system that a folder is on.
#ifndef BATCH_BENCHMARK_FILE_SYSTEM_HPP
#define BATCH_BENCHMARK_FILE_SYSTEM_HPP

#include <filesystem>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <sys/vfs.h>

namespace batch_benchmark {

// Its name, by the number that statfs gives it; that number for one that is not known here.
inline std::string file_system_of(std::filesystem::path const& folder) {
  struct statfs found {};
  if (::statfs(folder.c_str(), &found) != 0) return "unknown";
  switch (static_cast<unsigned long>(found.f_type) & 0xffffffffUL) {
    case 0xEF53:
      return "ext2/3/4";
    case 0x01021994:
      return "tmpfs";
    case 0x858458F6:
      return "ramfs";
    case 0x58465342:
      return "xfs";
    case 0x9123683E:
      return "btrfs";
    case 0x794C7630:
      return "overlayfs";
    case 0x2FC12FC1:
      return "zfs";
    case 0x6969:
      return "nfs";
    default:
      return fmt::format("0x{:x}", static_cast<unsigned long>(found.f_type) & 0xffffffffUL);
  }
}

// What is on a RAM disk is gone after a power cut, however it was written.
constexpr bool is_in_memory(std::string_view file_system) { return file_system == "tmpfs" || file_system == "ramfs"; }

}  // namespace batch_benchmark

#endif
