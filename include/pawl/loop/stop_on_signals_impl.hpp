// Implements stop_on_signals: the signal handler writes to a pipe, which the loop reads.
#ifndef PAWL_LOOP_STOP_ON_SIGNALS_IMPL_HPP
#define PAWL_LOOP_STOP_ON_SIGNALS_IMPL_HPP

#include <array>
#include <cstddef>

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/system/error_code.hpp>

#include <pawl/loop/loop.hpp>
#include <pawl/loop/stop.hpp>
#include <pawl/loop/stop_on_signals.hpp>
#include <pawl/system/stop_signals.hpp>
#include <pawl/version.hpp>

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
  detail::stop_signals signals_{};  // restores the dispositions before the reader is closed
};

PAWL_INLINE stop_on_signals::stop_on_signals(event_loop& loop, stop_source& source) : watch_(new watch(loop, source)) {}
PAWL_INLINE stop_on_signals::~stop_on_signals() = default;
PAWL_INLINE int stop_on_signals::signal() const { return watch_->signal(); }

}  // namespace pawl::inline PAWL_ABI

#endif
