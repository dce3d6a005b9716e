// An object for each thread, which ends with it.
#ifndef PAWL_SYSTEM_OF_THREAD_HPP
#define PAWL_SYSTEM_OF_THREAD_HPP

#include <pawl/system/native.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// `T& of_thread<T>()`: the calling thread's, made at the first call and destroyed when the thread ends. Throws what T's
// constructor throws, and std::bad_alloc.
using native::of_thread;

}  // namespace pawl::inline PAWL_ABI::detail

#endif
