// Requests to a queue that were made outside its loop: on other threads, or before the loop runs.
#ifndef PAWL_QUEUE_OUTSIDE_REQUESTS_HPP
#define PAWL_QUEUE_OUTSIDE_REQUESTS_HPP

#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/loop/spawn.hpp>
#include <pawl/loop/suspend.hpp>
#include <pawl/queue/pending_write.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// Each request is answered, whatever becomes of its queue: by the batch it joins, or with store_failure::cancelled if
// there will be none. All members may be called on any thread. It may outlive the queue.
class outside_requests {
 public:
  struct request {
    std::uint64_t number;
    pending_write* write;
  };

  explicit outside_requests(loop_executor home) : home_(std::move(home)) {}
  outside_requests(outside_requests const&) = delete;
  outside_requests& operator=(outside_requests const&) = delete;

  // Takes the write and posts `fetch`, whose queue is to take() it; or, if no batch will come, answers it at once with
  // an error. Returns a number by which to withdraw it.
  std::uint64_t put(pending_write& w, posted_call fetch) noexcept;
  // Answers the request if it is still here and no thread runs the loop.
  void withdraw(std::uint64_t number) noexcept;
  // All requests that have come, for the next batch.
  std::vector<request> take() noexcept;
  std::size_t size() const {
    std::lock_guard<std::mutex> const lock(mutex_);
    return waiting_.size();
  }

  // ---- what decides whether a batch may come ----

  void begin_running() {
    set([this] { running_ = true; });
  }
  void end_running() {
    set([this] { running_ = false; });
  }
  void begin_run() {
    set([this] { ++runs_; });
  }
  void end_run() {
    set([this] {
      --runs_;
      had_run_ = true;
    });
  }
  // The queue is destroyed.
  void close() {
    set([this] { closed_ = true; });
  }
  // No batch will come: the queue is gone, or its runs have ended and no thread runs the loop.
  bool is_over() const {
    std::lock_guard<std::mutex> const lock(mutex_);
    return is_over_locked();
  }
  std::exception_ptr why_over(pending_write const& w) const noexcept;
  // Finishes the write with this failure. What its waiter throws is lost: there is nobody to tell.
  void answer(pending_write& w, std::exception_ptr failure) noexcept;

 private:
  template <class Change> void set(Change change) {
    std::lock_guard<std::mutex> const lock(mutex_);
    change();
  }
  bool is_over_locked() const { return closed_ || (!running_ && had_run_ && runs_ == 0); }
  void add(pending_write& w, posted_call fetch);

  loop_executor const home_;
  mutable std::mutex mutex_{};
  std::vector<request> waiting_{};
  std::uint64_t last_number_ = 0;
  bool posted_ = false;   // the queue will fetch them
  bool running_ = false;  // a thread runs the loop
  bool had_run_ = false;
  bool closed_ = false;
  int runs_ = 0;  // pawl::run under way
};

// "insert of 'ada'"
std::string name_of(pending_write const& w);

// A failure of its own for a waiter on another thread: the loop's thread shares the original among all waiters.
std::exception_ptr copy_of(std::exception_ptr const& failure) noexcept;

// For the waiter of a write that was being written when its queue, or the thread that ran its loop, went away.
std::exception_ptr lost_under_way(pending_write const& w) noexcept;

}  // namespace pawl::inline PAWL_ABI::detail

#ifndef PAWL_COMPILED
#include <pawl/queue/outside_requests_impl.hpp>
#endif

#endif
