// The compile-time error messages for mistakes in a mapping, and for events that cannot be applied.
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
  static_assert(never<Event>, "pawl: no transition of the lifecycle has this event");
  return true;
}
template <class Lifecycle, class Event> constexpr bool event_without_fields() {
  static_assert(never<Event>, "pawl: this event has no fields, so nothing is recorded for it");
  return true;
}
template <class Store> constexpr bool store_without_statements() {
  static_assert(never<Store>,
                "pawl: this store takes no statements with an event (pawl::with), so they would be lost; a store in an "
                "SQL database takes them");
  return true;
}
template <class Table> constexpr bool insert_into_a_mapped_table() {
  static_assert(
      never<Table>,
      "pawl: insert_if_absent works only on pawl's own tables; insert the rows of a mapped table with your own "
      "SQL, which fills its other columns too");
  return true;
}
template <class Store> constexpr bool schedule_of_a_mapped_table() {
  static_assert(never<Store>,
                "pawl: a schedule inserts an item for each tick, and pawl inserts only into its own tables; let a "
                "lifecycle of its own "
                "recur, whose step writes your rows");
  return true;
}
template <class Table> constexpr bool remove_from_a_mapped_table() {
  static_assert(
      never<Table>,
      "pawl: remove_finished works only on pawl's own tables; delete the rows of a mapped table with your own SQL");
  return true;
}
template <class Lifecycle> constexpr bool lifecycle_name_is_no_table() {
  static_assert(
      never<Lifecycle>,
      "pawl: pawl's own table is named after the lifecycle, and this name is not an SQL identifier of at most 58 "
      "characters, or it begins with pawl_ or sqlite_; give the lifecycle a `static constexpr name`");
  return true;
}

// ---- events ----

template <class Event> constexpr bool event_is_not_plain() {
  static_assert(never<Event>,
                "pawl: a recorded event must be a plain struct: no constructors, no private fields, no base classes");
  return true;
}
template <class Event> constexpr bool too_many_fields() {
  static_assert(never<Event>, "pawl: an event recorded in pawl's own table can have at most 8 fields");
  return true;
}
template <class Event> constexpr bool field_is_not_storable() {
  static_assert(
      never<Event>,
      "pawl: a field of this event has a type that no column can hold; make it a std::string, an integer, bool, "
      "float, double, a scoped enum, a std::vector<std::byte> or a std::optional of one of these, and not const, "
      "a reference, an array or a bit-field");
  return true;
}
template <class Event> constexpr bool event_is_not_assignable() {
  static_assert(never<Event>,
                "pawl: memory_store assigns events when they are recorded; no field of an event may be const or a "
                "reference");
  return true;
}

template <class Store> constexpr bool store_without_children() {
  static_assert(
      never<Store>,
      "pawl: items of this lifecycle wait for their children (pawl::gathers), which this store does not keep; "
      "pawl::sqlite::store and pawl::postgres::store do");
  return true;
}

// ---- the mapping ----

template <class Table> constexpr bool table_of_no_lifecycle() {
  static_assert(never<Table>, "pawl: pawl::table<...> takes the lifecycle that it maps");
  return true;
}
template <class Table> constexpr bool columns_are_no_mapping() {
  static_assert(never<Table>, "pawl: a table's columns must be made with pawl::columns(pawl::on<event>(...), ...)");
  return true;
}
template <class Table> constexpr bool name_is_no_identifier() {
  static_assert(never<Table>,
                "pawl: a name in names is not an SQL identifier ([A-Za-z_][A-Za-z0-9_]*, at most 63 characters)");
  return true;
}
template <class Table> constexpr bool table_of_others() {
  static_assert(never<Table>,
                "pawl: the table in names begins with pawl_ or sqlite_, as those do that pawl or SQLite keeps");
  return true;
}
template <class Table> constexpr bool two_names_for_one_column() {
  static_assert(never<Table>, "pawl: two of the names in names are the same column");
  return true;
}
template <class Table, class Event> constexpr bool mapped_event_in_no_row() {
  static_assert(never<Event>, "pawl: pawl::on<event> names an event that no transition of the lifecycle has");
  return true;
}
template <class Table, class Event> constexpr bool column_is_no_identifier() {
  static_assert(never<Event>,
                "pawl: a column's name is not an SQL identifier ([A-Za-z_][A-Za-z0-9_]*, at most 63 characters)");
  return true;
}
template <class Table, class Event> constexpr bool field_of_another_event() {
  static_assert(never<Event>, "pawl: pawl::set names a field of a different event");
  return true;
}
template <class Table, class Event> constexpr bool field_written_nowhere() {
  static_assert(never<Event>,
                "pawl: a field of this event is not written to any column, so it would be lost; map it with pawl::set");
  return true;
}
template <class Table, class Event> constexpr bool sets_a_column_of_the_store() {
  static_assert(
      never<Event>,
      "pawl: the key, state, version, changed_at and born columns belong to the store; no event may set them");
  return true;
}
template <class Table, class Event> constexpr bool writes_a_column_twice() {
  static_assert(never<Event>, "pawl: this event writes a column twice");
  return true;
}

}  // namespace pawl::inline PAWL_ABI::mistake

#endif
