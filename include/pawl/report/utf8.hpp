// The width of text on a terminal, in columns, including broken bytes.
#ifndef PAWL_REPORT_UTF8_HPP
#define PAWL_REPORT_UTF8_HPP

#include <array>
#include <cstddef>
#include <string_view>

#include <pawl/store/utf8.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

namespace detail {

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
