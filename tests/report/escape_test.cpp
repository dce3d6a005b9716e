// Hostile names: whatever they contain, the output is one line of visible, valid text.
#include <string>
#include <string_view>

#include <pawl/report/escape.hpp>
#include <pawl/report/utf8.hpp>

#include "catch.hpp"

namespace escape_test {

using namespace std::string_view_literals;
using pawl::escaped;

TEST_CASE("ordinary text stays as it is", "[report]") {
  for (auto const text :
       {"", "/bench/file_0001.txt", "with spaces, 'quotes' and <tags>", "naïve Ünïcödé", "日本語", "🦀"})
    CHECK(escaped(text) == text);
}

TEST_CASE("control characters become visible", "[report]") {
  CHECK(escaped("a\nb\rc\td") == "a\\nb\\rc\\td");
  CHECK(escaped("\x1b[2J\x1b]0;owned\x07") == "\\x1b[2J\\x1b]0;owned\\x07");
  CHECK(escaped("nul\0in the middle"sv) == "nul\\x00in the middle");
  CHECK(escaped("\x7f") == "\\x7f");
  CHECK(escaped("\u0085\u009b31m") == "\\u{85}\\u{9b}31m");
}

TEST_CASE("the backslash is escaped too, so that no text can imitate an escape", "[report]") {
  CHECK(escaped("a\\nb") == "a\\\\nb");
  CHECK(escaped(escaped("\n")) == "\\\\n");
}

TEST_CASE("characters that turn or hide the text around them become visible", "[report]") {
  CHECK(escaped("invoice\u202egpj.exe") == "invoice\\u{202e}gpj.exe");
  for (auto const text : {"\u202a", "\u202b", "\u202c", "\u202d", "\u2066", "\u2067",    "\u2068", "\u2069",
                          "\u200e", "\u200f", "\u061c", "\u200b", "\u200c", "\u200d",    "\u2060", "\ufeff",
                          "\u00ad", "\u2028", "\u2029", "\u180e", "\u1160", "\U000e0041"}) {
    auto const visible = escaped(text);
    INFO(visible);
    CHECK(visible.substr(0, 3) == "\\u{");
    CHECK(visible.back() == '}');
  }
}

TEST_CASE("bytes that are no UTF-8 become visible one by one", "[report]") {
  CHECK(escaped("\xff\xfe") == "\\xff\\xfe");
  CHECK(escaped("a\x80z") == "a\\x80z");
  CHECK(escaped("\xc3") == "\\xc3");                             // cut off
  CHECK(escaped("\xe2\x82z") == "\\xe2\\x82z");                  // cut off by another character
  CHECK(escaped("\xc0\xaf") == "\\xc0\\xaf");                    // overlong /
  CHECK(escaped("\xe0\x80\xaf") == "\\xe0\\x80\\xaf");           // overlong /
  CHECK(escaped("\xed\xa0\x80") == "\\xed\\xa0\\x80");           // a surrogate
  CHECK(escaped("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");  // above U+10FFFF
  CHECK(escaped("\xf8\x88\x80\x80\x80") == "\\xf8\\x88\\x80\\x80\\x80");
  CHECK(escaped("\xf4\x8f\xbf\xbf") == "\xf4\x8f\xbf\xbf");  // U+10FFFF itself is well-formed
}

TEST_CASE("every text of two bytes becomes valid text without control characters", "[report]") {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      std::string const text{static_cast<char>(first), static_cast<char>(second)};
      auto const safe = escaped(text);
      bool clean = true;
      for (std::string_view rest = safe; !rest.empty();) {
        auto const next = pawl::detail::decode(rest);
        clean = clean && next.valid && !pawl::detail::in_any(next.point, pawl::detail::invisible);
        rest.remove_prefix(next.size);
      }
      if (!clean) FAIL("bytes " << first << " " << second);
    }
  }
}

TEST_CASE("a text that fits its columns is not shortened, one that does not ends with an ellipsis", "[report]") {
  CHECK(escaped("abcdef", 6) == "abcdef");
  CHECK(escaped("abcdef", 5) == "abcd…");
  CHECK(escaped("abcdef", 1) == "…");
  CHECK(escaped("abcdef", 0).empty());
  CHECK(escaped("", 0).empty());
}

TEST_CASE("neither an escape nor a character is cut in two", "[report]") {
  CHECK(escaped("ab\ncd", 4) == "ab…");
  CHECK(escaped("ab\ncd", 5) == "ab\\n…");
  CHECK(escaped("ab\ncd", 6) == "ab\\ncd");
  CHECK(escaped("äöüß", 3) == "äö…");
  CHECK(escaped("日本語", 6) == "日本語");
  CHECK(escaped("日本語", 5) == "日本…");
  CHECK(escaped("日本語", 4) == "日…");
  CHECK(escaped("e\u0301e\u0301e\u0301", 2) == "e\u0301…");
}

TEST_CASE("a shortened text is never wider than it was allowed to be", "[report]") {
  for (auto const text :
       {"plain and long enough", "\x1b\x1b\x1b\x1b", "日本語テキスト", "a日b\u202ec\\d", "\xff\xff\xff"})
    for (std::size_t columns = 0; columns < 30; ++columns)
      CHECK(pawl::display_columns(escaped(text, columns)) <= columns);
}

TEST_CASE("columns are counted as a terminal does", "[report]") {
  CHECK(pawl::display_columns("") == 0);
  CHECK(pawl::display_columns("µs") == 2);
  CHECK(pawl::display_columns("naïve") == 5);
  CHECK(pawl::display_columns("e\u0301") == 1);
  CHECK(pawl::display_columns("日本語") == 6);
  CHECK(pawl::display_columns("🦀") == 2);
  static_assert(pawl::display_columns("abc") == 3);
}

}  // namespace escape_test
