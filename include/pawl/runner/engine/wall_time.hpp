// Converts between the loop's clock and the store's: after one reading of both, a run measures its own waits on the
// loop's clock only.
#ifndef PAWL_RUNNER_ENGINE_WALL_TIME_HPP
#define PAWL_RUNNER_ENGINE_WALL_TIME_HPP

#include <chrono>

#include <pawl/loop/saturated.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// One moment as read on both clocks. If the system clock is set afterwards, no wait gets longer or shorter.
class wall_time {
 public:
  wall_time() = default;
  wall_time(stored_time stored, std::chrono::nanoseconds by_loop)
      : offset_(saturated_difference(stored.time_since_epoch(), by_loop)) {}

  stored_time at(std::chrono::nanoseconds by_loop) const { return stored_time(saturated_sum(offset_, by_loop)); }
  std::chrono::nanoseconds of(stored_time time) const { return saturated_difference(time.time_since_epoch(), offset_); }

 private:
  std::chrono::nanoseconds offset_{};
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
