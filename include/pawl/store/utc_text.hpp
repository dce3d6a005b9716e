// Points in time as text that sorts by time: `YYYY-MM-DDTHH:MM:SS.ffffff`, UTC.
#ifndef PAWL_STORE_UTC_TEXT_HPP
#define PAWL_STORE_UTC_TEXT_HPP

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// Formats times; the calendar part is computed once per second, so that consecutive times cost only the six digits of
// the fraction. Rounds down to microseconds. Years 0000 to 9999.
class utc_text {
 public:
  // The text lives until the next call on this object.
  std::string_view operator()(std::chrono::system_clock::time_point time) {
    using namespace std::chrono;
    std::int64_t const micros = floor<microseconds>(time.time_since_epoch()).count();
    std::int64_t const second = floor_divide(micros, 1'000'000);
    write_digits(20, 6, micros - second * 1'000'000);
    to_second(std::chrono::sys_seconds(seconds(second)));
    return {text_.data(), text_.size()};
  }
  // The same without the fraction, and of any of these years, which a time_point of nanoseconds has not.
  std::string_view to_second(std::chrono::sys_seconds time) {
    auto const second = static_cast<std::int64_t>(time.time_since_epoch().count());
    if (second != second_) write_second(second);
    return {text_.data(), 19};
  }

 private:
  static constexpr std::int64_t floor_divide(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

  void write_second(std::int64_t second) {
    second_ = second;
    std::int64_t const day = floor_divide(second, 86'400);
    std::int64_t const in_day = second - day * 86'400;
    write_date(day);
    write_digits(11, 2, in_day / 3600);
    write_digits(14, 2, in_day / 60 % 60);
    write_digits(17, 2, in_day % 60);
  }
  void write_date(std::int64_t day) {
    std::chrono::year_month_day const date{std::chrono::sys_days{std::chrono::days{static_cast<int>(day)}}};
    write_digits(0, 4, static_cast<int>(date.year()));
    write_digits(5, 2, static_cast<unsigned>(date.month()));
    write_digits(8, 2, static_cast<unsigned>(date.day()));
  }
  void write_digits(std::size_t at, std::size_t count, std::int64_t value) {
    for (std::size_t i = at + count; i-- > at; value /= 10) text_[i] = static_cast<char>('0' + value % 10);
  }

  std::array<char, 26> text_{'0', '0', '0', '0', '-', '0', '0', '-', '0', '0', 'T', '0', '0',
                             ':', '0', '0', ':', '0', '0', '.', '0', '0', '0', '0', '0', '0'};
  std::int64_t second_ = (std::numeric_limits<std::int64_t>::min)();
};

}  // namespace pawl::inline PAWL_ABI

#endif
