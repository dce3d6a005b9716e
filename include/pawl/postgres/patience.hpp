// How often and how long something is asked for again that other transactions stand in the way of.
#ifndef PAWL_POSTGRES_PATIENCE_HPP
#define PAWL_POSTGRES_PATIENCE_HPP

#include <chrono>

#include <pawl/error.hpp>
#include <pawl/loop/backoff.hpp>
#include <pawl/system/random_number.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

class patience {
 public:
  explicit patience(std::chrono::steady_clock::time_point end) : end_(end) {}

  // Called where `e` was caught, which is thrown on: if it does not say busy, once the time is over, and where to ask again is
  // of no use.
  void hear(store_error const& e, bool is_useless) const {
    if (e.what_failed() != store_failure::busy || is_useless ||
        (std::chrono::steady_clock::now() >= end_ /*mutant patience_ends: && !OFF*/))
      throw;
  }
  // Pauses grow up to a second.
  std::chrono::nanoseconds next_pause() {
    constexpr backoff pauses{std::chrono::milliseconds(20), std::chrono::seconds(1)};
    return pauses.wait(++pauses_, random_);
  }

 private:
  std::chrono::steady_clock::time_point end_;
  int pauses_ = 0;
  jitter random_{pawl::detail::random_number()};
};

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
