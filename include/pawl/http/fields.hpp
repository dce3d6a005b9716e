// The header fields of a request or an answer.
#ifndef PAWL_HTTP_FIELDS_HPP
#define PAWL_HTTP_FIELDS_HPP

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/http/http_error.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::http {

struct field_line {
  std::string name{};
  std::string value{};
};

namespace detail {
constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Names of fields are compared without regard to the case of ASCII letters (RFC 9110, section 5.1), in any locale.
constexpr bool equal_names(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (lower(a[i]) != lower(b[i])) return false;
  return true;
}

// A character of a token (RFC 9110, section 5.6.2).
constexpr bool is_token_character(char c) noexcept {
  bool const letter_or_digit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return letter_or_digit || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}
constexpr bool is_token(std::string_view text) noexcept {
  for (char c : text)
    if (!is_token_character(c)) return false;
  return !text.empty();
}

// Blanks and tabs at both ends are no part of a value (RFC 9110, section 5.5).
constexpr std::string_view trimmed(std::string_view text) noexcept {
  auto const is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}
}  // namespace detail

// In the order in which they were added; a name may occur several times.
class fields {
 public:
  // Some servers refuse more, and Boost.Beast throws at 64 KiB.
  static constexpr std::size_t longest_value = 32 * 1024;

  fields() = default;
  fields(std::initializer_list<std::pair<std::string_view, std::string_view>> lines) {
    for (auto const& [name, value] : lines) add(name, value);
  }

  // Throws http_error if the name is no token, or the value holds CR, LF or NUL (they would begin another field or
  // another request) or is longer than `longest_value`. The message has the name and never the value, which may be a
  // secret.
  void add(std::string_view name, std::string_view value) {
    refuse_unsendable(name, value);
    lines_.push_back({std::string(name), std::string(value)});
  }
  // As add(), but instead of all fields of that name.
  void set(std::string_view name, std::string_view value) {
    refuse_unsendable(name, value);
    remove(name);
    lines_.push_back({std::string(name), std::string(value)});
  }
  void remove(std::string_view name) {
    std::erase_if(lines_, [name](field_line const& line) { return detail::equal_names(line.name, name); });
  }
  // For what a remote has sent: nothing is refused.
  void take(std::string_view name, std::string_view value) {
    lines_.push_back({std::string(name), std::string(detail::trimmed(value))});
  }

  // The first value under that name.
  std::optional<std::string_view> find(std::string_view name) const {
    for (auto const& line : lines_)
      if (detail::equal_names(line.name, name)) return std::string_view(line.value);
    return std::nullopt;
  }
  bool contains(std::string_view name) const { return find(name).has_value(); }

  auto begin() const { return lines_.begin(); }
  auto end() const { return lines_.end(); }
  std::size_t size() const { return lines_.size(); }
  bool empty() const { return lines_.empty(); }

 private:
  static void refuse_unsendable(std::string_view name, std::string_view value) {
    if (!detail::is_token(name))
      throw http_error("pawl: '" + std::string(name.substr(0, 60)) +
                       "' is no name of a header field; letters, digits and '-' are");
    if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos)
      throw http_error("pawl: the value of header field " + std::string(name) +
                       " has a line break or a NUL, which would end the field; remove it");
    if (value.size() > longest_value)
      throw http_error("pawl: the value of header field " + std::string(name) + " has " + std::to_string(value.size()) +
                       " bytes; at most " + std::to_string(longest_value) + " are sent. Put it into the body");
  }

  std::vector<field_line> lines_{};
};

}  // namespace pawl::inline PAWL_ABI::http

#endif
