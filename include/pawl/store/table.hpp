// The mapping of a lifecycle onto a table that the user owns, and its compile-time checks.
#ifndef PAWL_STORE_TABLE_HPP
#define PAWL_STORE_TABLE_HPP

#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>

#include <pawl/fsm/check.hpp>
#include <pawl/fsm/diagnosis.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/fsm/type_list.hpp>
#include <pawl/store/column.hpp>
#include <pawl/store/field.hpp>
#include <pawl/store/mistake.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// The base class of a mapping. By default the table has the lifecycle's name, and events write no columns.
//
//   struct doors_table : pawl::table<door_lifecycle> {
//     static constexpr pawl::names names{.table = "doors", .key = "name"};
//     static constexpr auto columns = pawl::columns(pawl::on<push>(pawl::set("pushed_by", &push::who)));
//   };
//   static_assert(pawl::valid<doors_table>);
//
// Columns that no event names are never touched. The same mapping, read backwards, restores what an event recorded.
template <class Lifecycle> struct table {  // not a lifecycle: valid<> reports it
  using lifecycle = detail::misshapen;
  static constexpr pawl::names names{};
  static constexpr std::tuple<> columns{};
};
template <a_lifecycle Lifecycle> struct table<Lifecycle> {
  using lifecycle = Lifecycle;
  static constexpr pawl::names names{.table = lifecycle_name<Lifecycle>()};
  static constexpr std::tuple<> columns{};
};

template <class T>
concept a_table = requires {
  typename T::lifecycle;
  T::names.table;
  T::columns;
};

namespace detail {
constexpr bool is_sql_identifier(std::string_view s) {
  if (s.empty() || s.size() > 63 || (s[0] >= '0' && s[0] <= '9')) return false;
  for (char c : s) {
    bool const letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    if (!letter && !(c >= '0' && c <= '9')) return false;
  }
  return true;
}

// SQL compares identifiers without regard to case.
constexpr bool same_column(std::string_view a, std::string_view b) {
  auto const lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

// Tables that pawl or SQLite keeps for itself.
constexpr bool is_kept_for_others(std::string_view table) {
  return same_column(table.substr(0, 5), "pawl_") || same_column(table.substr(0, 7), "sqlite_");
}
template <class T> constexpr bool names_are_identifiers() {
  auto const& n = T::names;
  return is_sql_identifier(n.table) && is_sql_identifier(n.key) && is_sql_identifier(n.state) &&
         is_sql_identifier(n.version) && (n.changed_at.empty() || is_sql_identifier(n.changed_at)) &&
         (n.born.empty() || is_sql_identifier(n.born)) && (n.priority.empty() || is_sql_identifier(n.priority));
}
template <class T> constexpr bool names_differ() {
  auto const& n = T::names;
  return !same_column(n.key, n.state) && !same_column(n.key, n.version) && !same_column(n.state, n.version) &&
         !same_column(n.changed_at, n.key) && !same_column(n.changed_at, n.state) &&
         !same_column(n.changed_at, n.version) && !same_column(n.priority, n.key) &&
         !same_column(n.priority, n.state) && !same_column(n.priority, n.version) &&
         (n.priority.empty() || !same_column(n.priority, n.changed_at)) && !same_column(n.born, n.state) &&
         !same_column(n.born, n.version) && (n.born.empty() || !same_column(n.born, n.changed_at));
}
template <class T, class Event> constexpr bool columns_are_identifiers() {
  bool all = true;
  each_written<T, Event>([&](std::string_view name) { all = all && is_sql_identifier(name); });
  return all;
}
template <class T, class Event> constexpr bool spares_the_stores_columns() {
  bool spared = true;
  each_written<T, Event>([&](std::string_view name) {
    auto const& n = T::names;
    spared = spared && !same_column(name, n.key) && !same_column(name, n.state) && !same_column(name, n.version) &&
             !same_column(name, n.changed_at) && !same_column(name, n.born);
  });
  return spared;
}
template <class T, class Event> constexpr bool writes_columns_once() {
  bool once = true;
  std::size_t i = 0;
  each_written<T, Event>([&](std::string_view name) {
    std::size_t j = 0;
    each_written<T, Event>([&](std::string_view other) { once = once && (j++ >= i || !same_column(name, other)); });
    ++i;
  });
  return once;
}

template <class Event, class Owner, class Field> constexpr bool belongs(set_column<Owner, Field> const*) {
  return std::is_same_v<Event, Owner>;
}
template <class Owner, class Field> constexpr bool holds_storable(set_column<Owner, Field> const*) {
  return storable<Field>;
}
template <class T, class Event> constexpr bool fields_belong() {
  bool all = true;
  each_set<T, Event>([&](auto const& entry) { all = all && belongs<Event>(&entry); });
  return all;
}
template <class T, class Event> constexpr bool fields_are_storable() {
  bool all = true;
  each_set<T, Event>([&](auto const& entry) { all = all && holds_storable(&entry); });
  return all;
}

// An event whose fields the mapping may write: more of them than pawl's own table can record, if each has a column.
template <class T, class Event> constexpr bool has_mappable_fields() {
  if constexpr (!has_countable_fields<Event>() || !fields_are_storable<T, Event>())
    return false;
  else
    return field_count<Event> > most_fields || has_storable_fields<Event>();
}

template <class A, class B> constexpr bool same_field(A const& a, B const& b) {
  if constexpr (std::is_same_v<A, B>)
    return a.field == b.field;
  else
    return false;
}
// The number of different fields of the event that are written.
template <class T, class Event> constexpr std::size_t fields_written() {
  std::size_t count = 0, i = 0;
  each_set<T, Event>([&](auto const& entry) {
    std::size_t j = 0;
    bool first = true;
    each_set<T, Event>([&](auto const& other) { first = first && (j++ >= i || !same_field(entry, other)); });
    if (first) ++count;
    ++i;
  });
  return count;
}
// A chain, so that one mistake is one error.
template <class T, class Event> constexpr bool check_mapped_event() {
  if constexpr (!knows_event<typename T::lifecycle, Event>)
    return mistake::mapped_event_in_no_row<T, Event>();
  else if constexpr (!plain_event<Event>)
    return mistake::event_is_not_plain<Event>();
  else if constexpr (!columns_are_identifiers<T, Event>())
    return mistake::column_is_no_identifier<T, Event>();
  else if constexpr (!fields_belong<T, Event>())
    return mistake::field_of_another_event<T, Event>();
  else if constexpr (!has_mappable_fields<T, Event>())
    return mistake::field_is_not_storable<Event>();
  else if constexpr (fields_written<T, Event>() != field_count<Event>)
    return mistake::field_written_nowhere<T, Event>();
  else if constexpr (!spares_the_stores_columns<T, Event>())
    return mistake::sets_a_column_of_the_store<T, Event>();
  else if constexpr (!writes_columns_once<T, Event>())
    return mistake::writes_a_column_twice<T, Event>();
  else
    return true;
}
template <class T, class... Event> constexpr bool check_mapped_events(type_list<Event...>) {
  return (check_mapped_event<T, Event>() && ...);
}
template <class T, class... On> constexpr bool check_columns(std::tuple<On...> const*) {
  return (check_mapped_events<T>(typename On::events{}) && ...);
}

template <class T> inline constexpr bool is_mapping = false;
template <class... On> inline constexpr bool is_mapping<std::tuple<On...>> = (is_event_columns<On> && ...);

template <class T> constexpr bool check_table() {
  using L = typename T::lifecycle;
  using mapping = std::remove_cv_t<decltype(T::columns)>;
  if constexpr (std::is_same_v<L, misshapen>)
    return mistake::table_of_no_lifecycle<T>();
  else if constexpr (std::is_same_v<mapping, misshapen>)
    return true;
  else if constexpr (!is_mapping<mapping>)
    return mistake::columns_are_no_mapping<T>();
  else if constexpr (diagnose<L>().kind != fault::none)
    return valid<L>;
  else if constexpr (!names_are_identifiers<T>())
    return mistake::name_is_no_identifier<T>();
  else if constexpr (is_kept_for_others(T::names.table))
    return mistake::table_of_others<T>();
  else if constexpr (!names_differ<T>())
    return mistake::two_names_for_one_column<T>();
  else
    return check_mapped_events<T>(events_of<L>{}) && check_columns<T>(&T::columns);
}

template <a_table T> struct checked<T> { static constexpr bool ok = check_table<T>(); };
}  // namespace detail

}  // namespace pawl::inline PAWL_ABI

#endif
