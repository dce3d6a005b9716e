// The same on Windows, which has no fork(): a lock, and no more.
#ifndef PAWL_SYSTEM_WINDOWS_FORK_GUARD_HPP
#define PAWL_SYSTEM_WINDOWS_FORK_GUARD_HPP

#include <pawl/system/windows/api.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::windows {

inline constinit ::SRWLOCK one_lock = SRWLOCK_INIT;

inline void count_forks() noexcept {}

class birthplace {
 public:
  constexpr bool is_here() const noexcept { return true; }
};

class fork_guard {
 public:
  fork_guard() noexcept { ::AcquireSRWLockExclusive(&one_lock); }
  fork_guard(fork_guard const&) = delete;
  fork_guard& operator=(fork_guard const&) = delete;
  ~fork_guard() { ::ReleaseSRWLockExclusive(&one_lock); }
};

}  // namespace pawl::inline PAWL_ABI::detail::windows

#endif
