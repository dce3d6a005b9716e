// The remote of the benchmark: answers everything with one JSON document, from a process of its own.
#ifndef PAWL_BENCHMARK_HTTP_SERVER_HPP
#define PAWL_BENCHMARK_HTTP_SERVER_HPP

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "child_process.hpp"

namespace http_benchmark {

inline constexpr std::string_view document = R"({"name":"documents/8f3a","state":"ACTIVE","size":1234})";

// Knows as much of HTTP as its clients need, so that a contestant waits for itself. Requests to /hold/N are answered all
// at once when N of them have come.
class small_server {
 public:
  small_server() : listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof any;
    auto* const address = reinterpret_cast<sockaddr*>(&any);
    if (::bind(listening_, address, size) != 0 || ::listen(listening_, 4096) != 0 ||
        ::getsockname(listening_, address, &size) != 0)
      throw std::runtime_error("the server cannot listen on a port of 127.0.0.1");
    port_ = ntohs(any.sin_port);
  }
  small_server(small_server const&) = delete;
  small_server& operator=(small_server const&) = delete;
  ~small_server() { ::close(listening_); }

  std::uint16_t port() const { return port_; }

  // Never returns.
  [[noreturn]] void serve() {
    events_ = ::epoll_create1(EPOLL_CLOEXEC);
    watch(listening_);
    std::vector<epoll_event> ready(256);
    for (;;) {
      int const count = ::epoll_wait(events_, ready.data(), static_cast<int>(ready.size()), -1);
      for (int i = 0; i < count; ++i) {
        int const fd = ready[static_cast<std::size_t>(i)].data.fd;
        if (fd == listening_)
          accept_one();
        else if (!read_from(fd))
          close_one(fd);
      }
    }
  }

 private:
  struct connection {
    std::string unread{};
    std::size_t body_left = 0;
    bool in_body = false;
    std::size_t hold = 0;
  };

  void watch(int fd) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    ::epoll_ctl(events_, EPOLL_CTL_ADD, fd, &event);
  }
  void accept_one() {
    int const fd = ::accept4(listening_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    int const on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connections_[fd];
    watch(fd);
  }
  void close_one(int fd) {
    connections_.erase(fd);
    ::close(fd);
  }
  bool read_from(int fd) {
    static std::vector<char> piece(256 * 1024);
    auto& of = connections_[fd];
    ssize_t const bytes = ::recv(fd, piece.data(), piece.size(), 0);
    if (bytes <= 0) return bytes < 0 && errno == EAGAIN;
    std::string_view got(piece.data(), static_cast<std::size_t>(bytes));
    if (of.in_body) {  // of an upload: counted, not kept
      std::size_t const taken = got.size() < of.body_left ? got.size() : of.body_left;
      of.body_left -= taken;
      got.remove_prefix(taken);
      if (of.body_left > 0) return true;
      of.in_body = false;
      answer(fd, of);
    }
    of.unread += got;
    while (take_request(fd, of)) {}
    return true;
  }
  bool take_request(int fd, connection& of) {
    std::size_t const end = of.unread.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    std::string const head = of.unread.substr(0, end);
    std::size_t const length = head.find("Content-Length: ");
    of.body_left = length == std::string::npos ? 0 : std::strtoul(head.c_str() + length + 16, nullptr, 10);
    std::size_t const held = head.find(" /hold/");
    of.hold = held == std::string::npos ? 0 : std::strtoul(head.c_str() + held + 7, nullptr, 10);
    of.unread.erase(0, end + 4);
    std::size_t const here = of.unread.size() < of.body_left ? of.unread.size() : of.body_left;
    of.unread.erase(0, here);
    of.body_left -= here;
    of.in_body = of.body_left > 0;
    if (!of.in_body) answer(fd, of);
    return !of.in_body;
  }
  void answer(int fd, connection const& of) {
    static std::string const text =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(document.size()) +
        "\r\n\r\n" + std::string(document);
    if (of.hold > 0) {
      held_.push_back(fd);
      if (held_.size() < of.hold) return;
      for (int one : held_) (void)!::send(one, text.data(), text.size(), MSG_NOSIGNAL);
      held_.clear();
      return;
    }
    (void)!::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
  }

  int listening_;
  int events_ = -1;
  std::uint16_t port_ = 0;
  std::unordered_map<int, connection> connections_{};
  std::vector<int> held_{};
};

// The server in a child, until this object ends.
class remote_process {
 public:
  remote_process()
      : child_([this]() -> int {
          ::prctl(PR_SET_PDEATHSIG, SIGKILL);
          server_.serve();
        }) {}
  std::uint16_t port() const { return server_.port(); }
  std::string base() const { return "http://127.0.0.1:" + std::to_string(port()); }

 private:
  small_server server_{};
  child_process child_;
};

}  // namespace http_benchmark

#endif
