// Makes any text safe to print on a terminal: names come from users and from remote services.
#ifndef PAWL_REPORT_ESCAPE_HPP
#define PAWL_REPORT_ESCAPE_HPP

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

#include <pawl/report/utf8.hpp>
#include <pawl/store/utf8.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// No limit on columns.
inline constexpr std::size_t any_width = (std::numeric_limits<std::size_t>::max)();

// The text on one line. Everything that could move the cursor, change colours, or reverse or hide adjacent text is made
// visible: `\n`, `\r`, `\t`, `\x1b` (other ASCII control characters and bytes that are not UTF-8), `\u{202e}` (C1
// control characters, directional formatting, zero-width characters, separators), and `\\` for the backslash itself.
// Everything else is unchanged. The result is valid UTF-8. Escape only once: a second pass doubles the backslashes.
//
// A result wider than `columns` is shortened to at most that width and ends with `…`; escapes are never split.
inline std::string escaped(std::string_view text, std::size_t columns = any_width) {
  std::string result;
  std::size_t width = 0;
  std::size_t fitting = 0;  // length of the result that leaves a column for the ellipsis
  while (!text.empty()) {
    auto const next = detail::decode(text);
    auto form = detail::visible_form(next);
    width += form.empty() ? detail::columns_of(next.point) : form.size();
    if (width > columns) {
      result.resize(fitting);
      return columns == 0 ? result : result + "…";
    }
    result += form.empty() ? text.substr(0, next.size) : std::string_view{form};
    if (width < columns) fitting = result.size();
    text.remove_prefix(next.size);
  }
  return result;
}

}  // namespace pawl::inline PAWL_ABI

#endif
