// What people write by hand: each sends `requests` of a POST with `body`, so many at once, and returns the seconds.
#ifndef PAWL_BENCHMARK_HTTP_PEERS_HPP
#define PAWL_BENCHMARK_HTTP_PEERS_HPP

#include <cstddef>
#include <cstdint>
#include <string>

namespace http_benchmark {

struct load {
  std::uint16_t port = 0;
  std::size_t requests = 0;
  std::size_t in_flight = 0;
  std::string body{};
};

double by_beast(load const& work);
// Without deadlines: no example of Beast is written like that, and no program should be.
double by_bare_beast(load const& work);

bool has_curl();
double by_curl(load const& work);

// Sends the file in pieces over one socket that blocks, each piece as a POST, and returns the seconds.
double by_socket(std::uint16_t port, std::string const& file, std::size_t size, std::size_t piece);

}  // namespace http_benchmark

#endif
