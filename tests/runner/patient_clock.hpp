// A virtual clock that finds busy loops: it may be asked a million times, which no test needs that waits.
#ifndef PAWL_TESTS_RUNNER_PATIENT_CLOCK_HPP
#define PAWL_TESTS_RUNNER_PATIENT_CLOCK_HPP

#include <chrono>
#include <cstddef>
#include <stdexcept>

#include <pawl/loop/loop.hpp>

class patient_clock {
 public:
  static constexpr bool real = false;
  std::chrono::nanoseconds now() const {
    if (++asked_ > 1'000'000) throw std::runtime_error("a busy loop: the clock was asked a million times");
    return now_;
  }
  void jump_to(std::chrono::nanoseconds t) {
    if (t > now_) now_ = t;
  }
  std::chrono::nanoseconds jumped() const { return now_; }

 private:
  std::chrono::nanoseconds now_{};
  mutable std::size_t asked_ = 0;
};
using patient_loop = pawl::loop<patient_clock>;

#endif
