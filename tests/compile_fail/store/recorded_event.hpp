// What the mistakes in an event's fields share: a lifecycle that records the event, and what a program does with it.
#ifndef PAWL_TESTS_COMPILE_FAIL_RECORDED_EVENT_HPP
#define PAWL_TESTS_COMPILE_FAIL_RECORDED_EVENT_HPP

#include <string>
#include <string_view>

#include <pawl/sqlite/store.hpp>

enum class state { open, done };
template <class Event>
struct job : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
                             pawl::transition<state::open, Event, state::done>> {
  static constexpr std::string_view name = "job";
};

// `Table`: a mapped table, or the lifecycle itself.
template <class Table, class Event> void use(pawl::sqlite::database& db, Event const& event) {
  pawl::sqlite::store<Table> store(db);
  pawl::any_item<job<Event>> const found = *store.get("one").item;
  store.template recorded<Event>(found);
  store.apply(*found.template as<state::open>(), event);
}

#endif
