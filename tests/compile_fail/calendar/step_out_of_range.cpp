// expect: pawl: a step in a cron expression is at least 1, and less than the number of values of its field
#include <pawl/calendar/cron_literal.hpp>

using namespace pawl::literals;

#ifndef PAWL_FIXED
auto const when = "*/60 * * * *"_cron;
#else
auto const when = "0 3 * * *"_cron;
#endif
