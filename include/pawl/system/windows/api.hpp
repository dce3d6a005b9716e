// <windows.h> without most of it, and what every file of this folder needs of it: paths, and what was refused.
#ifndef PAWL_SYSTEM_WINDOWS_API_HPP
#define PAWL_SYSTEM_WINDOWS_API_HPP

#include <string>
#include <system_error>
#include <utility>

#include <pawl/system/failure.hpp>
#include <pawl/version.hpp>

// Before it Boost.Asio's sockets must not have been kept out, and nothing is to be called min or max.
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#define PAWL_DEFINED_LEAN
#endif
#ifndef NOMINMAX
#define NOMINMAX
#define PAWL_DEFINED_NOMINMAX
#endif
#include <windows.h>
#ifdef PAWL_DEFINED_LEAN
#undef WIN32_LEAN_AND_MEAN
#undef PAWL_DEFINED_LEAN
#endif
#ifdef PAWL_DEFINED_NOMINMAX
#undef NOMINMAX
#undef PAWL_DEFINED_NOMINMAX
#endif

namespace pawl::inline PAWL_ABI::detail::windows {

[[noreturn]] inline void fail(::DWORD code, char const* doing) {
  throw system_failure(std::error_code(static_cast<int>(code), std::system_category()), doing);
}

// A path is UTF-8, as SQLite's are. One that is not leads nowhere.
inline std::wstring wide(std::string const& path) {
  int const size = static_cast<int>(path.size());
  int const length = ::MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path.data(), size, nullptr, 0);
  std::wstring text(static_cast<std::size_t>(length), L'\0');
  ::MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path.data(), size, text.data(), length);
  return text;
}
inline std::string narrow(std::wstring const& path) {
  int const size = static_cast<int>(path.size());
  int const length = ::WideCharToMultiByte(CP_UTF8, 0, path.data(), size, nullptr, 0, nullptr, nullptr);
  std::string text(static_cast<std::size_t>(length), '\0');
  ::WideCharToMultiByte(CP_UTF8, 0, path.data(), size, text.data(), length, nullptr, nullptr);
  return text;
}

// Owns a handle of a file.
class handle {
 public:
  handle() = default;
  // Opens what is at `path`, a file or a folder, in everybody's company: all may read, write and remove it meanwhile.
  handle(std::string const& path, ::DWORD access, ::DWORD how)
      : value_(::CreateFileW(wide(path).c_str(), access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                             nullptr, how, FILE_ATTRIBUTE_NORMAL | FILE_FLAG_BACKUP_SEMANTICS, nullptr)) {}
  handle(handle&& other) noexcept : value_(std::exchange(other.value_, none())) {}
  handle& operator=(handle&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~handle() { close(); }

  bool is_open() const noexcept { return value_ != none(); }
  ::HANDLE get() const noexcept { return value_; }
  void close() noexcept {
    if (is_open()) ::CloseHandle(std::exchange(value_, none()));
  }

 private:
  static ::HANDLE none() noexcept { return INVALID_HANDLE_VALUE; }

  ::HANDLE value_ = none();
};

}  // namespace pawl::inline PAWL_ABI::detail::windows

#endif
