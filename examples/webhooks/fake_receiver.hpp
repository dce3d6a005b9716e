// A receiver of webhooks for tests, and to try the program: it remembers idempotency keys, and fails by script.
#ifndef WEBHOOKS_FAKE_RECEIVER_HPP
#define WEBHOOKS_FAKE_RECEIVER_HPP

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <string>

#include <pawl/testing/http/remote.hpp>

namespace webhooks {

// The path of a request says what is answered:
//   /gone    410, always
//   /refuse  401, always
//   /error   500, always
//   /busy    429 with `Retry-After: 1`, for each first request of a key
//   else     204; it is performed, once for each key
class fake_receiver {
 public:
  struct performed {
    std::string body{};
    std::size_t requests = 0;       // with this key
    std::chrono::nanoseconds at{};  // of the first one, on the clock that was given
  };

  // Lets the remote answer for it, which it must outlive.
  void serve(pawl::testing::http_remote& remote);
  // On which it notes the times.
  void use_clock(std::function<std::chrono::nanoseconds()> now) { now_ = std::move(now); }

  // By the idempotency key.
  std::map<std::string, performed> const& deliveries() const { return deliveries_; }
  // How often each body was performed. A receiver that knows the keys of its sender performs each event once.
  std::map<std::string, std::size_t> bodies() const;

 private:
  pawl::http::answer on_post(pawl::testing::http_call const& call);

  std::function<std::chrono::nanoseconds()> now_{};
  std::map<std::string, performed> deliveries_{};
  std::map<std::string, std::size_t> refused_{};  // by key
};

// A fault for about this share of all requests, from 0 to 1: cut before and after the effect, delayed, 500 after it, 503
// and 429 with a wait before it. The same for the same number of the request.
pawl::testing::http_fault random_fault(double share, std::size_t number);

}  // namespace webhooks

#endif
