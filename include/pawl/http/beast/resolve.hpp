// Looks hosts up: once for all that ask at the same time.
#ifndef PAWL_HTTP_BEAST_RESOLVE_HPP
#define PAWL_HTTP_BEAST_RESOLVE_HPP

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>

#include <pawl/loop/task.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::http::detail {

using boost::asio::ip::tcp;
inline constexpr auto as_error = boost::asio::as_tuple(boost::asio::use_awaitable);

// The addresses of one host. A lookup cannot be cancelled (Asio runs getaddrinfo on one thread), so those who ask share
// one, and each may leave it at its own deadline; what it found counts for a minute.
class host_addresses {
 public:
  using clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kept = std::chrono::seconds(60);

  host_addresses(boost::asio::any_io_executor executor, std::string host, std::uint16_t port)
      : shared_(std::make_shared<lookup>(std::move(executor), std::move(host), std::to_string(port))) {}

  struct found {
    std::vector<tcp::endpoint> addresses{};
    boost::system::error_code error{};  // boost::asio::error::timed_out: not known at `until`
  };

  task<found> find(clock::time_point until) {
    auto const of = shared_;
    if (of->known_at && clock::now() - *of->known_at < kept) co_return found{of->addresses, {}};
    if (!of->running) begin(of);
    boost::asio::steady_timer waiting(of->resolver.get_executor(), until);
    {
      place_in_queue const place(*of, waiting);
      co_await waiting.async_wait(as_error);
    }
    if (of->running) co_return found{{}, boost::asio::error::timed_out};
    co_return found{of->addresses, of->error};
  }

 private:
  struct lookup {
    lookup(boost::asio::any_io_executor executor, std::string h, std::string p)
        : resolver(std::move(executor)), host(std::move(h)), port(std::move(p)) {}
    tcp::resolver resolver;
    std::string host, port;
    bool running = false;
    std::vector<boost::asio::steady_timer*> waiting{};
    std::vector<tcp::endpoint> addresses{};
    boost::system::error_code error{};
    std::optional<clock::time_point> known_at{};
  };

  // Left also where the wait throws.
  class place_in_queue {
   public:
    place_in_queue(lookup& of, boost::asio::steady_timer& waiting) : of_(of), waiting_(&waiting) {
      of_.waiting.push_back(waiting_);
    }
    place_in_queue(place_in_queue const&) = delete;
    place_in_queue& operator=(place_in_queue const&) = delete;
    ~place_in_queue() { std::erase(of_.waiting, waiting_); }

   private:
    lookup& of_;
    boost::asio::steady_timer* waiting_;
  };

  static void begin(std::shared_ptr<lookup> const& of) {
    of->running = true;
    of->resolver.async_resolve(of->host, of->port, tcp::resolver::numeric_service,
                               [of](boost::system::error_code error, tcp::resolver::results_type const& results) {
                                 of->running = false;
                                 of->error = error;
                                 of->addresses.clear();
                                 for (auto const& one : results) of->addresses.push_back(one.endpoint());
                                 if (!error && of->addresses.empty()) of->error = boost::asio::error::host_not_found;
                                 if (!of->error) of->known_at = clock::now();
                                 for (auto* one : of->waiting) one->cancel();
                               });
  }

  std::shared_ptr<lookup> shared_;
};

}  // namespace pawl::inline PAWL_ABI::http::detail

#endif
