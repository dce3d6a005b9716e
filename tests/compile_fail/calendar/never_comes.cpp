// expect: pawl: no month of this cron expression has such a day
#include <pawl/calendar/cron_literal.hpp>

using namespace pawl::literals;

#ifndef PAWL_FIXED
auto const when = "0 3 31 2 *"_cron;
#else
auto const when = "0 3 * * *"_cron;
#endif
