// Closes a socket that takes too long.
#ifndef PAWL_HTTP_BEAST_DEADLINE_HPP
#define PAWL_HTTP_BEAST_DEADLINE_HPP

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

#include <pawl/loop/saturated.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::http::detail {

// Watches one socket. Each operation names the time until which it may take; the timer itself is moved only when it
// rings too early, so that a request which is answered at once costs three assignments. Real time: a remote does not
// wait for a virtual clock.
class deadline {
 public:
  using clock = std::chrono::steady_clock;
  using tcp_socket = boost::asio::ip::tcp::socket;

  explicit deadline(tcp_socket& socket) : timer_(socket.get_executor()), watched_(new watched{&socket}) {}
  deadline(deadline const&) = delete;
  deadline& operator=(deadline const&) = delete;
  ~deadline() { watched_->socket = nullptr; }

  // What ends an operation that takes too long. After a cancelled one the socket can still be read; one that has not
  // ended a second later closes it after all.
  enum class ending : std::uint8_t { close, cancel };

  // For all operations from now on until the next call.
  void set(clock::time_point until, ending by = ending::close) {
    watched_->until = until;
    watched_->by = by;
    if (!watched_->armed || until < watched_->rings_at) arm(timer_, watched_);
  }
  // The earlier of the two, where there is an end of everything.
  void within(std::chrono::nanoseconds most, clock::time_point end, ending by = ending::close) {
    set((std::min)(pawl::detail::saturated_sum(clock::now(), most), end), by);
  }
  void clear() { watched_->until = (clock::time_point::max)(); }
  bool expired() const { return watched_->expired; }

 private:
  struct watched {
    tcp_socket* socket;
    clock::time_point until = (clock::time_point::max)();
    clock::time_point rings_at{};
    ending by = ending::close;
    bool armed = false;
    bool expired = false;
  };

  static void arm(boost::asio::steady_timer& timer, std::shared_ptr<watched> const& of) {
    of->armed = true;
    of->rings_at = of->until;
    timer.expires_at(of->until);
    timer.async_wait([&timer, of](boost::system::error_code error) {
      if (error || of->socket == nullptr) return;  // moved, or the connection is gone
      of->armed = false;
      if (of->until == (clock::time_point::max)()) return;
      if (clock::now() < of->until) return arm(timer, of);
      of->expired = true;
      boost::system::error_code ignored;
      if (of->by == ending::close) return static_cast<void>(of->socket->close(ignored));
      of->socket->cancel(ignored);
      of->by = ending::close;
      of->until = clock::now() + std::chrono::seconds(1);
      arm(timer, of);
    });
  }

  boost::asio::steady_timer timer_;
  std::shared_ptr<watched> watched_;
};

}  // namespace pawl::inline PAWL_ABI::http::detail

#endif
