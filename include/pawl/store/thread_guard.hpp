// Notices a second thread in an object that is for one thread at a time.
#ifndef PAWL_STORE_THREAD_GUARD_HPP
#define PAWL_STORE_THREAD_GUARD_HPP

#include <atomic>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// Not a lock: whoever comes second is turned away, and nobody waits. A thread may enter again while it is inside. Other
// threads may call enter() and is_inside() at any moment.
class thread_guard {
 public:
  // False if another thread is inside.
  bool enter() noexcept {
    void const* inside = nullptr;
    if (inside_.load(std::memory_order_relaxed) != this_thread() /*mutant one_thread: && !OFF*/ &&
        !inside_.compare_exchange_strong(inside, this_thread(), std::memory_order_acquire, std::memory_order_relaxed))
      return false;
    ++depth_;
    return true;
  }
  // True between enter() and leave() of this thread, which then need not be nested.
  bool is_inside() const noexcept { return inside_.load(std::memory_order_relaxed) == this_thread() && depth_ > 0; }
  // Undoes one enter(). With `stays`, the object remains this thread's even after the last: a transaction is open.
  void leave(bool stays) noexcept {
    if (--depth_ == 0 && !stays) inside_.store(nullptr, std::memory_order_release);
  }

 private:
  // An address that no other living thread has.
  static void const* this_thread() noexcept {
    thread_local char const mine = 0;
    return &mine;
  }

  std::atomic<void const*> inside_{nullptr};  // this_thread() of the thread inside
  unsigned depth_ = 0;                        // of the thread inside
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
