// Recorded events as bytes: how pawl's own table stores the latest event of each type beside an item.
#ifndef PAWL_STORE_RECORD_HPP
#define PAWL_STORE_RECORD_HPP

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/fsm/type_list.hpp>
#include <pawl/store/field.hpp>
#include <pawl/store/mistake.hpp>
#include <pawl/version.hpp>

// The format: a sequence of records, each `size name size fields`. Each field is a tag and its value: `n` no value, `i`
// an integer and `d` a double of 8 bytes, `t` text and `b` bytes, both preceded by their size. Sizes are 4 bytes; all
// numbers are little-endian. Fields are identified by position alone, so new ones may only be added at the end.
namespace pawl::inline PAWL_ABI::detail {

template <std::unsigned_integral Number> void write_number(std::string& out, Number value) {
  std::array<char, sizeof value> bytes{};
  for (std::size_t i = 0; i < sizeof value; ++i) bytes[i] = static_cast<char>(value >> (8 * i) & 0xff);
  out.append(bytes.data(), bytes.size());
}
inline void write_sized(std::string& out, std::string_view bytes) {
  write_number(out, static_cast<std::uint32_t>(bytes.size()));
  out.append(bytes);
}

// Consumes the front of `in`. False, with nothing consumed, if too few bytes are left.
template <std::unsigned_integral Number> bool take_number(std::string_view& in, Number& value) {
  if (in.size() < sizeof value) return false;
  value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i)
    value = static_cast<Number>(value | static_cast<Number>(static_cast<unsigned char>(in[i])) << (8 * i));
  in.remove_prefix(sizeof value);
  return true;
}
inline bool take_sized(std::string_view& in, std::string_view& bytes) {
  std::string_view rest = in;
  std::uint32_t size = 0;
  if (!take_number(rest, size) || rest.size() < size) return false;
  bytes = rest.substr(0, size);
  in = rest.substr(size);
  return true;
}
inline bool take_tag(std::string_view& in, char tag) {
  if (in.empty() || in[0] != tag) return false;
  in.remove_prefix(1);
  return true;
}

// ---- one field ----

inline void write_field(std::string& out, std::string const& value) {
  out.push_back('t');
  write_sized(out, value);
}
inline void write_field(std::string& out, std::vector<std::byte> const& value) {
  out.push_back('b');
  write_sized(out, {reinterpret_cast<char const*>(value.data()), value.size()});
}
template <integer_like T> void write_field(std::string& out, T value) {
  out.push_back('i');
  write_number(out, static_cast<std::uint64_t>(to_integer(value)));
}
template <std::floating_point T> void write_field(std::string& out, T value) {
  out.push_back('d');
  write_number(out, std::bit_cast<std::uint64_t>(static_cast<double>(value)));
}
template <class T> void write_field(std::string& out, std::optional<T> const& value) {
  if (value)
    write_field(out, *value);
  else
    out.push_back('n');
}

inline bool take_field(std::string_view& in, std::string& value) {
  std::string_view bytes;
  if (!take_tag(in, 't') || !take_sized(in, bytes)) return false;
  value = bytes;
  return true;
}
inline bool take_field(std::string_view& in, std::vector<std::byte>& value) {
  std::string_view bytes;
  if (!take_tag(in, 'b') || !take_sized(in, bytes)) return false;
  auto const* begin = reinterpret_cast<std::byte const*>(bytes.data());
  value.assign(begin, begin + bytes.size());
  return true;
}
template <integer_like T> bool take_field(std::string_view& in, T& value) {
  std::uint64_t bits = 0;
  return take_tag(in, 'i') && take_number(in, bits) && from_integer(static_cast<std::int64_t>(bits), value);
}
template <std::floating_point T> bool take_field(std::string_view& in, T& value) {
  std::uint64_t bits = 0;
  if (!take_tag(in, 'd') || !take_number(in, bits)) return false;
  value = static_cast<T>(std::bit_cast<double>(bits));
  return true;
}
template <class T> bool take_field(std::string_view& in, std::optional<T>& value) {
  value.reset();
  return take_tag(in, 'n') || take_field(in, value.emplace());
}

// ---- one event ----

template <class Event> void write_fields(std::string& out, Event const& event) {
  with_fields(event, [&out](auto const&... field) { (write_field(out, field), ...); });
}
// False if the bytes do not match the event. Fields that are missing, because the event had fewer when it was recorded,
// keep their defaults.
template <class Event> bool read_fields(std::string_view in, Event& event) {
  auto const read_one = [&in](auto& field) { return in.empty() || take_field(in, field); };
  bool const all = with_fields(event, [&](auto&... field) { return (read_one(field) && ...); });
  return all && in.empty();
}

// ---- all events of an item ----

// Finds the fields recorded under this name; leaves `fields` alone if there are none. False if the bytes are damaged.
inline bool find_record(std::string_view data, std::string_view name, std::optional<std::string_view>& fields) {
  while (!data.empty()) {
    std::string_view found, bytes;
    if (!take_sized(data, found) || !take_sized(data, bytes)) return false;
    if (found == name) fields = bytes;
  }
  return true;
}
// Sets `out` to `data` with this record in place of the one with the same name. False if the bytes are damaged; `out`
// is then unspecified.
inline bool merge_record(std::string& out, std::string_view data, std::string_view name, std::string_view fields) {
  out.clear();
  out.reserve(data.size() + name.size() + fields.size() + 2 * sizeof(std::uint32_t));
  while (!data.empty()) {
    std::string_view const from = data;
    std::string_view found, bytes;
    if (!take_sized(data, found) || !take_sized(data, bytes)) return false;
    if (found != name) out.append(from.substr(0, from.size() - data.size()));
  }
  write_sized(out, name);
  write_sized(out, fields);
  return true;
}

// ---- the checks ----

template <class Event> constexpr bool check_recordable() {
  if constexpr (!plain_event<Event>)
    return mistake::event_is_not_plain<Event>();
  else if constexpr (!has_countable_fields<Event>())
    return mistake::field_is_not_storable<Event>();
  else if constexpr (field_count<Event> > most_fields)
    return mistake::too_many_fields<Event>();
  else if constexpr (!has_storable_fields<Event>())
    return mistake::field_is_not_storable<Event>();
  else
    return true;
}
template <class... Event> constexpr bool check_all_recordable(type_list<Event...>) {
  return (check_recordable<Event>() && ...);
}

}  // namespace pawl::inline PAWL_ABI::detail

#endif
