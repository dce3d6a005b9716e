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

// As IANA's registry of status codes has it; "Error" for what is not in it.
constexpr std::string_view reason_of(int status) noexcept {
  struct named {
    int status;
    std::string_view reason;
  };
  constexpr named all[]{{100, "Continue"},
                        {101, "Switching Protocols"},
                        {102, "Processing"},
                        {103, "Early Hints"},
                        {200, "OK"},
                        {201, "Created"},
                        {202, "Accepted"},
                        {203, "Non-Authoritative Information"},
                        {204, "No Content"},
                        {205, "Reset Content"},
                        {206, "Partial Content"},
                        {207, "Multi-Status"},
                        {208, "Already Reported"},
                        {226, "IM Used"},
                        {300, "Multiple Choices"},
                        {301, "Moved Permanently"},
                        {302, "Found"},
                        {303, "See Other"},
                        {304, "Not Modified"},
                        {305, "Use Proxy"},
                        {307, "Temporary Redirect"},
                        {308, "Permanent Redirect"},
                        {400, "Bad Request"},
                        {401, "Unauthorized"},
                        {402, "Payment Required"},
                        {403, "Forbidden"},
                        {404, "Not Found"},
                        {405, "Method Not Allowed"},
                        {406, "Not Acceptable"},
                        {407, "Proxy Authentication Required"},
                        {408, "Request Timeout"},
                        {409, "Conflict"},
                        {410, "Gone"},
                        {411, "Length Required"},
                        {412, "Precondition Failed"},
                        {413, "Content Too Large"},
                        {414, "URI Too Long"},
                        {415, "Unsupported Media Type"},
                        {416, "Range Not Satisfiable"},
                        {417, "Expectation Failed"},
                        {421, "Misdirected Request"},
                        {422, "Unprocessable Content"},
                        {423, "Locked"},
                        {424, "Failed Dependency"},
                        {425, "Too Early"},
                        {426, "Upgrade Required"},
                        {428, "Precondition Required"},
                        {429, "Too Many Requests"},
                        {431, "Request Header Fields Too Large"},
                        {451, "Unavailable For Legal Reasons"},
                        {500, "Internal Server Error"},
                        {501, "Not Implemented"},
                        {502, "Bad Gateway"},
                        {503, "Service Unavailable"},
                        {504, "Gateway Timeout"},
                        {505, "HTTP Version Not Supported"},
                        {506, "Variant Also Negotiates"},
                        {507, "Insufficient Storage"},
                        {508, "Loop Detected"},
                        {510, "Not Extended"},
                        {511, "Network Authentication Required"}};
  for (auto const& one : all)
    if (one.status == status) return one.reason;
  return "Error";
}

}  // namespace pawl::inline PAWL_ABI::http

#endif
