// Asks the page that a program serves on this machine.
#ifndef PAWL_TESTS_EXAMPLES_LOCAL_PAGE_HPP
#define PAWL_TESTS_EXAMPLES_LOCAL_PAGE_HPP

#include <cstddef>
#include <cstdint>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include "catch.hpp"
#include "examples/program.hpp"

// What a server of this machine answers to this request, whole.
inline std::string answer_of(std::string const& url, std::string const& request) {
  std::string const port = url.substr(url.rfind(':') + 1);
  int const socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(port)));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(socket, reinterpret_cast<sockaddr const*>(&to), sizeof to) == 0);
  REQUIRE(::write(socket, request.data(), request.size()) == static_cast<ssize_t>(request.size()));
  std::string all;
  char buffer[4096];
  for (ssize_t n = 0; (n = ::read(socket, buffer, sizeof buffer)) > 0;) all.append(buffer, static_cast<std::size_t>(n));
  ::close(socket);
  return all;
}
inline std::string get(std::string const& url, std::string const& path) {
  return answer_of(url, "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
}
// The first line that the program has written ends with it.
inline std::string url_of(program& serving) {
  std::string line;
  eventually([&] { return (line = serving.written()).find('\n') != std::string::npos || !serving.running(); });
  auto const at = line.find("http://");
  REQUIRE(at != std::string::npos);
  return line.substr(at, line.find_first_of(",\n", at) - at);
}

#endif
