// expect: pawl: \? L W and # are of other schedulers, and cron has none of them
#include <pawl/calendar/cron_literal.hpp>

using namespace pawl::literals;

#ifndef PAWL_FIXED
auto const when = "0 3 L * *"_cron;
#else
auto const when = "0 3 * * *"_cron;
#endif
