// Forks counted, and a lock that fork() waits for, on POSIX.
#ifndef PAWL_SYSTEM_POSIX_FORK_GUARD_HPP
#define PAWL_SYSTEM_POSIX_FORK_GUARD_HPP

#include <pthread.h>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::posix {

// The number of fork() calls between the first process that counts them and this one. Written only in a child while it
// has one thread, so a check is one plain read (getpid() is a system call).
PAWL_OF_PROCESS inline constinit unsigned forks = 0;
// Not a std::mutex: POSIX needs neither a constructor nor a destructor for it, so it works while statics are destroyed.
PAWL_OF_PROCESS inline constinit ::pthread_mutex_t fork_mutex = PTHREAD_MUTEX_INITIALIZER;

PAWL_OF_PROCESS inline void count_forks() noexcept {
  static int const registered =
      ::pthread_atfork([] { ::pthread_mutex_lock(&fork_mutex); }, [] { ::pthread_mutex_unlock(&fork_mutex); },
                       [] {
                         ++forks;
                         ::pthread_mutex_unlock(&fork_mutex);
                       });
  static_cast<void>(registered);
}

class birthplace {
 public:
  bool is_here() const noexcept { return made_after_ == forks; }

 private:
  unsigned made_after_ = forks;
};

class fork_guard {
 public:
  fork_guard() noexcept {
    count_forks();
    ::pthread_mutex_lock(&fork_mutex);
  }
  fork_guard(fork_guard const&) = delete;
  fork_guard& operator=(fork_guard const&) = delete;
  ~fork_guard() { ::pthread_mutex_unlock(&fork_mutex); }
};

}  // namespace pawl::inline PAWL_ABI::detail::posix

#endif
