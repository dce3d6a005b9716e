// The connections to all hosts, and how many requests each of them has in hand.
#ifndef WEBHOOKS_RECEIVERS_HPP
#define WEBHOOKS_RECEIVERS_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include <pawl/http.hpp>
#include <pawl/pawl.hpp>

namespace webhooks {

struct receiver {
  std::unique_ptr<pawl::http::transport> http{};
  std::size_t in_flight = 0;
  std::chrono::nanoseconds took = std::chrono::seconds(2);  // the request that has ended last; at first a guess

  // About how long until one of these requests ends.
  std::chrono::nanoseconds next_free() const {
    using namespace std::chrono_literals;
    return std::clamp<std::chrono::nanoseconds>(took / std::max<std::size_t>(in_flight, 1), 10ms, 5s);
  }
};

// One of the requests that a host has in hand.
class seat {
 public:
  seat(receiver& at, pawl::event_loop const& clock) : at_(at), clock_(clock), begun_(clock.now()) { ++at_.in_flight; }
  seat(seat const&) = delete;
  seat& operator=(seat const&) = delete;
  ~seat() {
    --at_.in_flight;
    at_.took = clock_.now() - begun_;
  }

 private:
  receiver& at_;
  pawl::event_loop const& clock_;
  std::chrono::nanoseconds begun_;
};

// A client has one base URL, so that there is one for each host, from its first webhook to the end.
class receivers {
 public:
  using connecting = std::function<std::unique_ptr<pawl::http::transport>(pawl::http::origin const&)>;

  explicit receivers(connecting connect) : connect_(std::move(connect)) {}

  receiver& of(pawl::http::origin const& host) {
    receiver& found = all_[host.text()];
    if (!found.http) found.http = connect_(host);
    return found;
  }

 private:
  connecting connect_;
  std::map<std::string, receiver> all_{};
};

}  // namespace webhooks

#endif
