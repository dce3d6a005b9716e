// Events as the columns of a table have them: what is written, and what is read back.
#ifndef PAWL_POSTGRES_RECORDED_EVENT_HPP
#define PAWL_POSTGRES_RECORDED_EVENT_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/move_batch.hpp>
#include <pawl/postgres/row_reading.hpp>
#include <pawl/postgres/value.hpp>
#include <pawl/store/column.hpp>
#include <pawl/store/field.hpp>
#include <pawl/store/mistake.hpp>
#include <pawl/store/record.hpp>
#include <pawl/store/table.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// Names that begin with pawl_ are reserved.
template <class L> constexpr bool check_own_table() {
  constexpr std::string_view name = lifecycle_name<L>();
  if constexpr (!pawl::detail::is_sql_identifier(name) || name.size() > 58 || name.starts_with("pawl_") ||
                name.starts_with("sqlite_"))
    return mistake::lifecycle_name_is_no_table<L>();
  else
    return pawl::detail::check_all_recordable(events_of<L>{});
}

// False if the value is none that such a field was written as.
template <class Field> bool read_value(std::optional<std::string> const& value, Field& into) {
  if constexpr (pawl::detail::is_optional<Field>) {
    into.reset();
    return !value || read_value(value, into.emplace());
  } else if constexpr (pawl::detail::integer_like<Field>) {
    auto const read = value ? wire<std::int64_t>::take(*value) : std::nullopt;
    return read && pawl::detail::from_integer(*read, into);
  } else if constexpr (std::floating_point<Field>) {
    auto const read = value ? wire<double>::take(*value) : std::nullopt;
    if (read) into = static_cast<Field>(*read);
    return read.has_value();
  } else if constexpr (std::same_as<Field, std::string>) {
    if (value) into = *value;
    return value.has_value();
  } else {
    auto const read = value ? wire<bytes>::take(*value) : std::nullopt;
    if (read) into = *read;
    return read.has_value();
  }
}

enum class reading : std::uint8_t { nothing, event, damaged };

// How a table records events.
template <class T> struct recording;
template <a_table T> struct recording<T> {
  template <class Event> static std::vector<sent_value> values(Event const& event) {
    return values_of<T, Event>(event);
  }
  template <class Event> static reading read(layout const& of, recorded_values const& all, std::optional<Event>& into) {
    std::size_t at = first_recorded(of, event_index<typename T::lifecycle, Event>);
    Event& event = into.emplace();
    bool whole = true;
    pawl::detail::each_set<T, Event>([&](auto const& entry) {
      whole = read_value(all.at(at), event.*entry.field) && whole;
      ++at;
    });
    if (!whole) into.reset();
    return whole ? reading::event : reading::nothing;
  }
};
template <a_lifecycle T> struct recording<T> {
  template <class Event> static std::vector<sent_value> values(Event const& event) {
    if constexpr (std::is_empty_v<Event>)
      return {};
    else
      return values_of(event);
  }
  template <class Event> static reading read(layout const& of, recorded_values const& all, std::optional<Event>& into) {
    into.reset();
    auto const& fields = all.at(first_recorded(of, event_index<T, Event>));
    if (!fields) return reading::nothing;
    if (pawl::detail::read_fields(*fields, into.emplace())) return reading::event;
    into.reset();
    return reading::damaged;
  }
};

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
