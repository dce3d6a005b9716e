// What identifies a file on Windows: the serial number of its volume, and its number there.
#ifndef PAWL_SYSTEM_WINDOWS_FILE_IDENTITY_HPP
#define PAWL_SYSTEM_WINDOWS_FILE_IDENTITY_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <pawl/system/windows/api.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::windows {

struct file_identity {
  std::uint32_t volume = 0;
  std::uint64_t number = 0;
  friend bool operator==(file_identity const&, file_identity const&) = default;

  static std::optional<file_identity> of(handle const& opened) noexcept {
    ::BY_HANDLE_FILE_INFORMATION found{};
    if (!opened.is_open() || ::GetFileInformationByHandle(opened.get(), &found) == 0) return std::nullopt;
    return file_identity{found.dwVolumeSerialNumber,
                         std::uint64_t{found.nFileIndexHigh} << 32 | std::uint64_t{found.nFileIndexLow}};
  }
  static std::optional<file_identity> of(std::string const& path) { return of(handle(path, 0, OPEN_EXISTING)); }
};

struct file_status {
  enum class kind : std::uint8_t { file, folder, other, nothing, unknown };

  kind is = kind::unknown;
  file_identity identity{};
  std::int64_t size = 0;

  bool exists() const noexcept { return is != kind::nothing && is != kind::unknown; }
  static file_status of(std::string const& path) {
    handle const opened(path, 0, OPEN_EXISTING);
    ::DWORD const why = ::GetLastError();
    ::BY_HANDLE_FILE_INFORMATION found{};
    if (opened.is_open() && ::GetFileInformationByHandle(opened.get(), &found) != 0)
      return {(found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0 ? kind::folder
              : ::GetFileType(opened.get()) == FILE_TYPE_DISK          ? kind::file
                                                                       : kind::other,
              *file_identity::of(opened),
              static_cast<std::int64_t>(std::uint64_t{found.nFileSizeHigh} << 32 | std::uint64_t{found.nFileSizeLow})};
    if (opened.is_open()) return {kind::other, {}, 0};  // a device
    bool const absent = why == ERROR_FILE_NOT_FOUND || why == ERROR_PATH_NOT_FOUND || why == ERROR_INVALID_NAME ||
                        why == ERROR_BAD_PATHNAME || why == ERROR_DIRECTORY;
    return {absent ? kind::nothing : kind::unknown, {}, 0};
  }
};

// Not known. It matters where closing one of them gives up the locks of all, which is POSIX's rule.
inline int descriptors_of(file_identity) noexcept { return 1; }

inline constexpr std::string_view path_separators = "\\/";

// The path itself if the system cannot tell.
inline std::string absolute_path(std::string const& path) {
  std::wstring const relative = wide(path);
  std::wstring whole(32'768, L'\0');
  ::DWORD const size = ::GetFullPathNameW(relative.c_str(), static_cast<::DWORD>(whole.size()), whole.data(), nullptr);
  if (size == 0 || size >= whole.size()) return path;
  whole.resize(size);
  return narrow(whole);
}

// Of what is there.
inline std::string final_path(std::string const& path) {
  handle const opened(path, 0, OPEN_EXISTING);
  if (!opened.is_open()) return {};
  std::wstring whole(32'768, L'\0');
  ::DWORD const size = ::GetFinalPathNameByHandleW(opened.get(), whole.data(), static_cast<::DWORD>(whole.size()),
                                                   FILE_NAME_NORMALIZED | VOLUME_NAME_DOS);
  if (size == 0 || size >= whole.size()) return {};
  whole.resize(size);
  std::string text = narrow(whole);
  if (text.starts_with("\\\\?\\UNC\\")) return "\\\\" + text.substr(8);
  return text.starts_with("\\\\?\\") ? text.substr(4) : text;
}

inline std::string resolved_path(std::string const& path) {
  if (std::string whole = final_path(path); !whole.empty()) return whole;
  std::string const whole = absolute_path(path);
  std::size_t const name = whole.find_last_of(path_separators) + 1;
  std::string folder = final_path(whole.substr(0, name));
  if (folder.empty()) return {};
  if (folder.back() != '\\') folder += '\\';
  return folder + whole.substr(name);
}

// Of the volume on which an absolute path is, such as `C:\\`. Empty if there is none.
inline std::wstring root_of(std::string const& whole) {
  std::wstring root(whole.size() + 2, L'\0');
  if (::GetVolumePathNameW(wide(whole).c_str(), root.data(), static_cast<::DWORD>(root.size())) == 0) return {};
  root.resize(root.find(L'\0'));
  return root;
}

inline std::size_t longest_name_in(std::string const& folder) {
  ::DWORD most = 0;
  bool const known = ::GetVolumeInformationW(root_of(absolute_path(folder)).c_str(), nullptr, 0, nullptr, &most,
                                             nullptr, nullptr, 0) != 0;
  return known ? most : static_cast<std::size_t>(-1);
}

inline void remove_file(std::string const& path) noexcept { ::DeleteFileW(wide(path).c_str()); }

}  // namespace pawl::inline PAWL_ABI::detail::windows

#endif
