// Escapes any text for HTML and SVG.
#ifndef PAWL_REPORT_MARKUP_HPP
#define PAWL_REPORT_MARKUP_HPP

#include <string>
#include <string_view>

#include <pawl/report/escape.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

namespace detail {

// The text must already be `escaped`.
inline std::string with_entities(std::string_view text) {
  std::string result;
  for (char const c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

}  // namespace detail

// Text for use between tags and in quoted attributes: `escaped`, so that nothing is hidden and everything is UTF-8, and
// with `&`, `<`, `>` and both quotes as entities, so that nothing is interpreted as markup.
inline std::string markup_text(std::string_view text) { return detail::with_entities(escaped(text)); }

}  // namespace pawl::inline PAWL_ABI

#endif
