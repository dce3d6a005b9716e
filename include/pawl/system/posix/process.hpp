// Processes by their id, on POSIX.
#ifndef PAWL_SYSTEM_POSIX_PROCESS_HPP
#define PAWL_SYSTEM_POSIX_PROCESS_HPP

#include <cerrno>
#include <csignal>
#include <cstdint>

#include <sys/types.h>
#include <unistd.h>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::posix {

inline std::int64_t this_process() noexcept { return std::int64_t{::getpid()}; }
// A process of another user counts as alive, as does a zombie.
inline bool process_is_alive(std::int64_t id) noexcept {
  return ::kill(static_cast<::pid_t>(id), 0) == 0 || errno != ESRCH;
}

}  // namespace pawl::inline PAWL_ABI::detail::posix

#endif
