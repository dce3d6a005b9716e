// A sleep that calls back, and can be moved or cancelled.
#ifndef PAWL_LOOP_TIMER_HPP
#define PAWL_LOOP_TIMER_HPP

#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/system/error_code.hpp>

#include <pawl/loop/loop.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// Belongs to the loop's thread. `ring` is dropped uncalled with the loop; until then it keeps alive what it holds, which
// must include the timer itself.
class timer {
 public:
  void arm(event_loop& loop, std::chrono::nanoseconds after, std::function<void()> ring) {
    cancel();
    loop.sleep(after, asio::bind_cancellation_slot(
                          signal_.slot(), [this, serial = serial_, ring = std::move(ring)](boost::system::error_code) {
                            if (serial != serial_) return;
                            armed_ = false;
                            ring();
                          }));
    armed_ = true;
  }
  void cancel() {
    ++serial_;
    if (std::exchange(armed_, false)) signal_.emit(asio::cancellation_type::terminal);
  }
  bool armed() const { return armed_; }

 private:
  asio::cancellation_signal signal_{};
  std::uint64_t serial_ = 0;
  bool armed_ = false;
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
