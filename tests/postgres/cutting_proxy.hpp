// A proxy between libpq and a server that cuts a connection at a chosen message of the protocol.
#ifndef PAWL_TESTS_POSTGRES_CUTTING_PROXY_HPP
#define PAWL_TESTS_POSTGRES_CUTTING_PROXY_HPP

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum class direction : std::uint8_t { to_server, to_client };

// Serves each connection on a thread of its own. Once armed, it counts the messages that pass in one direction, of whichever
// connection, lets so many through and no byte of the next; then it is armed no more.
class cutting_proxy {
 public:
  // `socket`: the unix socket of the server.
  explicit cutting_proxy(std::string socket) : server_(std::move(socket)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&at), size) != 0 || ::listen(listener_, 8) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size) != 0)
      throw std::runtime_error("the proxy cannot listen");
    port_ = ntohs(at.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  cutting_proxy(cutting_proxy const&) = delete;
  cutting_proxy& operator=(cutting_proxy const&) = delete;
  ~cutting_proxy() {
    ended_ = true;
    thread_.join();
    for (auto& one : connections_) one.join();
    ::close(listener_);
  }

  int port() const { return port_; }

  // Both sides of the connection are closed, and what the server was not sent is lost.
  void cut_after(direction way, int messages) { arm(way, messages, false); }
  // The same, and only messages of these types count.
  void cut_after(direction way, int messages, char const* types) { arm(way, messages, false, types); }
  // Instead of that, this process is killed, and all its connections end with it.
  void die_when_cut() { dies_ = true; }
  // When that has happened: once more, in the other direction.
  void then_cut_after(int messages) { again_ = messages; }
  // The same for the client; the server's side stays open, and what was not sent yet arrives with deliver().
  void hold_after(int messages) { arm(direction::to_server, messages, true); }
  // What was held goes to the server, which answers nobody; returns when it has answered all, or has closed.
  void deliver() {
    deliver_ = true;
    wait_for([this] { return !is_holding_.load(); });
  }
  bool has_cut() const { return has_cut_; }

 private:
  // One direction of a connection.
  struct stream {
    int from = -1, to = -1;
    direction way = direction::to_server;
    bool has_types = true;  // the start-up message has none
    bool is_held = false;   // was cut, and the server's side stays open
    std::string waiting{};
  };

  void arm(direction way, int messages, bool holds, char const* types = nullptr) {
    is_armed_ = false;
    has_cut_ = deliver_ = false;
    types_ = types;
    way_ = way;
    left_ = messages;
    holds_ = holds;
    is_armed_ = true;
  }
  template <class Condition> static void wait_for(Condition const& holds) {
    for (int i = 0; i < 5000 && !holds(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    if (!holds()) throw std::runtime_error("the proxy does not come to an end");
  }
  static bool is_readable(int descriptor, int within) {
    pollfd one{descriptor, POLLIN, 0};
    return ::poll(&one, 1, within) > 0;
  }

  void serve() {
    while (!ended_) {
      if (!is_readable(listener_, 20)) continue;
      int const client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) continue;
      int const on = 1;
      ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      connections_.emplace_back([this, client] {
        int const server = connect_to_server();
        relay(client, server);
        ::close(client);
        ::close(server);
      });
    }
  }
  int connect_to_server() const {
    int const made = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    server_.copy(at.sun_path, sizeof at.sun_path - 1);
    if (::connect(made, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0) ::shutdown(made, SHUT_RDWR);
    return made;
  }

  void relay(int client, int server) {
    stream up{client, server, direction::to_server, false};
    stream down{server, client, direction::to_client, true};
    while (!ended_) {
      pollfd both[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
      if (::poll(both, 2, 20) <= 0) continue;
      if (both[0].revents != 0 && !pass(up)) return cut(up, down);
      if (both[1].revents != 0 && !pass(down)) return cut(up, down);
    }
  }
  // False: an end has closed, or the connection is to be cut.
  bool pass(stream& of) {
    char bytes[65536];
    auto const got = ::recv(of.from, bytes, sizeof bytes, 0);
    if (got <= 0) return false;
    of.waiting.append(bytes, static_cast<std::size_t>(got));
    while (std::size_t const size = whole_message(of)) {
      if (is_armed_ && of.way == way_ && counts(of.waiting[0]) && left_-- == 0) {
        if (dies_) ::kill(::getpid(), SIGKILL);
        bool const holds = of.way == direction::to_server && holds_;
        is_holding_ = holds;
        is_armed_ = false;
        has_cut_ = true;
        if (int const messages = again_.exchange(-1); messages >= 0) {
          way_ = way_ == direction::to_server ? direction::to_client : direction::to_server;
          left_ = messages;
          is_armed_ = true;
        }
        return of.is_held = holds, false;
      }
      of.has_types = true;
      if (!send_all(of.to, of.waiting.substr(0, size))) return false;
      of.waiting.erase(0, size);
    }
    return true;
  }
  bool counts(char type) const {
    char const* const types = types_;
    return types == nullptr || std::string_view(types).find(type) != std::string_view::npos;
  }
  // Size of the first message; 0: more bytes are to come.
  static std::size_t whole_message(stream const& of) {
    std::size_t const type = of.has_types ? 1 : 0;
    if (of.waiting.size() < type + 4) return 0;
    std::size_t size = 0;
    for (std::size_t i = 0; i < 4; ++i) size = size << 8 | static_cast<unsigned char>(of.waiting[type + i]);
    return of.waiting.size() < type + size ? 0 : type + size;
  }
  static bool send_all(int to, std::string_view bytes) {
    while (!bytes.empty()) {
      auto const sent = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  void cut(stream& up, stream& down) {
    bool const holds = up.is_held;
    while (holds && is_readable(up.from, 50) && drain(up)) {}
    ::shutdown(up.from, SHUT_RDWR);
    if (!holds) return;
    while (!deliver_ && !ended_) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    send_all(up.to, up.waiting);
    ::shutdown(up.to, SHUT_WR);
    while (is_readable(down.from, 5000) && drain(down)) {}
    is_holding_ = false;
  }
  static bool drain(stream& of) {
    char bytes[65536];
    auto const got = ::recv(of.from, bytes, sizeof bytes, 0);
    if (got > 0) of.waiting.append(bytes, static_cast<std::size_t>(got));
    return got > 0;
  }

  std::string server_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> ended_{false}, is_armed_{false}, has_cut_{false}, is_holding_{false}, deliver_{false}, dies_{false};
  std::atomic<int> left_{0}, again_{-1};
  std::atomic<direction> way_{direction::to_server};
  std::atomic<bool> holds_{false};
  std::atomic<char const*> types_{nullptr};  // null: all
  std::thread thread_{};
  std::vector<std::thread> connections_{};  // that thread's
};

#endif
