// Random numbers of Windows.
#ifndef PAWL_SYSTEM_WINDOWS_RANDOM_NUMBER_HPP
#define PAWL_SYSTEM_WINDOWS_RANDOM_NUMBER_HPP

#include <cstdint>
#include <random>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::windows {

// The standard library's device is the system's generator there, and no library is linked for it.
inline std::uint64_t random_number() {
  std::random_device device;
  return std::uint64_t{device()} << 32U | std::uint64_t{device()};
}

}  // namespace pawl::inline PAWL_ABI::detail::windows

#endif
