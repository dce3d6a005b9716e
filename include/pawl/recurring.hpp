// What recurs: schedules, whose ticks become items. Beside pawl/pawl.hpp; time zones by their names are in pawl/calendar/zone.hpp.
#ifndef PAWL_RECURRING_HPP
#define PAWL_RECURRING_HPP

#include <pawl/calendar/cron_expression.hpp>
#include <pawl/calendar/cron_field.hpp>
#include <pawl/calendar/cron_literal.hpp>
#include <pawl/calendar/cron_mistake.hpp>
#include <pawl/calendar/cron_rule.hpp>
#include <pawl/calendar/period.hpp>
#include <pawl/calendar/recurrence.hpp>
#include <pawl/calendar/time_zone.hpp>
#include <pawl/recurring/due_ticks.hpp>
#include <pawl/recurring/recurring.hpp>
#include <pawl/recurring/recurring_options.hpp>
#include <pawl/recurring/run.hpp>
#include <pawl/recurring/schedule_step.hpp>
#include <pawl/recurring/tick.hpp>
#include <pawl/recurring/tick_maker.hpp>
#include <pawl/version.hpp>

#endif
