// Random numbers of a POSIX system.
#ifndef PAWL_SYSTEM_POSIX_RANDOM_NUMBER_HPP
#define PAWL_SYSTEM_POSIX_RANDOM_NUMBER_HPP

#include <cstdint>
#include <ctime>

#include <unistd.h>
#if __has_include(<sys/random.h>)  // where some declare getentropy
#include <sys/random.h>
#endif

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::posix {

// Where the system has none to give, which no running system is known for, the time and the process make one.
inline std::uint64_t random_number() noexcept {
  std::uint64_t number = 0;
  if (::getentropy(&number, sizeof number) == 0) return number;
  std::timespec now{};
  std::timespec_get(&now, TIME_UTC);
  return (static_cast<std::uint64_t>(now.tv_sec) << 32 ^ static_cast<std::uint64_t>(now.tv_nsec)) *
             0x9E3779B97F4A7C15u ^
         static_cast<std::uint64_t>(::getpid());
}

}  // namespace pawl::inline PAWL_ABI::detail::posix

#endif
