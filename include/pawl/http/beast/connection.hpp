// One connection to a remote, with TLS or without.
#ifndef PAWL_HTTP_BEAST_CONNECTION_HPP
#define PAWL_HTTP_BEAST_CONNECTION_HPP

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/system/error_code.hpp>
#include <openssl/bio.h>
#include <openssl/ssl.h>

#include <pawl/http/beast/deadline.hpp>
#include <pawl/http/beast/resolve.hpp>
#include <pawl/http/beast/tls.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::http::detail {

class connection {
 public:
  explicit connection(tcp::socket socket) : plain_(std::move(socket)), watch_(*plain_) { prepare(); }
  connection(tcp::socket socket, ssl::context& context)
      : tls_(std::make_unique<tls_stream>(std::move(socket), context)), watch_(tls_->next_layer()) {
    prepare();
  }
  connection(connection const&) = delete;
  connection& operator=(connection const&) = delete;

  tls_stream* tls() { return tls_.get(); }
  tcp::socket& socket() { return tls_ ? tls_->next_layer() : *plain_; }
  deadline& watch() { return watch_; }
  boost::beast::flat_buffer& unread() { return unread_; }

  // Nothing has arrived, and the other side has not closed it. Not before its first answer has been read: TLS 1.3 sends
  // tickets after the handshake, which are readable.
  bool is_quiet() {
    char byte = 0;
    boost::system::error_code error;
    socket().receive(boost::asio::buffer(&byte, 1), tcp::socket::message_peek, error);
    return unread_.size() == 0 && error == boost::asio::error::would_block && !(tls_ && has_undecrypted());
  }

  bool carried_another = false;
  std::chrono::steady_clock::time_point usable_until{};

 private:
  // What the kernel has not sent yet counts as sent to those who write, and a stall would be noticed late.
#ifdef TCP_NOTSENT_LOWAT
  using unsent_bound = boost::asio::detail::socket_option::integer<IPPROTO_TCP, TCP_NOTSENT_LOWAT>;
#endif

  // What has come together with the last answer, such as a farewell (close_notify), is not in the socket any more.
  bool has_undecrypted() const {
    SSL* const tls = tls_->native_handle();
    return SSL_has_pending(tls) == 1 || BIO_ctrl_pending(SSL_get_rbio(tls)) > 0;
  }
  void prepare() {
    boost::system::error_code ignored;
    socket().non_blocking(true, ignored);
    socket().set_option(tcp::no_delay(true), ignored);
#ifdef TCP_NOTSENT_LOWAT
    socket().set_option(unsent_bound(128 * 1024), ignored);
#endif
  }

  std::optional<tcp::socket> plain_{};
  std::unique_ptr<tls_stream> tls_{};
  deadline watch_;
  boost::beast::flat_buffer unread_{};
};

}  // namespace pawl::inline PAWL_ABI::http::detail

#endif
