// A state of pawl::gathers as a table of items knows it: which items are waited for there, and how its event is fired.
#ifndef PAWL_POSTGRES_GATHER_RULE_HPP
#define PAWL_POSTGRES_GATHER_RULE_HPP

#include <array>
#include <cstddef>
#include <vector>

#include <pawl/fsm/check.hpp>
#include <pawl/fsm/gathered.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/part.hpp>
#include <pawl/fsm/type_list.hpp>
#include <pawl/postgres/move_batch.hpp>
#include <pawl/postgres/recorded_event.hpp>
#include <pawl/store/insertion.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

using pawl::detail::item_table;

struct gather_rule {
  std::size_t state = 0;
  item_table const* children = nullptr;
  std::size_t row = 0;  // of the lifecycle's table of transitions
  std::vector<sent_value> (*values)(gathered const& children) = nullptr;
};

template <class T, class Event> std::vector<sent_value> values_of_gathered(gathered const& children) {
  return recording<T>::values(pawl::detail::event_of<Event>(children));
}
template <class T, class L, class Part> struct rules_in_part { static constexpr std::array<gather_rule, 0> all{}; };
template <class T, class L, auto State, class Child, class Event>
struct rules_in_part<T, L, gathers<State, Child, Event>> {
  static_assert(pawl::detail::has_items<Child>,
                "pawl: pawl::gathers<state, T, event> takes a lifecycle or a mapped table, the children's");
  static constexpr std::array<gather_rule, 1> all{{{state_index<L>(State), &pawl::detail::item_table_for<Child>,
                                                    row_index<L, State, Event>, &values_of_gathered<T, Event>}}};
};
template <class T, class L, class... Parts> constexpr auto gather_rules_in(type_list<Parts...>) {
  constexpr std::size_t size = (std::size_t{0} + ... + rules_in_part<T, L, Parts>::all.size());
  std::array<gather_rule, size> rules{};
  [[maybe_unused]] std::size_t at = 0;
  [[maybe_unused]] auto const add = [&](auto const& some) {
    for (auto const& rule : some) rules[at++] = rule;
  };
  (add(rules_in_part<T, L, Parts>::all), ...);
  return rules;
}
// Of a store's T with the lifecycle L.
template <class T, class L> inline constexpr auto gather_rules_of = gather_rules_in<T, L>(typename L::parts{});

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
