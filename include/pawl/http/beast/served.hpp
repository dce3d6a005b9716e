// The other side of a connection: reads requests and writes answers.
#ifndef PAWL_HTTP_BEAST_SERVED_HPP
#define PAWL_HTTP_BEAST_SERVED_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <pawl/http/answer.hpp>
#include <pawl/http/beast/connection.hpp>
#include <pawl/http/beast/resolve.hpp>
#include <pawl/http/beast/tls.hpp>
#include <pawl/http/http_error.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::http::detail {

inline std::shared_ptr<ssl::context> serving_context(std::string const& certificate, std::string const& key) {
  auto const context = std::make_shared<ssl::context>(ssl::context::tls_server);
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
                     (given.reason.empty() ? std::string(given.status < 300 ? "OK" : "Error") : given.reason) + "\r\n";
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

class served {
 public:
  struct message {
    std::string method{};
    std::string target{};
    fields headers{};
    std::string body{};
  };

  served(tcp::socket socket, ssl::context* tls) {
    if (tls != nullptr)
      tls_.emplace(std::move(socket), *tls);
    else
      plain_.emplace(std::move(socket));
    boost::system::error_code ignored;
    raw().set_option(tcp::no_delay(true), ignored);
  }

  task<void> begin() {
    if (!tls_) co_return;
    auto handshake = tls_->async_handshake(ssl::stream_base::server, await);
    co_await std::move(handshake);
  }
  // Empty at the connection's end.
  task<std::optional<message>> read() {
    boost::beast::http::request_parser<boost::beast::http::string_body> parser;
    parser.header_limit(64 * 1024);
    parser.body_limit(64 * 1024 * 1024);
    boost::system::error_code error;
    if (tls_)
      std::tie(error, std::ignore) = co_await boost::beast::http::async_read(*tls_, unread_, parser, as_error);
    else
      std::tie(error, std::ignore) = co_await boost::beast::http::async_read(*plain_, unread_, parser, as_error);
    if (error) co_return std::nullopt;
    auto& got = parser.get();
    message read;
    read.method = std::string(got.method_string());
    read.target = std::string(got.target());
    for (auto const& line : got) read.headers.take(line.name_string(), line.value());
    read.body = std::move(got.body());
    co_return read;
  }
  task<void> write(std::string_view bytes) {
    boost::asio::const_buffer const buffer(bytes.data(), bytes.size());
    if (tls_)
      co_await boost::asio::async_write(*tls_, buffer, await);
    else
      co_await boost::asio::async_write(*plain_, buffer, await);
  }
  void end(bool as_reset) {
    boost::system::error_code ignored;
    if (as_reset) raw().set_option(boost::asio::socket_base::linger(true, 0), ignored);
    raw().close(ignored);
  }

 private:
  tcp::socket& raw() { return tls_ ? tls_->next_layer() : *plain_; }

  std::optional<tcp::socket> plain_{};
  std::optional<tls_stream> tls_{};
  boost::beast::flat_buffer unread_{};
};

}  // namespace pawl::inline PAWL_ABI::http::detail

#endif
