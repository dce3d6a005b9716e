// Processes by their id, on Windows.
#ifndef PAWL_SYSTEM_WINDOWS_PROCESS_HPP
#define PAWL_SYSTEM_WINDOWS_PROCESS_HPP

#include <cstdint>

#include <pawl/system/windows/api.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::windows {

inline std::int64_t this_process() noexcept { return std::int64_t{::GetCurrentProcessId()}; }
// A process of another user counts as alive.
inline bool process_is_alive(std::int64_t id) noexcept {
  ::HANDLE const process = ::OpenProcess(SYNCHRONIZE, FALSE, static_cast<::DWORD>(id));
  if (process == nullptr) return ::GetLastError() != ERROR_INVALID_PARAMETER;
  bool const has_ended = ::WaitForSingleObject(process, 0) == WAIT_OBJECT_0;
  ::CloseHandle(process);
  return !has_ended;
}

}  // namespace pawl::inline PAWL_ABI::detail::windows

#endif
