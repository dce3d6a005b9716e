// A short sleep of the calling thread, on POSIX.
#ifndef PAWL_SYSTEM_POSIX_PAUSE_HPP
#define PAWL_SYSTEM_POSIX_PAUSE_HPP

#include <cstdint>
#include <ctime>

#include <time.h>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::posix {

inline void pause_for(std::int64_t nanoseconds) noexcept {
  constexpr std::int64_t second = 1'000'000'000;
  ::timespec const time{static_cast<std::time_t>(nanoseconds / second), static_cast<long>(nanoseconds % second)};
  ::nanosleep(&time, nullptr);
}

}  // namespace pawl::inline PAWL_ABI::detail::posix

#endif
