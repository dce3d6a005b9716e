// The exception for a request, an address or an option that must not be used.
#ifndef PAWL_HTTP_HTTP_ERROR_HPP
#define PAWL_HTTP_HTTP_ERROR_HPP

#include <algorithm>
#include <string>
#include <string_view>

#include <pawl/error.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::http {

// Thrown where the program itself is wrong: a base URL with a path, a header value with a line break, a target that
// does not begin with '/'. What a remote does wrong is never thrown but answered as trouble. Id: "http.misuse".
class PAWL_OF_PROCESS http_error : public error {
 public:
  explicit http_error(std::string const& message) : error("http.misuse", message) {}
};

namespace detail {
// As much of a URL as a message may show: scheme, host and port. What follows may be a secret, and so may all of it where
// it has a user: "https://key@host", or where a password with '/' or '?' in it moves the '@' away from the host.
inline std::string shown_url(std::string_view url) {
  std::size_t const colon = url.substr(0, 16).find("://");
  std::size_t const host = colon == std::string_view::npos ? 0 : colon + 3;
  std::string const scheme(url.substr(0, host));
  if (url.find('@') != std::string_view::npos || url.find("%40") != std::string_view::npos) return scheme + "...";
  std::size_t const end = url.find_first_of("/?#", host);
  std::string const shown = scheme + std::string(url.substr(host, (std::min)(end, url.size()) - host).substr(0, 200));
  return end == std::string_view::npos ? shown : shown + (url[end] == '/' ? "/..." : std::string{url[end]} + "...");
}
}  // namespace detail

}  // namespace pawl::inline PAWL_ABI::http

#endif
