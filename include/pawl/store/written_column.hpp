// The columns that the events of a mapped table write, as plain data: what a store needs to know to check a table against
// its mapping, and to write into it, without the types of the events.
#ifndef PAWL_STORE_WRITTEN_COLUMN_HPP
#define PAWL_STORE_WRITTEN_COLUMN_HPP

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/fsm/type_list.hpp>
#include <pawl/store/column.hpp>
#include <pawl/store/field.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// What is written to a column, which must keep it. `cleared`: nothing but NULL; `time`: that of the transition.
enum class field_kind : std::uint8_t { cleared, time, text, bytes, integer, real };

template <class Field> constexpr field_kind kind_of_field() {
  if constexpr (is_optional<Field>)
    return kind_of_field<typename Field::value_type>();
  else if constexpr (std::same_as<Field, std::string>)
    return field_kind::text;
  else if constexpr (integer_like<Field>)
    return field_kind::integer;
  else if constexpr (std::floating_point<Field>)
    return field_kind::real;
  else
    return field_kind::bytes;
}

// The width in bits of the signed integer that a field's values need, 1 for bool; or of a floating-point number. Unsigned
// values of 64 bits keep their bits, in a column of 64. 0: of any other kind.
template <class Field> constexpr std::uint8_t bits_of_field() {
  if constexpr (is_optional<Field>) {
    return bits_of_field<typename Field::value_type>();
  } else if constexpr (integer_like<Field>) {
    using integer = typename integer_of<Field>::type;
    if constexpr (std::same_as<integer, bool>) return 1;
    constexpr std::size_t bytes =
        std::is_signed_v<integer> || sizeof(integer) == 8 ? sizeof(integer) : 2 * sizeof(integer);
    return static_cast<std::uint8_t>(8 * bytes);
  } else if constexpr (std::floating_point<Field>) {
    return 8 * sizeof(Field);
  } else {
    return 0;
  }
}

struct written_column {
  std::string_view name;
  std::string_view event;  // that writes it; empty: all of them
  field_kind kind = field_kind::cleared;
  bool may_be_null = true;
  std::uint8_t bits = 0;
};

template <std::size_t N>
constexpr written_column written_by(std::string_view event, std::string_view name, cleared_columns<N> const&) {
  return {name, event, field_kind::cleared, true};
}
constexpr written_column written_by(std::string_view event, std::string_view name, now_column const&) {
  return {name, event, field_kind::time, false};
}
template <class Event, class Field>
constexpr written_column written_by(std::string_view event, std::string_view name, set_column<Event, Field> const&) {
  return {name, event, kind_of_field<Field>(), is_optional<Field>, bits_of_field<Field>()};
}
// Calls f(column) for each column that an event of the table writes.
template <class Table, class F, class... Event> constexpr void each_column(F&& f, type_list<Event...>) {
  auto const of_event = [&f](std::string_view event) {
    return [&f, event](auto const& entry) {
      each_name(entry, [&](std::string_view name) { f(written_by(event, name, entry)); });
    };
  };
  (each_entry<Table, Event>(of_event(event_name<Event>())), ...);
}
template <class Table>
inline constexpr auto written_columns_of = [] {
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
  each_entry<Table, Event>([&any]<class Entry>(Entry const&) { any = any || std::is_same_v<Entry, now_column>; });
  return any;
}
template <class Table, class... Event>
constexpr std::array<bool, sizeof...(Event)> which_write_the_time(type_list<Event...>) {
  return {writes_the_time<Table, Event>()...};
}
template <class Table>
inline constexpr auto stamps_of = which_write_the_time<Table>(events_of<typename Table::lifecycle>{});

}  // namespace pawl::inline PAWL_ABI::detail

#endif
