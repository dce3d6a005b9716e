// The other side of a connection: reads requests and writes answers.
#ifndef PAWL_HTTP_BEAST_SERVED_HPP
#define PAWL_HTTP_BEAST_SERVED_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/system/error_code.hpp>
#include <openssl/ssl.h>

#include <pawl/http/answer.hpp>
#include <pawl/http/beast/connection.hpp>
#include <pawl/http/beast/resolve.hpp>
#include <pawl/http/beast/tls.hpp>
#include <pawl/http/http_error.hpp>
#include <pawl/http/web_request.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::http::detail {

inline std::shared_ptr<ssl::context> serving_context(std::string const& certificate, std::string const& key) {
  auto const context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  boost::system::error_code error;
  context->use_certificate_chain_file(certificate, error);
  if (!error) context->use_private_key_file(key, ssl::context::pem, error);
  if (error)
    throw http_error("pawl: the certificate '" + certificate + "' and its key '" + key +
                     "' cannot be used: " + error.message());
  return context;
}

// How the other side learns where a body ends.
enum class framing : std::uint8_t { length, chunks, end_of_connection };

// Chunks of at most 64 bytes (RFC 9112, section 7.1), with the last one.
inline std::string in_chunks(std::string_view body) {
  std::string text;
  while (!body.empty()) {
    auto const piece = body.substr(0, 64);
    body.remove_prefix(piece.size());
    std::string_view const digits = "0123456789abcdef";
    text += digits[piece.size() >> 4];
    text += digits[piece.size() & 15];
    text.append("\r\n").append(piece).append("\r\n");
  }
  return text + "0\r\n\r\n";
}

// As it goes over the wire.
inline std::string serialized(answer const& given, framing how, bool is_head) {
  std::string text = "HTTP/1.1 " + std::to_string(given.status) + " " +
                     (given.reason.empty() ? std::string(reason_of(given.status)) : given.reason) + "\r\n";
  for (auto const& line : given.headers) text += line.name + ": " + line.value + "\r\n";
  bool const has_body = given.status != 204 && given.status >= 200;
  if (how == framing::length && has_body && !given.headers.contains("content-length"))
    text += "Content-Length: " + std::to_string(given.body.size()) + "\r\n";
  if (how == framing::chunks && has_body) text += "Transfer-Encoding: chunked\r\n";
  if (how == framing::end_of_connection) text += "Connection: close\r\n";
  text += "\r\n";
  if (has_body && !is_head) text += how == framing::chunks ? in_chunks(given.body) : given.body;
  return text;
}

// What is read of one request at most, in bytes.
struct served_limits {
  std::uint32_t head = 64 * 1024;
  std::uint64_t body = 64 * 1024 * 1024;
};
struct served_message {
  std::string method{};
  std::string target{};
  fields headers{};
  std::string body{};
  bool keeps_alive = true;  // another request may follow on this connection
};
struct served_reading {
  std::optional<served_message> got{};
  int refusal = 0;  // without a message: the status to refuse it with; 0: the connection has ended
};

class served {
 public:
  served(tcp::socket socket, ssl::context* tls) {
    if (tls != nullptr)
      tls_.emplace(std::move(socket), *tls);
    else
      plain_.emplace(std::move(socket));
    boost::system::error_code ignored;
    raw().set_option(tcp::no_delay(true), ignored);
  }

  tcp::socket& raw() { return tls_ ? tls_->next_layer() : *plain_; }

  task<void> begin() {
    if (!tls_) co_return;
    auto handshake = tls_->async_handshake(ssl::stream_base::server, await);
    co_await std::move(handshake);
  }
  // Waits for the first byte of the next request. False at the connection's end.
  task<bool> has_next() {
    if (unread_.size() > 0) co_return true;
    auto const space = unread_.prepare(4096);
    boost::system::error_code error;
    std::size_t size = 0;
    if (tls_)
      std::tie(error, size) = co_await tls_->async_read_some(space, as_error);
    else
      std::tie(error, size) = co_await plain_->async_read_some(space, as_error);
    unread_.commit(size);
    co_return !error;
  }
  task<served_reading> read() { return read(served_limits()); }
  task<served_reading> read(served_limits most) {
    boost::beast::http::request_parser<boost::beast::http::string_body> parser;
    parser.header_limit(most.head);
    parser.body_limit(most.body);
    boost::system::error_code error;
    if (tls_)
      std::tie(error, std::ignore) = co_await boost::beast::http::async_read(*tls_, unread_, parser, as_error);
    else
      std::tie(error, std::ignore) = co_await boost::beast::http::async_read(*plain_, unread_, parser, as_error);
    served_reading read;
    if (error) {
      read.refusal = refusal_of(error);
      co_return read;
    }
    auto& got = parser.get();
    served_message& into = read.got.emplace();
    into.method = std::string(got.method_string());
    into.target = std::string(got.target());
    for (auto const& line : got) into.headers.take(line.name_string(), line.value());
    into.body = std::move(got.body());
    into.keeps_alive = got.keep_alive();
    co_return read;
  }
  task<void> write(std::string_view bytes) {
    boost::asio::const_buffer const buffer(bytes.data(), bytes.size());
    if (tls_)
      co_await boost::asio::async_write(*tls_, buffer, await);
    else
      co_await boost::asio::async_write(*plain_, buffer, await);
  }
  // The end of what this side says. What the other side still sends is read, up to `most` bytes: a connection that is
  // closed with unread bytes is reset, and takes the answer with it before it is read.
  task<void> finish(std::size_t most) {
    boost::system::error_code error;
    raw().shutdown(tcp::socket::shutdown_send, error);
    std::string dropped(4096, '\0');
    for (std::size_t seen = 0; !error && seen < most;) {
      std::size_t size = 0;
      std::tie(error, size) = co_await raw().async_read_some(boost::asio::buffer(dropped), as_error);
      seen += size;
    }
    end(false);
  }
  void end(bool as_reset) {
    boost::system::error_code ignored;
    if (as_reset) raw().set_option(boost::asio::socket_base::linger(true, 0), ignored);
    raw().close(ignored);
  }

 private:
  // What is wrong with the bytes, in terms of HTTP; the rest are ends of the connection.
  static int refusal_of(boost::system::error_code error) {
    using failure = boost::beast::http::error;
    if (error == failure::header_limit) return 431;
    if (error == failure::body_limit) return 413;
    if (error == failure::end_of_stream || error == failure::partial_message) return 0;
    return error.category() == boost::beast::http::make_error_code(failure::header_limit).category() ? 400 : 0;
  }

  std::optional<tcp::socket> plain_{};
  std::optional<tls_stream> tls_{};
  boost::beast::flat_buffer unread_{};
};

}  // namespace pawl::inline PAWL_ABI::http::detail

#endif
