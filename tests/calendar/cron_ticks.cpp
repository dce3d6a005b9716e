// The ticks of cron expressions, for others to compare: cron_ticks ZONE FIRST_YEAR LAST_YEAR COUNT <expressions
// Prints for each expression, a line each, the first COUNT ticks of each year, in seconds since 1970, and before them when the zone's
// clocks are set.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

#include <pawl/calendar/cron_expression.hpp>
#include <pawl/calendar/cron_rule.hpp>
#include <pawl/calendar/time_zone.hpp>
#include <pawl/calendar/zone.hpp>
#include <pawl/error.hpp>

namespace {

using std::chrono::sys_seconds;

long long number(sys_seconds at) { return at.time_since_epoch().count(); }
sys_seconds first_of(int year) { return std::chrono::sys_days(std::chrono::year(year) / 1 / 1); }

template <class Zone> void print_settings(Zone zone, int first, int last) {
  std::printf("set");
  for (auto at = first_of(first); at < first_of(last + 1);) {
    auto const now = pawl::detail::period_of(zone, at);
    if (now.end >= first_of(last + 1)) break;
    std::printf(" %lld", number(now.end));
    at = now.end;
  }
  std::puts("");
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 5) return 2;
  try {
    auto const zone = pawl::zone(arguments[1]);
    int const first = std::atoi(arguments[2]), last = std::atoi(arguments[3]), ticks = std::atoi(arguments[4]);
    print_settings(zone, first, last);
    for (std::string expression; std::getline(std::cin, expression);) {
      pawl::cron_rule const rule(pawl::cron_expression(expression), zone);
      std::printf("%s", expression.c_str());
      for (int year = first; year <= last; ++year) {
        auto next = rule.next(first_of(year));
        for (int i = 0; next && *next < first_of(year + 1) && i < ticks; next = rule.next(*next), ++i)
          std::printf("\t%lld", number(*next));
      }
      std::puts("");
    }
  } catch (pawl::error const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
