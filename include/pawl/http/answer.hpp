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

// For people: "HTTP 503 Service Unavailable: try again later". Of the body at most its first 300 bytes, on one line.
inline std::string describe(answer const& a) {
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
