// Items that recur: one for each tick of a schedule, once over any number of processes.
#ifndef PAWL_RECURRING_RECURRING_HPP
#define PAWL_RECURRING_RECURRING_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <pawl/adapter/lifting.hpp>
#include <pawl/calendar/cron_expression.hpp>
#include <pawl/calendar/cron_rule.hpp>
#include <pawl/calendar/period.hpp>
#include <pawl/calendar/recurrence.hpp>
#include <pawl/calendar/time_zone.hpp>
#include <pawl/recurring/due_ticks.hpp>
#include <pawl/recurring/recurring_options.hpp>
#include <pawl/recurring/schedule_step.hpp>
#include <pawl/recurring/tick.hpp>
#include <pawl/store/tick_store.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

namespace detail {
// The coroutine of a T that is like this one: of the same library, on the same executor.
template <class Coroutine, class T> struct coroutine_like;
template <template <class...> class Coroutine, class Old, class... Rest, class T>
struct coroutine_like<Coroutine<Old, Rest...>, T> {
  using type = Coroutine<T, Rest...>;
};
template <class Store>
using counted_later =
    typename coroutine_like<decltype(std::declval<Store&>().last_tick(std::string_view())), std::size_t>::type;

template <class Store>
inline constexpr bool answers_later = coroutine_type<decltype(std::declval<Store&>().last_tick(""))>;
}  // namespace detail

// A schedule of a store: made by pawl::every or pawl::cron, or of any recurrence of yours.
//
//   auto const nightly = pawl::cron(nights, "nightly", "0 3 * * 1-5"_cron, pawl::zone("Europe/Berlin"));
//   pawl::run(nights, steps{}, {.until = pawl::until::stopped, .stop = &stop}, nightly);
//
// Each tick becomes one item in the initial state, whose key names the tick: "nightly 2026-12-01T02:00:00Z" (see tick_of).
// It is inserted when its time has come on the store's clock, in one transaction with the store's record of how far this
// schedule is, and only from where the record is: so there is one, whatever dies, and however many processes and hosts have
// the same schedule; and none comes again when its item was removed (remove_finished). A new schedule begins now, or at
// recurring_options::since. What it missed while nobody was there is made up as recurring_options::missed says. A schedule
// whose rule is changed goes on from its last tick.
//
// A clock that is set forward leaves ticks behind, which are missed ones; one that is set back by less than a day makes none
// twice, and waits until it is where it was. A last tick that is more than a day ahead of the clock throws error
// "recurring.clock".
//
// A value, which may be copied; the store must outlive it. Use it on the store's thread.
template <class Store> class recurring {
  static_assert(detail::check_tick_store<Store>() || true);  // the check reports what is missing

 public:
  using store_type = Store;

  // Throws error "recurring.name" or "recurring.options".
  template <recurrence Rule>
  recurring(Store& store, std::string name, Rule rule, recurring_options const& options = {})
      : store_(&store), name_(std::move(name)), rule_(std::move(rule)), options_(options) {
    detail::check_schedule_name(name_);
    detail::check_recurring_options(options_);
  }
  recurring(recurring const&) = default;
  recurring(recurring&&) noexcept = default;
  recurring& operator=(recurring const&) = default;
  recurring& operator=(recurring&&) noexcept = default;

  Store& store() const noexcept { return *store_; }
  std::string const& name() const noexcept { return name_; }
  // The first tick after now, on the store's clock; empty if there will be none. Does not ask the database.
  std::optional<stored_time> next() const { return next(store_->now()); }
  std::optional<stored_time> next(stored_time after) const {
    auto const found = rule_.next(std::chrono::floor<std::chrono::seconds>(after));
    return found ? std::optional<stored_time>(*found) : std::nullopt;
  }

  // Makes all ticks that are due, page after page, each in a transaction of its own; how many items are new. For a program
  // that asks by itself, from a crontab or a loop of its own; a run that is given the schedule does it. Of a store that
  // answers later, a coroutine. Throws what the store throws: after `busy`, call it again.
  auto make_due() const {
    if constexpr (detail::answers_later<Store>)
      return make_due_later(*this);
    else
      return make_due_now();
  }
  // Removes the store's record: the schedule begins anew when it is next asked for. Its items stay. False if there is none.
  auto forget() const { return store_->forget_ticks(name_); }

  // For runs: what is to be written next, where the store has told `last`. `there_for`: what came since then is not missed.
  std::optional<detail::schedule_step> step_after(std::optional<stored_time> last, stored_time now,
                                                  std::chrono::nanoseconds there_for = {}) const {
    auto options = options_;
    /*mutant what_it_saw_is_on_time: if (!OFF)*/ options.on_time = (std::max)(options.on_time, there_for);
    return detail::next_step(name_, rule_, last, now, options);
  }

 private:
  std::size_t make_due_now() const {
    std::size_t made = 0;
    while (auto const step = step_after(store_->last_tick(name_), store_->now()))
      made += store_->advance_ticks(step->of(name_)).value_or(0);
    return made;
  }
  template <class S> static detail::counted_later<S> make_due_later(recurring<S> self) {
    std::size_t made = 0;
    for (;;) {
      auto asking = self.store_->last_tick(self.name_);
      auto const last = co_await std::move(asking);
      auto const step = self.step_after(last, self.store_->now());
      if (!step) co_return made;
      auto advancing = self.store_->advance_ticks(step->of(self.name_));
      auto const inserted = co_await std::move(advancing);
      made += inserted.value_or(0);
    }
  }

  Store* store_;
  std::string name_;
  detail::tick_rule rule_;
  recurring_options options_;
};

// A tick each period: `pawl::every(store, "nightly", 24h)`; see period for its phase, and what it throws.
template <class Store>
recurring<Store> every(Store& store, std::string name, period length, recurring_options const& options = {}) {
  return {store, std::move(name), length, options};
}
template <class Store>
recurring<Store> every(Store& store, std::string name, std::chrono::nanoseconds length,
                       recurring_options const& options = {}) {
  return {store, std::move(name), period(length), options};
}

// A tick for each match of the expression on the zone's clocks: `pawl::cron(store, "nightly", "0 3 * * 1-5",
// pawl::zone("Europe/Berlin"))`; see cron_expression and cron_rule. Without a zone it is UTC. Throws error "recurring.cron"
// for a text that is none.
template <class Store, time_zone Zone = fixed_offset>
recurring<Store> cron(Store& store, std::string name, cron_expression const& when, Zone zone = utc,
                      recurring_options const& options = {}) {
  return {store, std::move(name), cron_rule<Zone>(when, std::move(zone)), options};
}
template <class Store, time_zone Zone = fixed_offset>
recurring<Store> cron(Store& store, std::string name, std::string_view when, Zone zone = utc,
                      recurring_options const& options = {}) {
  return cron(store, std::move(name), cron_expression(when), std::move(zone), options);
}

}  // namespace pawl::inline PAWL_ABI

#endif
