// The key of a tick's item, which tells its schedule and its time.
#ifndef PAWL_RECURRING_TICK_HPP
#define PAWL_RECURRING_TICK_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <pawl/error.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/store/utc_text.hpp>
#include <pawl/store/utf8.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// A tick of a schedule.
struct tick {
  std::string_view schedule{};
  std::chrono::sys_seconds at{};

  friend bool operator==(tick const&, tick const&) = default;
};

namespace detail {
inline constexpr std::size_t longest_schedule_name = 200;  // bytes
inline constexpr std::string_view shape_of_time = "0000-00-00T00:00:00Z";

// Throws error "recurring.name".
inline void check_schedule_name(std::string_view name) {
  bool fits = !name.empty() && name.size() <= longest_schedule_name;
  for (auto rest = name; fits && !rest.empty();) {
    auto const next = decode(rest);
    fits = next.valid && !in_any(next.point, invisible);
    rest.remove_prefix(next.size);
  }
  if (!fits)
    throw error("recurring.name",
                "pawl: the name of a schedule, '" + shortened(visible_text(name), 100) +
                    "', is part of its items' keys: 1 to 200 bytes of UTF-8 without control characters");
}
}  // namespace detail

// "nightly 2026-12-01T03:00:00Z": the name, a space, and the time in UTC, so that a schedule's keys sort by time, and no two
// of its ticks have one key. Years 0000 to 9999.
inline std::string key_of(tick const& of) {
  utc_text text;
  std::string key(of.schedule);
  key += ' ';
  key += text.to_second(of.at);
  return key += 'Z';
}

// Of an item's key, its schedule and the time that it is for; empty if this is not the key of a tick. The schedule's name is
// a part of the key, and lives as long.
constexpr std::optional<tick> tick_of(std::string_view key) {
  using namespace std::chrono;
  constexpr auto shape = detail::shape_of_time;
  if (key.size() < shape.size() + 2) return std::nullopt;
  std::string_view const time = key.substr(key.size() - shape.size());
  auto const is_like = [](char c, char sample) { return sample == '0' ? c >= '0' && c <= '9' : c == sample; };
  if (key[key.size() - shape.size() - 1] != ' ' || !std::equal(time.begin(), time.end(), shape.begin(), is_like))
    return std::nullopt;
  auto const number = [time](std::size_t from, std::size_t digits) {
    unsigned value = 0;
    for (char const c : time.substr(from, digits)) value = value * 10 + static_cast<unsigned>(c - '0');
    return value;
  };
  year_month_day const date{year(static_cast<int>(number(0, 4))), month(number(5, 2)), day(number(8, 2))};
  if (!date.ok() || number(11, 2) > 23 || number(14, 2) > 59 || number(17, 2) > 59) return std::nullopt;
  return tick{key.substr(0, key.size() - shape.size() - 1),
              sys_days(date) + hours(number(11, 2)) + minutes(number(14, 2)) + seconds(number(17, 2))};
}

}  // namespace pawl::inline PAWL_ABI

#endif
