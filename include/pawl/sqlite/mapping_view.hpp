// A mapped table as plain data, for code that is compiled once for all tables of a program.
#ifndef PAWL_SQLITE_MAPPING_VIEW_HPP
#define PAWL_SQLITE_MAPPING_VIEW_HPP

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/fsm/type_list.hpp>
#include <pawl/sqlite/sql.hpp>
#include <pawl/store/column.hpp>
#include <pawl/store/field.hpp>
#include <pawl/store/record.hpp>
#include <pawl/store/table.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// What is written to a column, which must keep it. `cleared`: nothing but NULL; `time`: text.
enum class field_kind : std::uint8_t { cleared, time, text, bytes, integer, real };

template <class Field> constexpr field_kind kind_of_field() {
  if constexpr (pawl::detail::is_optional<Field>)
    return kind_of_field<typename Field::value_type>();
  else if constexpr (std::same_as<Field, std::string>)
    return field_kind::text;
  else if constexpr (pawl::detail::integer_like<Field>)
    return field_kind::integer;
  else if constexpr (std::floating_point<Field>)
    return field_kind::real;
  else
    return field_kind::bytes;
}

struct written_column {
  std::string_view name;
  std::string_view event;  // that writes it; empty: all of them
  field_kind kind = field_kind::cleared;
  bool may_be_null = true;
};

// The spans have static storage duration.
struct mapping_view {
  lifecycle_view const* lifecycle;
  pawl::names names;
  std::string_view get_sql, runnable_sql, unrecognised_sql;
  std::span<std::string_view const> update_sql;  // indexed by lifecycle row
  std::span<bool const> stamps;                  // indexed by event: true if its UPDATE writes the time
  std::span<written_column const> columns;       // all columns that any event writes
};

template <std::size_t N>
constexpr written_column written_by(std::string_view event, std::string_view name,
                                    pawl::detail::cleared_columns<N> const&) {
  return {name, event, field_kind::cleared, true};
}
constexpr written_column written_by(std::string_view event, std::string_view name, pawl::detail::now_column const&) {
  return {name, event, field_kind::time, false};
}
template <class Event, class Field>
constexpr written_column written_by(std::string_view event, std::string_view name,
                                    pawl::detail::set_column<Event, Field> const&) {
  return {name, event, kind_of_field<Field>(), pawl::detail::is_optional<Field>};
}
// Calls f(column) for each column that an event of the table writes.
template <class Table, class F, class... Event> constexpr void each_column(F&& f, type_list<Event...>) {
  auto const of_event = [&f](std::string_view event) {
    return [&f, event](auto const& entry) {
      pawl::detail::each_name(entry, [&](std::string_view name) { f(written_by(event, name, entry)); });
    };
  };
  (pawl::detail::each_entry<Table, Event>(of_event(event_name<Event>())), ...);
}
template <class Table>
inline constexpr auto columns_of = [] {
  using events = events_of<typename Table::lifecycle>;
  constexpr std::size_t count = [] {
    std::size_t n = 0;
    each_column<Table>([&n](written_column const&) { ++n; }, events{});
    return n;
  }();
  std::array<written_column, count> all{};
  std::size_t i = 0;
  each_column<Table>([&](written_column const& column) { all[i++] = column; }, events{});
  return all;
}();

template <class Table, class Event> constexpr bool writes_the_time() {
  bool any = !Table::names.changed_at.empty();
  pawl::detail::each_entry<Table, Event>(
      [&any]<class Entry>(Entry const&) { any = any || std::is_same_v<Entry, pawl::detail::now_column>; });
  return any;
}
template <class Table, class... Event>
constexpr std::array<bool, sizeof...(Event)> which_write_the_time(type_list<Event...>) {
  return {writes_the_time<Table, Event>()...};
}
template <class Table>
inline constexpr auto stamps_of = which_write_the_time<Table>(events_of<typename Table::lifecycle>{});

template <class Table, std::size_t... Row>
constexpr std::array<std::string_view, sizeof...(Row)> updates_in(std::index_sequence<Row...>) {
  return {pawl::detail::row_update_sql<Table, Row>...};
}
template <class Table>
inline constexpr auto updates_of =
    updates_in<Table>(std::make_index_sequence<rows<typename Table::lifecycle>.size()>{});

template <a_table Table>
inline constexpr mapping_view mapping_of{&view_of<typename Table::lifecycle>,
                                         Table::names,
                                         pawl::detail::get_sql<Table>,
                                         pawl::detail::runnable_sql<Table>,
                                         pawl::detail::unrecognised_sql<Table>,
                                         updates_of<Table>,
                                         stamps_of<Table>,
                                         columns_of<Table>};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
