// The remote of a test on a real socket.
#ifndef PAWL_TESTING_HTTP_SERVER_HPP
#define PAWL_TESTING_HTTP_SERVER_HPP

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <pawl/http/beast/served.hpp>
#include <pawl/http/beast/sha256.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/testing/http/remote.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::testing {

// Listens on a free port of 127.0.0.1, on a thread of its own, from the constructor to the destructor. Effects run on
// that thread, one at a time. with() is the only way to the remote while requests come.
class http_server {
 public:
  struct tls_files {
    std::string certificate{};  // a chain in PEM
    std::string key{};
  };

  http_server() : http_server(std::optional<tls_files>()) {}
  explicit http_server(tls_files with) : http_server(std::optional<tls_files>(std::move(with))) {}
  http_server(http_server const&) = delete;
  http_server& operator=(http_server const&) = delete;
  ~http_server() {
    io_.stop();
    thread_.join();
  }

  // For client_options::base.
  std::string base() const { return (tls_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port_); }
  std::uint16_t port() const { return port_; }

  // Calls `f(http_remote&)` while no request is served, and returns what it returns.
  template <class F> auto with(F f) {
    std::lock_guard<std::mutex> const alone(mutex_);
    return f(remote_);
  }
  void on(http::verb method, std::string route, http_remote::effect does) {
    with([&](http_remote& r) { r.on(method, std::move(route), std::move(does)); });
  }
  std::size_t requests() {
    return with([](http_remote& r) { return r.requests(); });
  }
  std::size_t effects(std::string_view key) {
    return with([key](http_remote& r) { return r.effects(key); });
  }
  std::size_t effects() {
    return with([](http_remote& r) { return r.effects(); });
  }
  std::size_t connections() const { return connections_; }  // accepted so far
  std::size_t closed() const { return closed_; }            // of these, how many this side has closed

 private:
  using tcp = boost::asio::ip::tcp;

  explicit http_server(std::optional<tls_files> files) {
    if (files) tls_ = http::detail::serving_context(files->certificate, files->key);
    port_ = acceptor_.local_endpoint().port();
    remote_.keys_arrive_as(http::detail::sha256);
    boost::asio::co_spawn(io_, accept(), boost::asio::detached);
    thread_ = std::thread([this] { io_.run(); });
  }

  task<void> accept() {
    for (;;) {
      auto accepting = acceptor_.async_accept(await);
      auto socket = co_await std::move(accepting);
      ++connections_;
      auto const served = std::make_shared<http::detail::served>(std::move(socket), tls_.get());
      boost::asio::co_spawn(io_, serve(served), boost::asio::detached);
    }
  }
  // Ends with an exception where the other side has gone, which the co_spawn above drops.
  task<void> serve(std::shared_ptr<http::detail::served> on) {
    auto beginning = on->begin();
    co_await std::move(beginning);
    for (bool goes_on = true; goes_on;) {
      auto reading = on->read();
      auto read = co_await std::move(reading);
      auto& got = read.got;
      if (!got) co_return;
      http_call call;
      call.method = std::move(got->method);
      call.target = std::move(got->target);
      call.headers = std::move(got->headers);
      call.body = std::move(got->body);
      auto answering = answer(*on, std::move(call));
      goes_on = co_await std::move(answering);
    }
  }
  // Whether another request may come on this connection.
  task<bool> answer(http::detail::served& on, http_call call) {
    bool const is_head = call.method == "HEAD";
    http_fault fault;
    http::answer given;
    {
      std::lock_guard<std::mutex> const alone(mutex_);
      fault = remote_.begin();
      if (fault.has_effect) given = remote_.perform(call);
    }
    if (fault.answer) given = *fault.answer;
    if (fault.wait.count() > 0) {
      auto waiting = pause(fault.wait);
      co_await std::move(waiting);
    }
    if (fault.lands_late) boost::asio::co_spawn(io_, land(std::move(call), *fault.lands_late), boost::asio::detached);
    if (fault.drops) {
      close(on, fault.resets);
      co_return false;
    }
    std::string bytes = fault.hints ? "HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n" : "";
    std::size_t const head = bytes.size();
    bytes += http::detail::serialized(given, framing_of(fault), is_head);
    if (fault.cut_head_after) bytes.resize((std::min)(bytes.find("\r\n\r\n", head), head + *fault.cut_head_after));
    if (fault.cut_after) bytes.resize((std::min)(bytes.size(), bytes.find("\r\n\r\n", head) + 4 + *fault.cut_after));
    if (fault.garbage) bytes += "GARBAGE";
    bool const stalls = fault.stall_after && *fault.stall_after < bytes.size();
    if (stalls) bytes.resize(*fault.stall_after);
    auto writing = write(on, std::move(bytes), fault.rate);
    co_await std::move(writing);
    if (stalls) {
      auto waiting = pause(std::chrono::hours(1));
      co_await std::move(waiting);
    }
    bool const ends = fault.cut_after || fault.cut_head_after || fault.closes_afterwards || !fault.has_length;
    if (ends) close(on, false);
    co_return !ends;
  }
  task<void> land(http_call call, std::chrono::nanoseconds later) {
    auto waiting = pause(later);
    co_await std::move(waiting);
    std::lock_guard<std::mutex> const alone(mutex_);
    remote_.perform(std::move(call));
  }
  static http::detail::framing framing_of(http_fault const& fault) {
    if (!fault.has_length) return http::detail::framing::end_of_connection;
    return fault.in_chunks ? http::detail::framing::chunks : http::detail::framing::length;
  }
  void close(http::detail::served& on, bool as_reset) {
    on.end(as_reset);
    ++closed_;
  }
  task<void> write(http::detail::served& on, std::string bytes, std::optional<std::size_t> rate) {
    std::size_t const piece = rate ? (std::max)(*rate / 20, std::size_t{1}) : bytes.size();
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      auto writing = on.write(std::string_view(bytes).substr(at, piece));
      co_await std::move(writing);
      if (!rate) continue;
      auto waiting = pause(std::chrono::milliseconds(50));
      co_await std::move(waiting);
    }
  }
  task<void> pause(std::chrono::nanoseconds time) {
    boost::asio::steady_timer timer(io_, time);
    auto waiting = timer.async_wait(await);
    co_await std::move(waiting);
  }

  boost::asio::io_context io_{1};
  std::shared_ptr<http::detail::ssl::context> tls_{};
  tcp::acceptor acceptor_{io_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)};
  std::uint16_t port_ = 0;
  std::mutex mutex_{};
  http_remote remote_{};
  std::atomic<std::size_t> connections_{0};
  std::atomic<std::size_t> closed_{0};
  std::thread thread_{};
};

}  // namespace pawl::inline PAWL_ABI::testing

#endif
