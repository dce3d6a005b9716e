// The ticks of cron expressions, for others to compare: cron_ticks ZONE FIRST_YEAR LAST_YEAR COUNT <expressions The first
// line tells when the zone's clocks are set. Then comes one for each expression, with a column for the beginning of each
// year and for the day before each of those moments: that instant, and the first COUNT ticks after it within a year, in
// seconds since 1970.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include <pawl/calendar/cron_expression.hpp>
#include <pawl/calendar/cron_rule.hpp>
#include <pawl/calendar/time_zone.hpp>
#include <pawl/calendar/zone.hpp>
#include <pawl/error.hpp>

namespace {

using std::chrono::sys_seconds;

long long number(sys_seconds at) { return at.time_since_epoch().count(); }
sys_seconds first_of(int year) { return std::chrono::sys_days(std::chrono::year(year) / 1 / 1); }

template <class Zone> std::vector<sys_seconds> settings_of(Zone zone, sys_seconds from, sys_seconds until) {
  std::vector<sys_seconds> all;
  for (auto now = pawl::detail::period_of(zone, from); now.end < until; now = pawl::detail::period_of(zone, now.end))
    all.push_back(now.end);
  return all;
}

template <class Rule> void print_ticks(Rule const& rule, sys_seconds from, int most) {
  std::printf("\t%lld", number(from));
  auto const end = from + std::chrono::days(365);
  for (auto next = rule.next(from); next && *next < end && most > 0; next = rule.next(*next), --most)
    std::printf(" %lld", number(*next));
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 5) return 2;
  try {
    auto const zone = pawl::zone(arguments[1]);
    int const first = std::atoi(arguments[2]), last = std::atoi(arguments[3]), ticks = std::atoi(arguments[4]);
    auto const settings = settings_of(zone, first_of(first), first_of(last + 2));
    std::vector<sys_seconds> begins;
    for (int year = first; year <= last; ++year) begins.push_back(first_of(year));
    std::printf("set");
    for (auto const at : settings) {
      std::printf(" %lld", number(at));
      if (at < first_of(last + 1)) begins.push_back(at - std::chrono::days(1));
    }
    std::puts("");
    for (std::string expression; std::getline(std::cin, expression); std::puts("")) {
      pawl::cron_rule const rule(pawl::cron_expression(expression), zone);
      std::printf("%s", expression.c_str());
      for (auto const from : begins) print_ticks(rule, from, ticks);
    }
  } catch (pawl::error const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
