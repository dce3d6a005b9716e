// Unsafe file systems of Windows: those of a network.
#ifndef PAWL_SYSTEM_WINDOWS_FILE_SYSTEM_KIND_HPP
#define PAWL_SYSTEM_WINDOWS_FILE_SYSTEM_KIND_HPP

#include <string>
#include <string_view>

#include <pawl/system/windows/api.hpp>
#include <pawl/system/windows/file_identity.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::windows {

inline std::string_view unsafe_file_system_of(std::string const& path) {
  std::string const whole = absolute_path(path);
  bool const is_share = whole.starts_with("\\\\") && !whole.starts_with("\\\\?\\") && !whole.starts_with("\\\\.\\");
  return is_share || ::GetDriveTypeW(root_of(whole).c_str()) == DRIVE_REMOTE ? "a network drive" : std::string_view();
}

}  // namespace pawl::inline PAWL_ABI::detail::windows

#endif
