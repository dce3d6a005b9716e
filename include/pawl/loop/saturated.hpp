// Arithmetic on times that stops at the ends of their range, where chrono's own would overflow.
#ifndef PAWL_LOOP_SATURATED_HPP
#define PAWL_LOOP_SATURATED_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// Options and remotes may name any duration: nanoseconds::max() means "without end". Every time to which such a
// duration is added, or from which one is subtracted, goes through these.
constexpr std::chrono::nanoseconds saturated_sum(std::chrono::nanoseconds a, std::chrono::nanoseconds b) {
  constexpr auto most = (std::chrono::nanoseconds::max)(), least = (std::chrono::nanoseconds::min)();
  if (b.count() > 0 && a > most - b) return most;
  if (b.count() < 0 && a < least - b) return least;
  return a + b;
}
constexpr std::chrono::nanoseconds saturated_difference(std::chrono::nanoseconds a, std::chrono::nanoseconds b) {
  constexpr auto most = (std::chrono::nanoseconds::max)(), least = (std::chrono::nanoseconds::min)();
  if (b.count() > 0 && a < least + b) return least;
  if (b.count() < 0 && a > most + b) return most;
  return a - b;
}
// `a` is not negative.
constexpr std::chrono::nanoseconds saturated_product(std::chrono::nanoseconds a, std::size_t times) {
  constexpr auto most = (std::numeric_limits<std::int64_t>::max)();
  if (a.count() == 0 || times == 0) return {};
  if (times > static_cast<std::size_t>(most / a.count())) return (std::chrono::nanoseconds::max)();
  return a * static_cast<std::int64_t>(times);
}

template <class Clock> using time_in_nanoseconds = std::chrono::time_point<Clock, std::chrono::nanoseconds>;
template <class Clock>
constexpr time_in_nanoseconds<Clock> saturated_sum(time_in_nanoseconds<Clock> time, std::chrono::nanoseconds d) {
  return time_in_nanoseconds<Clock>(saturated_sum(time.time_since_epoch(), d));
}
template <class Clock>
constexpr std::chrono::nanoseconds saturated_difference(time_in_nanoseconds<Clock> a, time_in_nanoseconds<Clock> b) {
  return saturated_difference(a.time_since_epoch(), b.time_since_epoch());
}

}  // namespace pawl::inline PAWL_ABI::detail

#endif
