// What the rows of answers say of items and their troubles.
#ifndef PAWL_POSTGRES_ROW_READING_HPP
#define PAWL_POSTGRES_ROW_READING_HPP

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/fsm/fnv.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/postgres/answer.hpp>
#include <pawl/postgres/any_text.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/value.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

using pawl::detail::stored_item;
using pawl::detail::stored_row;

// The values that the events of an item have recorded, in the order of layout::assignments; see recorded_columns().
using recorded_values = std::vector<std::optional<std::string>>;

// An item with all that its page tells of it.
struct found_row {
  stored_item item{};
  std::int64_t number = 0;  // of the row, which may be 0 as well; item.row is its locator
  std::int64_t priority = 0;
  std::optional<trouble_record> record{};
  recorded_values recorded{};
};

// The locator of a row: its number; where it has none, 64 bits of its key's hash.
inline std::int64_t locator_of(std::int64_t row, std::string_view key) {
  if (row != 0) return row;
  auto const hash = static_cast<std::int64_t>(pawl::detail::fnv().text(key).value);
  return hash != 0 ? hash : 1;
}

inline std::size_t count_recorded(layout const& of) {
  std::size_t count = 0;
  for (assignment const& one : of.assignments)
    if (one.kind != field_kind::cleared && one.kind != field_kind::time) ++count;
  return count;
}
// The first of an event's values among recorded_values.
inline std::size_t first_recorded(layout const& of, std::size_t event) {
  std::size_t count = 0;
  for (assignment const& one : of.assignments)
    if (one.event < event && one.kind != field_kind::cleared && one.kind != field_kind::time) ++count;
  return count;
}

inline std::int64_t integer_at(answer const& from, std::size_t row, std::size_t column) {
  return from.value<std::int64_t>(row, column).value_or(0);
}
// Of an array.
inline std::vector<std::int64_t> integers_in(answer const& from, std::size_t row, std::size_t column) {
  std::vector<std::int64_t> all;
  if (auto const array = from.array<std::int64_t>(row, column))
    for (auto const& one : *array) all.push_back(one.value_or(0));
  return all;
}
inline std::optional<stored_time> time_at(answer const& from, std::size_t row, std::size_t column) {
  auto const count = from.value<std::int64_t>(row, column);
  if (!count) return std::nullopt;
  return stored_time(std::chrono::nanoseconds(*count));
}
inline std::int64_t to_number(stored_time time) { return time.time_since_epoch().count(); }

// Of layout::read_state(): state_count() where it is none of the lifecycle.
inline std::size_t state_at(layout const& of, answer const& from, std::size_t row, std::size_t column) {
  if (from.is_null(row, column)) return of.lifecycle->state_count();
  return of.kept == states_kept_as::codes ? of.lifecycle->index_of_code(integer_at(from, row, column))
                                          : of.lifecycle->index_of_name(from.cell(row, column));
}

// What row_columns() tells, from `first` on.
inline stored_item item_at(layout const& of, answer const& from, std::size_t row, std::size_t first, std::string key) {
  stored_item to;
  to.row = locator_of(integer_at(from, row, first), key);
  to.state = state_at(of, from, row, first + 1);
  to.version = integer_at(from, row, first + 2);
  to.life = integer_at(from, row, first + 3);
  to.key = std::move(key);
  return to;
}
// The same, of a row whose state may be none of the lifecycle. A state that is a code is named by its number; see
// state_name_sql().
inline stored_row row_at(layout const& of, answer const& from, std::size_t row, std::size_t first, std::string key) {
  stored_row to;
  to.item = item_at(of, from, row, first, std::move(key));
  to.holds = stored_row::content::item;
  if (to.item.state < of.lifecycle->state_count()) return to;
  to.holds = stored_row::content::unknown_state;
  to.is_text = !from.is_null(row, first + 1);
  to.unknown_state = !to.is_text                        ? std::string("NULL")
                     : of.kept == states_kept_as::codes ? text({number(integer_at(from, row, first + 1))})
                                                        : std::string(from.cell(row, first + 1));
  return to;
}

inline constexpr std::size_t record_cells = 8;  // of record_columns
inline std::optional<trouble_record> record_at(answer const& from, std::size_t row, std::size_t first) {
  if (from.is_null(row, first)) return std::nullopt;
  trouble_record to;
  to.attempts = from.value<std::int32_t>(row, first).value_or(0);
  to.recoveries = from.value<std::int32_t>(row, first + 1).value_or(0);
  to.next_at = time_at(from, row, first + 2);
  to.since = time_at(from, row, first + 3);
  to.parked = from.value<bool>(row, first + 4).value_or(false);
  to.in_doubt = from.value<bool>(row, first + 5).value_or(false);
  to.run = integer_at(from, row, first + 6);
  to.last_error = unescaped(from.cell(row, first + 7));
  return to;
}
inline recorded_values recorded_at(layout const& of, answer const& from, std::size_t row, std::size_t first) {
  recorded_values to(count_recorded(of));
  for (std::size_t i = 0; i < to.size(); ++i)
    if (!from.is_null(row, first + i)) to[i] = from.cell(row, first + i);
  return to;
}

// The rows of page_sql(), due_sql() and list_sql() that are in a state of the lifecycle.
inline std::vector<found_row> rows_in(layout const& of, answer const& from) {
  std::vector<found_row> to;
  to.reserve(from.rows());
  for (std::size_t row = 0; row < from.rows(); ++row) {
    found_row one;
    one.item = item_at(of, from, row, 2, std::string(from.cell(row, 0)));
    if (one.item.state >= of.lifecycle->state_count()) continue;
    one.number = integer_at(from, row, 2);
    one.priority = integer_at(from, row, 1);
    one.record = record_at(from, row, 6);
    one.recorded = recorded_at(of, from, row, 6 + record_cells);
    to.push_back(std::move(one));
  }
  return to;
}

// A key as the statements take it. One that may_name() no row has none.
inline parameter key_parameter(layout const& of, std::string_view key) {
  if (of.keys == key_kind::binary) return bytes_of(key);
  if (of.keys != key_kind::integer) return value_of(key);
  std::int64_t value = 0;
  std::from_chars(key.data(), key.data() + key.size(), value);
  return value_of(value);
}
inline parameter state_parameter(layout const& of, std::size_t state) {
  if (of.kept == states_kept_as::codes) return value_of(static_cast<std::int16_t>(of.lifecycle->state_codes[state]));
  return value_of(of.lifecycle->state_names[state]);
}
inline parameter keys_parameter(layout const& of, std::vector<std::string_view> const& keys) {
  if (of.keys == key_kind::integer) {
    array_builder<std::int64_t> all;
    for (std::string_view const key : keys) {
      std::int64_t value = 0;
      std::from_chars(key.data(), key.data() + key.size(), value);
      all.add(value);
    }
    return all.take();
  }
  if (of.keys == key_kind::binary) {
    array_builder<bytes> all;
    for (std::string_view const key : keys) all.add(key);
    return all.take();
  }
  array_builder<std::string> all;
  for (std::string_view const key : keys) all.add(key);
  return all.take();
}
inline parameter states_parameter(layout const& of, std::vector<std::size_t> const& states) {
  if (of.kept == states_kept_as::codes) {
    array_builder<std::int16_t> all;
    for (std::size_t const state : states) all.add(static_cast<std::int16_t>(of.lifecycle->state_codes[state]));
    return all.take();
  }
  array_builder<std::string> all;
  for (std::size_t const state : states) all.add(of.lifecycle->state_names[state]);
  return all.take();
}
template <class T> parameter numbers_parameter(std::vector<T> const& numbers) {
  array_builder<T> all;
  for (T const one : numbers) all.add(one);
  return all.take();
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
