// Keeps the secrets of header fields out of messages.
#ifndef PAWL_HTTP_SECRET_HPP
#define PAWL_HTTP_SECRET_HPP

#include <cstddef>
#include <string>
#include <string_view>

#include <pawl/http/fields.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::http::detail {

// Whether the value of a field of this name is one: Authorization, X-Api-Key, Cookie, ...
inline bool holds_secret(std::string_view name) {
  std::string lowered;
  for (char c : name) lowered += lower(c);
  if (lowered == "idempotency-key") return false;  // a hash, and no harm
  for (std::string_view part : {"auth", "key", "token", "secret", "cookie", "password", "credential", "signature"})
    if (lowered.find(part) != std::string::npos) return true;
  return false;
}

// Writes "(hidden)" wherever the value of such a field is in the text, also without the scheme before it ("Bearer"), and
// also where the text was cut in its midst: "..." at the end is how describe() says that.
inline void hide(std::string& text, std::string_view value) {
  constexpr std::string_view hidden = "(hidden)", cut = "...";
  constexpr std::size_t shortest = 4;  // less than that is found anywhere, and is no secret
  for (std::string_view secret = value; secret.size() >= shortest;) {
    for (std::size_t at = 0; (at = text.find(secret, at)) != std::string::npos; at += hidden.size())
      text.replace(at, secret.size(), hidden);
    if (text.size() > cut.size() && text.substr(text.size() - cut.size()) == cut)
      for (std::size_t length = secret.size() - 1; length >= shortest; --length) {
        if (length + cut.size() > text.size()) continue;
        std::size_t const at = text.size() - cut.size() - length;
        if (text.compare(at, length, secret.substr(0, length)) != 0) continue;
        text.replace(at, length, hidden);
        break;
      }
    std::size_t const blank = secret.find(' ');
    secret = blank == std::string_view::npos ? std::string_view() : secret.substr(blank + 1);
  }
}

}  // namespace pawl::inline PAWL_ABI::http::detail

#endif
