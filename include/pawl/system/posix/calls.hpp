// Calls of POSIX that not every system has which calls itself one.
#ifndef PAWL_SYSTEM_POSIX_CALLS_HPP
#define PAWL_SYSTEM_POSIX_CALLS_HPP

#include <cstddef>

#include <fcntl.h>
#include <unistd.h>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::posix_calls {

// Gives the file its first `size` bytes on the disk. Returns 0, or the reason.
inline int allocate(int descriptor, std::size_t size) noexcept {
  return ::posix_fallocate(descriptor, 0, static_cast<::off_t>(size));
}
// Neither end waits, nor is inherited through exec().
inline bool make_pipe(int (&ends)[2]) noexcept { return ::pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0; }

}  // namespace pawl::inline PAWL_ABI::detail::posix_calls

#endif
