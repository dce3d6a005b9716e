// A timer that calls back, and can be moved or cancelled.
#ifndef PAWL_LOOP_TIMER_HPP
#define PAWL_LOOP_TIMER_HPP

#include <chrono>
#include <cstdint>
#include <utility>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/system/error_code.hpp>

#include <pawl/loop/callback.hpp>
#include <pawl/loop/cancel.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// Use it on the loop's thread only. `ring` is dropped uncalled with the loop; until then it keeps its object alive,
// which must include the timer itself.
class timer {
 public:
  void arm(event_loop& loop, std::chrono::nanoseconds after, keeping_call ring) {
    cancel();
    loop.sleep(after, alarm{this, serial_, std::move(ring), signal_.slot()});
    armed_ = true;
  }
  void cancel() {
    ++serial_;
    if (std::exchange(armed_, false)) cancel_through(signal_);
  }
  bool armed() const { return armed_; }

 private:
  struct alarm {
    using cancellation_slot_type = asio::cancellation_slot;
    cancellation_slot_type get_cancellation_slot() const noexcept { return slot; }
    void operator()(boost::system::error_code) const {
      if (serial != of->serial_) return;
      of->armed_ = false;
      ring();
    }

    timer* of;
    std::uint64_t serial;
    keeping_call ring;
    asio::cancellation_slot slot;
  };

  asio::cancellation_signal signal_{};
  std::uint64_t serial_ = 0;
  bool armed_ = false;
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
