// expect: pawl: a cron expression has five fields, and no seconds: .*; what recurs within a minute is pawl::every
#include <pawl/calendar/cron_literal.hpp>

using namespace pawl::literals;

#ifndef PAWL_FIXED
auto const when = "0 0 3 * * *"_cron;
#else
auto const when = "0 3 * * *"_cron;
#endif
