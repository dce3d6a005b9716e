#include <chrono>
#include <optional>
#include <string>

#include <pawl/http/retry_after.hpp>

#include "catch.hpp"

namespace retry_after_test {
using namespace std::chrono_literals;
using pawl::http::fields;
using pawl::http::longest_hint;
using pawl::http::retry_after;
using wait = std::optional<std::chrono::nanoseconds>;

constexpr auto today = std::chrono::sys_days(std::chrono::year(2026) / 11 / 28);

wait of(std::string_view text) { return retry_after(fields{{"Retry-After", text}}, today); }

TEST_CASE("seconds are read with decimals, and nothing else that looks like a number", "[http]") {
  CHECK(of("5") == wait(5s));
  CHECK(of(" 5 ") == wait(5s));
  CHECK(of("0.5") == wait(500ms));
  CHECK(of("0.0000000019") == wait(1ns));
  CHECK(of("0") == wait(0s));
  for (char const* other :
       {"", ".", "-5", "+5", "1e3", "0x10", "5s", "120, 60", "1.2.3", "five", "2026-11-28T01:00:00Z"})
    CHECK_FALSE(of(other));
}

TEST_CASE("a wait that is too long is cut and never ignored", "[http]") {
  for (char const* text : {"2678400", "2678401", "99999999999", "99999999999999999999999999", "9223372036854775807.9"})
    CHECK(of(text) == wait(longest_hint));
  CHECK(of("Fri, 31 Dec 9999 23:59:59 GMT") == wait(longest_hint));
}

TEST_CASE("a date is read in its three forms", "[http]") {
  CHECK(of("Sat, 28 Nov 2026 01:00:00 GMT") == wait(3601s));
  CHECK(of("Saturday, 28-Nov-26 01:00:00 GMT") == wait(3601s));
  CHECK(of("Sat Nov 28 01:00:00 2026") == wait(3601s));
  CHECK(of("Tue Dec  1 00:00:00 2026") == wait(std::chrono::hours(72) + 1s));
  CHECK(of("Sun, 06 Nov 1994 08:49:37 GMT") == wait(0s));  // past
  CHECK(of("Sunday, 06-Nov-94 08:49:37 GMT") == wait(0s));
  CHECK(of("Monday, 28-Nov-77 00:00:00 GMT") == wait(0s));  // 51 years ahead is the century before
  for (char const* other :
       {"Sat, 28 Nov 2026 01:00:00 CET", "Sat, 28 Nov 2026 01:00:00 +0100", "Sat, 31 Feb 2026 01:00:00 GMT",
        "Sat, 28 Nov 2026 24:00:00 GMT", "Sat, 28 Nov 2026 01:60:00 GMT", "Sat, 28 Now 2026 01:00:00 GMT",
        "Sat, 28 Nov 2026 01:00:00 GMT trailing", "Sat,", ",", "Sat"})
    CHECK_FALSE(of(other));
}

TEST_CASE("a date is compared with the answer's own, for clocks differ", "[http]") {
  fields const ahead{{"Date", "Sat, 28 Nov 2026 01:00:00 GMT"}, {"Retry-After", "Sat, 28 Nov 2026 01:00:30 GMT"}};
  CHECK(retry_after(ahead, today) == wait(31s));
  fields const unreadable{{"Date", "now"}, {"Retry-After", "Sat, 28 Nov 2026 00:00:30 GMT"}};
  CHECK(retry_after(unreadable, today) == wait(31s));
}

TEST_CASE("milliseconds come before seconds", "[http]") {
  CHECK(retry_after(fields{{"Retry-After", "9"}, {"retry-after-ms", "250"}}, today) == wait(250ms));
  CHECK(retry_after(fields{{"Retry-After", "9"}, {"x-ms-retry-after-ms", "1500"}}, today) == wait(1500ms));
  CHECK(retry_after(fields{{"Retry-After", "9"}, {"retry-after-ms", "soon"}}, today) == wait(9s));
  CHECK_FALSE(retry_after(fields{}, today));
}

}  // namespace retry_after_test
