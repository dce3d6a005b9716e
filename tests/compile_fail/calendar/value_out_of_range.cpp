// expect: pawl: a minute is 0 to 59, an hour 0 to 23, a day of the month 1 to 31, a month 1 to 12, a day of the week 0 to 7
#include <pawl/calendar/cron_literal.hpp>

using namespace pawl::literals;

#ifndef PAWL_FIXED
auto const when = "0 24 * * *"_cron;
#else
auto const when = "0 3 * * *"_cron;
#endif
