#!/usr/bin/env bash
# Software:  Howard Hinnant's date 3.0.1, as Debian 12 packages it (libhowardhinnant-date-dev 3.0.1+ds-5), which reads the files of tzdata.
# Behaviour: clocks are set for the last time in 2037: the rule at the end of a zone's file, for all years after those that it lists, is
#            not read.
# Seen:      Europe/Berlin is at +01:00 in July 2038, and at +02:00 in July 2037; for `date`, the program, it is at +02:00 in both.
# Date:      2026-11-30
# Why here:  with this library, pawl::zone() (include/pawl/calendar/zone.hpp), what follows local time is an hour late in each summer from
#            2038 on. std::chrono of g++ 14 has the rule.
#
# Exit codes: 0 as described, 1 it has changed, 2 it could not be tried.
set -euo pipefail
cannot() { echo "$(basename "$0"): $*" >&2 && exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
version=3.0.1+ds-5
apt-get download "libhowardhinnant-date-dev=$version" "libdate-tz3=$version" >/dev/null 2>&1 ||
  cannot "apt-get cannot download libhowardhinnant-date-dev $version and libdate-tz3; this is for Debian 12"
for package in *.deb; do dpkg -x "$package" root; done
[ -e /usr/share/zoneinfo/Europe/Berlin ] || cannot "there is no tzdata here"
cat >ask.cpp <<'CPP'
#include <chrono>
#include <cstdio>
#include <date/tz.h>
int main() {
  auto const* const berlin = date::locate_zone("Europe/Berlin");
  for (int year : {2037, 2038}) {
    auto const july = date::sys_days{date::year{year} / 7 / 1};
    std::printf("%d: %+d h\n", year, static_cast<int>(std::chrono::duration_cast<std::chrono::hours>(berlin->get_info(july).offset).count()));
  }
}
CPP
library=$(find "$work/root" -name 'libdate-tz.so.3' -printf '%h\n')
g++ -std=c++17 -DUSE_OS_TZDB=1 -DONLY_C_LOCALE=1 -I root/usr/include ask.cpp -o ask "$library/libdate-tz.so.3" -lpthread || cannot "it does not compile"
LD_LIBRARY_PATH=$library ./ask | tee seen
for year in 2037 2038; do TZ=Europe/Berlin date -d "@$(date -u -d "$year-07-01" +%s)" "+$year, date: %z"; done | tee -a seen
printf '2037: +2 h\n2038: +1 h\n2037, date: +0200\n2038, date: +0200\n' | cmp -s - seen || { echo "This has changed." && exit 1; }
