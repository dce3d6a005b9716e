// A stop_source, stop_token and stop_callback for standard libraries that have none (libc++ before release 20).
#ifndef PAWL_LOOP_OWN_STOP_HPP
#define PAWL_LOOP_OWN_STOP_HPP

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include <pawl/version.hpp>

// The part of <stop_token> that pawl uses, with the same promises: all may be called from any thread. stop.hpp chooses.
namespace pawl::inline PAWL_ABI::detail::own_stop {

// A callback in the list of its stop_state.
struct waiting_call {
  void (*call)(waiting_call&) noexcept = nullptr;
  waiting_call* next = nullptr;
};

class stop_state {
 public:
  bool requested() const {
    std::lock_guard const lock(mutex_);
    return requested_;
  }
  // Calls all callbacks on this thread. False if there was a request before.
  bool request() {
    std::unique_lock lock(mutex_);
    if (std::exchange(requested_, true)) return false;
    caller_ = std::this_thread::get_id();
    while (first_) {
      running_ = std::exchange(first_, first_->next);
      lock.unlock();
      running_->call(*running_);  // which may end its own life
      lock.lock();
      running_ = nullptr;
      ended_.notify_all();
    }
    return true;
  }
  // False if a stop was requested already: it is not added then.
  bool add(waiting_call& call) {
    std::lock_guard const lock(mutex_);
    if (requested_) return false;
    call.next = std::exchange(first_, &call);
    return true;
  }
  // Afterwards it is not called, and does not run on another thread.
  void remove(waiting_call& call) {
    std::unique_lock lock(mutex_);
    for (waiting_call** at = &first_; *at; at = &(*at)->next) {
      if (*at != &call) continue;
      *at = call.next;
      return;
    }
    if (caller_ != std::this_thread::get_id()) ended_.wait(lock, [&] { return running_ != &call; });
  }

 private:
  mutable std::mutex mutex_{};
  std::condition_variable ended_{};
  bool requested_ = false;
  waiting_call* first_ = nullptr;
  waiting_call* running_ = nullptr;
  std::thread::id caller_{};  // of the callbacks
};

class stop_token {
 public:
  stop_token() = default;
  explicit stop_token(std::shared_ptr<stop_state> state) noexcept : state_(std::move(state)) {}

  bool stop_requested() const noexcept { return state_ && state_->requested(); }
  bool stop_possible() const noexcept { return state_ != nullptr; }

 private:
  template <class> friend class stop_callback;
  std::shared_ptr<stop_state> state_{};
};

// Copies are of one source.
class stop_source {
 public:
  stop_token get_token() const noexcept { return stop_token(state_); }
  bool stop_requested() const noexcept { return state_->requested(); }
  bool stop_possible() const noexcept { return true; }
  bool request_stop() noexcept { return state_->request(); }

 private:
  std::shared_ptr<stop_state> state_ = std::make_shared<stop_state>();
};

// Calls f() when a stop is requested, on the thread that requests it, or at once where it was requested before.
template <class F> class stop_callback : waiting_call {
 public:
  template <class G> stop_callback(stop_token const& token, G&& f) : f_(std::forward<G>(f)), state_(token.state_) {
    call = [](waiting_call& self) noexcept { static_cast<stop_callback&>(self).f_(); };
    if (state_ && !state_->add(*this)) {
      state_.reset();
      f_();
    }
  }
  stop_callback(stop_callback const&) = delete;
  stop_callback& operator=(stop_callback const&) = delete;
  // Waits for f(), if another thread is in it.
  ~stop_callback() {
    if (state_) state_->remove(*this);
  }

 private:
  F f_;
  std::shared_ptr<stop_state> state_;
};
template <class F> stop_callback(stop_token, F) -> stop_callback<F>;

}  // namespace pawl::inline PAWL_ABI::detail::own_stop

#endif
