// Looks hosts up: once for all that ask at the same time.
#ifndef PAWL_HTTP_BEAST_RESOLVE_HPP
#define PAWL_HTTP_BEAST_RESOLVE_HPP

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/detail/signal_blocker.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>

#include <pawl/loop/task.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::http::detail {

using boost::asio::ip::tcp;
inline constexpr auto as_error = boost::asio::as_tuple(boost::asio::use_awaitable);

// The addresses of one host. A lookup cannot be cancelled, so those who ask share one, and each may leave it at its own
// deadline; what it found counts for a minute. Asio's resolver would do, but its thread is joined by the loop's
// destructor, and getaddrinfo may hang for as long as the system's resolver tries (glibc: 5 s for each server and try).
// Hence a thread of its own, which nobody waits for: it ends with the lookup, and says nothing once this is gone.
class host_addresses {
 public:
  using clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kept = std::chrono::seconds(60);

  host_addresses(boost::asio::any_io_executor executor, std::string host, std::uint16_t port)
      : shared_(std::make_shared<lookup>(std::move(executor), std::move(host), port)) {}
  host_addresses(host_addresses const&) = delete;
  host_addresses& operator=(host_addresses const&) = delete;
  ~host_addresses() {
    std::lock_guard<std::mutex> const held(shared_->lock);
    shared_->abandoned = true;
  }

  struct found {
    std::vector<tcp::endpoint> addresses{};
    boost::system::error_code error{};  // boost::asio::error::timed_out: not known at `until`
  };

  task<found> find(clock::time_point until) {
    auto const of = shared_;
    if (of->known_at && clock::now() - *of->known_at < kept) co_return found{of->addresses, {}};
    if (!of->running) begin(of);
    if (of->running) {
      boost::asio::steady_timer waiting(of->executor, until);
      place_in_queue const place(*of, waiting);
      co_await waiting.async_wait(as_error);
    }
    if (of->running) co_return found{{}, boost::asio::error::timed_out};
    co_return found{of->addresses, of->error};
  }

 private:
  struct lookup {
    lookup(boost::asio::any_io_executor e, std::string h, std::uint16_t p)
        : executor(std::move(e)), host(std::move(h)), port(p) {}
    boost::asio::any_io_executor const executor;
    std::string const host;
    std::uint16_t const port;
    std::mutex lock{};
    bool abandoned = false;  // guarded by the lock: the executor may be gone
    // On the loop's thread only:
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
    boost::system::error_code is_name;
    auto const address = boost::asio::ip::make_address(of->host, is_name);
    if (!is_name) return end(*of, {{tcp::endpoint(address, of->port)}, {}});
    try {
      boost::asio::detail::signal_blocker const blocked;  // as Asio's own threads: signals are for the program's
      std::thread([of] {
        auto result = look_up(*of);
        std::lock_guard<std::mutex> const held(of->lock);
        if (of->abandoned) return;
        boost::asio::post(of->executor, [of, result = std::move(result)]() mutable { end(*of, std::move(result)); });
      }).detach();
    } catch (std::system_error const&) {
      end(*of, {{}, boost::asio::error::try_again});  // no more threads at present
    }
  }
  static found look_up(lookup const& of) {
    found result;
    boost::asio::io_context unused;  // a lookup at once is the calling thread's
    for (auto const& one :
         tcp::resolver(unused).resolve(of.host, std::to_string(of.port), tcp::resolver::numeric_service, result.error))
      result.addresses.push_back(one.endpoint());
    if (!result.error && result.addresses.empty()) result.error = boost::asio::error::host_not_found;
    return result;
  }
  static void end(lookup& of, found result) {
    of.running = false;
    of.error = result.error;
    of.addresses = std::move(result.addresses);
    if (!of.error) of.known_at = clock::now();
    for (auto* one : of.waiting) one->cancel();
  }

  std::shared_ptr<lookup> shared_;
};

}  // namespace pawl::inline PAWL_ABI::http::detail

#endif
