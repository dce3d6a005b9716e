// Builds strings from parts, and errors from such strings, with one call each: for code that is written often but run
// rarely.
#ifndef PAWL_STORE_TEXT_HPP
#define PAWL_STORE_TEXT_HPP

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include <pawl/error.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::wording {

// A chain of std::string's operator+ expands to about a hundred instructions wherever it is written.
using parts = std::initializer_list<std::string_view>;

PAWL_NOINLINE inline std::string text(parts all) {
  std::string whole;
  for (std::string_view part : all) whole.append(part);
  return whole;
}

[[noreturn]] PAWL_NOINLINE inline void fail(store_failure how, parts message) { throw store_error(how, text(message)); }

// The beginning of a long text, for messages, cut between two characters of UTF-8.
PAWL_NOINLINE inline std::string_view excerpt(std::string_view text) {
  std::size_t length = text.size() < 300 ? text.size() : 300;
  while (length < text.size() && length > 0 && (text[length] & 0xc0) == 0x80) --length;
  return text.substr(0, length);
}

// `text` between quotes of this kind, as SQL writes a string ('), or a name (").
PAWL_NOINLINE inline std::string in_quotes(std::string_view text, char quote = '\'') {
  std::string all(1, quote);
  for (char const c : text) all.append(c == quote ? 2 : 1, c);
  return all += quote;
}

// A number in decimal. Views into it live until the end of the full expression.
class number {
 public:
  explicit number(std::int64_t value) noexcept {
    bool const negative = value < 0;
    auto rest = negative ? std::uint64_t{0} - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
    do {
      digits_[--begin_] = static_cast<char>('0' + rest % 10);
      rest /= 10;
    } while (rest != 0);
    if (negative) digits_[--begin_] = '-';
  }
  operator std::string_view() const noexcept { return {digits_ + begin_, sizeof digits_ - begin_}; }

 private:
  char digits_[20]{};
  std::size_t begin_ = sizeof digits_;
};

}  // namespace pawl::inline PAWL_ABI::detail::wording

#endif
