// An object for each thread on POSIX: the language's own.
#ifndef PAWL_SYSTEM_POSIX_OF_THREAD_HPP
#define PAWL_SYSTEM_POSIX_OF_THREAD_HPP

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::posix {

template <class T> T& of_thread() {
  static thread_local T value;
  return value;
}

}  // namespace pawl::inline PAWL_ABI::detail::posix

#endif
