// Times as text.
#include <chrono>
#include <string>

#include <pawl/store/utc_text.hpp>

#include "catch.hpp"

namespace utc_text_test {

std::string text(std::chrono::nanoseconds since_epoch) {
  pawl::utc_text format;
  return std::string(format(
      std::chrono::system_clock::time_point(std::chrono::floor<std::chrono::system_clock::duration>(since_epoch))));
}
using namespace std::chrono_literals;

TEST_CASE("a time is written in UTC to the microsecond", "[store]") {
  CHECK(text(0s) == "1970-01-01T00:00:00.000000");
  CHECK(text(1'709'210'096s + 789'012'345ns) == "2024-02-29T12:34:56.789012");
  CHECK(text(4'102'444'799s + 999'999'999ns) == "2099-12-31T23:59:59.999999");
  CHECK(text(951'782'399s) == "2000-02-28T23:59:59.000000");
}

TEST_CASE("times before 1970 are cut off towards the past", "[store]") {
  CHECK(text(-1us) == "1969-12-31T23:59:59.999999");
  CHECK(text(-1ns) == "1969-12-31T23:59:59.999999");
  CHECK(text(-86'400s) == "1969-12-31T00:00:00.000000");
}

TEST_CASE("one formatter writes near and far times alike, in any order", "[store]") {
  pawl::utc_text format;
  for (auto const seconds : {1'709'210'096, 1'709'210'096, 5, 1'709'210'097, -1, 0}) {
    for (auto const micros : {0us, 999'999us, 1us}) {
      auto const at = std::chrono::seconds(seconds) + micros;
      CHECK(format(std::chrono::system_clock::time_point(at)) == text(at));
    }
  }
}

}  // namespace utc_text_test
