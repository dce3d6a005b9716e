// Waits on the loop for a socket that other software owns.
#ifndef PAWL_LOOP_SOCKET_WAIT_HPP
#define PAWL_LOOP_SOCKET_WAIT_HPP

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

#include <pawl/loop/loop.hpp>
#include <pawl/loop/suspend.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

enum class socket_interest : std::uint8_t { readable, writable, either };
enum class socket_readiness : std::uint8_t { readable, writable, timed_out };

// Never closes the descriptor. Destroy this before its owner closes it: the kernel forgets a closed descriptor, the loop
// would not. Must outlive its wait; one wait at a time, on the loop's thread.
//
// Time is the steady clock's whatever clock the loop has: the software at the other end knows no other. The loop's clock
// does not jump meanwhile. A hung-up or broken socket counts as ready: its owner learns why when it reads or writes.
class socket_wait {
 public:
  socket_wait(event_loop& loop, int descriptor)
      : loop_(loop), descriptor_(loop.get_executor(), descriptor), timer_(loop.get_executor()) {}
  socket_wait(socket_wait const&) = delete;
  socket_wait& operator=(socket_wait const&) = delete;
  ~socket_wait() { descriptor_.release(); }

  // Throws boost::system::system_error (operation_aborted) if the coroutine is cancelled in one of these ways.
  task<socket_readiness> wait(socket_interest what, std::chrono::steady_clock::time_point until,
                              asio::cancellation_type by = asio::cancellation_type::all) {
    beginning how{this, what, until, by};
    auto waiting = suspend({&beginning::begin, &how});
    co_await std::move(waiting);
    co_return found_;
  }
  // The wait under way, if there is one, ends soon as if its time had come.
  void interrupt() {
    if (auto const now = under_way_.lock()) now->interrupt();
  }

 private:
  // Shared by the handlers of one wait alone: a loop that is destroyed drops them, and with them the coroutine.
  struct pending : std::enable_shared_from_this<pending> {
    pending(socket_wait& of, waker waiter) : owner(of), resume(std::move(waiter)), elsewhere(of.loop_.elsewhere()) {}

    void finish(socket_readiness found) {
      if (!resume) return;
      auto const home = owner.loop_.get_executor();
      waker waiter = take(found);
      waiter.resume({}, home);
    }
    void cancel() {
      if (!resume) return;
      auto const home = owner.loop_.get_executor();
      asio::post(home, posted_waker{take(socket_readiness::timed_out), asio::error::operation_aborted, home});
    }
    void interrupt() {
      if (!resume) return;
      auto const home = owner.loop_.get_executor();
      asio::post(home, posted_waker{take(socket_readiness::timed_out), {}, home});
    }
    waker take(socket_readiness found) {
      owner.found_ = found;
      owner.descriptor_.cancel();
      owner.timer_.cancel();
      elsewhere.reset();
      waker waiter = std::move(*resume);
      resume.reset();
      return waiter;
    }

    socket_wait& owner;
    std::optional<waker> resume;
    std::optional<event_loop::elsewhere_guard> elsewhere;
  };
  struct arrival {
    std::shared_ptr<pending> of;
    socket_readiness found;
    void operator()(boost::system::error_code) const { of->finish(found); }
  };
  struct beginning {
    socket_wait* self;
    socket_interest what;
    std::chrono::steady_clock::time_point until;
    asio::cancellation_type by;

    static void begin(void* how, std::chrono::nanoseconds, waker waiter) {
      beginning const chosen = *static_cast<beginning*>(how);
      chosen.self->begin(chosen, std::move(waiter));
    }
  };

  void begin(beginning const& how, waker waiter) {
    auto slot = waiter.cancellation();
    auto const mine = std::make_shared<pending>(*this, std::move(waiter));
    under_way_ = mine;
    if (slot.is_connected())
      slot.assign([weak = std::weak_ptr<pending>(mine), by = how.by](asio::cancellation_type type) {
        auto const still = weak.lock();
        if (still && (type & by) != asio::cancellation_type::none) still->cancel();
      });
    using descriptor = asio::posix::stream_descriptor;
    if (how.what != socket_interest::writable)
      descriptor_.async_wait(descriptor::wait_read, arrival{mine, socket_readiness::readable});
    if (how.what != socket_interest::readable)
      descriptor_.async_wait(descriptor::wait_write, arrival{mine, socket_readiness::writable});
    timer_.expires_at(how.until);
    timer_.async_wait(arrival{mine, socket_readiness::timed_out});
  }

  event_loop& loop_;
  asio::posix::stream_descriptor descriptor_;
  asio::steady_timer timer_;
  socket_readiness found_ = socket_readiness::timed_out;
  std::weak_ptr<pending> under_way_{};
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
