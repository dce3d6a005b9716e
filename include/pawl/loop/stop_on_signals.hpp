// Requests a stop on SIGINT and SIGTERM.
#ifndef PAWL_LOOP_STOP_ON_SIGNALS_HPP
#define PAWL_LOOP_STOP_ON_SIGNALS_HPP

#include <array>
#include <cstddef>
#include <stop_token>

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/system/error_code.hpp>

#include <pawl/loop/task.hpp>
#include <pawl/system/stop_signals.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// While it lives, the first SIGINT or SIGTERM requests a stop on the loop's thread; the second one terminates the
// process. The destructor restores the previous signal dispositions. At most one per process.
class stop_on_signals {
 public:
  template <class Loop> stop_on_signals(Loop& loop, std::stop_source& source) : reader_(loop.get_executor()) {
    reader_.assign(signals_.take_reader());
    reader_.async_read_some(asio::buffer(byte_), [&source](boost::system::error_code failed, std::size_t) {
      if (!failed) source.request_stop();
    });
  }
  stop_on_signals(stop_on_signals const&) = delete;
  stop_on_signals& operator=(stop_on_signals const&) = delete;

  // The signal received, or 0.
  int signal() const { return signals_.signal(); }

 private:
  asio::posix::stream_descriptor reader_;
  std::array<char, 1> byte_{};
  detail::stop_signals signals_{};  // restores the dispositions before the reader is closed
};

}  // namespace pawl::inline PAWL_ABI

#endif
