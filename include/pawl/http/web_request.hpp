// A request that came to this program, and the words of an answer's status.
#ifndef PAWL_HTTP_WEB_REQUEST_HPP
#define PAWL_HTTP_WEB_REQUEST_HPP

#include <string>
#include <string_view>

#include <pawl/http/fields.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::http {

struct web_request {
  std::string method{};  // "GET", as it came
  std::string target{};  // "/path?query"; a client may send anything here
  fields headers{};
  std::string body{};
  bool over_tls = false;  // on this connection; what a proxy in front does is not seen
};

// As RFC 9110, section 15, names it; "Error" for what it does not name.
constexpr std::string_view reason_of(int status) noexcept {
  struct named {
    int status;
    std::string_view reason;
  };
  constexpr named all[]{{200, "OK"},
                        {303, "See Other"},
                        {400, "Bad Request"},
                        {401, "Unauthorized"},
                        {403, "Forbidden"},
                        {404, "Not Found"},
                        {405, "Method Not Allowed"},
                        {408, "Request Timeout"},
                        {413, "Content Too Large"},
                        {431, "Request Header Fields Too Large"},
                        {500, "Internal Server Error"},
                        {503, "Service Unavailable"}};
  for (auto const& one : all)
    if (one.status == status) return one.reason;
  return "Error";
}

}  // namespace pawl::inline PAWL_ABI::http

#endif
