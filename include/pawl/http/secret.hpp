// Keeps the secrets of header fields out of messages.
#ifndef PAWL_HTTP_SECRET_HPP
#define PAWL_HTTP_SECRET_HPP

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

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

// A secret of a field whose name says so is hidden from this length on: what is shorter is found anywhere.
inline constexpr std::size_t shortest_secret = 4;

// The number in "\u002f", "%2F", "&#47;" or "&#x2f;", and how many bytes of the text it takes; 0 bytes if there is none.
struct escaped_character {
  unsigned number = 0;
  std::size_t size = 0;
};
inline escaped_character read_escape(std::string_view text, std::string_view prefix, std::string_view end, int base,
                                     std::size_t digits) {
  if (text.substr(0, prefix.size()) != prefix) return {};
  escaped_character read;
  char const* const first = text.data() + prefix.size();
  auto const [last, failure] =
      std::from_chars(first, first + (std::min)(digits, text.size() - prefix.size()), read.number, base);
  std::size_t const size = static_cast<std::size_t>(last - text.data());
  if (failure != std::errc() || text.substr(size, end.size()) != end) return {};
  if (end.empty() && size != prefix.size() + digits) return {};
  read.size = size + end.size();
  return read;
}

// How many bytes of the text are this character as an encoder of JSON, HTML or URLs writes it; 0 if it begins otherwise.
inline std::size_t encoded_size(std::string_view text, char c) {
  if (text.empty() || std::string_view("\\%&").find(text[0]) == std::string_view::npos)
    return text.substr(0, 1) == std::string_view(&c, 1) ? 1 : 0;
  if (text.size() >= 2 && text[0] == '\\' && text[1] == c) return 2;  // also "\/", which encoders of JSON may write
  struct entity {
    char of;
    std::string_view text;
  };
  for (auto const& one : {entity{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&apos;"}})
    if (c == one.of && text.substr(0, one.text.size()) == one.text) return one.text.size();
  for (auto const& read : {read_escape(text, "\\u", "", 16, 4), read_escape(text, "%", "", 16, 2),
                           read_escape(text, "&#x", ";", 16, 6), read_escape(text, "&#", ";", 10, 7)})
    if (read.size > 0 && read.number == static_cast<unsigned char>(c)) return read.size;
  return text[0] == c ? 1 : 0;
}

// The first bytes of a text that are the secret, or as much of it as there is before the text ends; 0 if that is less
// than the shortest.
inline std::size_t hidden_size(std::string_view text, std::string_view secret) {
  std::size_t at = 0, matched = 0;
  while (matched < secret.size() && at < text.size()) {
    std::size_t const size = encoded_size(text.substr(at), secret[matched]);
    if (size == 0) break;
    at += size;
    ++matched;
  }
  if (matched == secret.size()) return at;
  if (text.substr(0, secret.size()) == secret) return secret.size();  // one with backslashes may look encoded itself
  if (matched < shortest_secret) return 0;
  // The end may also cut an escape, of which the longest is "&#x00002f;". Its first byte may have matched as it stands.
  bool const in_escape = text.size() - at < 10 && text.find_first_of("\\%&", at - 1) <= at;
  return at == text.size() || in_escape ? text.size() : 0;
}

// Writes "(hidden)" wherever the value of such a field is in the text: as it stands, as encoders write it, without the
// scheme before it ("Bearer"), and in part where the text ends in its midst ("..." at the end is how describe() says that
// there was more).
inline void hide(std::string& text, std::string_view value) {
  constexpr std::string_view hidden = "(hidden)", cut = "...";
  for (std::string_view secret = value; secret.size() >= shortest_secret;) {
    std::string_view rest = text;
    bool const is_cut = rest.size() >= cut.size() && rest.substr(rest.size() - cut.size()) == cut;
    if (is_cut && secret.find(cut) == std::string_view::npos) rest.remove_suffix(cut.size());
    std::string shown;
    while (!rest.empty()) {
      std::size_t const size = hidden_size(rest, secret);
      if (size > 0)
        shown += hidden;
      else
        shown += rest.front();
      rest.remove_prefix(size > 0 ? size : 1);
    }
    if (is_cut && secret.find(cut) == std::string_view::npos) shown += cut;
    text = std::move(shown);
    std::size_t const blank = secret.find(' ');
    secret = blank == std::string_view::npos ? std::string_view() : secret.substr(blank + 1);
  }
}

}  // namespace pawl::inline PAWL_ABI::http::detail

#endif
