// The worst names that users and remote services can send, each used as a key, a state's text, an error message and a
// title.
#ifndef PAWL_TESTS_HOSTILE_NAMES_HPP
#define PAWL_TESTS_HOSTILE_NAMES_HPP

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace hostile {

using namespace std::string_literals;
using names = std::vector<std::string>;

// Text that means something to SQL, shells, JSON, HTML, spreadsheets, format strings and paths.
inline names of_languages() {
  return {
      "'",
      "''",
      "'''",
      "\"",
      "\"\"",
      "`",
      "[",
      "]",
      "[files]",
      "'; DROP TABLE files; --",
      "' OR '1'='1",
      "1; --",
      "/*",
      "*/",
      "--",
      "?1",
      ":key",
      "@key",
      "$key",
      "%",
      "_",
      "%%",
      "\\%",
      "X'00'",
      "NULL",
      "null",
      "rowid",
      "sqlite_schema",
      "sqlite_sequence",
      "pawl_meta",
      "pawl_states",
      "CURRENT_TIMESTAMP",
      "x' || char(0) || '",
      "a'; ATTACH 'b' AS c; --",
      "{",
      "}",
      "{}",
      "{0}",
      "{:>99999999}",
      "{{",
      "}}",
      "[]",
      "[1,2",
      "\"key\":",
      "\",\"ok\":true,\"x\":\"",
      "\\u0000",
      "\\ud800",
      "\\",
      "\\\\",
      "\\\"",
      "\\n",
      "\\x1b",
      "\\u{202e}",
      "true",
      "false",
      "undefined",
      "NaN",
      "Infinity",
      "-0",
      "1e999",
      "0x10",
      "007",
      "9223372036854775808",
      "<script>alert(1)</script>",
      "</script>",
      "<!--",
      "-->",
      "]]>",
      "<![CDATA[",
      "<?xml?>",
      "<!DOCTYPE x [<!ENTITY a 'b'>]>",
      "&",
      "&amp;",
      "&lt;script&gt;",
      "&#0;",
      "&#x3c;",
      "\"onload=\"alert(1)",
      "' onclick='x",
      "javascript:alert(1)",
      "</style><style>*{display:none}",
      "</title>",
      "<svg/onload=alert(1)>",
      "<img src=x onerror=alert(1)>",
      "=1+1",
      "+1",
      "-1",
      "@SUM(A1)",
      "=cmd|' /C calc'!A0",
      "=HYPERLINK(\"http://x\")",
      "a,b",
      "a;b",
      "a\tb",
      "\"a\",\"b\"",
      "%s",
      "%n",
      "%n%n%n%n",
      "%99999999d",
      "%1$s",
      "%*.*s",
      "${HOME}",
      "$(id)",
      "`id`",
      "|id",
      ";id",
      "&&id",
      "> /dev/null",
      "-rf",
      "--help",
      "-",
      "~",
      "*",
      "!",
      "#",
      "\"$(id)\"",
      "../../../etc/passwd",
      "..",
      ".",
      "/",
      "//",
      "/etc/passwd",
      "a/../b",
      "..\\..\\windows",
      "C:\\",
      "\\\\host\\share",
      "file:///etc",
      "CON",
      "NUL",
      "aux.txt",
      "a:b",
      "a\0b/../c"s,
      "le",
      "quantile",
      "__name__",
      "a{b=\"c\"} 1",
      "# HELP x y",
      "# TYPE x counter",
      "a;b;c 17",
      ";",
      ";;",
      " ",
      "  ",
      "a b 17",
  };
}

// What a terminal obeys, and what it does not show.
inline names of_terminals() {
  return {
      "\n",
      "\r",
      "\r\n",
      "a\nb",
      "a\rb",
      "\n\n\n",
      "\t",
      "\v",
      "\f",
      "\b",
      "a\b\b\bb",
      "\a",
      "\x7f",
      "\x1b",
      "\x1b[",
      "\x1b[2J",
      "\x1b[31mred",
      "\x1b[0m",
      "\x1b[1A\x1b[2K",
      "\x1b]0;title\x07",
      "\x1b]8;;http://x\x1b\\link",
      "\x1b]52;c;eA==\x07",
      "\x1bP$q\x1b\\",
      "\x1b[6n",
      "\x1b[?1049h",
      "\x1b"
      "c",
      "\x1b(0",
      "\x0e",
      "\x0f",
      "\x9b"
      "31m",
      "\u009b31m",
      "\u0085",
      "\u0090",
      "\u009d0;t\u009c",
      "\u00ad",
      "\u061c",
      "\u115f",
      "\u180e",
      "\u200b",
      "\u200c",
      "\u200d",
      "\u200e",
      "\u200f",
      "\u2028",
      "\u2029",
      "\u202a",
      "\u202b",
      "\u202c",
      "\u202d",
      "\u202e",
      "\u202egpj.exe",
      "\u2060",
      "\u2066",
      "\u2067",
      "\u2068",
      "\u2069",
      "\ufeff",
      "\ufeff"
      "a",
      "a\ufeff",
      "\ufff9",
      "\ufffa",
      "\ufffb",
      "\U000e0001",
      "\U000e0041",
      "\U000e007f",
  };
}

// Letters that are more, or less, than they look like.
inline names of_scripts() {
  return {
      "\u00e9",
      "e\u0301",
      "\u212b",
      "\u00c5",
      "A\u030a",
      "\ufb01",
      "fi",
      "\u0130",
      "I",
      "\u0131",
      "i",
      "\u00df",
      "SS",
      "\u1e9e",
      "\u03c3",
      "\u03c2",
      "\u0430",
      "\uff21",
      "\u65e5\u672c\u8a9e",
      "\ud55c\uad6d",
      "\u1112\u1161\u11ab",
      "\u05d0\u05d1",
      "\u0627\u0644",
      "a\u05d0"
      "1\u05d1"
      "b",
      "\U0001f980",
      "\U0001f468\u200d\U0001f469\u200d\U0001f467",
      "\U0001f1e9\U0001f1ea",
      "\u2603\ufe0f",
      "a\u0300\u0301\u0302\u0303\u0304",
      "\u0300",
      "\u20dd",
      "\ufdfd",
      "\ufffc",
      "\ufffd",
      "\uffff",
      "\ufffe",
      "\ufdd0",
      "\U0010ffff",
      "\U0001fffe",
      "\ue000",
      "\u3000",
      "\u00a0",
      "\u2007",
      "\u202f",
      "\u2800",
      "\u0660",
      "\u00bd",
      "\u2162",
  };
}

// Bytes that are no UTF-8, and zeros, which end a text to half of the world.
inline names of_bytes() {
  return {
      ""s,
      "\0"s,
      "\0\0"s,
      "a\0"s,
      "\0a"s,
      "a\0b"s,
      "a\0c"s,
      "untracked\0"s,
      "\xff",
      "\xfe\xff",
      "\xff\xfe"
      "a\0"s,
      "\x80",
      "\xbf",
      "\xc3",
      "a\xc3",
      "\xc3(",
      "\xe2\x82",
      "\xe2\x82"
      "z",
      "\xe2(\xa1",
      "\xf0\x9f\xa6",
      "\xf0(\x8c\xbc",
      "\xc0\x80",
      "\xc0\xaf",
      "\xc1\xbf",
      "\xe0\x80\xaf",
      "\xe0\x9f\xbf",
      "\xf0\x80\x80\xaf",
      "\xf0\x8f\xbf\xbf",
      "\xed\xa0\x80",
      "\xed\xbf\xbf",
      "\xed\xa0\xbd\xed\xb8\x80",
      "\xf4\x90\x80\x80",
      "\xf5\x80\x80\x80",
      "\xf8\x88\x80\x80\x80",
      "\xfc\x84\x80\x80\x80\x80",
      "\x80\x80\x80",
      "\xe2\x80\xae\xff",
      "\xa0",
      "\xe9",
      "\x81\x40",
  };
}

// States of the lifecycles that are stored here, and texts that nearly are.
inline names of_states() {
  return {"untracked", "uploading",  "Untracked",
          "UNTRACKED", "untracked ", " untracked",
          "untracke",  "untrackedd", "file_state::untracked",
          "0",         "-1",         "77",
          "code 77",   "empty",      "(none)"};
}

// Each control character by itself and within a word, and lengths at which something may end.
inline names made() {
  names all;
  for (int c = 1; c < 32; ++c) all.push_back("x" + std::string(1, static_cast<char>(c)) + "y");
  for (int c = 0x80; c < 0xa0; ++c) all.push_back("\xc2" + std::string(1, static_cast<char>(c)));
  for (std::size_t length : {127U, 128U, 255U, 256U, 4095U, 4096U, 4097U}) all.emplace_back(length, 'n');
  all.emplace_back(4096, '\n');
  all.emplace_back(4096, '\0');
  all.emplace_back(4096, '\xff');
  all.emplace_back(4096, '"');
  std::string marks = "a";
  for (int i = 0; i < 2000; ++i) marks += "\u0301";
  all.push_back(marks);
  std::string every_byte;
  for (int c = 0; c < 256; ++c) every_byte += static_cast<char>(c);
  all.push_back(every_byte);
  all.emplace_back(std::size_t{2} << 20, 'm');
  all.emplace_back(std::size_t{2} << 20, '\x1b');
  return all;
}

// All of them, each once.
inline names const& all_names() {
  static names const all = [] {
    names result;
    for (auto const& some : {of_languages(), of_terminals(), of_scripts(), of_bytes(), of_states(), made()})
      for (auto const& name : some)
        if (std::find(result.begin(), result.end(), name) == result.end()) result.push_back(name);
    return result;
  }();
  return all;
}

}  // namespace hostile

#endif
