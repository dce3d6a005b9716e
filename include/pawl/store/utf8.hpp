// Text of users and remotes for people to read: one code point at a time, and what could deceive made visible.
#ifndef PAWL_STORE_UTF8_HPP
#define PAWL_STORE_UTF8_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

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

inline std::string in_hexadecimal(unsigned long number, std::size_t at_least_digits) {
  std::string digits;
  for (; number != 0 || digits.size() < at_least_digits; number >>= 4)
    digits.insert(digits.begin(), "0123456789abcdef"[number & 15]);
  return digits;
}

// The visible form of a code point; empty if it may be printed as it is.
inline std::string visible_form(decoded const& next) {
  auto const code = static_cast<unsigned long>(next.point);
  if (!next.valid) return "\\x" + in_hexadecimal(code, 2);
  switch (next.point) {
    case U'\\':
      return "\\\\";
    case U'\n':
      return "\\n";
    case U'\r':
      return "\\r";
    case U'\t':
      return "\\t";
    default:
      break;
  }
  if (!in_any(next.point, invisible)) return {};
  return code < 0x80 ? "\\x" + in_hexadecimal(code, 2) : "\\u{" + in_hexadecimal(code, 1) + "}";
}

// The text on one line, each code point that is not plain in its visible form, and this quotation mark as well.
inline std::string visible_text(std::string_view text, char32_t quote = 0) {
  std::string result;
  for (; !text.empty();) {
    auto const next = decode(text);
    auto const form = visible_form(next);
    if (next.valid && next.point == quote && quote != 0) result += '\\';
    result += form.empty() ? text.substr(0, next.size) : std::string_view(form);
    text.remove_prefix(next.size);
  }
  return result;
}

// At most `most` bytes of the text: a longer one ends with how long it was, and is not cut within a character.
inline std::string shortened(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  std::string const mark = " ... (cut, of " + std::to_string(text.size()) + " bytes)";
  std::size_t end = most > mark.size() ? most - mark.size() : 0;
  for (int i = 0; i < 3 && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80; ++i) --end;
  text.resize(end);
  return text += mark;
}

}  // namespace pawl::inline PAWL_ABI::detail

#endif
