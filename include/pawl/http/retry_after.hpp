// How long an answer asks its client to wait.
#ifndef PAWL_HTTP_RETRY_AFTER_HPP
#define PAWL_HTTP_RETRY_AFTER_HPP

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <pawl/http/fields.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::http {

// Longer waits are cut to this, never ignored: a remote that asks for a day must not be called again at once.
inline constexpr std::chrono::seconds longest_hint = std::chrono::hours(24 * 31);

namespace detail {
// "12" or "0.5", of a unit that lasts `unit` nanoseconds. No sign, exponent, unit or list; a wait beyond longest_hint is
// cut to it. What is finer than a nanosecond is dropped.
constexpr std::optional<std::chrono::nanoseconds> decimal_wait(std::string_view text, std::int64_t unit) {
  std::int64_t const most = std::chrono::nanoseconds(longest_hint).count();
  std::int64_t whole = 0, part = 0, scale = unit;
  bool digits = false, point = false;
  for (char c : text) {
    if (c == '.' && !point) {
      point = true;
    } else if (c >= '0' && c <= '9') {
      digits = true;
      if (point)
        part += (c - '0') * (scale /= 10);
      else
        whole = whole > most / unit ? whole : whole * 10 + (c - '0');  // beyond the longest: large enough as it is
    } else {
      return std::nullopt;
    }
  }
  if (!digits) return std::nullopt;
  if (whole > most / unit) return longest_hint;
  std::int64_t const wait = whole * unit + part;
  return std::chrono::nanoseconds(wait < most ? wait : most);
}

// The three forms of a date in RFC 9110, section 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37
// GMT", "Sun Nov  6 08:49:37 1994". The day of the week is not looked at.
class date_reader {
 public:
  explicit constexpr date_reader(std::string_view text, int year_now) : rest_(text), year_now_(year_now) {}

  // Seconds since 1970.
  constexpr std::optional<std::int64_t> read() {
    std::size_t const comma = rest_.find(',');
    bool const good = comma == std::string_view::npos ? read_asctime() : read_behind(comma + 1);
    if (!good || !rest_.empty()) return std::nullopt;
    if (month_ == 0 || day_ < 1 || day_ > 31 || hour_ > 23 || minute_ > 59 || second_ > 60) return std::nullopt;
    std::chrono::year_month_day const date{std::chrono::year(year_), std::chrono::month(static_cast<unsigned>(month_)),
                                           std::chrono::day(static_cast<unsigned>(day_))};
    if (!date.ok()) return std::nullopt;
    std::int64_t const days = std::chrono::sys_days(date).time_since_epoch().count();
    return days * 86'400 + hour_ * 3'600 + minute_ * 60 + second_;
  }

 private:
  constexpr bool read_behind(std::size_t start) {
    rest_.remove_prefix(start);
    if (!skip(' ') || !number(2, day_)) return false;
    if (skip('-')) return month() && skip('-') && year(2) && skip(' ') && time() && word(" GMT");
    return skip(' ') && month() && skip(' ') && year(4) && skip(' ') && time() && word(" GMT");
  }
  constexpr bool read_asctime() {
    std::size_t const blank = rest_.find(' ');
    if (blank == std::string_view::npos) return false;
    rest_.remove_prefix(blank + 1);
    if (!month() || !skip(' ')) return false;
    bool const one_digit = skip(' ');
    return number(one_digit ? 1 : 2, day_) && skip(' ') && time() && skip(' ') && year(4);
  }
  constexpr bool skip(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  constexpr bool word(std::string_view expected) {
    if (rest_.substr(0, expected.size()) != expected) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }
  constexpr bool number(std::size_t digits, int& into) {
    if (rest_.size() < digits) return false;
    into = 0;
    for (char c : rest_.substr(0, digits)) {
      if (c < '0' || c > '9') return false;
      into = into * 10 + (c - '0');
    }
    rest_.remove_prefix(digits);
    return true;
  }
  constexpr bool month() {
    constexpr std::array<std::string_view, 12> names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    for (std::size_t i = 0; i < names.size(); ++i)
      if (word(names[i])) return (month_ = static_cast<int>(i) + 1) != 0;
    return false;
  }
  constexpr bool year(std::size_t digits) {
    if (!number(digits, year_)) return false;
    if (digits == 4) return true;
    // Two digits: a year that seems more than 50 years ahead is the last one in the past that ends like it.
    year_ += year_now_ / 100 * 100;
    if (year_ > year_now_ + 50) year_ -= 100;
    return true;
  }
  constexpr bool time() {
    return number(2, hour_) && skip(':') && number(2, minute_) && skip(':') && number(2, second_);
  }

  std::string_view rest_;
  int year_now_;
  int year_ = 0, month_ = 0, day_ = 0, hour_ = 0, minute_ = 0, second_ = 0;
};

// A date, as the wait that it means. It is compared with the answer's own Date, since the clocks of two machines
// differ; one second is added, because both are cut to seconds. `now` counts where there is no Date.
inline std::optional<std::chrono::nanoseconds> wait_until(std::string_view date, std::optional<std::string_view> sent,
                                                          std::chrono::sys_seconds now) {
  auto const today = std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(now));
  int const year_now = static_cast<int>(today.year());
  auto const end = date_reader(date, year_now).read();
  if (!end) return std::nullopt;
  std::optional<std::int64_t> begin;
  if (sent) begin = date_reader(trimmed(*sent), year_now).read();
  if (!begin) begin = now.time_since_epoch().count();
  std::int64_t const seconds = *end - *begin + 1;
  if (*end <= *begin) return std::chrono::nanoseconds(0);
  return seconds < longest_hint.count() ? std::chrono::seconds(seconds) : longest_hint;
}
}  // namespace detail

// The wait that the fields of an answer ask for, at most longest_hint; empty if they say nothing that can be read, and
// 0 if the time is in the past. In this order: `retry-after-ms` (OpenAI), `x-ms-retry-after-ms` (Azure), `Retry-After`
// (RFC 9110, section 10.2.3, in seconds, with decimals too, or a date). `now`: for a date in an answer without Date.
inline std::optional<std::chrono::nanoseconds> retry_after(fields const& headers, std::chrono::sys_seconds now) {
  constexpr std::int64_t millisecond = 1'000'000, second = 1'000'000'000;
  for (std::string_view name : {"retry-after-ms", "x-ms-retry-after-ms"})
    if (auto const text = headers.find(name))
      if (auto const wait = detail::decimal_wait(detail::trimmed(*text), millisecond)) return wait;
  auto const text = headers.find("retry-after");
  if (!text) return std::nullopt;
  if (auto const wait = detail::decimal_wait(detail::trimmed(*text), second)) return wait;
  return detail::wait_until(detail::trimmed(*text), headers.find("date"), now);
}

}  // namespace pawl::inline PAWL_ABI::http

#endif
