// A lifecycle as a diagram, and as a fingerprint.
#ifndef PAWL_FSM_DIAGRAM_HPP
#define PAWL_FSM_DIAGRAM_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <pawl/fsm/enumerator.hpp>
#include <pawl/fsm/fnv.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/fsm/rendered.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

namespace detail {

constexpr char lower_case(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr bool is_ascii_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_ascii_letter_or_digit(char c) {
  return (lower_case(c) >= 'a' && lower_case(c) <= 'z') || is_ascii_digit(c);
}

// Whether this word, which is in lower case, is in the text at this place, in any case.
constexpr bool has_word_at(std::string_view text, std::size_t at, std::string_view word) {
  if (at > text.size() || text.size() - at < word.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (lower_case(text[at + i]) != word[i]) return false;
  }
  return true;
}

// What Mermaid 12.3 does not take for the id of a state, in any case: the words that begin a statement, and the ids of
// its own nodes.
constexpr bool is_mermaid_word(std::string_view name) {
  for (std::string_view const word :
       {"accdescr", "acctitle", "as",         "choice", "class", "classdef",     "click",
        "default",  "end",      "fork",       "hide",   "href",  "join",         "note",
        "root",     "root_end", "root_start", "scale",  "state", "statediagram", "style"}) {
    if (name.size() == word.size() && has_word_at(name, 0, word)) return true;
  }
  return false;
}

// The ids of states that cannot be drawn by their own names: `state_7`. No other state has such an id.
inline constexpr std::string_view mermaid_id_prefix = "state_";
constexpr bool is_numbered_id(std::string_view name) {
  if (!has_word_at(name, 0, mermaid_id_prefix)) return false;
  for (std::size_t i = mermaid_id_prefix.size(); i < name.size(); ++i) {
    if (!is_ascii_digit(name[i])) return false;
  }
  return true;
}

// Mermaid takes a whole line for a statement if "direction", wherever it is, comes before `LR` or the like, be it in
// the next line. So its last letter is written as an entity.
constexpr bool ends_direction(std::string_view text, std::size_t at) {
  constexpr std::string_view word = "direction";
  return at + 1 >= word.size() && has_word_at(text, at + 1 - word.size(), word);
}

// Whether Mermaid shows this character as it is. Labels are Markdown, where signs have a meaning beside spaces or other
// signs, and a point makes a link of `www.example.com`.
constexpr bool is_plain_at(std::string_view text, std::size_t at) {
  auto const between = [&](auto kind) {
    return at > 0 && at + 1 < text.size() && kind(text[at - 1]) && kind(text[at + 1]);
  };
  switch (char const c = text[at]; c) {
    case '_':
    case '-':
    case '/':
      return between(is_ascii_letter_or_digit);
    case '.':
      return between(is_ascii_digit);
    case 'n':
    case 'N':
      return !ends_direction(text, at);
    default:
      return c == ' ' || is_ascii_letter_or_digit(c) || static_cast<unsigned char>(c) >= 0x80;
  }
}

// Any text: characters with a meaning in Mermaid are written as character entities. (It marks entities with U+FB02 U+00B0
// and U+00B6 U+00DF itself, so where a name has these, they come out as `&` and `;`.)
constexpr void write_mermaid_text(text_out out, std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_plain_at(text, i)) {
      out(text[i]);
    } else {
      out('#');
      out.number(static_cast<unsigned char>(text[i]));
      out(';');
    }
  }
}

// Whether a state's name can be its id, too.
constexpr bool is_mermaid_id(std::string_view name) {
  for (std::size_t i = 0; i < name.size(); ++i) {
    bool const ascii = is_ascii_letter_or_digit(name[i]) || name[i] == '_';
    if (!ascii || !is_plain_at(name, i)) return false;
  }
  return !name.empty() && !is_ascii_digit(name.front()) && !is_mermaid_word(name) && !is_numbered_id(name);
}

// By state index: whether the state is drawn by its name. The others get an id, and their names are written in quotes.
template <class Lifecycle>
inline constexpr auto stands_for_itself = [] {
  std::array<bool, state_count<Lifecycle>> plain{};
  for (std::size_t i = 0; i < plain.size(); ++i) plain[i] = is_mermaid_id(stored_names<Lifecycle>[i]);
  return plain;
}();

template <class Lifecycle> struct mermaid_writer {
  static constexpr void id(text_out out, std::size_t state) {
    if (stands_for_itself<Lifecycle>[state]) return out(stored_names<Lifecycle>[state]);
    out(mermaid_id_prefix);
    out.number(state);
  }
  constexpr void operator()(text_out out) const {
    out("stateDiagram-v2\n");
    for (std::size_t i = 0; i < state_count<Lifecycle>; ++i) {
      if (stands_for_itself<Lifecycle>[i]) continue;
      out("    state \"");
      write_mermaid_text(out, stored_names<Lifecycle>[i]);
      out("\" as ");
      id(out, i);
      out('\n');
    }
    out("    [*] --> ");
    id(out, state_index<Lifecycle>(initial_state<Lifecycle>));
    out('\n');
    for (auto const& row : rows<Lifecycle>) {
      out("    ");
      id(out, row.from);
      out(" --> ");
      id(out, row.to);
      out(" : ");
      write_mermaid_text(out, event_names<Lifecycle>[row.event]);
      out('\n');
    }
    for (std::size_t i = 0; i < state_count<Lifecycle>; ++i) {
      if (roles_of<Lifecycle>[i] != role::goal && roles_of<Lifecycle>[i] != role::terminal) continue;
      out("    ");
      id(out, i);
      out(" --> [*]\n");
    }
  }
};

}  // namespace detail

// The lifecycle as Mermaid's state diagram, one transition a line in the order in which they are written; goals and
// terminal states lead to the end. Ends with a newline, NUL-terminated.
template <a_lifecycle Lifecycle>
inline constexpr std::string_view mermaid = detail::rendered<detail::mermaid_writer<Lifecycle>{}>::view;

// Equal for two lifecycles with the same states (stored names, values, roles), initial state and transitions, in
// whatever order the transitions are written; the same on every compiler. Not for security: 64 bits of FNV-1a.
template <a_lifecycle Lifecycle>
inline constexpr std::uint64_t fingerprint = [] {
  detail::fnv hash;
  for (std::size_t i = 0; i < state_count<Lifecycle>; ++i) {
    hash.text(stored_names<Lifecycle>[i]);
    hash.number(static_cast<std::uint64_t>(detail::codes_of<Lifecycle>[i]));
    hash.byte(static_cast<std::uint8_t>(detail::roles_of<Lifecycle>[i]));
  }
  hash.number(state_index<Lifecycle>(initial_state<Lifecycle>));
  std::uint64_t sum = 0;
  for (auto const& row : rows<Lifecycle>) {
    detail::fnv one;
    one.byte(row.from).byte(row.to).text(event_names<Lifecycle>[row.event]);
    sum += one.value;
  }
  return hash.number(sum).value;
}();

}  // namespace pawl::inline PAWL_ABI

#endif
