// SIGINT and SIGTERM as a byte in a pipe, on POSIX.
#ifndef PAWL_SYSTEM_POSIX_STOP_SIGNALS_HPP
#define PAWL_SYSTEM_POSIX_STOP_SIGNALS_HPP

#include <atomic>
#include <cerrno>
#include <csignal>
#include <utility>

#include <unistd.h>

#include <pawl/error.hpp>
#include <pawl/system/posix/variant.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::posix {

// What the signal handler uses. Lock-free, as it must be in a handler.
PAWL_OF_PROCESS inline std::atomic<int> signal_pipe{-1};
PAWL_OF_PROCESS inline std::atomic<int> signal_seen{0};
static_assert(std::atomic<int>::is_always_lock_free);

PAWL_OF_PROCESS inline std::atomic<int> signal_process{0};

// Restores the default dispositions first, so that the next signal ends the process even if nothing reads the pipe. A
// child made by fork() shares the pipe, and a signal for it is not one for its parent: it ends the child.
inline void take_signal(int number) {
  int const saved = errno;
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  if (signal_process != ::getpid()) {
    ::raise(number);
    errno = saved;
    return;
  }
  signal_seen = number;
  char const byte = 1;
  if (int const pipe = signal_pipe; pipe >= 0) static_cast<void>(::write(pipe, &byte, 1));
  errno = saved;
}

// While it lives, the first SIGINT or SIGTERM makes its reader readable and restores the default dispositions, so that
// the second signal ends the process. Its destructor restores the dispositions that the constructor found. At most one
// per process: a second one throws error "stop_on_signals.second"; "stop_on_signals.pipe" if the system refuses.
class stop_signals {
 public:
  stop_signals() {
    int ends[2];
    if (signal_pipe >= 0)
      throw error("stop_on_signals.second", "pawl: another stop_on_signals is alive in this process");
    if (!posix_variant::make_pipe(ends)) throw error("stop_on_signals.pipe", "pawl: cannot make a pipe for signals");
    reader_ = ends[0];
    signal_seen = 0;
    signal_process = ::getpid();
    signal_pipe = ends[1];
    struct sigaction action {};
    action.sa_handler = take_signal;
    ::sigaction(SIGINT, &action, &before_int_);
    ::sigaction(SIGTERM, &action, &before_term_);
  }
  stop_signals(stop_signals const&) = delete;
  stop_signals& operator=(stop_signals const&) = delete;
  ~stop_signals() {
    ::sigaction(SIGINT, &before_int_, nullptr);
    ::sigaction(SIGTERM, &before_term_, nullptr);
    ::close(signal_pipe.exchange(-1));
    if (reader_ >= 0) ::close(reader_);
  }

  // The descriptor to wait on, once; the caller closes it.
  int take_reader() noexcept { return std::exchange(reader_, -1); }
  // The signal that came, or 0.
  int signal() const noexcept { return signal_seen; }

 private:
  int reader_ = -1;
  struct sigaction before_int_ {};
  struct sigaction before_term_ {};
};

}  // namespace pawl::inline PAWL_ABI::detail::posix

#endif
