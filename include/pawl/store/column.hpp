// The parts of a mapping: what each event writes into a table's columns.
#ifndef PAWL_STORE_COLUMN_HPP
#define PAWL_STORE_COLUMN_HPP

#include <array>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>

#include <pawl/fsm/type_list.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// The table and the columns that a store itself reads and writes. Each name is an SQL identifier:
// [A-Za-z_][A-Za-z0-9_]*, at most 63 characters.
struct names {
  std::string_view table{};  // as the database spells it
  // Unique; text or an integer. An item's key is this value as text, byte by byte: 7 is "7" and not "007", and where the
  // column's collation takes 'Ada' for 'ADA', they are two keys all the same. Rows whose key is NULL, a BLOB or a REAL are
  // left alone and counted as unrecognised.
  std::string_view key = "key";
  std::string_view state = "state";      // the state's stored name, as text; compared byte by byte
  std::string_view version = "version";  // an integer, NOT NULL
  std::string_view changed_at{};         // text: time of the last transition, UTC; empty: no such column
  // What a row has from its insertion on and no successor with its key has too, such as a created_at or a UUID, of any
  // type; NULL is a value. It tells the lives of a row apart: the idempotency key of a `keyed` step contains it, and no
  // row inherits what its deleted predecessor has troubles with. Name it unless keys never come again or the table has
  // an INTEGER PRIMARY KEY AUTOINCREMENT; name the key's own column to say that its values never come again. pawl never
  // writes it, and nobody may change it while the row lives. A value by chance is best, `born INTEGER NOT NULL DEFAULT
  // (random())`: two rows of one key in one tick of a clock are told apart only if the table has an INTEGER PRIMARY KEY
  // AUTOINCREMENT too. A run with `keyed` steps warns unless there is one, or the column is the key's own, UNIQUE, or
  // has a default with `random` or `uuid` in it. Empty: no such column; then the run warns unless there is an
  // AUTOINCREMENT, and a row that is deleted on another connection than the store's leaves its troubles to its
  // successor. It may be named, renamed or left out later: the rows that are there keep their keys and troubles. The
  // first store that is opened then is refused while a run is in progress, and those that were opened before it run no
  // more. A table that is dropped and made again counts its AUTOINCREMENT from 1 again: name a `born` if that is done.
  std::string_view born{};
  // An integer: within a state, items with greater values come first; NULL counts as 0. Empty: no priority. In a large
  // table an index on (state, coalesce(priority,0) DESC) avoids sorting all items of a state for each page.
  std::string_view priority{};
};

namespace detail {
template <class Event, class Field> struct set_column {
  std::string_view column;
  Field Event::*field;
};
struct now_column {
  std::string_view column;
};
template <std::size_t N> struct cleared_columns { std::array<std::string_view, N> columns; };
template <class Events, class... Entries> struct event_columns {
  using events = Events;
  std::tuple<Entries...> entries;
};

template <class Entry> inline constexpr bool is_entry = false;
template <class Event, class Field> inline constexpr bool is_entry<set_column<Event, Field>> = true;
template <> inline constexpr bool is_entry<now_column> = true;
template <std::size_t N> inline constexpr bool is_entry<cleared_columns<N>> = true;

template <class On> inline constexpr bool is_event_columns = false;
template <class Events, class... Entries>
inline constexpr bool is_event_columns<event_columns<Events, Entries...>> = true;

// Takes the place of a part whose error was already reported, so that it is reported only once.
struct misshapen {};
}  // namespace detail

// The column takes the event's field.
template <class Event, class Field>
constexpr detail::set_column<Event, Field> set(std::string_view column, Field Event::*field) {
  return {column, field};
}
// The column takes the time of the transition: text, UTC, `YYYY-MM-DDTHH:MM:SS.ffffff`.
constexpr detail::now_column now(std::string_view column) { return {column}; }
// The columns become NULL.
template <class... Text> constexpr detail::cleared_columns<sizeof...(Text)> clear(Text... columns) {
  return {{std::string_view(columns)...}};
}
// What each of these events writes: any number of set, now and clear.
template <class... Event, class... Entry> constexpr auto on(Entry... entries) {
  if constexpr (!(detail::is_entry<Entry> && ...)) {
    static_assert((detail::is_entry<Entry> && ...),
                  "pawl: pawl::on<event>(...) takes pawl::set, pawl::now and pawl::clear");
    return detail::misshapen{};
  } else {
    return detail::event_columns<type_list<Event...>, Entry...>{{entries...}};
  }
}
// The whole mapping: any number of on<...>(...).
template <class... On> constexpr auto columns(On... ons) {
  constexpr bool said = (std::is_same_v<On, detail::misshapen> || ...);
  if constexpr (!said && !(detail::is_event_columns<On> && ...)) {
    static_assert(
        (detail::is_event_columns<On> && ...),
        "pawl: pawl::columns(...) takes pawl::on<event>(...); put pawl::set, pawl::now and pawl::clear inside it");
    return detail::misshapen{};
  } else if constexpr (said) {
    return detail::misshapen{};
  } else {
    return std::tuple<On...>{ons...};
  }
}

namespace detail {
// Calls f(entry) for each set, now and clear that Table maps Event to.
template <class Table, class Event, class F> constexpr void each_entry(F&& f) {
  auto const of_one = [&f]<class Events, class... Entry>(event_columns<Events, Entry...> const& one) {
    if constexpr (index_in<Event, Events> < Events::size)
      std::apply([&f](auto const&... entry) { (f(entry), ...); }, one.entries);
  };
  std::apply([&of_one](auto const&... one) { (of_one(one), ...); }, Table::columns);
}

template <class Entry> inline constexpr bool is_set = false;
template <class Event, class Field> inline constexpr bool is_set<set_column<Event, Field>> = true;

// Calls f(entry) for the set entries only: the event's fields, in mapping order.
template <class Table, class Event, class F> constexpr void each_set(F&& f) {
  each_entry<Table, Event>([&f]<class Entry>(Entry const& entry) {
    if constexpr (is_set<Entry>) f(entry);
  });
}

template <class F> constexpr void each_name(now_column const& entry, F&& f) { f(entry.column); }
template <class Event, class Field, class F> constexpr void each_name(set_column<Event, Field> const& entry, F&& f) {
  f(entry.column);
}
template <std::size_t N, class F> constexpr void each_name(cleared_columns<N> const& entry, F&& f) {
  for (std::string_view column : entry.columns) f(column);
}
// Calls f(name) for each column that Table writes on Event, once for each time it is written.
template <class Table, class Event, class F> constexpr void each_written(F&& f) {
  each_entry<Table, Event>([&f](auto const& entry) { each_name(entry, f); });
}
}  // namespace detail

}  // namespace pawl::inline PAWL_ABI

#endif
