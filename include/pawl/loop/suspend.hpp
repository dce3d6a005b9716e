// Suspends a coroutine until a callback resumes it.
#ifndef PAWL_LOOP_SUSPEND_HPP
#define PAWL_LOOP_SUSPEND_HPP

#include <chrono>
#include <memory>
#include <type_traits>
#include <utility>

#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/recycling_allocator.hpp>
#include <boost/system/error_code.hpp>

#include <pawl/loop/scoped_executor.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// A type-erased completion handler: six functions per type, where asio::any_completion_handler would instantiate four
// hundred. Calls its handler once. If destroyed uncalled, it destroys the handler and with it the waiting coroutine.
class waker {
 public:
  template <class Handler> explicit waker(Handler handler) : held_(held<Handler>::make(std::move(handler))) {}
  waker(waker&& other) noexcept : held_(std::exchange(other.held_, nullptr)) {}
  waker& operator=(waker&& other) noexcept {
    std::swap(held_, other.held_);
    return *this;
  }
  waker(waker const&) = delete;
  waker& operator=(waker const&) = delete;
  ~waker() {
    if (held_) held_->end(nullptr, {});
  }

  asio::cancellation_slot cancellation() const { return held_->slot; }
  // Runs the handler on its own executor, or inline if it has none. Call it on the thread of `home`.
  void resume(boost::system::error_code why, loop_executor const& home) {
    std::exchange(held_, nullptr)->end(&home, why);
  }

 private:
  struct erased {
    asio::cancellation_slot slot{};
    // Destroys this; then, if `home` is not null, calls the handler.
    virtual void end(loop_executor const* home, boost::system::error_code why) = 0;

   protected:
    ~erased() = default;
  };
  template <class Handler> struct held final : erased {
    using allocator = typename std::allocator_traits<
        asio::associated_allocator_t<Handler, asio::recycling_allocator<void>>>::template rebind_alloc<held>;

    static held* make(Handler&& handler) {
      allocator memory(asio::get_associated_allocator(handler, asio::recycling_allocator<void>()));
      auto* const place = memory.allocate(1);
      return ::new (static_cast<void*>(place)) held(std::move(handler));
    }
    void end(loop_executor const* home, boost::system::error_code why) override {
      Handler call(std::move(handler));
      allocator memory(asio::get_associated_allocator(call, asio::recycling_allocator<void>()));
      this->~held();
      memory.deallocate(this, 1);
      if (home == nullptr) return;
      auto const chosen = asio::get_associated_executor(call, *home);
      if (is_home(chosen, *home))
        std::move(call)(why);
      else
        asio::dispatch(chosen, [h = std::move(call), why]() mutable { std::move(h)(why); });
    }

    Handler handler;

   private:
    explicit held(Handler&& h) : handler(std::move(h)) { this->slot = asio::get_associated_cancellation_slot(handler); }
    ~held() = default;
  };

  erased* held_;
};

struct posted_waker {
  waker resume;
  boost::system::error_code why;
  loop_executor home;
  void operator()() { resume.resume(why, home); }
};

// What a suspended coroutine waits for; begin(self, time, waker) starts it.
struct suspension {
  void (*begin)(void* self, std::chrono::nanoseconds time, waker resume);
  void* self;
  std::chrono::nanoseconds time{};

  template <class Handler> void operator()(Handler handler) const { begin(self, time, waker(std::move(handler))); }
};

// All of pawl's own suspensions share this one type, since Asio instantiates about forty functions for each kind of
// awaited operation. An error code is thrown as boost::system::system_error.
[[nodiscard("nothing waits until it is awaited")]] task<void> suspend(suspension until);

}  // namespace pawl::inline PAWL_ABI::detail

#endif
