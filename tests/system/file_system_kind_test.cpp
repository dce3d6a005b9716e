// The table of unsafe file systems.
#include <cstdint>
#include <filesystem>
#include <string_view>

#include <pawl/system/file_system_kind.hpp>

#include "catch.hpp"
#include "files.hpp"

namespace file_system_kind_test {

TEST_CASE("a path that leads nowhere is on no unsafe file system", "[system]") {
  temporary_folder folder;
  CHECK(pawl::detail::unsafe_file_system_of(folder / "none/none/file").empty());
}

#if defined(__linux__)
using pawl::detail::native_file_system::unsafe_file_system;

TEST_CASE("file systems of networks and FUSE are known by their numbers, and those of disks are safe", "[system]") {
  struct known {
    std::uint32_t number;
    std::string_view name;
  };
  for (auto const [number, name] : {known{0x6969, "NFS"},
                                    {0x517B, "SMB"},
                                    {0xFE534D42, "SMB"},
                                    {0xFF534D42, "CIFS"},
                                    {0x01021997, "9p"},
                                    {0x65735546, "FUSE"},
                                    {0x5346414F, "AFS"},
                                    {0x6B414653, "AFS"},
                                    {0x73757245, "Coda"},
                                    {0x564C, "NCP"},
                                    {0x00C36400, "Ceph"},
                                    {0x0BD00BD3, "Lustre"},
                                    {0x47504653, "GPFS"},
                                    {0x19830326, "BeeGFS"},
                                    {0x20030528, "OrangeFS"},
                                    {0xAAD7AAEA, "PanFS"},
                                    {0x786F4256, "VirtualBox's shared folder"},
                                    {0xBACBACBC, "VMware's shared folder"},
                                    {0x7C7C6673, "Parallels' shared folder"},
                                    {0xEF53, ""},         // ext4
                                    {0x58465342, ""},     // XFS
                                    {0x9123683E, ""},     // Btrfs
                                    {0x2FC12FC1, ""},     // ZFS
                                    {0xF2F52010, ""},     // F2FS
                                    {0x01021994, ""},     // tmpfs
                                    {0x858458F6, ""},     // ramfs
                                    {0x794C7630, ""},     // overlayfs, of containers
                                    {0x4D44, ""},         // FAT
                                    {0x7366746E, ""}}) {  // NTFS of the kernel
    CAPTURE(number);
    CHECK(unsafe_file_system(number) == name);
  }
  STATIC_REQUIRE(unsafe_file_system(0x6969) == "NFS");
}

TEST_CASE("the file system of a path is known, also that of a file which is yet to be made", "[system]") {
  temporary_folder folder;
  using pawl::detail::native_file_system::file_system_number_of;
  auto const of_folder = file_system_number_of(folder / "");
  REQUIRE(of_folder);
  CHECK(file_system_number_of(folder / "file") == of_folder);
  CHECK_FALSE(file_system_number_of(folder / "none/file"));
  std::filesystem::create_symlink("/proc/none", folder / "link");
  CHECK(file_system_number_of(folder / "link") == std::uint32_t{0x9FA0});  // procfs
}
#endif

}  // namespace file_system_kind_test
