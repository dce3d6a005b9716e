// Values in PostgreSQL's binary format: parameters of statements and cells of answers.
#ifndef PAWL_POSTGRES_VALUE_HPP
#define PAWL_POSTGRES_VALUE_HPP

#include <bit>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// A parameter of a statement: its type by the number that PostgreSQL has given it for good, 0 for what the statement wants
// there, and its bytes; NULL without.
struct parameter {
  std::uint32_t type = 0;
  std::optional<std::string> bytes{};
  bool is_text = false;  // else binary
};

// Microseconds since 1970. `timestamp` without a time zone is a type of its own, so that neither is taken for the other.
using instant = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;
struct plain_time {
  instant at{};
  bool operator==(plain_time const&) const = default;
};
using bytes = std::vector<std::byte>;

// Network byte order, as everything binary that PostgreSQL sends.
template <std::unsigned_integral T> void put_number(std::string& to, T value) {
  for (int shift = static_cast<int>(sizeof(T)) * 8 - 8; shift >= 0; shift -= 8)
    to += static_cast<char>(static_cast<unsigned char>(value >> shift & 0xffU));
}
template <std::unsigned_integral T> T number_at(std::string_view from, std::size_t at) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value = static_cast<T>(static_cast<std::uint64_t>(value) << 8U | static_cast<unsigned char>(from[at + i]));
  return value;
}

// How a type of C++ travels: the type's number and that of its array, put(bytes, value), and take(bytes), which gives
// nothing where the bytes are not of this type.
template <class T> struct wire;

template <class T, class Bits, std::uint32_t Type, std::uint32_t Array> struct number_wire {
  static constexpr std::uint32_t type = Type, array_type = Array;
  static void put(std::string& to, T value) { put_number(to, std::bit_cast<Bits>(value)); }
  static std::optional<T> take(std::string_view from) {
    if (from.size() != sizeof(T)) return std::nullopt;
    return std::bit_cast<T>(number_at<Bits>(from, 0));
  }
};
template <> struct wire<std::int16_t> : number_wire<std::int16_t, std::uint16_t, 21, 1005> {};
template <> struct wire<std::int32_t> : number_wire<std::int32_t, std::uint32_t, 23, 1007> {};
template <> struct wire<std::int64_t> : number_wire<std::int64_t, std::uint64_t, 20, 1016> {};
template <> struct wire<double> : number_wire<double, std::uint64_t, 701, 1022> {};

template <> struct wire<bool> {
  static constexpr std::uint32_t type = 16, array_type = 1000;
  static void put(std::string& to, bool value) { to += value ? '\1' : '\0'; }
  static std::optional<bool> take(std::string_view from) {
    if (from.size() != 1) return std::nullopt;
    return from[0] != 0;
  }
};
template <> struct wire<std::string> {
  static constexpr std::uint32_t type = 25, array_type = 1009;
  static void put(std::string& to, std::string_view value) { to += value; }
  static std::optional<std::string> take(std::string_view from) { return std::string(from); }
};
template <> struct wire<bytes> {
  static constexpr std::uint32_t type = 17, array_type = 1001;
  static void put(std::string& to, bytes const& value) {
    to.append(reinterpret_cast<char const*>(value.data()), value.size());
  }
  static void put(std::string& to, std::string_view value) { to += value; }
  static std::optional<bytes> take(std::string_view from) {
    auto const* const begin = reinterpret_cast<std::byte const*>(from.data());
    return bytes(begin, begin + from.size());
  }
};
template <> struct wire<instant> {
  static constexpr std::uint32_t type = 1184, array_type = 1185;
  static constexpr std::chrono::microseconds year_2000{946'684'800'000'000};
  static void put(std::string& to, instant value) {
    wire<std::int64_t>::put(to, (value.time_since_epoch() - year_2000).count());
  }
  static std::optional<instant> take(std::string_view from) {
    auto const since = wire<std::int64_t>::take(from);
    if (!since) return std::nullopt;
    return instant(std::chrono::microseconds(*since) + year_2000);
  }
};
template <> struct wire<plain_time> {
  static constexpr std::uint32_t type = 1114, array_type = 1115;
  static void put(std::string& to, plain_time value) { wire<instant>::put(to, value.at); }
  static std::optional<plain_time> take(std::string_view from) {
    auto const at = wire<instant>::take(from);
    if (!at) return std::nullopt;
    return plain_time{*at};
  }
};

template <class T> parameter value_of(T const& value) {
  parameter made{wire<T>::type, std::string(), false};
  wire<T>::put(*made.bytes, value);
  return made;
}
inline parameter value_of(std::string_view value) { return {wire<std::string>::type, std::string(value), false}; }
inline parameter bytes_of(std::string_view value) { return {wire<bytes>::type, std::string(value), false}; }
inline parameter value_of(char const* value) { return value_of(std::string_view(value)); }
template <class T> parameter null_of() { return {wire<T>::type, std::nullopt, false}; }

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
