// Implements stop_on_signals: the signal handler writes to a pipe, which the loop reads; where a loop cannot wait for a pipe,
// as on Windows, Asio's signal_set takes the signal to the loop.
#ifndef PAWL_LOOP_STOP_ON_SIGNALS_IMPL_HPP
#define PAWL_LOOP_STOP_ON_SIGNALS_IMPL_HPP

#include <boost/asio/detail/config.hpp>
#include <boost/system/error_code.hpp>

#include <pawl/error.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/stop.hpp>
#include <pawl/loop/stop_on_signals.hpp>
#include <pawl/version.hpp>

#ifdef BOOST_ASIO_HAS_POSIX_STREAM_DESCRIPTOR

#include <array>
#include <cstddef>

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <pawl/system/posix/stop_signals.hpp>

namespace pawl::inline PAWL_ABI {

class stop_on_signals::watch {
 public:
  watch(event_loop& loop, stop_source& source) : reader_(loop.get_executor()) {
    reader_.assign(signals_.take_reader());
    reader_.async_read_some(asio::buffer(byte_), [&source](boost::system::error_code failed, std::size_t) {
      if (!failed) source.request_stop();
    });
  }
  int signal() const { return signals_.signal(); }

 private:
  asio::posix::stream_descriptor reader_;
  std::array<char, 1> byte_{};
  detail::posix::stop_signals signals_{};  // restores the dispositions before the reader is closed
};

}  // namespace pawl::inline PAWL_ABI

#else

#include <atomic>
#include <csignal>

#include <boost/asio/signal_set.hpp>

namespace pawl::inline PAWL_ABI {

class stop_on_signals::watch {
 public:
  watch(event_loop& loop, stop_source& source) : signals_(loop.get_executor(), SIGINT, SIGTERM) {
    signals_.async_wait([this, &source](boost::system::error_code failed, int number) {
      if (failed) return;
      signals_.clear();  // the next one ends the process
      signal_ = number;
      source.request_stop();
    });
  }
  int signal() const { return signal_; }

 private:
  // At most one in a process.
  struct only {
    only() {
      if (is_there.test_and_set())
        throw error("stop_on_signals.second", "pawl: another stop_on_signals is alive in this process");
    }
    only(only const&) = delete;
    only& operator=(only const&) = delete;
    ~only() { is_there.clear(); }
    PAWL_OF_PROCESS static inline std::atomic_flag is_there{};
  };

  // Restores what it found, which a signal_set does not.
  struct dispositions {
    dispositions() = default;
    dispositions(dispositions const&) = delete;
    dispositions& operator=(dispositions const&) = delete;
    ~dispositions() {
      std::signal(SIGINT, interrupt);
      std::signal(SIGTERM, terminate);
    }
    void (*interrupt)(int) = std::signal(SIGINT, SIG_DFL);
    void (*terminate)(int) = std::signal(SIGTERM, SIG_DFL);
  };

  only only_{};
  dispositions before_{};
  asio::signal_set signals_;
  int signal_ = 0;
};

}  // namespace pawl::inline PAWL_ABI

#endif

namespace pawl::inline PAWL_ABI {

PAWL_INLINE stop_on_signals::stop_on_signals(event_loop& loop, stop_source& source) : watch_(new watch(loop, source)) {}
PAWL_INLINE stop_on_signals::~stop_on_signals() = default;
PAWL_INLINE int stop_on_signals::signal() const { return watch_->signal(); }

}  // namespace pawl::inline PAWL_ABI

#endif
