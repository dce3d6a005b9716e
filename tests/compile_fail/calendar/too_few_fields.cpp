// expect: pawl: a cron expression has five fields: minute, hour, day of the month, month, day of the week
#include <pawl/calendar/cron_literal.hpp>

using namespace pawl::literals;

#ifndef PAWL_FIXED
auto const when = "0 3 * *"_cron;
#else
auto const when = "0 3 * * *"_cron;
#endif
