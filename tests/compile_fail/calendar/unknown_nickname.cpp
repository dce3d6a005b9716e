// expect: pawl: of words with @ there are @yearly, @annually, @monthly, @weekly, @daily, @midnight and @hourly
#include <pawl/calendar/cron_literal.hpp>

using namespace pawl::literals;

#ifndef PAWL_FIXED
auto const when = "@often"_cron;
#else
auto const when = "0 3 * * *"_cron;
#endif
