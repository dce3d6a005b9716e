// Text as a part of a path or query.
#ifndef PAWL_HTTP_PERCENT_ENCODED_HPP
#define PAWL_HTTP_PERCENT_ENCODED_HPP

#include <string>
#include <string_view>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::http {

// Any bytes as one segment of a path or one value of a query: all but the unreserved characters of RFC 3986, section
// 2.3, are written as %XX. "a/b c" becomes "a%2Fb%20c".
inline std::string percent_encoded(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string text;
  for (char c : bytes) {
    bool const letter_or_digit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter_or_digit || c == '-' || c == '.' || c == '_' || c == '~') {
      text += c;
      continue;
    }
    auto const byte = static_cast<unsigned char>(c);
    text += '%';
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

}  // namespace pawl::inline PAWL_ABI::http

#endif
