// The answer to a request, as the remote has sent it.
#ifndef PAWL_HTTP_ANSWER_HPP
#define PAWL_HTTP_ANSWER_HPP

#include <cstddef>
#include <string>
#include <string_view>

#include <pawl/http/fields.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::http {

struct answer {
  int status = 0;        // 100 to 999: some services answer what no RFC has
  std::string reason{};  // of the status line; may be empty
  fields headers{};
  std::string body{};
};

// For people, of a success: "HTTP 200 with 512 bytes". Its body and its fields are the remote's values, and may repeat
// what it was sent, credentials too.
inline std::string status_and_size(answer const& a) {
  return "HTTP " + std::to_string(a.status) + " with " + std::to_string(a.body.size()) + " bytes";
}

// For people: "HTTP 503 Service Unavailable: try again later". Of the body at most its first 300 bytes, on one line,
// and nothing if the status is one of success (see status_and_size). A client has hidden its secrets in the body of what
// it takes for a failure, before a reader sees it.
inline std::string describe(answer const& a) {
  if (a.status >= 200 && a.status < 300) return status_and_size(a);
  constexpr std::size_t most = 300;
  std::string text = "HTTP " + std::to_string(a.status);
  if (!a.reason.empty()) text.append(" ").append(a.reason);
  std::string words;
  for (char c : std::string_view(a.body).substr(0, most)) {
    bool const blank = c == ' ' || (c >= 0 && c < 0x20) || c == 0x7f;
    if (!blank)
      words += c;
    else if (!words.empty() && words.back() != ' ')
      words += ' ';
  }
  if (!words.empty()) text.append(": ").append(words);
  if (a.body.size() > most) text += "...";
  return text;
}

}  // namespace pawl::inline PAWL_ABI::http

#endif
