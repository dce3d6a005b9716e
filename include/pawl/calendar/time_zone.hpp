// What a schedule needs to know of a time zone, and the two that need no data.
#ifndef PAWL_CALENDAR_TIME_ZONE_HPP
#define PAWL_CALENDAR_TIME_ZONE_HPP

#include <chrono>
#include <concepts>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// A stretch of time in which the local clock keeps one distance from UTC: local time = UTC + offset, for begin <= UTC < end.
struct zone_period {
  std::chrono::sys_seconds begin{};
  std::chrono::sys_seconds end{};
  std::chrono::seconds offset{};
};

namespace detail {
// Far enough for any schedule, and near enough to be added to.
inline constexpr std::chrono::sys_seconds first_of_times{std::chrono::sys_days{std::chrono::year{-9999} / 1 / 1}};
inline constexpr std::chrono::sys_seconds last_of_times{std::chrono::sys_days{std::chrono::year{9999} / 1 / 1}};

template <class Zone>
concept tells_periods = requires(Zone const& zone, std::chrono::sys_seconds at) {
  { zone.get_info(at).begin } -> std::convertible_to<std::chrono::sys_seconds>;
  { zone.get_info(at).end } -> std::convertible_to<std::chrono::sys_seconds>;
  { zone.get_info(at).offset } -> std::convertible_to<std::chrono::seconds>;
};
}  // namespace detail

// Promises that get_info(instant) tells the period that the instant is in. What std::chrono::locate_zone() and
// date::locate_zone() return is one, and so is a class of yours; a pointer must stay valid, and get_info() must be safe on
// any thread that uses it.
template <class Zone>
concept time_zone = std::copy_constructible<Zone> &&(detail::tells_periods<Zone> || requires(Zone const& zone) {
  *zone;
  requires detail::tells_periods<std::remove_cvref_t<decltype(*zone)>>;
});

namespace detail {
template <class Zone> constexpr zone_period period_of(Zone const& zone, std::chrono::sys_seconds at) {
  if constexpr (tells_periods<Zone>) {
    auto const info = zone.get_info(at);
    return {info.begin, info.end, info.offset};
  } else {
    return period_of(*zone, at);
  }
}
}  // namespace detail

// A local clock that keeps one distance from UTC for ever: `pawl::fixed_offset(2h)` is two hours ahead of it.
class fixed_offset {
 public:
  constexpr explicit fixed_offset(std::chrono::seconds ahead) : ahead_(ahead) {}
  constexpr zone_period get_info(std::chrono::sys_seconds) const noexcept {
    return {detail::first_of_times, detail::last_of_times, ahead_};
  }

 private:
  std::chrono::seconds ahead_;
};
static_assert(time_zone<fixed_offset>);

inline constexpr fixed_offset utc{std::chrono::seconds{0}};

}  // namespace pawl::inline PAWL_ABI

#endif
