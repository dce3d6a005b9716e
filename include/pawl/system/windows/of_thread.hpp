// An object for each thread on Windows. Not the language's own: g++ for MinGW frees the memory of a thread's objects before
// it destroys them.
#ifndef PAWL_SYSTEM_WINDOWS_OF_THREAD_HPP
#define PAWL_SYSTEM_WINDOWS_OF_THREAD_HPP

#include <memory>
#include <new>

#include <pawl/system/windows/api.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::windows {

template <class T> T& of_thread() {
  static ::DWORD const place = ::FlsAlloc([](void* value) { delete static_cast<T*>(value); });
  if (void* const value = ::FlsGetValue(place)) return *static_cast<T*>(value);
  std::unique_ptr<T> made(new T);
  if (::FlsSetValue(place, made.get()) == 0) throw std::bad_alloc();
  return *made.release();
}

}  // namespace pawl::inline PAWL_ABI::detail::windows

#endif
