// Asks a page as a client does that may send anything: bytes over a socket, on the page's own loop.
#ifndef PAWL_TESTS_PAGE_ASKING_HPP
#define PAWL_TESTS_PAGE_ASKING_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <pawl/http/beast/resolve.hpp>
#include <pawl/http/fields.hpp>
#include <pawl/http/web_request.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/page.hpp>

#include "catch.hpp"
#include "page/fake_console.hpp"

namespace page_test {

namespace asio = boost::asio;

inline void pass(pawl::event_loop& loop, std::chrono::nanoseconds time) { loop.wait(loop.sleep(time)); }

struct got {
  int status = 0;
  pawl::http::fields headers{};
  std::string body{};
  std::string all{};

  std::string header(std::string_view name) const { return std::string(headers.find(name).value_or("")); }
  bool has(std::string_view text) const { return body.find(text) != std::string::npos; }
};

inline got parsed(std::string all) {
  got answer;
  std::size_t const end = all.find("\r\n\r\n");
  if (end != std::string::npos) {
    answer.status = std::stoi(all.substr(9, 3));
    // Every status that is ever sent has its words.
    std::string const reason = all.substr(13, all.find("\r\n") - 13);
    CHECK(reason == pawl::http::reason_of(answer.status));
    CHECK(reason != "Error");
    std::string_view head = std::string_view(all).substr(0, end + 2);
    head.remove_prefix(head.find("\r\n") + 2);
    while (!head.empty()) {
      std::size_t const line = head.find("\r\n"), colon = head.find(':');
      answer.headers.take(head.substr(0, colon), head.substr(colon + 1, line - colon - 1));
      head.remove_prefix(line + 2);
    }
    answer.body = all.substr(end + 4);
  }
  answer.all = std::move(all);
  return answer;
}

// A connection that this side holds.
class wire {
 public:
  using tcp = asio::ip::tcp;
  wire(pawl::event_loop& loop, std::uint16_t port) : loop_(loop), socket_(loop.get_executor()) {
    socket_.connect(tcp::endpoint(asio::ip::address_v4::loopback(), port));
  }
  void send(std::string_view bytes) { asio::write(socket_, asio::buffer(bytes.data(), bytes.size())); }
  // All until the other side ends the connection.
  std::string rest() { return loop_.wait(read_all(0)); }
  // As much as one answer.
  std::string one() { return loop_.wait(read_all(1)); }

 private:
  static bool is_whole(std::string const& text) {
    std::size_t const end = text.find("\r\n\r\n"), length = text.find("Content-Length: ");
    return end != std::string::npos && length < end && text.size() >= end + 4 + std::stoul(text.substr(length + 16));
  }
  task<std::string> read_all(int answers) {
    std::string all, piece(65536, '\0');
    while (answers == 0 || !is_whole(all)) {
      auto reading = socket_.async_read_some(asio::buffer(piece), pawl::http::detail::as_error);
      auto const [error, size] = co_await std::move(reading);
      all.append(piece, 0, size);
      if (error) break;
    }
    co_return all;
  }

  pawl::event_loop& loop_;
  tcp::socket socket_;
};

// A loop, a console and a page on it.
class served_page {
 public:
  explicit served_page(pawl::page_options options = {}) : page(loop, console, std::move(options)) {}

  pawl::loop<> loop{};
  fake_console console{loop};
  pawl::status_page page;

  std::string host() const { return "127.0.0.1:" + std::to_string(page.port()); }
  std::string origin() const { return "http://" + host(); }

  // With these lines instead of Host, if there are any that begin so.
  got ask(std::string_view first_line, std::string headers = {}, std::string_view body = {}) {
    std::string text = std::string(first_line) + " HTTP/1.1\r\n";
    if (headers.find("Host:") == std::string::npos) headers = "Host: " + host() + "\r\n" + headers;
    text += headers + "Connection: close\r\n";
    if (!body.empty())
      text +=
          "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    wire to(loop, page.port());
    to.send(text + "\r\n" + std::string(body));
    return parsed(to.rest());
  }
  got get(std::string_view target, std::string headers = {}) {
    return ask("GET " + std::string(target), std::move(headers));
  }
  got post(std::string_view target, std::string_view body, std::string headers) {
    return ask("POST " + std::string(target), std::move(headers), body);
  }
  // As the page's own form in a browser.
  got post(std::string_view target, std::string_view body) {
    return post(target, body, "Origin: " + origin() + "\r\n");
  }
};

inline constexpr char const* secret = "token-of-24-characters-x";

}  // namespace page_test

#endif
