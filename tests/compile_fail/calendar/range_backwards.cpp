// expect: pawl: a range in a cron expression begins with its smaller end
#include <pawl/calendar/cron_literal.hpp>

using namespace pawl::literals;

#ifndef PAWL_FIXED
auto const when = "0 3 * * FRI-MON"_cron;
#else
auto const when = "0 3 * * *"_cron;
#endif
