// Lets one coroutine do what several wait for.
#ifndef PAWL_POSTGRES_SINGLE_FLIGHT_HPP
#define PAWL_POSTGRES_SINGLE_FLIGHT_HPP

#include <cstdint>
#include <exception>
#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <pawl/loop/loop.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/postgres/throw_if_cancelled.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// Use it on the loop's thread; it must outlive its coroutines. Whoever comes first acts, within its own coroutine: nothing
// is detached. If that is cancelled or destroyed, one of those who wait takes its place.
class single_flight {
 public:
  explicit single_flight(event_loop& loop)
      : loop_(loop), landed_(loop.get_executor(), (asio::steady_timer::time_point::max)()) {}
  single_flight(single_flight const&) = delete;
  single_flight& operator=(single_flight const&) = delete;

  // Returns once is_done() is true. `act()` returns a task, which makes it so or throws; those who waited for it throw
  // the same.
  template <class IsDone, class Act> task<void> run(IsDone is_done, Act act) {
    while (!is_done()) {
      if (!flying_) {
        flight mine(*this);
        try {
          auto acting = act();
          co_await std::move(acting);
        } catch (boost::system::system_error const&) {
          throw;  // this one alone was cancelled
        } catch (...) {
          failure_ = std::current_exception();
          throw;
        }
        co_return;
      }
      auto const awaited = flights_;
      boost::system::error_code woken;
      auto waiting = landed_.async_wait(asio::redirect_error(await, woken));
      auto const elsewhere = loop_.elsewhere();
      co_await std::move(waiting);
      auto checking = throw_if_cancelled();
      co_await std::move(checking);
      if (flights_ == awaited + 1 && failure_) std::rethrow_exception(failure_);
    }
  }

 private:
  struct flight {
    explicit flight(single_flight& of) : owner(of) {
      owner.flying_ = true;
      owner.failure_ = nullptr;
    }
    flight(flight const&) = delete;
    flight& operator=(flight const&) = delete;
    ~flight() {
      owner.flying_ = false;
      ++owner.flights_;
      owner.landed_.cancel();
    }
    single_flight& owner;
  };

  event_loop& loop_;
  asio::steady_timer landed_;
  bool flying_ = false;
  std::uint64_t flights_ = 0;
  std::exception_ptr failure_{};
};

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
