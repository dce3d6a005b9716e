// Walks over text as a terminal would: one code point at a time with its width in columns, including broken bytes.
#ifndef PAWL_REPORT_UTF8_HPP
#define PAWL_REPORT_UTF8_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

namespace detail {

// A code point and its length in bytes. `valid` is false for a byte that is not part of a well-formed sequence; `size`
// is then 1.
struct decoded {
  char32_t point = 0;
  std::size_t size = 1;
  bool valid = false;
};

// Decodes the first code point of a non-empty text. Overlong forms, surrogates and values above U+10FFFF are invalid.
constexpr decoded decode(std::string_view text) noexcept {
  auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  decoded const broken{byte(0), 1, false};
  if (byte(0) < 0x80) return {byte(0), 1, true};
  std::size_t const size = byte(0) < 0xC0 ? 0 : byte(0) < 0xE0 ? 2 : byte(0) < 0xF0 ? 3 : byte(0) < 0xF8 ? 4 : 0;
  if (size == 0 || text.size() < size) return broken;
  auto point = static_cast<char32_t>(byte(0) & (0x7Fu >> size));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0u) != 0x80) return broken;
    point = (point << 6) | (byte(i) & 0x3Fu);
  }
  constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
  bool const surrogate = point >= 0xD800 && point <= 0xDFFF;
  if (point < smallest[size] || point > 0x10FFFF || surrogate) return broken;
  return {point, size, true};
}

// The text with U+FFFD for each byte that is not part of a well-formed sequence.
inline std::string as_utf8(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    auto const next = decode(text);
    result += next.valid ? text.substr(0, next.size) : std::string_view{"\xef\xbf\xbd"};
    text.remove_prefix(next.size);
  }
  return result;
}

struct code_range {
  char32_t first, last;
};

constexpr bool in_any(char32_t point, std::span<code_range const> ascending) noexcept {
  if (point < ascending.front().first) return false;  // the case for most letters
  auto const* const found = std::lower_bound(ascending.data(), ascending.data() + ascending.size(), point,
                                             [](code_range const& range, char32_t p) { return range.last < p; });
  return found != ascending.data() + ascending.size() && found->first <= point;
}

// Code points that are invisible or change how the surrounding text is displayed: control characters, directional
// formatting, zero width, line and paragraph separators, tags.
inline constexpr std::array<code_range, 12> invisible{{
    {0x00, 0x1F},
    {0x7F, 0x9F},
    {0xAD, 0xAD},
    {0x61C, 0x61C},
    {0x115F, 0x1160},
    {0x180E, 0x180E},
    {0x200B, 0x200F},
    {0x2028, 0x202E},
    {0x2060, 0x206F},
    {0xFEFF, 0xFEFF},
    {0xFFF9, 0xFFFB},
    {0xE0000, 0xE007F},
}};

// Marks combined with the preceding character.
inline constexpr std::array<code_range, 6> combining{{
    {0x300, 0x36F},
    {0x1AB0, 0x1AFF},
    {0x1DC0, 0x1DFF},
    {0x20D0, 0x20FF},
    {0xFE00, 0xFE0F},
    {0xFE20, 0xFE2F},
}};

// East Asian scripts and emoji, two columns each.
inline constexpr std::array<code_range, 10> wide{{
    {0x1100, 0x115F},
    {0x2E80, 0x303E},
    {0x3041, 0xA4CF},
    {0xAC00, 0xD7A3},
    {0xF900, 0xFAFF},
    {0xFE30, 0xFE6F},
    {0xFF00, 0xFF60},
    {0xFFE0, 0xFFE6},
    {0x1F300, 0x1FAFF},
    {0x20000, 0x3FFFD},
}};

constexpr std::size_t columns_of(char32_t point) noexcept {
  if (in_any(point, combining)) return 0;
  return in_any(point, wide) ? 2 : 1;
}

}  // namespace detail

// Width of a text in terminal columns: one per character, two for East Asian wide characters and emoji, none for
// combining marks. An approximation, as in every terminal. For text without control characters, such as the result of
// `escaped`.
constexpr std::size_t display_columns(std::string_view text) noexcept {
  std::size_t columns = 0;
  while (!text.empty()) {
    auto const next = detail::decode(text);
    columns += next.valid ? detail::columns_of(next.point) : 1;
    text.remove_prefix(next.size);
  }
  return columns;
}

}  // namespace pawl::inline PAWL_ABI

#endif
