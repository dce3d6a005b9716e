// What is called around fork().
#ifndef PAWL_SYSTEM_POSIX_FORK_HPP
#define PAWL_SYSTEM_POSIX_FORK_HPP

#include <pthread.h>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::posix {

inline void call_around_fork(void (*before)(), void (*after_in_parent)(), void (*after_in_child)()) {
  ::pthread_atfork(before, after_in_parent, after_in_child);
}

}  // namespace pawl::inline PAWL_ABI::detail::posix

#endif
