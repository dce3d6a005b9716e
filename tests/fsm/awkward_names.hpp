// Lifecycles whose states and events have names that mean something to Mermaid, or look like something that does.
#ifndef PAWL_TESTS_FSM_AWKWARD_NAMES_HPP
#define PAWL_TESTS_FSM_AWKWARD_NAMES_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include <pawl/fsm/lifecycle.hpp>

namespace awkward_names {

// The words of Mermaid's grammar and of its program, in lower case.
inline constexpr std::array<std::string_view, 38> mermaid_words{
    "accdescr", "acctitle",  "as",         "bt",       "choice", "class", "classdef", "click",
    "default",  "direction", "divider",    "end",      "fork",   "graph", "hide",     "href",
    "join",     "left",      "lr",         "note",     "null",   "of",    "right",    "rl",
    "root",     "root_end",  "root_start", "root_doc", "scale",  "start", "state",    "statediagram",
    "state_1",  "style",     "subgraph",   "tb",       "title",  "width",
};

// Each of these words in six forms, such as `end`, `END`, `End`, `end_lr`, `tb_end` and `end direction`.
inline constexpr std::size_t forms_of_a_word = 6;
struct word_form {
  std::array<char, 32> chars{};
  std::size_t size = 0;
  constexpr void add(std::string_view text) {
    for (char const c : text) chars[size++] = c;
  }
  constexpr void raise(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      if (chars[i] >= 'a' && chars[i] <= 'z') chars[i] = static_cast<char>(chars[i] - 'a' + 'A');
    }
  }
};
inline constexpr auto word_forms = [] {
  std::array<word_form, mermaid_words.size() * forms_of_a_word> all{};
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto const form = i % forms_of_a_word;
    if (form == 4) all[i].add("tb_");
    all[i].add(mermaid_words[i / forms_of_a_word]);
    if (form == 1) all[i].raise(all[i].size);
    if (form == 2) all[i].raise(1);
    if (form == 3) all[i].add("_lr");
    if (form == 5) all[i].add(" direction");
  }
  return all;
}();
inline constexpr auto words = [] {
  std::array<std::string_view, word_forms.size()> all{};
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = {word_forms[i].chars.data(), word_forms[i].size};
  return all;
}();

// Names of its own nodes and edges, of the ids that pawl makes, and of what every object of JavaScript has.
inline constexpr std::array<std::string_view, 21> ids{
    "state_0",  "state_1", "STATE_2",        "state_03", "state_",    "state_x",   "stateful",
    "edge0",    "edge1",   "root_1",         "end_note", "__proto__", "prototype", "constructor",
    "toString", "valueOf", "hasOwnProperty", "true",     "NaN",       "undefined", "redirection",
};

// Texts that hold pieces of its grammar, of Markdown, of HTML and of its own marks.
inline constexpr std::array<std::string_view, 91> texts{
    "direction LR",
    "direction  tb after",
    "a direction",
    "lr",
    "change direction",
    "TB",
    "__tick__",
    "_x_",
    "x_",
    "_",
    "a__b",
    "complete_upload",
    "*star*",
    "**bold**",
    "`code`",
    "``",
    "~~gone~~",
    "~~~",
    "-- dashes",
    "--",
    "-->",
    "a --> b",
    "- item",
    "-",
    "---",
    "a-b",
    "+ item",
    "1. item",
    "1) item",
    "12",
    "3.14",
    "1.",
    ".5",
    ":::",
    ":::red",
    "::",
    ": text",
    "a : b",
    "%%",
    "%% comment",
    "a %% b",
    "%%{init: {}}%%",
    "<<fork>>",
    "[[join]]",
    "x <<choice>>",
    "[*]",
    "[link](http://example.com)",
    "![image](x)",
    "[x]",
    "[ ] task",
    "http://example.com",
    "www.example.com",
    "me@example.com",
    "<b>bold</b>",
    "<script>alert(1)</script>",
    "</div>",
    "<br>",
    "<br/>",
    "a<b",
    "a > b",
    "> quote",
    "&amp;",
    "&lt;b&gt;",
    "&#35;",
    "#35;",
    "#quot;",
    "# heading",
    "#",
    "a;b",
    ";",
    "say \"hello\"",
    "\"",
    "it's",
    "back\\slash",
    "\\n",
    "\\*",
    "$$x^2$$",
    "$x$",
    "{brace}",
    "{",
    "}",
    "|pipe|",
    "fa:fa-car",
    "note left of x",
    "state \"a\" as b",
    "classDef a fill:#f00;",
    "style a fill:#f00;",
    "click a href \"x\"",
    "hide empty description",
    "Gr\xC3\xBC\xC3\x9F"
    "e_\xE4\xB8\xAD\xE6\x96\x87",
    "clich\xC3\xA9",
};

// Names `First` to `First + Count - 1` of a list: each is a state, from which the event of the same name leads to the
// next, and every third one has a way back to the first.
template <auto const& Names, std::size_t First, std::size_t Count> struct chain {
  enum class state : std::uint8_t {};
  friend constexpr std::string_view state_name(state s) { return Names[First + static_cast<std::size_t>(s)]; }
  template <std::size_t I> struct onward { static constexpr std::string_view name = Names[First + I]; };
  struct back {};

  template <class Indices> struct table;
  template <std::size_t... I> struct table<std::index_sequence<I...>> {
    template <std::size_t N> static constexpr state at = static_cast<state>(N);
    using type =
        pawl::lifecycle<pawl::initial<at<0>>, pawl::goal<at<Count - 1>>,
                        pawl::transition<at<I>, onward<I>, at<I + 1>>..., pawl::transition<at<Count / 2>, back, at<0>>>;
  };
  struct lifecycle : table<std::make_index_sequence<Count - 1>>::type {};
};

// Calls visit.operator()<Lifecycle>() for chains of all names, a dozen in each.
inline constexpr std::size_t names_in_a_chain = 12;
template <auto const& Names, std::size_t First, class Visitor> void for_chains_of(Visitor visit) {
  constexpr std::size_t count = Names.size() - First < names_in_a_chain + 2 ? Names.size() - First : names_in_a_chain;
  visit.template operator()<typename chain<Names, First, count>::lifecycle>();
  if constexpr (First + count < Names.size()) for_chains_of<Names, First + count>(visit);
}
template <class Visitor> void for_each_chain(Visitor visit) {
  for_chains_of<words, 0>(visit);
  for_chains_of<ids, 0>(visit);
  for_chains_of<texts, 0>(visit);
}

}  // namespace awkward_names

#endif
