// Answers of the page, and the headers that all of them have.
#ifndef PAWL_PAGE_PAGE_ANSWER_HPP
#define PAWL_PAGE_PAGE_ANSWER_HPP

#include <string>
#include <string_view>
#include <utility>

#include <pawl/http/answer.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::status {

inline http::answer text(int status, std::string_view type, std::string body) {
  http::answer given;
  given.status = status;
  given.headers.set("Content-Type", type);
  given.body = std::move(body);
  return given;
}
inline http::answer plain(int status, std::string_view sentence) {
  return text(status, "text/plain; charset=utf-8", std::string(sentence) + "\n");
}
inline http::answer html(int status, std::string body) {
  return text(status, "text/html; charset=utf-8", std::move(body));
}
inline http::answer json(int status, std::string body) {
  return text(status, "application/json", std::move(body) + "\n");
}
inline http::answer see_other(std::string_view where) {
  auto given = plain(303, "");
  given.headers.set("Location", where);
  return given;
}

// Nothing from elsewhere is loaded, nobody frames the page, guesses a type, keeps a copy or learns where a link was.
inline void secure(http::answer& given) {
  given.headers.set(
      "Content-Security-Policy",
      "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action "
      "'self'; base-uri 'none'; frame-ancestors 'none'");
  given.headers.set("X-Content-Type-Options", "nosniff");
  given.headers.set("X-Frame-Options", "DENY");
  given.headers.set("Referrer-Policy", "same-origin");  // no-referrer makes the Origin of our own forms "null"
  given.headers.set("Cross-Origin-Opener-Policy", "same-origin");
  given.headers.set("Cross-Origin-Resource-Policy", "same-origin");
  given.headers.set("Cache-Control", "no-store");
}

}  // namespace pawl::inline PAWL_ABI::detail::status

#endif
