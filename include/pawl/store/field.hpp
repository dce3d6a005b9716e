// The fields of an event: their number, their permitted types, and access to all of them at once.
#ifndef PAWL_STORE_FIELD_HPP
#define PAWL_STORE_FIELD_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

namespace detail {
template <class T>
concept scoped_enum = std::is_enum_v<T> && !std::is_convertible_v<T, std::underlying_type_t<T>>;
// Never const: what was recorded is read back into the field.
template <class T>
concept storable_value =
    std::same_as<T, std::string> ||(std::integral<T> && sizeof(T) <= 8 && std::same_as<T, std::remove_cv_t<T>>) ||
    std::same_as<T, float> || std::same_as<T, double> ||
    (scoped_enum<T> && std::same_as<T, std::remove_cv_t<T>>) || std::same_as<T, std::vector<std::byte>>;

// Integers, bool and scoped enums are stored as 64 bits; an unsigned value keeps its bits. `char`, and a wchar_t of 32 bits,
// are signed on some processors only: they are stored as if they were signed on all.
template <class T>
concept integer_like = std::integral<T> || scoped_enum<T>;
template <class T> struct integer_of { using type = T; };
template <class T>
  requires std::is_enum_v<T>
struct integer_of<T> {
  using type = std::underlying_type_t<T>;
};
template <integer_like T> constexpr std::int64_t to_integer(T value) {
  using integer = typename integer_of<T>::type;
  if constexpr (std::same_as<integer, char> || (std::same_as<integer, wchar_t> && sizeof(integer) == 4))
    return static_cast<std::make_signed_t<integer>>(value);
  else
    return static_cast<std::int64_t>(value);
}
// False if the number does not fit T, so it was not written from a T of this machine.
template <integer_like T> constexpr bool from_integer(std::int64_t number, T& value) {
  using integer = typename integer_of<T>::type;
  value = static_cast<T>(static_cast<integer>(number));
  return to_integer(value) == number;
}

template <class T> inline constexpr bool is_optional = false;
template <class T> inline constexpr bool is_optional<std::optional<T>> = true;
template <class T> constexpr bool is_storable() {
  if constexpr (is_optional<T>)
    return storable_value<typename T::value_type>;
  else
    return storable_value<T>;
}
}  // namespace detail

// What a field of an event may be, so that a store can record it: text (any bytes), integers and bool, float and
// double, scoped enums (stored as their number), std::vector<std::byte>, and std::optional of these; a field is also no
// bit-field. Unsigned 64-bit values are read back unchanged, but in a column values of 2^63 or more appear as negative
// numbers. A column does not keep the sign of a zero. Every store rejects a NaN, which SQLite would store as NULL.
//
// A value is stored alike on every machine, also one of `char`, `wchar_t`, `long` or `size_t`. One that does not fit the
// type where it is read, as 2^40 does not fit a `long` of Windows, is read as any number that the type cannot hold: pawl's
// own table says so (store_error, rejected), and from a mapped table the event counts as not recorded.
template <class T>
concept storable = detail::is_storable<T>();

namespace detail {
// Probes that convert to the type of any field. std::optional needs its own probe: it could also be constructed from
// the converted value, which would be ambiguous. A reference binds to an lvalue alone.
struct any_field {
  template <class T>
    requires(!is_optional<T>)
  operator T() const;
};
struct any_optional_field {
  template <class T> operator std::optional<T>() const;
};
struct any_referenced_field {
  template <class T> operator T&() const;
};
template <class Event> struct any_base {
  template <class T>
    requires(std::is_base_of_v<T, Event> && !std::is_same_v<T, Event>)
  operator T() const;
};

// An event whose fields can be counted: an aggregate without base classes, and not a union.
template <class Event>
concept plain_event = std::is_aggregate_v<Event> && !std::is_union_v<Event> && !requires {
  Event{any_base<Event>{}};
};

// The number of initialisers that the aggregate takes; for a plain event with countable fields, their number.
template <class Event, class... Fields> constexpr std::size_t count_fields() {
  if constexpr (requires { Event{Fields{}..., any_optional_field{}}; })
    return count_fields<Event, Fields..., any_optional_field>();
  else if constexpr (requires { Event{Fields{}..., any_field{}}; })
    return count_fields<Event, Fields..., any_field>();
  else if constexpr (requires { Event{Fields{}..., any_referenced_field{}}; })
    return count_fields<Event, Fields..., any_referenced_field>();
  else
    return sizeof...(Fields);
}
template <plain_event Event> inline constexpr std::size_t field_count = count_fields<Event>();

inline constexpr std::size_t most_fields = 8;

// The number of fields that can be left to `{}`, up to one more than most_fields. An array counts once here, but once
// for each element in field_count.
template <class Event> constexpr std::size_t count_default_fields() {
  if constexpr (requires { Event{{}, {}, {}, {}, {}, {}, {}, {}, {}}; }) return 9;
  if constexpr (requires { Event{{}, {}, {}, {}, {}, {}, {}, {}}; }) return 8;
  if constexpr (requires { Event{{}, {}, {}, {}, {}, {}, {}}; }) return 7;
  if constexpr (requires { Event{{}, {}, {}, {}, {}, {}}; }) return 6;
  if constexpr (requires { Event{{}, {}, {}, {}, {}}; }) return 5;
  if constexpr (requires { Event{{}, {}, {}, {}}; }) return 4;
  if constexpr (requires { Event{{}, {}, {}}; }) return 3;
  if constexpr (requires { Event{{}, {}}; }) return 2;
  if constexpr (requires { Event{{}}; }) return 1;
  return 0;
}
// False if field_count is not the number of fields: one of them is an array, a reference that is not const, or has no
// default. None of these is storable.
template <class Event> constexpr bool has_countable_fields() {
  constexpr std::size_t most = most_fields + 1, count = field_count<Event> < most ? field_count<Event> : most;
  return count == count_default_fields<Event>() && (count != 0 || std::is_empty_v<Event>);
}

// Calls `use` with all fields, at most eight, in order. Structured bindings have no packs yet, hence the ladder.
template <class Event, class F> constexpr decltype(auto) with_fields(Event& e, F&& use) {
  constexpr std::size_t count = field_count<std::remove_const_t<Event>>;
  if constexpr (count == 0) {
    return use();
  } else if constexpr (count == 1) {
    auto& [a] = e;
    return use(a);
  } else if constexpr (count == 2) {
    auto& [a, b] = e;
    return use(a, b);
  } else if constexpr (count == 3) {
    auto& [a, b, c] = e;
    return use(a, b, c);
  } else if constexpr (count == 4) {
    auto& [a, b, c, d] = e;
    return use(a, b, c, d);
  } else if constexpr (count == 5) {
    auto& [a, b, c, d, f] = e;
    return use(a, b, c, d, f);
  } else if constexpr (count == 6) {
    auto& [a, b, c, d, f, g] = e;
    return use(a, b, c, d, f, g);
  } else if constexpr (count == 7) {
    auto& [a, b, c, d, f, g, h] = e;
    return use(a, b, c, d, f, g, h);
  } else if constexpr (count == 8) {
    auto& [a, b, c, d, f, g, h, i] = e;
    return use(a, b, c, d, f, g, h, i);
  }
}
// References to all fields.
template <class Event> constexpr auto fields_of(Event& e) {
  return with_fields(e, [](auto&... field) { return std::tie(field...); });
}

template <class T> constexpr bool is_nan(T const& value) {
  if constexpr (is_optional<T>)
    return value && is_nan(*value);
  else if constexpr (std::is_floating_point_v<T>)
    return value != value;
  else
    return false;
}
template <class Event> constexpr bool holds_nan(Event const& event) {
  if constexpr (plain_event<Event>)
    if constexpr (field_count<Event> <= most_fields && has_countable_fields<Event>())
      return with_fields(event, [](auto const&... field) { return (is_nan(field) || ...); });
  return false;
}

// What a structured binding tells of a field: its declared type, and whether it is a bit-field. No reference binds to a
// bit-field; that must be found out without an error, and each of the two compilers has a way that the other lacks.
template <class Declared, bool IsBitField> struct bound_field {
  static constexpr bool is_storable = storable<Declared> && !IsBitField;
};
template <class T> T const& any_constant();
#ifdef __clang__  // the result is no lvalue if the first operand is a bit-field; g++ 12 says it is
#define PAWL_FIELD(name) \
  bound_field<decltype(name), !std::is_reference_v<decltype(true ? name : any_constant<decltype(name)>())>>
#else  // clang 14 rejects a structured binding inside of `requires`
#define PAWL_FIELD(name) bound_field<decltype(name), (!requires { &name; })>
#endif
// Called for the type of its result: std::true_type if all fields, at most eight, are storable.
template <class... Field> constexpr std::bool_constant<(Field::is_storable && ...)> all_storable() { return {}; }
template <class Event> constexpr auto are_storable(Event& e) {
  constexpr std::size_t count = field_count<Event>;
  if constexpr (count == 0) {
    return all_storable<>();
  } else if constexpr (count == 1) {
    [[maybe_unused]] auto& [a] = e;
    return all_storable<PAWL_FIELD(a)>();
  } else if constexpr (count == 2) {
    [[maybe_unused]] auto& [a, b] = e;
    return all_storable<PAWL_FIELD(a), PAWL_FIELD(b)>();
  } else if constexpr (count == 3) {
    [[maybe_unused]] auto& [a, b, c] = e;
    return all_storable<PAWL_FIELD(a), PAWL_FIELD(b), PAWL_FIELD(c)>();
  } else if constexpr (count == 4) {
    [[maybe_unused]] auto& [a, b, c, d] = e;
    return all_storable<PAWL_FIELD(a), PAWL_FIELD(b), PAWL_FIELD(c), PAWL_FIELD(d)>();
  } else if constexpr (count == 5) {
    [[maybe_unused]] auto& [a, b, c, d, f] = e;
    return all_storable<PAWL_FIELD(a), PAWL_FIELD(b), PAWL_FIELD(c), PAWL_FIELD(d), PAWL_FIELD(f)>();
  } else if constexpr (count == 6) {
    [[maybe_unused]] auto& [a, b, c, d, f, g] = e;
    return all_storable<PAWL_FIELD(a), PAWL_FIELD(b), PAWL_FIELD(c), PAWL_FIELD(d), PAWL_FIELD(f), PAWL_FIELD(g)>();
  } else if constexpr (count == 7) {
    [[maybe_unused]] auto& [a, b, c, d, f, g, h] = e;
    return all_storable<PAWL_FIELD(a), PAWL_FIELD(b), PAWL_FIELD(c), PAWL_FIELD(d), PAWL_FIELD(f), PAWL_FIELD(g),
                        PAWL_FIELD(h)>();
  } else if constexpr (count == 8) {
    [[maybe_unused]] auto& [a, b, c, d, f, g, h, i] = e;
    return all_storable<PAWL_FIELD(a), PAWL_FIELD(b), PAWL_FIELD(c), PAWL_FIELD(d), PAWL_FIELD(f), PAWL_FIELD(g),
                        PAWL_FIELD(h), PAWL_FIELD(i)>();
  }
}
#undef PAWL_FIELD

template <class Event> constexpr bool has_storable_fields() {
  if constexpr (has_countable_fields<Event>() && field_count<Event> <= most_fields)
    return decltype(are_storable(std::declval<Event&>()))::value;
  else
    return false;
}
// An event that pawl's own table can record.
template <class Event>
concept recordable = plain_event<Event> && has_storable_fields<Event>();
}  // namespace detail

}  // namespace pawl::inline PAWL_ABI

#endif
