// Tells an object whether it is still in the process that made it, or in a child made by fork().
#ifndef PAWL_SYSTEM_FORK_GUARD_HPP
#define PAWL_SYSTEM_FORK_GUARD_HPP

#include <pawl/system/native.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// The number of fork() calls between the first process that uses pawl and this one. Written only in a child while it has
// one thread, so a check is one plain read (getpid() is a system call).
inline constinit unsigned forks = 0;

// Remembers the process in which it was made.
class birthplace {
 public:
  bool is_here() const noexcept { return made_after_ == forks; }

 private:
  unsigned made_after_ = forks;
};

// From now on calls these around each fork() of this process and of its children. `after_in_child` must increment
// `forks`. They cannot be removed. A system without fork() calls none of them.
using native::call_around_fork;

}  // namespace pawl::inline PAWL_ABI::detail

#endif
