// Patterns of keys, as SQLite's GLOB reads them, for a store whose SQL has none.
#ifndef PAWL_CONSOLE_KEY_GLOB_HPP
#define PAWL_CONSOLE_KEY_GLOB_HPP

#include <algorithm>
#include <string_view>

#include <pawl/store/utf8.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// What every key that fits begins with.
constexpr std::string_view prefix_of_glob(std::string_view glob) noexcept {
  return glob.substr(0, (std::min)(glob.find_first_of("*?["), glob.size()));
}

// Consumes a `[..]` behind its bracket: whether the character is in it. Without an end nothing is.
constexpr bool take_class(std::string_view& glob, char32_t point) noexcept {
  auto const next = [&glob] {
    decoded const one = decode(glob);
    glob.remove_prefix(one.size);
    return one.point;
  };
  bool const inverted = glob.starts_with('^');
  if (inverted) glob.remove_prefix(1);
  bool found = false;
  for (bool is_first = true; !glob.empty(); is_first = false) {
    char32_t const from = next();
    if (from == U']' && !is_first) return found != inverted;
    bool const is_range = glob.size() > 1 && glob[0] == '-' && glob[1] != ']';
    if (is_range) glob.remove_prefix(1);
    char32_t const to = is_range ? next() : from;
    found = found || (from <= point && point <= to);
  }
  return false;
}

// `*`: any characters, `?`: one, `[a-z]` and `[^a-z]`: one of these, or another one. All of the key has to fit. A byte
// that is no UTF-8 counts as a character.
constexpr bool fits_glob(std::string_view key, std::string_view glob) noexcept {
  std::string_view behind_star{}, key_then{};
  bool has_star = false;
  for (;;) {
    if (glob.starts_with('*')) {
      glob.remove_prefix(1);
      has_star = true;
      behind_star = glob;
      key_then = key;
      continue;
    }
    if (key.empty() && glob.empty()) return true;
    bool fits = !key.empty() && !glob.empty();
    if (fits) {
      decoded const one = decode(key), pattern = decode(glob);
      glob.remove_prefix(pattern.size);
      fits = pattern.point == U'[' ? take_class(glob, one.point)
                                   : pattern.point == U'?' || (pattern.point == one.point && pattern.size == one.size);
      key.remove_prefix(one.size);
    }
    if (fits) continue;
    if (!has_star || key_then.empty()) return false;
    key_then.remove_prefix(decode(key_then).size);  // the star takes one more
    key = key_then;
    glob = behind_star;
  }
}

}  // namespace pawl::inline PAWL_ABI::detail

#endif
