#include "words.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include <pawl/console/utc_time.hpp>
#include <pawl/report/escape.hpp>
#include <pawl/store/utc_text.hpp>

#include "request.hpp"

namespace pawl_tool {

using std::chrono::nanoseconds;
using std::chrono::seconds;

struct unit {
  char letter;
  std::int64_t seconds;
};
static constexpr std::array<unit, 4> units{{{'d', 86'400}, {'h', 3'600}, {'m', 60}, {'s', 1}}};
static constexpr std::int64_t longest = 100 * 366 * std::int64_t{86'400};  // seconds: a hundred years

std::chrono::nanoseconds duration_of(std::string const& text) {
  std::int64_t all = 0;
  std::string_view rest = text;
  bool right = !rest.empty();
  while (right && !rest.empty()) {
    std::int64_t number = 0;
    auto const [end, wrong] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    right = wrong == std::errc() && end != rest.data() + rest.size() && rest[0] != '-' && number <= longest;
    if (!right) break;
    unit of{};
    for (auto const& one : units)
      if (one.letter == *end) of = one;
    right = of.seconds != 0 && number <= longest / of.seconds;
    all += right ? number * of.seconds : 0;
    right = right && all <= longest;
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()) + 1);
  }
  if (!right) throw refusal(usage, fmt::format("'{}' is no duration such as 90s, 15m, 1h or 30d", pawl::escaped(text)));
  return seconds(all);
}

pawl::stored_time time_before(pawl::stored_time now, std::string const& duration) {
  nanoseconds const ago = duration_of(duration);
  if (now < pawl::stored_time::min() + ago) throw refusal(usage, fmt::format("'{}' is too long ago", duration));
  return now - ago;
}

pawl::stored_time time_of(std::string const& text, pawl::stored_time now) {
  if (text.starts_with('+')) return now + duration_of(text.substr(1));
  if (auto const time = pawl::detail::read_utc(text)) return *time;
  throw refusal(usage,
                fmt::format("'{}' is no time: give UTC such as 2026-12-24T18:00Z, or +15m", pawl::escaped(text)));
}

std::string utc(std::optional<pawl::stored_time> time) {
  if (!time) return {};
  using clock = std::chrono::system_clock;
  return std::string(pawl::utc_text()(std::chrono::time_point_cast<clock::duration>(*time))) + "Z";
}

std::string age(std::optional<pawl::stored_time> since, pawl::stored_time now) {
  if (!since) return {};
  auto const passed = std::chrono::duration_cast<seconds>(now - *since).count();
  for (auto const& one : units)
    if (passed >= 2 * one.seconds) return fmt::format("{}{}", passed / one.seconds, one.letter);
  return fmt::format("{}s", passed > 0 ? passed : 0);
}

std::string counted(std::size_t n, char const* what) { return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s"); }

}  // namespace pawl_tool
