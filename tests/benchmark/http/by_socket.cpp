#include <stdexcept>
#include <string>
#include <vector>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "benchmark/measuring.hpp"
#include "peers.hpp"

namespace http_benchmark {

static void send_all(int fd, char const* bytes, std::size_t size) {
  while (size > 0) {
    ssize_t const sent = ::send(fd, bytes, size, MSG_NOSIGNAL);
    if (sent <= 0) throw std::runtime_error("the server takes no more");
    bytes += sent;
    size -= static_cast<std::size_t>(sent);
  }
}

double by_socket(std::uint16_t port, std::string const& file, std::size_t size, std::size_t piece) {
  measuring::stopwatch const watch;
  int const from = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  int const to = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in server{};
  server.sin_family = AF_INET;
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  server.sin_port = htons(port);
  if (from < 0 || ::connect(to, reinterpret_cast<sockaddr*>(&server), sizeof server) != 0)
    throw std::runtime_error("the server cannot be reached");
  std::vector<char> bytes(piece);
  for (std::size_t at = 0; at < size; at += piece) {
    std::size_t const now = size - at < piece ? size - at : piece;
    if (::pread(from, bytes.data(), now, static_cast<off_t>(at)) != static_cast<ssize_t>(now))
      throw std::runtime_error("the file cannot be read");
    std::string const head =
        "POST /upload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " + std::to_string(now) + "\r\n\r\n";
    send_all(to, head.data(), head.size());
    send_all(to, bytes.data(), now);
    std::string answer;
    while (answer.find('}') == std::string::npos) {
      char text[1024];
      ssize_t const got = ::recv(to, text, sizeof text, 0);
      if (got <= 0) throw std::runtime_error("the server does not answer");
      answer.append(text, static_cast<std::size_t>(got));
    }
  }
  ::close(to);
  ::close(from);
  return watch.seconds();
}

}  // namespace http_benchmark
