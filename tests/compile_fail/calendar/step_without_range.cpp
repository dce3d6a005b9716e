// expect: pawl: a step in a cron expression follows \* or a range; write 5/15 as 5-59/15
#include <pawl/calendar/cron_literal.hpp>

using namespace pawl::literals;

#ifndef PAWL_FIXED
auto const when = "5/15 * * * *"_cron;
#else
auto const when = "0 3 * * *"_cron;
#endif
