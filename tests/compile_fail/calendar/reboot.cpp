// expect: pawl: @reboot is no time; insert an item when your program starts
#include <pawl/calendar/cron_literal.hpp>

using namespace pawl::literals;

#ifndef PAWL_FIXED
auto const when = "@reboot"_cron;
#else
auto const when = "0 3 * * *"_cron;
#endif
