// Rows as items of a lifecycle's types.
#ifndef PAWL_POSTGRES_TYPED_ROWS_HPP
#define PAWL_POSTGRES_TYPED_ROWS_HPP

#include <cstddef>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/fsm/check.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/fsm/type_list.hpp>
#include <pawl/postgres/gather_rule.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/own_table.hpp>
#include <pawl/postgres/recorded_event.hpp>
#include <pawl/postgres/row_reading.hpp>
#include <pawl/postgres/table_opening.hpp>
#include <pawl/store/accept.hpp>
#include <pawl/store/conflict.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/item_page.hpp>
#include <pawl/store/store_options.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/table.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// What is known of a store's T at compile time.
template <class T> struct kind_of_table;
template <a_table T> struct kind_of_table<T> {
  using lifecycle = typename T::lifecycle;
  static constexpr bool ok = valid<T>;
  static constexpr bool inserts = false;
  static table_description describe(store_options const& options) {
    return {&view_of<lifecycle>, &mapping_of<T>, options.history, gather_rules_of<T, lifecycle>};
  }
};
template <a_lifecycle T> struct kind_of_table<T> {
  using lifecycle = T;
  static constexpr bool ok = valid<T> && check_own_table<T>();
  static constexpr bool inserts = true;
  static table_description describe(store_options const& options) {
    return {&view_of<T>, nullptr, options.history, gather_rules_of<T, T>};
  }
};

template <class T, std::size_t Index, class L>
void tell_recorded(known_item<L>& known, layout const& of, recorded_values const& values) {
  using Event = pawl::detail::nth_t<Index, events_of<L>>;
  if constexpr (!std::is_empty_v<Event>)
    recording<T>::template read<Event>(of, values, std::get<Index>(known.recorded));
}
template <class T, std::size_t... Index, class L>
void tell_all_recorded(known_item<L>& known, layout const& of, recorded_values const& values,
                       std::index_sequence<Index...>) {
  (tell_recorded<T, Index>(known, of, values), ...);
}
// What was found of a store's T, with the records and the recorded events of each.
template <class T, class L = typename kind_of_table<T>::lifecycle>
std::vector<known_item<L>> to_known_items(layout const& of, std::vector<found_row> rows) {
  std::vector<known_item<L>> all;
  all.reserve(rows.size());
  for (auto& row : rows) {
    auto& known =
        all.emplace_back(known_item<L>{pawl::detail::to_any_item<L>(std::move(row.item)), std::move(row.record), {}});
    tell_all_recorded<T>(known, of, row.recorded, std::make_index_sequence<events_of<L>::size>{});
  }
  return all;
}

// What a row of a store's T has recorded, as a store tells it.
template <class T> struct events_of_row {
  using lifecycle = typename kind_of_table<T>::lifecycle;
  layout const& of;
  recorded_values values;
  std::string const& database;

  template <class Event> std::optional<Event> recorded(any_item<lifecycle> const& it) const {
    std::optional<Event> found;
    if (values.empty() || recording<T>::template read<Event>(of, values, found) != reading::damaged) return found;
    throw store_error(store_failure::rejected, "pawl: the fields of " + std::string(event_name<Event>()) +
                                                   " recorded for '" + it.key + "' in " + database +
                                                   " do not match the event; add new fields only at its end");
  }
};

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
