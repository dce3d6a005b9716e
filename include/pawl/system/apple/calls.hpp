// What Apple's systems lack of POSIX.
#ifndef PAWL_SYSTEM_APPLE_CALLS_HPP
#define PAWL_SYSTEM_APPLE_CALLS_HPP

#include <cerrno>
#include <cstddef>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::of_apple {

// Returns 0, or the reason.
inline int allocate(int descriptor, std::size_t size) noexcept {
  struct ::stat now {};
  if (::fstat(descriptor, &now) != 0) return errno;
  auto const wanted = static_cast<::off_t>(size);
  if (now.st_size >= wanted) return 0;
  ::fstore_t more{F_ALLOCATEALL, F_PEOFPOSMODE, 0, wanted - now.st_size, 0};
  if (::fcntl(descriptor, F_PREALLOCATE, &more) != 0 && errno != ENOTSUP) return errno;
  return ::ftruncate(descriptor, wanted) == 0 ? 0 : errno;
}

// Neither end waits, nor is inherited through exec(). A program that another thread starts meanwhile may inherit them.
inline bool make_pipe(int (&ends)[2]) noexcept {
  if (::pipe(ends) != 0) return false;
  for (int const end : ends) {
    ::fcntl(end, F_SETFD, FD_CLOEXEC);
    ::fcntl(end, F_SETFL, O_NONBLOCK);
  }
  return true;
}

}  // namespace pawl::inline PAWL_ABI::detail::of_apple

#endif
