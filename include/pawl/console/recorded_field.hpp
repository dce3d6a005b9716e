// What events have recorded, as text: read from the bytes of store/record.hpp without the events' types.
#ifndef PAWL_CONSOLE_RECORDED_FIELD_HPP
#define PAWL_CONSOLE_RECORDED_FIELD_HPP

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/console/console.hpp>
#include <pawl/store/event_text.hpp>
#include <pawl/store/record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// A field's value in two forms: as it is, bytes as x'0aff', and as a sentence quotes it.
struct field_value {
  std::optional<std::string> plain{};  // empty: NULL
  std::string quoted = "NULL";
};

inline std::string in_hexadecimal_bytes(std::string_view bytes) {
  std::string text = "x'";
  for (char const one : bytes) text += in_hexadecimal(static_cast<unsigned char>(one), 2);
  return text += '\'';
}

// Consumes the first field. Empty if the bytes are damaged. An integer, a bool and an enumerator are recorded alike: as
// a number.
inline std::optional<field_value> take_field_value(std::string_view& in) {
  char const tag = in.empty() ? '\0' : in[0];
  if (!in.empty()) in.remove_prefix(1);
  std::uint64_t bits = 0;
  std::string_view bytes;
  if (tag == 'n') return field_value{};
  if (tag == 'i' && take_number(in, bits)) {
    std::string const digits = std::to_string(static_cast<std::int64_t>(bits));
    return field_value{digits, digits};
  }
  if (tag == 'd' && take_number(in, bits)) {
    std::string const digits = field_text(std::bit_cast<double>(bits));
    return field_value{digits, digits};
  }
  if (tag == 't' && take_sized(in, bytes)) {
    std::string text(bytes);
    std::string quoted = field_text(text);
    return field_value{std::move(text), std::move(quoted)};
  }
  if (tag == 'b' && take_sized(in, bytes)) {
    std::string const text = in_hexadecimal_bytes(bytes);
    return field_value{text, text};
  }
  return std::nullopt;
}

// An event that was recorded, with the bytes of its fields.
struct recorded_bytes {
  std::string event{};
  std::string fields{};
};

// Of the bytes of all events of an item. Those behind a damage are lost: the last one then has no name.
inline std::vector<recorded_bytes> events_in_record(std::string_view data) {
  std::vector<recorded_bytes> events;
  while (!data.empty()) {
    std::string_view name, fields;
    if (!take_sized(data, name) || !take_sized(data, fields)) {
      events.push_back({{}, std::string(data)});
      break;
    }
    events.push_back({std::string(name), std::string(fields)});
  }
  return events;
}

// Adds the event's fields as `EVENT` or, if it has several, `EVENT.1`, `EVENT.2`, ...: their names are not recorded. What
// cannot be read is told as bytes.
inline void add_fields(std::vector<seen_field>& all, recorded_bytes const& of) {
  std::vector<std::optional<std::string>> values;
  for (std::string_view rest = of.fields; !rest.empty();) {
    std::string_view const before = rest;
    auto value = take_field_value(rest);
    values.push_back(value ? std::move(value->plain) : std::optional(in_hexadecimal_bytes(before)));
    if (!value) break;
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::string name = of.event.empty() ? std::string("(damaged)") : of.event;
    if (values.size() > 1) name += '.' + std::to_string(i + 1);
    all.push_back({std::move(name), std::move(values[i])});
  }
}

// As event_text() writes it: `mail("a receipt", 7, NULL)`.
inline std::string recorded_event_text(recorded_bytes const& of) {
  std::string text = of.event;
  char before = '(';
  for (std::string_view rest = of.fields; !rest.empty();) {
    auto const value = take_field_value(rest);
    if (!value) return of.event + ", whose fields cannot be read";
    text.append(1, before).append(before == ',' ? " " : "").append(value->quoted);
    before = ',';
  }
  return before == ',' ? text + ')' : text;
}

}  // namespace pawl::inline PAWL_ABI::detail

#endif
