// A remote that writes what a test says, byte by byte: for what no proper server does.
#ifndef PAWL_TESTS_HTTP_RAW_SERVER_HPP
#define PAWL_TESTS_HTTP_RAW_SERVER_HPP

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

// Serves one connection after another on a thread of its own, each by `serve`.
class raw_server {
 public:
  // One connection.
  class peer {
   public:
    explicit peer(boost::asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}

    // Reads until the header's end; false at the connection's end. What follows it is a body, which skip() reads.
    bool read_head() {
      std::size_t end = std::string::npos;
      while ((end = unread_.find("\r\n\r\n")) == std::string::npos)
        if (!read_more()) return false;
      unread_.erase(0, end + 4);
      return true;
    }
    bool skip(std::size_t body) {
      while (unread_.size() < body)
        if (!read_more()) return false;
      unread_.erase(0, body);
      return true;
    }
    void write(std::string_view bytes) {
      boost::system::error_code ignored;
      boost::asio::write(socket_, boost::asio::buffer(bytes.data(), bytes.size()), ignored);
    }
    // Until the other side closes.
    void wait_for_end() {
      while (read_more()) unread_.clear();
    }

    boost::asio::ip::tcp::socket& socket() { return socket_; }

   private:
    bool read_more() {
      char piece[16 * 1024];
      boost::system::error_code error;
      std::size_t const bytes = socket_.read_some(boost::asio::buffer(piece), error);
      unread_.append(piece, bytes);
      return !error;
    }

    boost::asio::ip::tcp::socket socket_;
    std::string unread_{};
  };

  explicit raw_server(std::function<void(peer&)> serve) : serve_(std::move(serve)) {
    thread_ = std::thread([this] { run(); });
  }
  raw_server(raw_server const&) = delete;
  raw_server& operator=(raw_server const&) = delete;
  // The client must have closed its connections.
  ~raw_server() {
    ends_ = true;
    boost::asio::ip::tcp::socket waker(io_);
    boost::system::error_code ignored;
    waker.connect(acceptor_.local_endpoint(), ignored);
    thread_.join();
  }

  std::string base(std::string const& scheme = "http") const {
    return scheme + "://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }
  std::size_t connections() const { return connections_; }

 private:
  void run() {
    for (;;) {
      boost::system::error_code error;
      auto socket = acceptor_.accept(error);
      if (ends_) return;
      if (error) continue;
      ++connections_;
      peer one(std::move(socket));
      serve_(one);
    }
  }

  boost::asio::io_context io_{};
  boost::asio::ip::tcp::acceptor acceptor_{io_, {boost::asio::ip::address_v4::loopback(), 0}};
  std::function<void(peer&)> serve_;
  std::atomic<bool> ends_{false};
  std::atomic<std::size_t> connections_{0};
  std::thread thread_{};
};

#endif
