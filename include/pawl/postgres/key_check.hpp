// What is known of a key or a text before it is sent: one that the server would not take fails all of its batch.
#ifndef PAWL_POSTGRES_KEY_CHECK_HPP
#define PAWL_POSTGRES_KEY_CHECK_HPP

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/own_table.hpp>
#include <pawl/store/text.hpp>
#include <pawl/store/utf8.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// Why PostgreSQL takes no such text; empty: it does.
inline std::string_view why_no_text(std::string_view value) {
  while (!value.empty()) {
    auto const next = pawl::detail::decode(value);
    if (!next.valid) return "is not UTF-8";
    if (next.point == 0) return "contains a NUL byte";
    value.remove_prefix(next.size);
  }
  return {};
}

// True for the text that PostgreSQL makes of a 64-bit integer, and for no other.
inline bool is_integer_text(std::string_view key) {
  std::int64_t value = 0;
  auto const [end, error] = std::from_chars(key.data(), key.data() + key.size(), value);
  return error == std::errc() && end == key.data() + key.size() && std::string_view(number(value)) == key;
}
// The same of a UUID: lower case, with hyphens.
inline bool is_uuid_text(std::string_view key) {
  if (key.size() != 36) return false;
  for (std::size_t i = 0; i < key.size(); ++i) {
    bool const is_hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    bool const is_digit = (key[i] >= '0' && key[i] <= '9') || (key[i] >= 'a' && key[i] <= 'f');
    if (is_hyphen ? key[i] != '-' : !is_digit) return false;
  }
  return true;
}

// False if no row can have this key: it need not be asked for. A key that is an integer or a UUID has one text.
inline bool may_name(layout const& of, std::string_view key) {
  switch (of.keys) {
    case key_kind::integer:
      return is_integer_text(key);
    case key_kind::uuid:
      return is_uuid_text(key);
    case key_kind::text:
      return why_no_text(key).empty();
    case key_kind::binary:
      break;
  }
  return true;
}

// Why an item with this key cannot be in the table; empty: it can.
inline std::string why_no_key(layout const& of, std::string_view key) {
  if (of.keys == key_kind::text) return std::string(why_no_text(key));
  if (of.kept != states_kept_as::codes) return {};
  if (key.empty()) return "is empty";
  if (key.size() > longest_own_key)
    return text({"has ", number(static_cast<std::int64_t>(key.size())), " bytes, and an index of PostgreSQL takes ",
                 number(static_cast<std::int64_t>(longest_own_key))});
  return {};
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
