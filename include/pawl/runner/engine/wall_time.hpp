// The loop's time and the store's: what is stored for later, a run measures from one moment on by its loop's clock.
#ifndef PAWL_RUNNER_ENGINE_WALL_TIME_HPP
#define PAWL_RUNNER_ENGINE_WALL_TIME_HPP

#include <chrono>

#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// One moment as both clocks tell it. After it the system's clock may be set: no wait gets longer or shorter by that.
class wall_time {
 public:
  wall_time() = default;
  wall_time(stored_time stored, std::chrono::nanoseconds by_loop) : offset_(stored - by_loop) {}

  stored_time at(std::chrono::nanoseconds by_loop) const { return offset_ + by_loop; }
  std::chrono::nanoseconds of(stored_time time) const { return time - offset_; }

 private:
  stored_time offset_{};
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
