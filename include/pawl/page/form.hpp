// What a query or a form says.
#ifndef PAWL_PAGE_FORM_HPP
#define PAWL_PAGE_FORM_HPP

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::status {

// The bytes that %XX stand for; where `plus_is_blank`, '+' is a blank as in forms. Nothing if a '%' has no two digits.
inline std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_blank) {
  auto const digit = [](char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
  };
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_blank) {
      bytes += ' ';
    } else if (text[i] == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      int const high = digit(text[i + 1]), low = digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      bytes += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      bytes += text[i];
    }
  }
  return bytes;
}

// The names and values of "a=1&b=2". A name that is given twice is a mistake, or somebody's attempt to have two readers
// disagree.
class form {
 public:
  // Nothing if it is not well-formed.
  static std::optional<form> read(std::string_view text) {
    form all;
    while (!text.empty()) {
      std::size_t const end = text.find('&');
      std::string_view const part = text.substr(0, end);
      text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
      if (part.empty()) continue;
      std::size_t const equals = part.find('=');
      auto name = percent_decoded(part.substr(0, equals), true);
      auto value =
          percent_decoded(equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1), true);
      if (!name || !value || all.has(*name) || all.fields_.size() == most) return std::nullopt;
      all.fields_.emplace_back(*std::move(name), *std::move(value));
    }
    return all;
  }

  bool has(std::string_view name) const { return find(name) != nullptr; }
  // Empty where it is not given.
  std::string_view operator[](std::string_view name) const {
    auto const* const found = find(name);
    return found ? std::string_view(*found) : std::string_view();
  }

 private:
  static constexpr std::size_t most = 32;

  std::string const* find(std::string_view name) const {
    for (auto const& [n, value] : fields_)
      if (n == name) return &value;
    return nullptr;
  }

  std::vector<std::pair<std::string, std::string>> fields_{};
};

}  // namespace pawl::inline PAWL_ABI::detail::status

#endif
