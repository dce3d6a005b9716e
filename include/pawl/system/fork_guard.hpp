// Tells an object whether it is still in the process that made it, or in a child made by fork(); and a lock for what a
// child must find whole.
#ifndef PAWL_SYSTEM_FORK_GUARD_HPP
#define PAWL_SYSTEM_FORK_GUARD_HPP

#include <pawl/system/native.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// `birthplace` remembers the process in which it was made. `is_here()` is false in every child forked from there since;
// it makes no system call. On a system without fork() it is always true.
using native::birthplace;

// `void count_forks()`: from the first call on, forks of this process and of its children are counted. A birthplace does
// not notice a fork before that.
using native::count_forks;

// While a `fork_guard` lives, it holds the one lock of the process for data that a child inherits: a fork() in another
// thread waits for it, so that the child finds the data whole and the lock free. Also calls count_forks(). To fork, or to
// make a second guard, in the thread that holds one deadlocks.
using native::fork_guard;

}  // namespace pawl::inline PAWL_ABI::detail

#endif
