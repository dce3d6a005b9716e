// The sentences that a compiler shows for a mapping with a mistake in it, and for an event where it cannot be applied.
#ifndef PAWL_STORE_MISTAKE_HPP
#define PAWL_STORE_MISTAKE_HPP

#include <pawl/fsm/mistake.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::mistake {

// ---- applying ----

template <class Lifecycle, auto State, class Event> constexpr bool event_not_accepted() {
  static_assert(never<Event>, "pawl: this state does not accept this event");
  return true;
}
template <class Lifecycle, class Event> constexpr bool event_in_no_row() {
  static_assert(never<Event>, "pawl: this event is in no row of the lifecycle");
  return true;
}
template <class Lifecycle, class Event> constexpr bool event_without_fields() {
  static_assert(never<Event>, "pawl: this event has no fields, so nothing of it is recorded");
  return true;
}
template <class Table> constexpr bool insert_into_a_mapped_table() {
  static_assert(never<Table>,
                "pawl: the rows of a mapped table are inserted by its owner, who knows its other columns; only pawl's "
                "own table has insert_if_absent");
  return true;
}

template <class Lifecycle> constexpr bool lifecycle_name_is_no_table() {
  static_assert(
      never<Lifecycle>,
      "pawl: pawl's own table is called as the lifecycle is, and this name is no SQL identifier of at most 58 "
      "characters, or begins with pawl_ or sqlite_; give the lifecycle a `static constexpr name`");
  return true;
}

// ---- events ----

template <class Event> constexpr bool event_is_not_plain() {
  static_assert(never<Event>,
                "pawl: an event that is recorded is a plain struct: no constructors, no private fields, no base "
                "classes");
  return true;
}
template <class Event> constexpr bool too_many_fields() {
  static_assert(never<Event>, "pawl: an event that pawl's own table records has at most 8 fields");
  return true;
}
template <class Event> constexpr bool field_is_not_storable() {
  static_assert(never<Event>,
                "pawl: a field of this event has a type that no column can hold (text, integer, bool, float, double, "
                "scoped enum, std::vector<std::byte>, or std::optional of these)");
  return true;
}

// ---- the mapping ----

template <class Table> constexpr bool table_of_no_lifecycle() {
  static_assert(never<Table>, "pawl: pawl::table is given the lifecycle that it maps");
  return true;
}
template <class Table> constexpr bool columns_are_no_mapping() {
  static_assert(never<Table>, "pawl: a table's columns are made by pawl::columns(pawl::on<event>(...), ...)");
  return true;
}
template <class Table> constexpr bool name_is_no_identifier() {
  static_assert(never<Table>, "pawl: a name in names is not an SQL identifier ([A-Za-z_][A-Za-z0-9_]*, at most 63)");
  return true;
}
template <class Table> constexpr bool two_names_for_one_column() {
  static_assert(never<Table>, "pawl: two of the names in names are one column");
  return true;
}
template <class Table, class Event> constexpr bool mapped_event_in_no_row() {
  static_assert(never<Event>, "pawl: pawl::on<event> names an event that is in no row of the lifecycle");
  return true;
}
template <class Table, class Event> constexpr bool column_is_no_identifier() {
  static_assert(never<Event>, "pawl: a column's name is not an SQL identifier ([A-Za-z_][A-Za-z0-9_]*, at most 63)");
  return true;
}
template <class Table, class Event> constexpr bool field_of_another_event() {
  static_assert(never<Event>, "pawl: pawl::set names a field of another event");
  return true;
}
template <class Table, class Event> constexpr bool field_written_nowhere() {
  static_assert(never<Event>, "pawl: a field of this event is written to no column, so it would be lost");
  return true;
}
template <class Table, class Event> constexpr bool sets_a_column_of_the_store() {
  static_assert(never<Event>,
                "pawl: the columns of key, state, version and changed_at are the store's own; no event sets them");
  return true;
}
template <class Table, class Event> constexpr bool writes_a_column_twice() {
  static_assert(never<Event>, "pawl: this event writes a column twice");
  return true;
}

}  // namespace pawl::inline PAWL_ABI::mistake

#endif
