// expect: pawl: a cron field consists of numbers, names such as JAN and MON, and \*, joined by - / and commas
#include <pawl/calendar/cron_literal.hpp>

using namespace pawl::literals;

#ifndef PAWL_FIXED
auto const when = "a 3 * * *"_cron;
#else
auto const when = "0 3 * * *"_cron;
#endif
