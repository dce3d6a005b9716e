// Binds SIGINT and SIGTERM to a stop source.
#ifndef PAWL_LOOP_STOP_ON_SIGNALS_HPP
#define PAWL_LOOP_STOP_ON_SIGNALS_HPP

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <stop_token>

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/system/error_code.hpp>
#include <fcntl.h>
#include <unistd.h>

#include <pawl/error.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {
namespace detail {
// Where the handler finds the living guard. Lock-free, as a signal handler needs it.
inline std::atomic<int> signal_pipe{-1};
inline std::atomic<int> signal_seen{0};
static_assert(std::atomic<int>::is_always_lock_free);

// Restores the default dispositions first, so that the next signal ends the process even when the loop is blocked.
inline void take_signal(int number) {
  int const saved = errno;
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  signal_seen = number;
  char const byte = 1;
  if (int const pipe = signal_pipe; pipe >= 0) static_cast<void>(::write(pipe, &byte, 1));
  errno = saved;
}
}  // namespace detail

// While it lives, the first SIGINT or SIGTERM requests a stop on the loop's thread; the second one ends the process.
// Its destructor restores the dispositions that it found. One at a time in a process.
class stop_on_signals {
 public:
  template <class Loop> stop_on_signals(Loop& loop, std::stop_source& source) : reader_(loop.get_executor()) {
    int ends[2];
    if (detail::signal_pipe >= 0)
      throw error("stop_on_signals.second", "pawl: another stop_on_signals is alive in this process");
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
      throw error("stop_on_signals.pipe", "pawl: cannot make a pipe for signals");
    reader_.assign(ends[0]);
    detail::signal_seen = 0;
    detail::signal_pipe = ends[1];
    reader_.async_read_some(asio::buffer(byte_), [&source](boost::system::error_code failed, std::size_t) {
      if (!failed) source.request_stop();
    });
    struct sigaction action {};
    action.sa_handler = detail::take_signal;
    ::sigaction(SIGINT, &action, &before_int_);
    ::sigaction(SIGTERM, &action, &before_term_);
  }
  stop_on_signals(stop_on_signals const&) = delete;
  stop_on_signals& operator=(stop_on_signals const&) = delete;
  ~stop_on_signals() {
    ::sigaction(SIGINT, &before_int_, nullptr);
    ::sigaction(SIGTERM, &before_term_, nullptr);
    ::close(detail::signal_pipe.exchange(-1));
  }

  // The signal that came, or 0.
  int signal() const { return detail::signal_seen; }

 private:
  asio::posix::stream_descriptor reader_;
  std::array<char, 1> byte_{};
  struct sigaction before_int_ {};
  struct sigaction before_term_ {};
};

}  // namespace pawl::inline PAWL_ABI

#endif
