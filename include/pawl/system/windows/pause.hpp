// A short sleep of the calling thread, on Windows.
#ifndef PAWL_SYSTEM_WINDOWS_PAUSE_HPP
#define PAWL_SYSTEM_WINDOWS_PAUSE_HPP

#include <cstdint>

#include <pawl/system/windows/api.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::windows {

// The system counts in milliseconds: the pause is rounded up.
inline void pause_for(std::int64_t nanoseconds) noexcept {
  ::Sleep(static_cast<::DWORD>((nanoseconds + 999'999) / 1'000'000));
}

}  // namespace pawl::inline PAWL_ABI::detail::windows

#endif
