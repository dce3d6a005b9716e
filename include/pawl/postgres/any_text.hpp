// Any bytes as a text that PostgreSQL takes, and people can read.
#ifndef PAWL_POSTGRES_ANY_TEXT_HPP
#define PAWL_POSTGRES_ANY_TEXT_HPP

#include <cstddef>
#include <string>
#include <string_view>

#include <pawl/store/utf8.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// A backslash is doubled; a NUL, and each byte that is not UTF-8, becomes \xHH. All else stays as it is.
inline std::string escaped(std::string_view from) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string to;
  to.reserve(from.size());
  while (!from.empty()) {
    auto const next = pawl::detail::decode(from);
    std::size_t const size = next.valid ? next.size : 1;
    auto const byte = static_cast<unsigned char>(from[0]);
    if (!next.valid || next.point == 0) {
      to += "\\x";
      to += digits[byte >> 4U];
      to += digits[byte & 15U];
    } else if (byte == '\\') {
      to += "\\\\";
    } else {
      to += from.substr(0, size);
    }
    from.remove_prefix(size);
  }
  return to;
}

// Takes what escaped() has not made as it is.
inline std::string unescaped(std::string_view from) {
  auto const digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  std::string to;
  to.reserve(from.size());
  for (std::size_t i = 0; i < from.size(); ++i) {
    char const c = from[i];
    if (c != '\\' || i + 1 == from.size()) {
      to += c;
    } else if (from[i + 1] == '\\') {
      to += from[++i];
    } else if (from[i + 1] == 'x' && i + 3 < from.size() && digit(from[i + 2]) >= 0 && digit(from[i + 3]) >= 0) {
      to += static_cast<char>(digit(from[i + 2]) * 16 + digit(from[i + 3]));
      i += 3;
    } else {
      to += c;
    }
  }
  return to;
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
