// Implements outside_requests: the mutex between other threads and the loop's.
#ifndef PAWL_QUEUE_OUTSIDE_REQUESTS_IMPL_HPP
#define PAWL_QUEUE_OUTSIDE_REQUESTS_IMPL_HPP

#include <algorithm>
#include <cstdint>
#include <exception>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/loop/spawn.hpp>
#include <pawl/queue/outside_requests.hpp>
#include <pawl/queue/pending_write.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

PAWL_INLINE void outside_requests::add(pending_write& w, posted_call fetch) {
  waiting_.push_back({++last_number_, &w});
  if (posted_) return;
  try {
    post(home_, std::move(fetch));
  } catch (...) {
    waiting_.pop_back();
    throw;
  }
  posted_ = true;
}

PAWL_INLINE std::uint64_t outside_requests::put(pending_write& w, posted_call fetch) noexcept {
  std::exception_ptr failure;
  {
    std::lock_guard<std::mutex> const lock(mutex_);
    if (!is_over_locked()) {
      try {
        add(w, std::move(fetch));
        return last_number_;
      } catch (...) {  // out of memory
        failure = std::current_exception();
      }
    }
  }
  answer(w, failure ? failure : why_over(w));
  return 0;
}

PAWL_INLINE void outside_requests::withdraw(std::uint64_t number) noexcept {
  pending_write* found = nullptr;
  {
    std::lock_guard<std::mutex> const lock(mutex_);
    if (running_) return;
    auto const at = std::find_if(waiting_.begin(), waiting_.end(), [number](auto& r) { return r.number == number; });
    if (at == waiting_.end()) return;
    found = at->write;
    waiting_.erase(at);
  }
  answer(*found, why_over(*found));
}

PAWL_INLINE std::vector<outside_requests::request> outside_requests::take() noexcept {
  std::lock_guard<std::mutex> const lock(mutex_);
  posted_ = false;
  return std::exchange(waiting_, {});
}

PAWL_INLINE std::exception_ptr outside_requests::why_over(pending_write const& w) const noexcept {
  try {
    bool gone = false;
    {
      std::lock_guard<std::mutex> const lock(mutex_);
      gone = closed_;
    }
    std::string message("pawl: ");
    message.append(gone ? "the queue was destroyed" : "no thread runs the queue's loop")
        .append(": the ")
        .append(name_of(w))
        .append(" was not begun; nothing of it was applied");
    return std::make_exception_ptr(store_error(store_failure::cancelled, message));
  } catch (...) {
    return std::current_exception();
  }
}

PAWL_INLINE void outside_requests::answer(pending_write& w, std::exception_ptr failure) noexcept {
  try {
    w.finish(std::move(failure), home_);
  } catch (...) {  // thrown by a waiter: there is nobody to tell
  }
}

PAWL_INLINE std::string name_of(pending_write const& w) {
  return std::string(w.is_transition ? "transition of '" : "insert of '").append(w.times.key).append("'");
}

PAWL_INLINE std::exception_ptr copy_of(std::exception_ptr const& failure) noexcept {
  try {
    if (failure) std::rethrow_exception(failure);
  } catch (store_error const& e) {
    try {
      return std::make_exception_ptr(store_error(e.what_failed(), e.what()));
    } catch (...) {
      return std::current_exception();
    }
  } catch (...) {  // of a type that cannot be copied here
  }
  return failure;
}

PAWL_INLINE std::exception_ptr lost_under_way(pending_write const& w) noexcept {
  try {
    std::string message("pawl: the ");
    message.append(name_of(w))
        .append(
            " was being written when its queue was destroyed or its loop stopped: read the row, it may have been "
            "applied");
    return std::make_exception_ptr(store_error(store_failure::unknown, message));
  } catch (...) {
    return std::current_exception();
  }
}

}  // namespace pawl::inline PAWL_ABI::detail

#endif
