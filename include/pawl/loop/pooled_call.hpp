// A call that waits for a thread of a pool, and what may withdraw it before it has begun.
#ifndef PAWL_LOOP_POOLED_CALL_HPP
#define PAWL_LOOP_POOLED_CALL_HPP

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <pawl/loop/scoped_executor.hpp>
#include <pawl/loop/spawn.hpp>
#include <pawl/loop/suspend.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// Thrown by offload() for a call that was withdrawn before it had begun, by a stop of its run or by a cancellation. Its
// code is asio::error::operation_aborted.
class call_not_begun : public boost::system::system_error {
 public:
  call_not_begun()
      : system_error(boost::asio::error::make_error_code(boost::asio::error::operation_aborted),
                     "pawl: an offloaded call was withdrawn before it had begun") {}
};

namespace detail {

// Whoever wins begin() or withdraw() decides; the other does nothing. Both may be called on any thread.
class pooled_call : public std::enable_shared_from_this<pooled_call> {
 public:
  explicit pooled_call(loop_executor home) : home_(std::move(home)) {}
  pooled_call(pooled_call const&) = delete;
  pooled_call& operator=(pooled_call const&) = delete;

  // The coroutine that waits for it.
  void set_waiter(waker waiter) {
    waiter_.emplace(std::move(waiter));
    if (auto slot = waiter_->cancellation(); slot.is_connected())
      slot.assign([call = this->weak_from_this()](asio::cancellation_type) {
        if (auto const alive = call.lock()) alive->withdraw();
      });
  }
  // True for the thread that is to make the call and then to end() it.
  bool begin() noexcept { return leave_queue(doing::begun); }
  void withdraw() {
    if (leave_queue(doing::withdrawn)) end();
  }
  bool is_withdrawn() const noexcept { return doing_.load() == doing::withdrawn; }
  // Resumes the waiter on the loop's thread.
  void end() {
    post_keeping(home_, this->shared_from_this(), [](void* self) { static_cast<pooled_call*>(self)->resume(); });
  }

 protected:
  ~pooled_call() = default;

 private:
  enum class doing : std::uint8_t { queued, begun, withdrawn };

  bool leave_queue(doing what) noexcept {
    auto expected = doing::queued;
    return doing_.compare_exchange_strong(expected, what);
  }
  void resume() {
    auto waiter = std::move(*waiter_);
    waiter_.reset();
    waiter.resume({}, home_);
  }

  loop_executor const home_;
  std::atomic<doing> doing_{doing::queued};
  std::optional<waker> waiter_{};
};

// The calls that the coroutines of one run have handed to pools. Its members may be called on any thread.
class call_scope {
 public:
  void add(std::shared_ptr<pooled_call> const& call) {
    std::lock_guard<std::mutex> const lock(mutex_);
    auto const free = std::find_if(calls_.begin(), calls_.end(), [](auto const& one) { return one.expired(); });
    if (free != calls_.end())
      *free = call;
    else
      calls_.push_back(call);
  }
  // Withdraws those that have not begun.
  void withdraw_all() {
    std::vector<std::weak_ptr<pooled_call>> all;
    {
      std::lock_guard<std::mutex> const lock(mutex_);
      all.swap(calls_);
    }
    for (auto const& one : all)
      if (auto const call = one.lock()) call->withdraw();
  }

 private:
  std::mutex mutex_{};
  std::vector<std::weak_ptr<pooled_call>> calls_{};
};

}  // namespace detail
}  // namespace pawl::inline PAWL_ABI

#endif
