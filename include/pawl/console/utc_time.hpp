// Points in time that are written as text, in UTC, read back.
#ifndef PAWL_CONSOLE_UTC_TIME_HPP
#define PAWL_CONSOLE_UTC_TIME_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// Consumes exactly `digits` digits; negative if they are not there.
constexpr int take_digits(std::string_view& in, std::size_t digits) noexcept {
  if (in.size() < digits) return -1;
  int value = 0;
  for (char const c : in.substr(0, digits)) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  in.remove_prefix(digits);
  return value;
}
constexpr bool take_one_of(std::string_view& in, std::string_view which) noexcept {
  if (in.empty() || which.find(in[0]) == std::string_view::npos) return false;
  in.remove_prefix(1);
  return true;
}

// `YYYY-MM-DD`, then maybe `THH:MM`, `:SS` and a fraction of up to nine digits, then maybe `Z`. A space may stand for the T,
// as SQLite's CURRENT_TIMESTAMP writes it. Empty for anything else, such as another time zone, or no such day.
constexpr std::optional<stored_time> read_utc(std::string_view text) noexcept {
  using namespace std::chrono;
  int const y = take_digits(text, 4);
  bool whole = y >= 0 && take_one_of(text, "-");
  int const m = whole ? take_digits(text, 2) : -1;
  whole = m >= 0 && take_one_of(text, "-");
  int const d = whole ? take_digits(text, 2) : -1;
  if (d < 0) return std::nullopt;
  year_month_day const date{year{y}, month{static_cast<unsigned>(m)}, day{static_cast<unsigned>(d)}};
  if (!date.ok() || y < 1678 || y > 2261) return std::nullopt;  // 64 bits of nanoseconds reach no further
  stored_time time = sys_days{date};
  if (take_one_of(text, "T ")) {
    int const hour = take_digits(text, 2);
    int const minute = hour >= 0 && take_one_of(text, ":") ? take_digits(text, 2) : -1;
    int second = 0;
    if (minute >= 0 && take_one_of(text, ":")) second = take_digits(text, 2);
    if (minute < 0 || second < 0 || hour > 23 || minute > 59 || second > 59) return std::nullopt;
    time += hours{hour} + minutes{minute} + seconds{second};
    if (take_one_of(text, ".")) {
      nanoseconds unit{100'000'000};
      std::size_t digits = 0;
      for (; !text.empty() && text[0] >= '0' && text[0] <= '9'; ++digits, unit /= 10)
        time += unit * take_digits(text, 1);
      if (digits == 0 || digits > 9) return std::nullopt;
    }
  }
  take_one_of(text, "Z");
  return text.empty() ? std::optional(time) : std::nullopt;
}

}  // namespace pawl::inline PAWL_ABI::detail

#endif
